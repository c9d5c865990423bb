"""Each invariant is seen to be broken where it is, on both databases, and nothing else is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel
from domain.effect import EffectState, Reserve
from storage import invariants
from storage.cases import Cases
from storage.database import Database
from storage.invariants import broken_invariants, unguarded_trail
from storage.record import CaseRecord
from storage.requests import RequestKey
from storage.tables.access import RequestRow
from storage.tables.cases import CaseRow, EffectRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.notices import NoticeLineRow, NoticeRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import (
    NOW,
    answer,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    person,
    question_of,
)
from tests.support.small_plant import SITE

DONE, WAITING, WITHDRAWN = "OC-1", "OC-2", "OC-3"
SOON = minutes(30)
KEY = f"{DONE}/001/1-write-01"
OF_NOTHING = f"{DONE}/007/1-write-01"

Fault = Callable[[AsyncSession], Awaitable[object]]


@pytest.fixture
async def record(database: Database) -> Database:
    """One case that was written and is over, one that waits for its decision, one that was taken back."""
    await asked_to_decide(database)
    await answer(database, question_of(DONE), "accept_as_asked", "boris", key=RequestKey("boris", "1", "x"))
    await move(database, DONE, 3, "committing", assessment=1, chosen="accept_as_asked")
    await _write(database, DONE, KEY)
    await CaseRecord(database).keep_evidence(DONE, 1, evidence().model_copy(update={"values": {}}))
    await move(database, DONE, 4, "propagating", assessment=1)
    await move(database, DONE, 5, "completed", assessment=1)
    await asked_to_decide(database, order="SO-4")
    await ask(database, more_valves(7, "SO-5"), key=RequestKey("anna", "1", "x"))
    await Cases(database).withdraw(WITHDRAWN, "A mistake.", person("anna"), Channel.API, minutes(1))
    await move(database, WITHDRAWN, 1, "withdrawn", at=minutes(2))
    return database


async def test_nothing_is_broken_where_nothing_was_tampered_with(record: Database) -> None:
    assert await _broken(record) == {}


async def test_looks_at_every_case_however_few_at_a_time(record: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "AT_A_TIME", 1)
    await _plant(record, _set(CaseRow, owner=""))
    await _plant(record, lambda session: session.exec(update(RequestRow).values(at=minutes(90))))

    found = await _broken(record)

    assert found == {"I9": {f"case {WAITING}"}, "I1": {"request 1 of boris", "request 1 of anna"}}


async def test_leaves_out_what_was_over_before(record: Database) -> None:
    await _plant(record, _set(CaseRow, trail_length=1))

    assert f"case {DONE}" in (await _broken(record))["I8"]
    found = {one.row async for one in broken_invariants(record, NOW, since=minutes(1))}
    assert f"case {DONE}" not in found
    assert {f"case {WAITING}", f"case {WITHDRAWN}"} <= found


async def _write(database: Database, case_id: str, key: str) -> None:
    kept = CaseRecord(database)
    valves = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50))
    await kept.plan_effect(case_id, key, valves)
    await kept.settle_effect(key, EffectState.CONFIRMED, "R-1")


def _set(kind: type[SQLModel], **values: object) -> Fault:
    async def fault(session: AsyncSession) -> None:
        await session.exec(update(kind).values(**values))

    return fault


def _of(case_id: str, kind: type[SQLModel], /, **values: object) -> Fault:
    async def fault(session: AsyncSession) -> None:
        key = "id" if kind is CaseRow else "case_id"
        await session.exec(update(kind).filter_by(**{key: case_id}).values(**values))

    return fault


def _on_the_trail(case_id: str, sequence: int, **values: object) -> Fault:
    async def fault(session: AsyncSession) -> None:
        await _unguard(session)
        line = (col(TrailRow.case_id) == case_id, col(TrailRow.sequence) == sequence)
        await session.exec(update(TrailRow).where(*line).values(**values) if values else delete(TrailRow).where(*line))

    return fault


async def _unguard(session: AsyncSession) -> None:
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(text("ALTER TABLE trail DISABLE TRIGGER trail_only_grows"))
    else:
        await connection.execute(text("DROP TRIGGER trail_not_changed"))
        await connection.execute(text("DROP TRIGGER trail_not_deleted"))


async def _two_open(session: AsyncSession) -> None:
    await (await session.connection()).execute(text("DROP INDEX one_open_case"))
    another = await session.get_one(CaseRow, WAITING)
    session.add(CaseRow.model_validate({**another.model_dump(), "id": "OC-9", "number": 9, "trail_length": 0}))


async def _a_second_word(session: AsyncSession) -> None:
    first = await session.get_one(AnswerRow, (question_of(DONE), "boris"))
    second = {**first.model_dump(), "person": "petra", "on_behalf_of": "boris"}
    session.add(AnswerRow.model_validate(second))


async def _another_answer(session: AsyncSession) -> None:
    """As if Boris had refused, wherever that can be changed."""
    for kind in (AnswerRow, QuestionRow):
        await session.exec(update(kind).filter_by(case_id=DONE).values(choice="reject"))


async def _told_twice(session: AsyncSession) -> None:
    for number in (1, 2):
        session.add(NoticeRow(number=number, person="boris", channel="mail", held=False, created_at=NOW, due_at=NOW))
        session.add(
            NoticeLineRow(
                notice=number, message=1, occasion="asked", question_id=question_of(WAITING), case_id=WAITING,
                site=SITE, role="planner",
            )
        )  # fmt: skip


FAULTS: dict[str, tuple[Fault, str, str]] = {
    "an acknowledged request left no line": (
        lambda session: session.exec(update(RequestRow).filter_by(caller="boris").values(at=minutes(90))),
        "I1", "request 1 of boris",
    ),
    "a decision came to what nobody said": (_of(DONE, QuestionRow, choice="accept_later"), "I2", ""),
    "a settled question came to nothing": (_of(DONE, QuestionRow, choice=None), "I2", f"question {question_of(DONE)}"),
    "an answer counts and was not told of": (_a_second_word, "I2", f"question {question_of(DONE)}"),
    "an answer is lost": (lambda session: session.exec(delete(AnswerRow)), "I2", f"question {question_of(DONE)}"),
    "an answer is another than was given": (_another_answer, "I2", f"question {question_of(DONE)}"),
    "an answer is somebody else's": (_of(DONE, AnswerRow, person="petra"), "I2", f"question {question_of(DONE)}"),
    "an answer is none of the choices": (
        _of(DONE, AnswerRow, choice="shrug"),
        "I2",
        f"question {question_of(DONE)}",
    ),
    "two cases are open about one subject": (_two_open, "I2", "workflow order_change/north/SO-4:10"),
    "a question of no case": (_of(DONE, QuestionRow, case_id="OC-8"), "I2", f"question {question_of(DONE)}"),
    "a write is further than the trail says": (_set(EffectRow, state="compensated"), "I3", f"effect {KEY}"),
    "a write that nothing was chosen for": (_set(EffectRow, key=OF_NOTHING), "I3", f"effect {OF_NOTHING}"),
    "a case is not where its trail ends": (_of(WAITING, CaseRow, state="needs_information"), "I4", f"case {WAITING}"),
    "a case is nowhere": (_of(WAITING, CaseRow, state="limbo"), "I4", f"case {WAITING}"),
    "a case that is over is open": (_of(WITHDRAWN, CaseRow, closed_at=None), "I4", f"case {WITHDRAWN}"),
    "a case jumped": (_on_the_trail(WAITING, 2, from_state="rejected"), "I4", f"case {WAITING}"),
    "who asked decided": (_of(DONE, QuestionRow, requester="boris"), "I6", f"question {question_of(DONE)}"),
    "who had asked as well decided": (
        _of(DONE, QuestionRow, also_asked={"boris": 1}), "I6", f"question {question_of(DONE)}"
    ),
    "who was not asked decided": (_of(DONE, AnswerRow, role="auditor"), "I6", f"question {question_of(DONE)}"),
    "a message stays": (_set(OutboxRow, created_at=NOW - timedelta(hours=2)), "I7", "message 1"),
    "a line is missing": (_on_the_trail(WAITING, 1), "I8", f"case {WAITING}"),
    "a line too many": (_of(WAITING, CaseRow, trail_length=1), "I8", f"case {WAITING}"),
    "a case is nobody's": (_of(WAITING, CaseRow, owner=""), "I9", f"case {WAITING}"),
    "a case is never late": (_of(WAITING, CaseRow, due_at=None), "I9", f"case {WAITING}"),
    "a way that is not there": (_on_the_trail(DONE, 7, to_state="rejected"), "I10", f"case {DONE}"),
    "a case was forced to its end": (
        _on_the_trail(DONE, 7, action="forced", to_state="completed"), "I10", f"case {DONE}"
    ),
    "somebody is told twice": (_told_twice, "I11", f"question {question_of(WAITING)}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_sees(record: Database, fault: str) -> None:
    tamper, invariant, row = FAULTS[fault]
    await _plant(record, tamper)

    found = await _broken(record)

    assert row in found[invariant] if row else invariant in found


async def test_sees_what_stands_although_its_case_came_to_nothing(record: Database) -> None:
    key = f"{WITHDRAWN}/001/0-hold-01"
    await _write(record, WITHDRAWN, key)

    assert (await _broken(record))["I5"] == {f"effect {key}"}


async def test_sees_that_a_case_does_not_go_on(record: Database) -> None:
    never_began = (await ask(record, more_valves(60, "SO-2"))).case_id
    stands_still = (await ask(record, more_valves(60, "SO-3"))).case_id
    await move(record, stands_still, 1, "assessing", assessment=1)
    await _plant(record, _of(WAITING, QuestionRow, closed_at=NOW))

    assert "I9" not in await _broken(record)
    assert (await _broken(record, minutes(120)))["I9"] == {
        f"case {never_began}", f"case {stands_still}", f"case {WAITING}",
    }  # fmt: skip


async def test_sees_that_the_trail_could_be_changed(record: Database) -> None:
    assert await unguarded_trail(record) is None

    await _plant(record, _unguard)

    missing = await unguarded_trail(record)
    assert missing is not None
    assert missing.invariant == "I8"


async def _plant(database: Database, fault: Fault) -> None:
    async with database.transaction() as session:
        await fault(session)


async def _broken(database: Database, at: datetime = SOON) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    async for one in broken_invariants(database, at):
        found.setdefault(one.invariant, set()).add(one.row)
    return found
