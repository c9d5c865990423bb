"""A day as the record has it, on one page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.catalog import PROCESSES
from domain.decision import Channel, DecisionRefused, NotAllowed
from domain.force import ForceRefused
from domain.option import Proposal
from domain.question import RungKind
from domain.release import AdjustedJob
from domain.report import DailyReport, DayToCome
from domain.report_page import sentences
from domain.roles import Role
from domain.schedule.policy import SchedulePolicy
from domain.signalled import SignalledAnswer
from domain.substitution import SubstitutionDraft
from storage.cases import Cases
from storage.comparing import compare
from storage.database import Database
from storage.delegations import Delegations
from storage.force import Force
from storage.proposals import Proposals
from storage.reading_report import ReportReader
from storage.record import CaseRecord
from storage.substitutions import Substitutions
from tests.api.conftest import tomorrow
from tests.storage.plant import (
    NOW,
    acting,
    answer,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    person,
    proposal,
    question_of,
    rung,
)
from tests.support.small_plant import SITE

TODAY = NOW.date()
NEXT_MORNING = minutes(24 * 60)


async def report(database: Database, day: date | None = None) -> DailyReport:
    return await ReportReader(database).of(SITE, day, NEXT_MORNING)


async def test_a_day_on_which_nothing_happened_says_so(database: Database) -> None:
    quiet = await report(database)

    assert (quiet.day, quiet.plant) == (TODAY, "North")
    assert "Moved by force: none." in sentences(quiet)
    assert all(sentence.endswith("none.") for sentence in sentences(quiet))


async def test_a_move_by_force_is_on_it_with_what_became_of_it(database: Database) -> None:
    case_id = await asked_to_decide(database)
    moved = await Force(database).move(case_id, "withdrawn", "Nobody is in the house.", acting("adam", 60))

    with pytest.raises(ForceRefused):
        await Force(database).move(case_id, "completed", "Nobody is in the house.", acting("adam", 61))

    before = await report(database)
    await answer(database, moved.question, "put_back", "paul", reason="There was another way.", at=minutes(70))
    after = await report(database)

    assert sentences(before)[1].startswith(
        f"- {case_id} (SO-1:10) from awaiting decision to withdrawn, by Adam: Nobody"
    )
    assert sentences(before)[1].endswith("Nobody has confirmed it yet.")
    assert "Not confirmed (Paul). It was put back" in sentences(after)[1]
    assert f"- {case_id} to completed, tried by Adam: {case_id} is over: withdrawn." in sentences(after)
    assert (before.closed, after.closed) == ({"order_change": 1}, {})


async def test_what_was_late_refused_and_given_away_is_on_it(database: Database) -> None:
    late = await asked_to_decide(database)
    with pytest.raises(NotAllowed):
        await answer(database, question_of(late), "accept_as_asked", "anna", at=minutes(5))
    await answer(database, question_of(late), "accept_as_asked", "boris", at=minutes(300))
    with pytest.raises(DecisionRefused):
        await answer(database, question_of(late), "accept_later", "petra", at=minutes(310))
    waiting = await asked_to_decide(database, order="SO-2", quantity=14)
    forged = SignalledAnswer(question=question_of(waiting), choice="accept_as_asked", person="boris")
    await CaseRecord(database).answer_by_signal(waiting, forged, minutes(20))
    await Delegations(database).delegate(
        question_of(waiting), "petra", minutes(120), "She knows them.", acting("boris", 30)
    )
    for percent in (100, 150):
        await CaseRecord(database).escalate(rung(waiting, RungKind.ESCALATE, percent, Role.DUTY_MANAGER))
    wanted = SubstitutionDraft(
        site=SITE, absent="boris", substitute="petra", first_day=TODAY, last_day=TODAY + timedelta(days=3),
        reason="On leave.",
    )  # fmt: skip
    await Substitutions(database).give(wanted, person("boris"), Channel.API, NOW)

    page = sentences(await report(database))

    assert "Decided late: 1." in page
    assert any(said.startswith(f"- {question_of(late)}: ") and "60 minutes late, by Boris" in said for said in page)
    assert any(said.startswith(f"- {question_of(waiting)}: ") and "with planner, duty manager" in said for said in page)
    assert f"- {question_of(waiting)}: SO-2:10, at 150 percent, duty manager brought in" in page
    assert "Answers refused: 2 (not allowed 1, question closed 1)." in page
    assert "Signals refused: 1 (signature refused 1)." in page
    assert any(said.startswith(f"- {waiting}, as from boris: A signal without a signature") for said in page)
    assert "- petra for boris until 2026-10-08" in page
    assert f"- {question_of(waiting)} by boris to petra: She knows them." in page
    assert "Cases opened: 2 (order change 2)." in page


async def test_a_plan_that_did_not_hold_is_on_it_once_and_none_of_another_site(database: Database) -> None:
    case_id = (await ask(database, more_valves())).case_id
    plan = AdjustedJob(
        site=SITE, case=case_id, job="J-2", operations=(10,), starts_at=minutes(-90), ends_at=minutes(-30)
    )
    elsewhere = plan.model_copy(update={"site": "south", "job": "J-9"})

    became = []
    for one in (plan, plan, elsewhere):
        async with database.transaction() as session:
            became.append(await compare(session, one, NOW))
    page = sentences(await report(database))

    assert became == [f"compared {case_id}"] * 2 + [f"no case {case_id}"]
    assert "New plans that did not hold: 1." in page
    assert any(said.startswith(f"- {case_id} (SO-1:10): J-2") and "step 10 is waiting" in said for said in page)


async def test_what_policy_decided_alone_is_counted_and_a_sample_named(database: Database) -> None:
    case_id = (await ask(database, more_valves())).case_id
    alone = Proposal(options=proposal((Role.PLANNER,)).options, automatic="accept_as_asked")
    await move(database, case_id, 1, "assessing", assessment=1)
    await CaseRecord(database).keep_evidence(case_id, 1, evidence())
    await CaseRecord(database).keep_proposal(case_id, 1, alone)
    await move(database, case_id, 2, "committing", assessment=1, chosen="accept_as_asked")
    decided = await asked_to_decide(database, order="SO-2", quantity=14)
    await move(database, decided, 3, "committing", assessment=1, chosen="accept_as_asked")

    assert f"Decided by policy alone: 1. To be looked at by somebody: {case_id}." in sentences(await report(database))


async def test_policies_and_lots_that_are_held_are_on_it(database: Database) -> None:
    table = tomorrow(effective_from=NOW + timedelta(days=2))
    waiting = await Proposals(database).propose(table, "As agreed.", SITE, person("paul"), Channel.API, NOW)
    with pytest.raises(NotAllowed):
        await Proposals(database).confirm(waiting.version, SITE, person("paul"), Channel.API, minutes(1))
    figures = SchedulePolicy(site=SITE, effective_from=NOW + timedelta(days=2), most_changes=5)
    await Proposals(database).propose(figures, "Smoother.", SITE, person("petra"), Channel.API, NOW)
    process = PROCESSES["quality_hold"]
    suspect = process.request.model_validate(
        {"item": "VALVE", "lot": "V1", "defect": "It leaks.", "severity": "functional", "reason": "INSPECTION_FAILED"}
    )
    held = await Cases(database).open(process, SITE, suspect, person("ines"), Channel.API, NOW)

    page = sentences(await report(database))

    assert f"- order change {waiting.version}: proposed, Paul: As agreed." in page
    assert f"- schedule {figures.version}: proposed, Petra: Smoother." in page
    assert any("confirmation refused, Paul: Whoever proposes a policy" in said for said in page)
    assert any(said.startswith("Lots held: 1, of them 1 up to a day") and held.case_id in said for said in page)


async def test_only_what_belongs_to_the_day_and_the_site_is_on_it(database: Database) -> None:
    await asked_to_decide(database)

    assert (await report(database, TODAY - timedelta(days=1))).opened == {}
    assert (await ReportReader(database).of("south", TODAY, NEXT_MORNING)).opened == {}
    with pytest.raises(DayToCome, match="has not begun"):
        await report(database, TODAY + timedelta(days=2))
