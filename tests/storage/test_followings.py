"""Following in the record: what somebody hears of, from when on, and that it is his own."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from domain.fact import Reading
from domain.facts import OrderLine
from domain.following import Followed
from domain.ports import NotInSystem
from storage.database import Database
from storage.facts import FactStore
from storage.followings import Followings, followers
from storage.identity import Caller
from storage.paging import BadCursor, cursor_behind
from storage.tables.cases import CaseRow, TrailRow
from storage.tables.followings import FollowingRow
from tests.storage.plant import NOW, answer, asked_to_decide, minutes, person, question_of, rows
from tests.support.small_plant import SITE


def caller(name: str, site: str = SITE) -> Caller:
    return Caller(person(name), (site,), ())


async def heard(database: Database, name: str) -> list[tuple[str, str]]:
    return [(one.case_id, one.line.action) for one in (await Followings(database).heard(caller(name))).items]


async def case_row(database: Database, case_id: str) -> CaseRow:
    (row,) = await rows(database, CaseRow, id=case_id)
    return row


async def test_who_follows_a_case_hears_what_happens_to_it_from_then_on(database: Database) -> None:
    case_id = await asked_to_decide(database)
    other = await asked_to_decide(database, order="SO-2", quantity=14)
    await Followings(database).follow_case(case_id, caller("emma"), minutes(1))
    for each in (case_id, other):
        await answer(database, question_of(each), "accept_as_asked", "boris", at=minutes(2))

    assert await heard(database, "emma") == [(case_id, "answered")]
    assert await heard(database, "boris") == []
    async with database.reading() as session:
        assert await followers(session, await case_row(database, case_id), minutes(60)) == ("emma",)
        assert await followers(session, await case_row(database, other), minutes(60)) == ()


async def test_who_follows_an_order_hears_of_cases_to_come(database: Database) -> None:
    await Followings(database).follow_order(SITE, "SO-1", caller("emma"), NOW)
    case_id = await asked_to_decide(database, at=minutes(1))
    await asked_to_decide(database, order="SO-2", quantity=14, at=minutes(1))

    assert {one for one, _ in await heard(database, "emma")} == {case_id}
    assert await heard(database, "emma") == [(case_id, "entered"), (case_id, "entered"), (case_id, "opened")]
    async with database.reading() as session:
        assert await followers(session, await case_row(database, case_id), minutes(60)) == ("emma",)


async def test_the_name_of_an_order_is_taken_as_it_is(database: Database) -> None:
    store = FactStore(database)
    like = (await store.read(OrderLine, SITE, "SO-1:10")).fact
    names = ("A_1", "AB1", "A_11")
    lines = [like.model_copy(update={"order": name}) for name in names]
    await store.keep([Reading(fact=line, source="erp", version="1", as_of=NOW) for line in lines])
    await Followings(database).follow_order(SITE, "A_1", caller("emma"), NOW)

    cases = [await asked_to_decide(database, order=name, at=minutes(1)) for name in names]

    assert {one for one, _ in await heard(database, "emma")} == {cases[0]}
    assert like.quantity == Decimal(40)


async def test_who_follows_no_more_hears_no_more_and_what_he_followed_is_his_own(database: Database) -> None:
    case_id = await asked_to_decide(database)
    followings = Followings(database)
    await followings.follow_case(case_id, caller("emma"), NOW)
    await followings.follow_order(SITE, "SO-1", caller("emma"), minutes(1))
    lines = len(await rows(database, TrailRow))

    assert [(one.what, one.key) for one in await followings.of(caller("emma"))] == [
        (Followed.ORDER, "SO-1"), (Followed.CASE, case_id),
    ]  # fmt: skip
    assert await followings.of(caller("boris")) == ()
    await followings.end(Followed.CASE, case_id, caller("emma"))
    await followings.end(Followed.CASE, case_id, caller("emma"))
    await followings.end(Followed.ORDER, "SO-1", caller("emma"), SITE)
    assert await followings.of(caller("emma")) == ()
    assert await heard(database, "emma") == []
    assert len(await rows(database, TrailRow)) == lines


async def test_what_is_elsewhere_or_nowhere_is_not_followed(database: Database) -> None:
    case_id = await asked_to_decide(database)
    followings, stranger = Followings(database), caller("emma", "south")

    for following in (
        followings.follow_case(case_id, stranger, NOW), followings.follow_case("OC-404", caller("emma"), NOW),
        followings.follow_order(SITE, "SO-1", stranger, NOW), followings.follow_order(SITE, "SO", caller("emma"), NOW),
        followings.end(Followed.CASE, case_id, stranger), followings.end(Followed.ORDER, "SO-1", stranger, SITE),
    ):  # fmt: skip
        with pytest.raises(NotInSystem):
            await following
    assert await rows(database, FollowingRow) == []


async def test_who_loses_his_part_in_a_site_hears_no_more_of_it(database: Database) -> None:
    await Followings(database).follow_order(SITE, "SO-1", caller("emma"), NOW)
    await asked_to_decide(database, at=minutes(1))

    assert (await Followings(database).heard(caller("emma", "south"))).items == ()
    assert await Followings(database).of(caller("emma", "south")) == ()


async def test_news_come_page_by_page_each_once(database: Database) -> None:
    followings = Followings(database)
    for order in ("SO-1", "SO-2"):
        await followings.follow_order(SITE, order, caller("emma"), NOW)
    await asked_to_decide(database, at=minutes(1))
    await asked_to_decide(database, order="SO-2", quantity=14, at=minutes(1))

    pages = [await followings.heard(caller("emma"), limit=4)]
    while pages[-1].next is not None:
        pages.append(await followings.heard(caller("emma"), limit=4, cursor=pages[-1].next))

    found = [(one.case_id, one.line.sequence) for page in pages for one in page.items]
    assert (len(pages), len(found)) == (2, 6)
    assert found == sorted(set(found), reverse=True)
    with pytest.raises(BadCursor):
        await followings.heard(caller("emma"), cursor=cursor_behind("soon", "OC-1", 1))


async def test_who_follows_twice_at_once_follows_once(database: Database, several: tuple[Database, ...]) -> None:
    case_id = await asked_to_decide(database)

    await asyncio.gather(
        *(Followings(place).follow_case(case_id, caller("emma"), NOW) for place in several), return_exceptions=True
    )
    await Followings(database).follow_case(case_id, caller("emma"), minutes(5))

    (kept,) = await rows(database, FollowingRow)
    assert kept.since == NOW
