"""An answer counts for what was agreed to, and no longer than that is so."""

from __future__ import annotations

import pytest

from domain.adjustment.requested import ScheduleAdjustmentRequest
from domain.case import Entered, LookCall
from domain.decision import Channel, QuestionClosed
from domain.option import Moved, Proposal
from domain.processes.schedule_adjustment import SCHEDULE_ADJUSTMENT
from domain.roles import Role
from storage.cases import Cases
from storage.database import Database
from storage.invariants import broken_invariants
from storage.record import CaseRecord
from storage.tables.cases import ProposalRow, TrailRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import NOW, answer, minutes, move, person, proposal, resting_on, rows
from tests.support.small_plant import SITE

BOTH = (Role.PLANNER, Role.PLANT_MANAGER)


def moving(*jobs: str, needs: tuple[Role, ...], hours: int = 10) -> Proposal:
    """Two plans under titles that never change, by each of which these *jobs* end in so many *hours*."""
    asked, moves = proposal(needs), tuple(Moved(job=job, ends_at=minutes(60 * hours)) for job in jobs)
    ways = (way.model_copy(update={"option": way.option.model_copy(update={"moves": moves})}) for way in asked.options)
    return asked.model_copy(update={"options": tuple(ways)})


async def asked_which_plan(database: Database, *needs: Role) -> str:
    """The id of a case that asks *needs* which plan to take, of two that move J-2."""
    request = ScheduleAdjustmentRequest(work_center="ASSEMBLY", reason="MAINTENANCE", until=minutes(600))
    opened = await Cases(database).open(SCHEDULE_ADJUSTMENT, SITE, request, person("carla"), Channel.API, NOW)
    await looked_at(database, opened.case_id, 1, moving("J-2", needs=needs), keeps=False)
    return opened.case_id


async def looked_at(database: Database, case_id: str, step: int, now: Proposal, *, keeps: bool = True) -> Entered:
    """What the case asks after it has looked again and found that it is *now* so."""
    assessment = (step + 1) // 2
    await move(database, case_id, step, "assessing", at=minutes(step), assessment=assessment, keeps=keeps)
    await CaseRecord(database).keep_proposal(case_id, assessment, now)
    return await move(database, case_id, step + 1, "awaiting_decision", at=minutes(step), assessment=assessment)


@pytest.mark.parametrize("needs", [(Role.PLANNER,), BOTH], ids=["settled", "one of two"])
async def test_what_was_agreed_to_something_else_counts_no_more_and_is_asked_anew(
    database: Database, needs: tuple[Role, ...]
) -> None:
    case_id = await asked_which_plan(database, *needs)
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(2))

    await looked_at(database, case_id, 3, moving("J-2", "J-9", needs=needs))

    before, anew = await rows(database, QuestionRow, case_id=case_id)
    assert (before.lapsed_at, before.closed_at is None, before.step) == (minutes(3), False, 3)
    assert (anew.id, anew.closed_at, anew.asked_at) == (f"{case_id}-4-1", None, minutes(3))
    assert (await CaseRecord(database).look(LookCall(case_id=case_id, sequence=4))).settled == ()
    assert (await CaseRecord(database).load(case_id)).answers == ()
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answers_lapsed")
    assert line.reason == f"What was agreed to in {before.id} counts no more. It now also moves J-9."
    assert line.details["agreed"] == {"boris": "accept_as_asked"}
    # What was said stays said, and nobody can add to it.
    assert [given.person for given in await rows(database, AnswerRow, question_id=before.id)] == ["boris"]
    with pytest.raises(QuestionClosed):
        await answer(database, before.id, "accept_as_asked", "petra", at=minutes(4))
    await answer(database, anew.id, "accept_as_asked", "boris", at=minutes(4))
    broken = [one async for one in broken_invariants(database, minutes(5))]
    assert [one for one in broken if one.invariant in ("I2", "I4", "I6")] == []


async def test_nobody_is_asked_twice_where_nothing_differs_that_matters(database: Database) -> None:
    case_id = await asked_which_plan(database, *BOTH)
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(2))

    await looked_at(database, case_id, 3, moving("J-2", needs=BOTH, hours=33))

    (kept,) = await rows(database, QuestionRow, case_id=case_id)
    assert (kept.lapsed_at, kept.closed_at, kept.step) == (None, None, 4)
    settled = await answer(database, kept.id, "accept_as_asked", "paul", at=minutes(4))
    assert settled.settled == "accept_as_asked"


async def test_small_differences_add_up_to_what_was_not_agreed_to(database: Database) -> None:
    case_id = await asked_which_plan(database, *BOTH)
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(2))

    await looked_at(database, case_id, 3, moving("J-2", needs=BOTH, hours=33))
    await looked_at(database, case_id, 5, moving("J-2", needs=BOTH, hours=34))

    (line,) = await rows(database, TrailRow, case_id=case_id, action="answers_lapsed")
    assert line.details["differs"] == ["J-2 would now end at 2026-10-06 18:00 UTC."]


async def test_what_nobody_has_answered_stays_asked_and_counts_for_what_is_shown_now(database: Database) -> None:
    case_id = await asked_which_plan(database, *BOTH)
    await looked_at(database, case_id, 3, moving("J-2", "J-9", needs=BOTH))
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(4))

    await looked_at(database, case_id, 5, moving("J-2", "J-9", needs=BOTH))

    (kept,) = await rows(database, QuestionRow, case_id=case_id)
    assert (kept.asked_at, kept.lapsed_at, kept.step) == (minutes(1), None, 6)
    assert await rows(database, TrailRow, case_id=case_id, action="answers_lapsed") == []


async def test_agreement_to_what_is_put_in_other_words_counts_no_more(database: Database) -> None:
    case_id = await asked_which_plan(database, Role.PLANNER)
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(2))

    now = moving("J-2", needs=(Role.PLANT_MANAGER,))
    await looked_at(database, case_id, 3, now)

    (line,) = await rows(database, TrailRow, case_id=case_id, action="answers_lapsed")
    assert line.reason.endswith("Other people have to agree, or to other words.")
    assert len(await rows(database, QuestionRow, case_id=case_id, lapsed_at=None)) == 1


async def test_what_was_agreed_to_before_it_was_kept_what_that_rests_on_counts_all_the_same(database: Database) -> None:
    case_id = await asked_which_plan(database, *BOTH)
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(2))
    (kept,) = await rows(database, ProposalRow, case_id=case_id)

    await looked_at(database, case_id, 3, resting_on(moving("J-2", needs=BOTH), quantity="100"))
    settled = await answer(database, f"{case_id}-2-1", "accept_as_asked", "paul", at=minutes(4))

    assert "rests_on" not in str(kept.body)
    assert settled.settled == "accept_as_asked"
    assert await rows(database, TrailRow, case_id=case_id, action="answers_lapsed") == []


async def test_what_was_agreed_to_of_another_quantity_counts_no_more(database: Database) -> None:
    case_id = await asked_which_plan(database, *BOTH)
    await looked_at(database, case_id, 3, resting_on(moving("J-2", needs=BOTH), quantity="100"))
    await answer(database, f"{case_id}-2-1", "accept_as_asked", "boris", at=minutes(4))

    await looked_at(database, case_id, 5, resting_on(moving("J-2", needs=BOTH), quantity="90"))

    (line,) = await rows(database, TrailRow, case_id=case_id, action="answers_lapsed")
    assert line.details["differs"] == ["Quantity: 100; now 90."]


async def decided(database: Database, case_id: str, step: int, assessment: int) -> None:
    """The way as asked is decided on, and about to be written."""
    (asked,) = await rows(database, QuestionRow, case_id=case_id, choice=None)
    await answer(database, asked.id, "accept_as_asked", "boris", at=minutes(step))
    at, chosen = minutes(step), "accept_as_asked"
    await move(database, case_id, step, "committing", at=at, assessment=assessment, chosen=chosen)


async def test_what_is_decided_and_differs_when_it_is_written_counts_no_more_however_often_that_is_seen(
    database: Database,
) -> None:
    record, case_id = CaseRecord(database), await asked_which_plan(database, Role.PLANNER)
    await decided(database, case_id, 3, 1)
    await looked_at(database, case_id, 4, moving("J-2", needs=(Role.PLANNER,)), keeps=False)
    await decided(database, case_id, 6, 2)

    for _ in range(2):
        await record.choice_lapses(case_id, ("It now also moves J-9.",), minutes(7))

    first, second = await rows(database, QuestionRow, case_id=case_id)
    assert (first.lapsed_at, second.lapsed_at) == (None, minutes(7))
    assert [past.step for past in (await record.load(case_id)).answers] == [2]
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answers_lapsed")
    assert line.details["agreed"] == {"boris": "accept_as_asked"}
    assert line.details["differs"] == ["It now also moves J-9."]


async def test_nobody_was_asked_about_what_is_taken_by_itself(database: Database) -> None:
    record, case_id = CaseRecord(database), await asked_which_plan(database, Role.PLANNER)
    await decided(database, case_id, 3, 1)
    by_itself = moving("J-2", needs=()).model_copy(update={"automatic": "accept_as_asked"})
    await record.keep_proposal(case_id, 1, by_itself)

    await record.choice_lapses(case_id, ("It now also moves J-9.",), minutes(7))

    assert await rows(database, TrailRow, case_id=case_id, action="answers_lapsed") == []
