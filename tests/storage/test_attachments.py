"""Attachments in the record: once for each content and case, on the trail, and whole when they are read."""

from __future__ import annotations

import asyncio
import random

import pytest
from sqlmodel import col, update

from domain.attachment import MOST_ATTACHMENTS, Attachment, AttachmentNotWithCase, TooManyAttachments
from domain.decision import Answer, Channel, FormRefused
from domain.ports import NotInSystem
from storage.attachments import PART, Attachments, ContentDamaged
from storage.cases import CommandNotAllowed
from storage.chains import ChainReader
from storage.comments import Comments
from storage.database import Database
from storage.decisions import Decisions
from storage.identity import Caller
from storage.reading_cases import CaseReader
from storage.reading_questions import QuestionReader
from storage.tables.attachments import AttachmentRow, ContentPartRow
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow
from tests.storage.plant import (
    NOW,
    acting,
    ask,
    asked_to_decide,
    minutes,
    more_valves,
    move,
    person,
    question_of,
    rows,
    seen_now,
    with_a_picture,
)
from tests.support.documents import TEXT, upload
from tests.support.small_plant import SITE

LARGE = random.Random(7).randbytes(2 * PART + 1)  # noqa: S311 - noise, no secret
HERE = Caller(person("dev"), (SITE,), ())
ELSEWHERE = Caller(person("dev"), ("south",), ())


async def read(database: Database, attachment: Attachment) -> bytes:
    return b"".join([part async for part in Attachments(database).content(attachment)])


async def test_what_is_attached_is_kept_whole_and_told(database: Database) -> None:
    case_id = await asked_to_decide(database)
    attachments = Attachments(database)

    small, new = await attachments.attach(case_id, upload(), acting("anna", 1))
    large, _ = await attachments.attach(case_id, upload(LARGE, "noise.txt"), acting("petra", 2))

    assert new
    assert (small.name, small.kind, small.size) == ("measured.csv", "text", len(TEXT))
    assert (small.by.id, small.at) == ("anna", minutes(1))
    assert await attachments.of_case(case_id, HERE) == (small, large)
    assert await attachments.attachment(case_id, large.digest, HERE) == large
    assert [await read(database, one) for one in (small, large)] == [TEXT, LARGE]
    told = (await rows(database, TrailRow, case_id=case_id, action="attached"))[0]
    assert (told.by["id"], told.details) == (
        "anna", {"name": "measured.csv", "kind": "text", "size": len(TEXT), "digest": small.digest},
    )  # fmt: skip
    assert (await CaseReader(database).case(case_id, (SITE,), NOW)).attachments == (small, large)


async def test_the_same_content_counts_once_for_a_case_and_is_kept_once_for_all(database: Database) -> None:
    case_id, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    attachments = Attachments(database)

    first, _ = await attachments.attach(case_id, upload(LARGE, "a.txt"), acting("anna", 1))
    again, new = await attachments.attach(case_id, upload(LARGE, "b.txt"), acting("petra", 2))
    elsewhere, its_own = await attachments.attach(other, upload(LARGE, "c.txt"), acting("petra", 2))

    assert (again, new) == (first, False)
    assert (elsewhere.name, its_own) == ("c.txt", True)
    assert len(await rows(database, TrailRow, case_id=case_id, action="attached")) == 1
    assert [part.place for part in await rows(database, ContentPartRow)] == [0, 1, 2]


async def test_of_those_who_attach_the_same_at_once_one_does(database: Database, several: tuple[Database, ...]) -> None:
    case_id = await asked_to_decide(database)

    told = await asyncio.gather(
        *(Attachments(place).attach(case_id, upload(LARGE), acting("anna", 1)) for place in several)
    )

    assert sorted(new for _, new in told) == [False] * (len(several) - 1) + [True]
    assert len({attachment for attachment, _ in told}) == 1
    assert len(await rows(database, AttachmentRow)) == 1
    assert len(await rows(database, TrailRow, action="attached")) == 1
    assert await read(database, told[0][0]) == LARGE


async def test_the_same_for_several_cases_at_once_is_kept_once_and_whole(
    database: Database, several: tuple[Database, ...]
) -> None:
    orders = ("SO-1", "SO-2", "SO-4", "SO-5")
    cases = [(await ask(database, more_valves(30, order))).case_id for order in orders]

    told = await asyncio.gather(
        *(
            Attachments(place).attach(case_id, upload(LARGE), acting("anna", 1))
            for place, case_id in zip(several, cases, strict=False)
        )
    )

    assert [new for _, new in told] == [True] * len(cases)
    assert len(await rows(database, ContentPartRow)) == 3
    assert [await read(database, attachment) for attachment, _ in told] == [LARGE] * len(cases)


async def test_what_is_refused_leaves_nothing(database: Database) -> None:
    case_id, over = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    attachments = Attachments(database)
    kept, _ = await attachments.attach(over, upload(), acting("anna"))
    await move(database, over, 3, "rejected")

    with pytest.raises(NotInSystem):
        await attachments.attach(case_id, upload(LARGE), acting("anna", site="south"))
    with pytest.raises(NotInSystem):
        await attachments.attach("OC-404", upload(LARGE), acting("anna"))
    with pytest.raises(CommandNotAllowed, match="rejected"):
        await attachments.attach(over, upload(LARGE), acting("anna"))

    assert len(await rows(database, ContentPartRow)) == 1
    assert await attachments.attach(over, upload(), acting("anna")) == (kept, False), "it was there already"
    assert await read(database, kept) == TEXT, "a case that is over keeps what it has"


async def test_a_case_takes_so_many_and_no_more(database: Database) -> None:
    case_id = await asked_to_decide(database)
    attachments = Attachments(database)
    first, _ = await attachments.attach(case_id, upload(), acting("anna"))
    async with database.transaction() as session:
        for number in range(MOST_ATTACHMENTS - 1):
            row = AttachmentRow.model_validate(first.model_dump(mode="json") | {"at": NOW})
            row.digest = f"{number}"
            session.add(row)

    with pytest.raises(TooManyAttachments, match="takes no more"):
        await attachments.attach(case_id, upload(LARGE), acting("anna"))

    assert await attachments.attach(case_id, upload(), acting("anna")) == (first, False)


async def test_at_another_site_there_is_none(database: Database) -> None:
    case_id, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    attachments = Attachments(database)
    kept, _ = await attachments.attach(case_id, upload(), acting("anna"))

    for looking in (
        attachments.of_case(case_id, ELSEWHERE),
        attachments.attachment(case_id, kept.digest, ELSEWHERE),
        attachments.attachment(other, kept.digest, HERE),
    ):
        with pytest.raises(NotInSystem):
            await looking


async def test_content_that_was_changed_afterwards_is_not_handed_out_whole(database: Database) -> None:
    case_id = await asked_to_decide(database)
    kept, _ = await Attachments(database).attach(case_id, upload(LARGE), acting("anna"))
    async with database.transaction() as session:
        await session.exec(update(ContentPartRow).where(col(ContentPartRow.place) == 0).values(content=bytes(PART)))

    reading = Attachments(database).content(kept)
    assert [len(await anext(reading)) for _ in range(2)] == [PART, PART]
    with pytest.raises(ContentDamaged):
        await anext(reading)


async def test_an_answer_names_attachments_of_its_case(database: Database) -> None:
    case_id = await asked_to_decide(database)
    question = question_of(case_id)
    kept, _ = await Attachments(database).attach(case_id, upload(), acting("anna"))
    seen = await seen_now(database, question)
    said = Answer(choice="accept_as_asked", seen=seen, attachments=(kept.digest, kept.digest))

    await Decisions(database).answer(question, said, person("boris"), Channel.API, minutes(1))

    shown = await QuestionReader(database).question(question, HERE, minutes(2))
    assert [given.attachments for given in shown.answers] == [(kept.digest,)]
    assert shown.attachments == (kept,)
    (told,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert told.details["attachments"] == [{"name": "measured.csv", "digest": kept.digest}]


async def test_a_field_of_an_answer_names_an_attachment_of_its_case(database: Database) -> None:
    case_id, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    question = question_of(case_id)
    await with_a_picture(database, question)
    here, _ = await Attachments(database).attach(case_id, upload(), acting("anna"))
    there, _ = await Attachments(database).attach(other, upload(LARGE), acting("anna"))

    seen = await seen_now(database, question)
    for digest, why in ((there.digest, AttachmentNotWithCase), ("seal.jpg", FormRefused)):
        said = Answer(choice="accept_as_asked", seen=seen, values={"picture": digest})
        with pytest.raises(why):
            await Decisions(database).answer(question, said, person("boris"), Channel.API, minutes(1))
    assert await rows(database, AnswerRow) == []
    said = Answer(choice="accept_as_asked", seen=seen, values={"picture": here.digest})
    await Decisions(database).answer(question, said, person("boris"), Channel.API, minutes(2))

    (kept,) = await rows(database, AnswerRow)
    assert (kept.values, kept.attachments) == ({"picture": here.digest}, [here.digest])
    (told,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert told.details["attachments"] == [{"name": "measured.csv", "digest": here.digest}]
    refusals = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert [line.details["refusal"] for line in refusals] == ["AttachmentNotWithCase", "FormRefused"]
    assert there.digest in refusals[0].reason


async def test_a_comment_names_attachments_of_its_case(database: Database) -> None:
    case_id, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    kept, _ = await Attachments(database).attach(case_id, upload(), acting("anna"))
    comments = Comments(database)

    said = await comments.comment(case_id, "Look at this.", acting("anna", 1), (kept.digest,))
    with pytest.raises(AttachmentNotWithCase):
        await comments.comment(other, "Look at this.", acting("anna", 1), (kept.digest,))

    assert said.attachments == (kept.digest,)
    assert (await comments.of_case(case_id, HERE)).items == (said,)
    assert (await comments.of_case(other, HERE)).items == ()
    (told,) = await rows(database, TrailRow, action="commented")
    assert told.details["attachments"] == [{"name": "measured.csv", "digest": kept.digest}]


async def test_a_chain_says_how_many_each_of_its_cases_has(database: Database) -> None:
    case_id = await asked_to_decide(database)
    later = (await ask(database, more_valves(60))).case_id
    for content in (b"12,5", LARGE):
        await Attachments(database).attach(case_id, upload(content), acting("anna"))

    chain = (await ChainReader(database).chain(case_id, (SITE,))).cases

    assert [(case.id, case.attachments) for case in chain] == [(case_id, 2), (later, 0)]


async def test_an_answer_does_not_name_what_belongs_to_another_case(database: Database) -> None:
    case_id, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    kept, _ = await Attachments(database).attach(other, upload(), acting("anna"))
    seen = await seen_now(database, question_of(case_id))
    said = Answer(choice="accept_as_asked", seen=seen, attachments=(kept.digest,))

    with pytest.raises(AttachmentNotWithCase, match="Attach it first"):
        await Decisions(database).answer(question_of(case_id), said, person("boris"), Channel.API, minutes(1))

    assert await rows(database, AnswerRow) == []
    (told,) = await rows(database, TrailRow, case_id=case_id, action="answer_refused")
    assert kept.digest in told.reason
