"""What a case's workflow writes counts once, however often, and a case stops where somebody stopped it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.case import CommandKind, Entered, LookCall
from domain.decision import Channel, QuestionClosed
from domain.effect import EffectState, Reserve
from domain.process import MoveNotAllowed
from domain.question import RungKind
from domain.roles import Role
from storage.cases import Cases
from storage.database import Database
from storage.record import CaseRecord
from storage.tables.cases import CaseRow, EffectRow, TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRoleRow, QuestionRow
from tests.storage.plant import (
    NOW,
    answer,
    ask,
    asked_to_decide,
    minutes,
    move,
    person,
    question_of,
    race,
    rows,
    rung,
)
from tests.support.small_plant import SITE


async def withdraw(database: Database, case_id: str) -> None:
    """Anna takes her request back."""
    await Cases(database).withdraw(case_id, "He changed his mind.", person("anna"), Channel.API, minutes(5))


async def test_a_step_writes_state_trail_question_and_message_together(database: Database) -> None:
    case_id = await asked_to_decide(database)

    (case,) = await rows(database, CaseRow)
    (question,) = await rows(database, QuestionRow)
    trail = await rows(database, TrailRow, action="entered")
    events = await rows(database, OutboxRow, kind="event")
    assert (case.state, case.version, case.owner) == ("awaiting_decision", 2, Role.PLANNER)
    assert question.due_at == case.due_at == NOW + timedelta(hours=4)
    assert [(line.from_state, line.to_state) for line in trail] == [
        ("received", "assessing"),
        ("assessing", "awaiting_decision"),
    ]
    assert [event.body["happened"] for event in events] == ["assessing", "awaiting_decision"]
    assert [row.role for row in await rows(database, QuestionRoleRow, question_id=question.id)] == [Role.PLANNER]
    assert question.case_id == case_id


async def test_a_step_that_is_written_again_changes_nothing_and_says_the_same(database: Database) -> None:
    opened = await ask(database)
    first = await move(database, opened.case_id, 1, "assessing", assessment=1)
    before = await everything(database)

    again = await move(database, opened.case_id, 1, "assessing", assessment=1)

    assert again == first
    assert await everything(database) == before


async def test_a_step_that_is_written_from_several_places_in_the_same_instant_counts_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    opened = await ask(database)

    fared = await race(*(move(place, opened.case_id, 1, "assessing", assessment=1) for place in several))

    assert all(isinstance(one, Entered) and one == fared[0] for one in fared)
    assert len(await rows(database, TrailRow, action="entered")) == 1
    assert len(await rows(database, OutboxRow, kind="event")) == 1


async def test_questions_of_a_step_that_is_written_again_are_asked_once(database: Database) -> None:
    case_id = await asked_to_decide(database)
    first = await move(database, case_id, 2, "awaiting_decision", assessment=1)

    again = await move(database, case_id, 2, "awaiting_decision", assessment=1)

    assert (again.questions, [row.id for row in await rows(database, QuestionRow)]) == (1, [question_of(case_id)])
    assert again == first
    assert len(await rows(database, QuestionRow)) == 1


async def test_a_case_does_not_go_where_its_process_does_not_lead(database: Database) -> None:
    case_id = await asked_to_decide(database)

    with pytest.raises(MoveNotAllowed):
        await move(database, case_id, 3, "completed", assessment=1)

    (case,) = await rows(database, CaseRow)
    assert (case.state, case.version) == ("awaiting_decision", 2)


async def test_a_request_taken_back_stops_the_case_before_anything_is_written(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris", at=minutes(4))
    await withdraw(database, case_id)
    before = await everything(database)

    stopped = await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    assert stopped.interrupted_by is not None
    assert (stopped.interrupted_by.kind, stopped.interrupted_by.by) == (CommandKind.WITHDRAW, "Anna")
    assert await everything(database) == before


async def test_what_the_case_has_seen_already_does_not_stop_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await withdraw(database, case_id)
    news = await CaseRecord(database).look(LookCall(case_id=case_id))

    ended = await move(database, case_id, 3, "withdrawn", assessment=1, seen=news.commands[-1].number)

    (case,) = await rows(database, CaseRow)
    assert ended.interrupted_by is None
    assert (case.state, case.closed_at) == ("withdrawn", NOW)
    assert (await CaseRecord(database).look(LookCall(case_id=case_id))).commands == ()


async def test_a_request_taken_back_and_carried_out_in_the_same_instant_is_one_or_the_other(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    first, second, *_ = several

    withdrawn, moved = await race(
        withdraw(first, case_id),
        move(second, case_id, 3, "committing", assessment=1, chosen="accept_as_asked"),
    )

    (case,) = await rows(database, CaseRow)
    assert isinstance(moved, Entered)
    stopped = moved.interrupted_by is not None
    assert stopped == (withdrawn is None)
    assert case.state == ("awaiting_decision" if stopped else "committing")


async def test_a_case_that_goes_on_closes_the_question_it_asked(database: Database) -> None:
    case_id = await asked_to_decide(database)

    await move(database, case_id, 3, "rejected", assessment=1, at=minutes(5))

    with pytest.raises(QuestionClosed, match="went on without an answer"):
        await answer(database, question_of(case_id), "accept_as_asked", "boris", at=minutes(6))


async def test_a_step_that_the_engine_lost_hears_again_of_the_answer_it_went_on_with(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")
    step = LookCall(case_id=case_id, sequence=2)
    first = await CaseRecord(database).look(step)
    moved = await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    again = await CaseRecord(database).look(step)
    moved_again = await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")

    assert again == first
    assert again.settled
    assert moved_again == moved


async def test_a_step_that_the_engine_lost_hears_again_of_the_command_it_stopped_for(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await withdraw(database, case_id)
    step = LookCall(case_id=case_id, sequence=2)
    first = await CaseRecord(database).look(step)
    await move(database, case_id, 3, "withdrawn", assessment=1, seen=first.commands[-1].number)

    again = await CaseRecord(database).look(step)

    assert again.commands == first.commands != ()


async def test_a_case_hears_of_an_answer_until_it_moves_on(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")

    heard = await CaseRecord(database).look(LookCall(case_id=case_id))
    await move(database, case_id, 3, "committing", assessment=1, chosen="accept_as_asked")
    later = await CaseRecord(database).look(LookCall(case_id=case_id))

    assert [(settled.topic, settled.choice, settled.by) for settled in heard.settled] == [
        ("decision", "accept_as_asked", "Boris")
    ]
    assert later.settled == ()


async def test_a_question_that_escalates_opens_to_the_role_above_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    step = rung(case_id, RungKind.ESCALATE, 100, Role.PLANT_MANAGER)

    await race(*(CaseRecord(place).escalate(step) for place in several))

    (question,) = await rows(database, QuestionRow)
    (line,) = await rows(database, TrailRow, action="escalated")
    assert (question.escalation, question.further_roles) == (100, [Role.PLANT_MANAGER])
    assert (line.role, line.by["kind"]) == (Role.PLANT_MANAGER, "timer")
    assert len(await rows(database, OutboxRow, kind="event", case_id=case_id)) == 3


async def test_the_role_above_may_answer_for_the_role_that_did_not(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await CaseRecord(database).escalate(rung(case_id, RungKind.ESCALATE, 100, Role.PLANT_MANAGER))

    settled = await answer(database, question_of(case_id), "accept_as_asked", "paul", at=minutes(250))

    assert (settled.role, settled.settled) == (Role.PLANT_MANAGER, "accept_as_asked")


async def test_a_reminder_that_comes_after_the_escalation_is_not_sent(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await CaseRecord(database).escalate(rung(case_id, RungKind.ESCALATE, 100, Role.PLANT_MANAGER))

    await CaseRecord(database).escalate(rung(case_id, RungKind.REMIND, 80))

    assert await rows(database, TrailRow, action="reminded") == []


async def test_nobody_is_reminded_of_a_question_that_is_answered(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await answer(database, question_of(case_id), "accept_as_asked", "boris")

    await CaseRecord(database).escalate(rung(case_id, RungKind.REMIND, 50))

    assert await rows(database, TrailRow, action="reminded") == []


async def test_silence_rejects_what_asks_for_more_and_says_that_nobody_answered(database: Database) -> None:
    case_id = await asked_to_decide(database, quantity=50)

    await CaseRecord(database).escalate(rung(case_id, RungKind.SILENCE, 200))

    (question,) = await rows(database, QuestionRow)
    (line,) = await rows(database, TrailRow, action="decided")
    assert (question.choice, question.closed_by) == ("reject", "Deadline")
    assert line.by["kind"] == "timer"


async def test_silence_and_an_answer_in_the_same_instant_settle_the_question_once(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    first, second, *_ = several

    await race(
        CaseRecord(first).escalate(rung(case_id, RungKind.SILENCE, 200)),
        answer(second, question_of(case_id), "accept_as_asked", "boris", at=minutes(480)),
    )

    (question,) = await rows(database, QuestionRow)
    trail = await rows(database, TrailRow, case_id=case_id)
    decided = [line.action for line in trail if line.action in ("decided", "answered")]
    assert decided == (["decided"] if question.closed_by == "Deadline" else ["answered"])


async def test_an_effect_is_planned_once_and_keeps_how_far_it_came(database: Database) -> None:
    case_id = await asked_to_decide(database)
    record = CaseRecord(database)
    effect = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50))
    key = f"{case_id}/1/1"
    await record.plan_effect(case_id, key, effect)
    await record.settle_effect(key, EffectState.CONFIRMED, "R-1")

    again = await record.plan_effect(case_id, key, effect)
    await record.settle_effect(key, EffectState.CONFIRMED, "R-1")

    assert (again.state, again.answer, again.effect) == (EffectState.CONFIRMED, "R-1", effect)
    assert len(await rows(database, EffectRow)) == 1
    assert len(await rows(database, TrailRow, action="effect_confirmed")) == 1


async def everything(database: Database) -> list[object]:
    """All that the record says of cases."""
    return [
        [row.model_dump() for row in await rows(database, kind)] for kind in (CaseRow, QuestionRow, TrailRow, OutboxRow)
    ]
