"""Comments in the record: on the trail, found by who is called, and of one plant only."""

from __future__ import annotations

import asyncio

import pytest

from domain.comment import MentionWrong
from domain.ports import NotInSystem
from storage.comments import Comments
from storage.database import Database
from storage.identity import Caller
from storage.requests import RequestKey
from storage.tables.cases import TrailRow
from storage.tables.comments import CommentRow
from tests.storage.plant import acting, asked_to_decide, minutes, person, rows
from tests.support.small_plant import SITE


def caller(name: str, site: str = SITE) -> Caller:
    return Caller(person(name), (site,), ())


async def test_a_comment_is_kept_and_on_the_trail_and_found_by_whom_it_calls(database: Database) -> None:
    case_id = await asked_to_decide(database)
    comments = Comments(database)

    first = await comments.comment(case_id, "@petra, @boris: he rang again.", acting("anna", 1))
    second = await comments.comment(case_id, "I know.", acting("petra", 2))

    assert first.mentions == ("petra", "boris")
    assert (first.by.id, first.at) == ("anna", minutes(1))
    assert (await comments.of_case(case_id, caller("dev"))).items == (first, second)
    assert (await comments.that_call(caller("boris"))).items == (first,)
    assert (await comments.that_call(caller("anna"))).items == ()
    begun, told = await rows(database, TrailRow, case_id=case_id, action="commented")
    assert (begun.by["id"], begun.reason, begun.details["mentions"]) == ("anna", first.text, ["petra", "boris"])
    assert told.reason == "I know."


async def test_calling_who_is_not_there_keeps_nothing(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(MentionWrong, match="Nobody here is called nobody"):
        await Comments(database).comment(case_id, "@nobody", acting("anna"))

    assert await rows(database, CommentRow) == []
    assert await rows(database, TrailRow, action="commented") == []


async def test_at_another_site_there_is_no_case_and_no_mention(database: Database) -> None:
    case_id = await asked_to_decide(database)
    comments = Comments(database)
    await comments.comment(case_id, "@petra", acting("anna"))

    with pytest.raises(NotInSystem):
        await comments.comment(case_id, "Hello.", acting("anna", site="south"))
    with pytest.raises(NotInSystem):
        await comments.of_case(case_id, caller("anna", "south"))
    assert (await comments.that_call(caller("petra", "south"))).items == ()


async def test_they_come_page_by_page_each_once(database: Database) -> None:
    case_id = await asked_to_decide(database)
    comments = Comments(database)
    kept = [await comments.comment(case_id, f"@petra {number}", acting("anna", number)) for number in range(3)]

    first = await comments.of_case(case_id, caller("anna"), limit=2)
    rest = await comments.of_case(case_id, caller("anna"), limit=2, cursor=first.next)
    newest = await comments.that_call(caller("petra"), limit=2)
    oldest = await comments.that_call(caller("petra"), limit=2, cursor=newest.next)

    assert [*first.items, *rest.items] == kept
    assert [*newest.items, *oldest.items] == kept[::-1]
    assert (rest.next, oldest.next) == (None, None)


async def test_what_comes_twice_is_kept_once_and_what_comes_at_once_all(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    key = RequestKey(caller="person:anna", key="k", fingerprint="1")

    first = await Comments(database).comment(case_id, "Once.", acting("anna", 1, key=key))
    again = await Comments(database).comment(case_id, "Once.", acting("anna", 2, key=key))
    await asyncio.gather(*(Comments(place).comment(case_id, "Too.", acting("anna", 3)) for place in several))

    assert first == again
    assert len(await rows(database, CommentRow)) == 1 + len(several)
    assert len(await rows(database, TrailRow, action="commented")) == 1 + len(several)
