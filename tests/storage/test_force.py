"""Forced moves in the record: one transaction, told on the trail, and what an earlier run wants is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.case import CommandKind
from domain.decision import Channel, DecisionRefused, NotAllowed
from domain.effect import EffectState, ReviseOrderLine
from domain.force import ForcedMove, ForceRefused, MovedByForce, Outcome
from domain.parking import Cause
from domain.ports import NotInSystem
from domain.roles import Role
from storage.cases import Cases, CommandNotAllowed
from storage.database import Database
from storage.followings import Followings
from storage.force import Force
from storage.identity import Caller
from storage.parkings import Parkings
from storage.reading_cases import CaseReader
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.requests import RequestKey
from storage.tables.cases import CaseRow, ForcedMoveRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import (
    NOW,
    acting,
    answer,
    ask,
    asked_to_decide,
    minutes,
    more_valves,
    move,
    person,
    question_of,
    race,
    rows,
)
from tests.support.small_plant import SITE

WHY = "Nobody who is asked is in the house."


async def force(
    database: Database, case_id: str, to: str = "needs_information", by: str = "adam", key: RequestKey | None = None
) -> ForcedMove:
    return await Force(database).move(case_id, to, WHY, acting(by, 60, key=key))


async def kept(database: Database, moved: ForcedMove) -> ForcedMoveRow:
    (row,) = await rows(database, ForcedMoveRow, question_id=moved.question)
    return row


async def test_a_move_is_in_force_at_once_with_its_question_and_its_lines(database: Database) -> None:
    case_id = await asked_to_decide(database)

    moved = await force(database, case_id)

    (case,) = await rows(database, CaseRow, id=case_id)
    assert (case.state, case.version, case.forced) == ("needs_information", 3, 1)
    assert moved.due_at == minutes(90)
    (question,) = await rows(database, QuestionRow, id=moved.question)
    assert (question.closed_at, question.draft["excluded"]) == (None, {"adam": f"forced {case_id}"})
    (line,) = await rows(database, TrailRow, case_id=case_id, action="forced")
    assert (line.by["id"], line.role, line.reason) == ("adam", "administrator", f"Adam moved it by force: {WHY}")
    assert (line.from_state, line.to_state, line.details["severity"]) == (
        "awaiting_decision", "needs_information", "critical",
    )  # fmt: skip
    kinds = [row.kind for row in await rows(database, OutboxRow, case_id=case_id)]
    assert kinds.count("stop") == 1
    assert kinds.count("start") == 2
    (before,) = await rows(database, QuestionRow, id=question_of(case_id))
    assert before.closed_at == minutes(60)


async def test_the_case_shows_what_was_forced_and_where_it_could_be(database: Database) -> None:
    case_id = await asked_to_decide(database)
    before = await CaseReader(database).case(case_id, (SITE,), NOW)

    moved = await force(database, case_id)

    after = await CaseReader(database).case(case_id, (SITE,), NOW)
    assert before.can_be_forced_to == ("assessing", "needs_information", "withdrawn")
    assert after.forced_moves == (moved,)
    caller = Caller(person("paul"), (SITE,), (), {SITE: frozenset({Role.PLANT_MANAGER})})
    asked = await QuestionReader(database).question(moved.question, caller, minutes(61))
    assert WHY in asked.context
    assert [choice.name for choice in asked.choices] == ["confirm", "put_back"]
    assert asked.evidence


@pytest.mark.parametrize(
    ("to", "by", "refusal"),
    [
        ("completed", "adam", ForceRefused),
        ("committing", "adam", ForceRefused),
        ("nowhere", "adam", ForceRefused),
        ("assessing", "paul", NotAllowed),
        ("assessing", "boris", NotAllowed),
    ],
)
async def test_a_refusal_changes_nothing_and_is_on_the_trail(
    database: Database, to: str, by: str, refusal: type[Exception]
) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(refusal):
        await force(database, case_id, to, by)

    (case,) = await rows(database, CaseRow, id=case_id)
    assert (case.state, case.version, case.forced) == ("awaiting_decision", 2, 0)
    assert await rows(database, ForcedMoveRow, case_id=case_id) == []
    (line,) = await rows(database, TrailRow, case_id=case_id, action="force_refused")
    assert (line.by["id"], line.details["to"], line.details["said"]) == (by, to, WHY)


async def test_at_another_plant_there_is_no_such_case(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(NotInSystem):
        await Force(database).move(case_id, "assessing", WHY, acting("adam", site="south"))


async def test_one_move_waits_for_its_word_before_the_next(database: Database) -> None:
    case_id = await asked_to_decide(database)
    moved = await force(database, case_id)

    with pytest.raises(ForceRefused, match=moved.question):
        await force(database, case_id, "assessing")

    await answer(database, moved.question, "confirm", "paul", at=minutes(70))
    again = await force(database, case_id, "assessing")
    assert (await kept(database, moved)).outcome == Outcome.CONFIRMED
    assert again.question != moved.question


async def test_a_repeated_request_moves_once(database: Database) -> None:
    case_id, key = await asked_to_decide(database), RequestKey("adam", "k", "f")

    first, second = await force(database, case_id, key=key), await force(database, case_id, key=key)

    assert first == second
    assert len(await rows(database, TrailRow, case_id=case_id, action="forced")) == 1


async def test_of_many_who_force_at_once_one_does(several: tuple[Database, ...]) -> None:
    case_id = await asked_to_decide(several[0])

    fared = await race(*(force(place, case_id) for place in several))

    assert [type(one) for one in fared].count(ForcedMove) == 1
    assert len(await rows(several[0], TrailRow, case_id=case_id, action="forced")) == 1


async def test_a_case_that_waits_for_another_is_not_forced(database: Database) -> None:
    first = await asked_to_decide(database)
    await move(database, first, 3, "committing", chosen="accept_as_asked", assessment=1)
    queued = await ask(database, more_valves(60), at=minutes(1))

    with pytest.raises(ForceRefused, match="waits for another case"):
        await force(database, queued.case_id, "withdrawn")


async def test_what_an_earlier_run_of_the_case_wants_is_refused(database: Database) -> None:
    case_id = await asked_to_decide(database)
    record = CaseRecord(database)
    effect = ReviseOrderLine(
        site=SITE, order="SO-1", line="10", expected="x", item="VALVE", revision=None, quantity=Decimal(50),
        requested_at=NOW, promised_at=NOW, priority=10,
    )  # fmt: skip
    await record.plan_effect(case_id, f"{case_id}/001/1-write-01", effect)
    await force(database, case_id)

    with pytest.raises(MovedByForce):
        await move(database, case_id, 4, "committing", chosen="accept_as_asked", assessment=1)
    with pytest.raises(MovedByForce):
        await record.plan_effect(case_id, f"{case_id}/001/1-write-02", effect)
    with pytest.raises(MovedByForce):
        await record.settle_effect(f"{case_id}/001/1-write-01", EffectState.SENT, "")

    assert {effect.state for effect in await record.effects_of(case_id)} == {EffectState.PLANNED}


async def test_nobody_is_left_waiting_when_nobody_answers(database: Database) -> None:
    case_id = await asked_to_decide(database)
    moved = await force(database, case_id)
    record, found = CaseRecord(database), []

    for minute in (70, 76, 85, 91, 95):
        for step in await Force(database).due(minutes(minute)):
            await record.escalate(step)
            found.append((minute, step.rung.percent))

    assert found == [(76, 50), (85, 80), (91, 100)]
    row = await kept(database, moved)
    assert (row.outcome, row.settled_by, row.settled_at) == (Outcome.PUT_BACK, "Deadline", minutes(91))
    (case,) = await rows(database, CaseRow, id=case_id)
    assert (case.state, case.forced) == ("assessing", 2)
    (again,) = await rows(database, QuestionRow, id=question_of(case_id))
    assert (again.closed_at, again.step, again.due_at) == (None, case.version, minutes(240))
    (line,) = await rows(database, TrailRow, case_id=case_id, action="force_put_back")
    assert line.details["severity"] == "warning"
    (missing,) = await rows(database, QuestionRow, state="needs_information", step=3)
    assert missing.closed_at == minutes(91)


async def test_an_answer_that_was_there_before_counts_when_the_case_is_put_back(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris", at=minutes(30))
    moved = await force(database, case_id)

    await answer(database, moved.question, "put_back", "paul", reason="Boris decided.", at=minutes(70))

    (question,) = await rows(database, QuestionRow, id=question_of(case_id))
    (case,) = await rows(database, CaseRow, id=case_id)
    assert (question.choice, question.step) == ("accept_as_asked", case.version)


async def test_the_confirmation_is_not_parked(database: Database) -> None:
    moved = await force(database, await asked_to_decide(database))

    with pytest.raises(DecisionRefused, match="cannot be parked"):
        await Parkings(database).park(moved.question, Cause.CUSTOMER, minutes(900), "Later.", acting("paul", 61))


async def test_who_forces_hears_what_becomes_of_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    moved = await force(database, case_id)
    await answer(database, moved.question, "confirm", "paul", at=minutes(70))

    heard = await Followings(database).heard(Caller(person("adam"), (SITE,), ()))

    assert "force_confirmed" in {told.line.action for told in heard.items}


async def test_an_administrator_has_a_case_look_again_where_it_waits_for_facts(database: Database) -> None:
    case_id = await asked_to_decide(database)
    told = (case_id, CommandKind.LOOK_AGAIN, "Once more.", person("adam"), Channel.API)
    await Cases(database).tell(*told, minutes(4))
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    with pytest.raises(CommandNotAllowed, match="look again"):
        await Cases(database).tell(*told, minutes(5))
