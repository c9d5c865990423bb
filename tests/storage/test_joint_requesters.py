"""Who asks for what another asked for already decides it no more than he, on both databases."""

from __future__ import annotations

import pytest

from domain.case import Request
from domain.decision import Answer, Channel, DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.master_data import Person
from domain.process import Process
from domain.processes.order_change import ORDER_CHANGE
from domain.processes.quality_hold import QUALITY_HOLD
from domain.processes.shortage import SHORTAGE
from domain.roles import Role
from storage.cases import Cases
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.delegations import Delegations
from storage.identity import Caller
from storage.invariants import broken_invariants
from storage.questions import ask_again, close_questions
from storage.reading_questions import QuestionReader
from storage.record import CaseRecord
from storage.tables.cases import CaseRow, CommandRow, TrailRow
from storage.tables.questions import QuestionRow
from tests.storage.plant import (
    NOW,
    acting,
    ask,
    asked_to_decide,
    evidence,
    minutes,
    more_valves,
    move,
    person,
    proposal,
    question_of,
    rows,
    seen_now,
    tell,
)
from tests.support.small_plant import SITE


async def answers(database: Database, question: str, by: str, minute: int = 5, behalf: str | None = None) -> Answered:
    said = Answer(choice="accept_as_asked", seen=await seen_now(database, question), on_behalf_of=behalf)
    return await Decisions(database).answer(question, said, person(by), Channel.API, minutes(minute))


async def inbox(database: Database, name: str) -> list[str]:
    caller = Caller(person(name), (SITE,), (), {SITE: frozenset({Role.PLANNER})})
    return [one.id for one in (await QuestionReader(database).questions(caller, minutes(2))).items]


async def broken(database: Database) -> list[str]:
    return [f"{one.invariant} {one.what}" async for one in broken_invariants(database, minutes(9))]


async def test_an_open_question_heeds_who_asks_for_the_same_later(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    await Delegations(database).delegate(question, "boris", None, "He is busy.", acting("petra"))
    before = await inbox(database, "boris")

    again = await ask(database, by="boris", at=minutes(1))

    assert again.result == "known"
    assert (before, await inbox(database, "boris")) == ([question], [])
    with pytest.raises(NotAllowed, match="You asked for this as well"):
        await answers(database, question, "boris")
    with pytest.raises(NotAllowed, match="asked for this as well"):
        await answers(database, question, "boris", behalf="petra")
    with pytest.raises(NotAllowed, match="boris could not answer this"):
        await Delegations(database).delegate(question, "boris", None, "He is busy.", acting("pia", 2))
    reader, caller = QuestionReader(database), Caller(person("boris"), (SITE,), (), {SITE: frozenset({Role.PLANNER})})
    assert (await reader.question(question, caller, minutes(2))).also_asked == ("boris",)
    assert "asked for this as well" in await reader.why_not(question, caller)
    assert (await answers(database, question, "pia", 6)).settled == "accept_as_asked"
    assert await broken(database) == []


async def test_a_question_that_is_asked_later_heeds_who_asked_before(database: Database) -> None:
    opened = await ask(database)
    await ask(database, by="boris", at=minutes(1))
    await move(database, opened.case_id, 1, "assessing", assessment=1)
    await CaseRecord(database).keep_evidence(opened.case_id, 1, evidence())
    await CaseRecord(database).keep_proposal(opened.case_id, 1, proposal((Role.PLANNER,)))
    await move(database, opened.case_id, 2, "awaiting_decision", assessment=1)

    with pytest.raises(NotAllowed, match="You asked for this as well"):
        await answers(database, question_of(opened.case_id), "boris")

    assert (await answers(database, question_of(opened.case_id), "petra", 6)).settled == "accept_as_asked"


async def test_an_answer_counts_no_longer_once_he_asks_for_the_same(database: Database) -> None:
    question = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))
    await tell(database, Person(site=SITE, person="pablo", name="Pablo", roles=(Role.PRODUCTION,)))
    await answers(database, question, "boris", 1)

    await ask(database, by="boris", at=minutes(2))
    second = await answers(database, question, "pablo", 3)
    third = await answers(database, question, "petra", 4)

    assert (second.settled, third.settled) == (None, "accept_as_asked")
    assert await broken(database) == []


async def test_what_is_settled_stays_and_what_is_asked_anew_heeds_who_asked_meanwhile(database: Database) -> None:
    settled, stopped = await asked_to_decide(database), await asked_to_decide(database, order="SO-4")
    await answers(database, question_of(settled), "boris", 1)
    await ask(database, by="boris", at=minutes(2))
    async with database.transaction() as session:
        await close_questions(session, await session.get_one(CaseRow, stopped), minutes(1))
    await ask(database, more_valves(order="SO-4"), by="boris", at=minutes(2))
    async with database.transaction() as session:
        await ask_again(session, await session.get_one(CaseRow, stopped), [question_of(stopped)], minutes(3))

    with pytest.raises(NotAllowed, match="You asked for this as well"):
        await answers(database, question_of(stopped), "boris")

    assert await broken(database) == []


async def test_a_machine_that_asks_for_the_same_and_who_asks_twice_bar_nobody_else(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    machine = Principal(kind=PrincipalKind.MACHINE, id="boris")
    await Cases(database).open(ORDER_CHANGE, SITE, more_valves(), machine, Channel.EVENT, minutes(1))
    await ask(database, by="anna", at=minutes(1))

    answered = await answers(database, question, "boris")

    assert answered.settled == "accept_as_asked"
    assert [row.also_asked for row in await rows(database, QuestionRow)] == [None]


@pytest.mark.parametrize(
    ("process", "first", "second"),
    [
        (SHORTAGE, {"item": "HOUSING"}, {"item": "HOUSING", "line_stopped": True}),
        (
            QUALITY_HOLD,
            {"item": "HOUSING", "lot": "H1", "defect": "It is cracked."},
            {"item": "HOUSING", "lot": "H1", "defect": "It leaks."},
        ),
    ],
)
async def test_who_asks_for_what_an_open_case_takes_in_has_asked_for_what_it_does(
    database: Database, process: Process, first: dict[str, object], second: dict[str, object]
) -> None:
    def wanted(said: dict[str, object]) -> Request:
        return process.request.model_validate({"reason": "OTHER", **said})

    await Cases(database).open(process, SITE, wanted(first), person("anna"), Channel.API, NOW)
    merged = await Cases(database).open(process, SITE, wanted(second), person("boris"), Channel.API, minutes(1))

    (case,) = await rows(database, CaseRow)
    assert merged.result == "merged"
    assert case.also_asked == {"boris": case.trail_length}


async def test_each_takes_back_his_own_request_and_the_case_goes_on_for_the_others(database: Database) -> None:
    question = question_of(await asked_to_decide(database, by="petra"))
    case = (await ask(database, by="boris", at=minutes(1))).case_id

    gone_on = await take_back(database, case, "petra", 2)
    with pytest.raises(DecisionRefused, match="You have taken your request back already"):
        await take_back(database, case, "petra", 3)
    told = await rows(database, CommandRow)
    with pytest.raises(NotAllowed, match="Whoever asks for a change does not decide it"):
        await answers(database, question, "petra")
    ended = await take_back(database, case, "boris", 4)

    assert (gone_on, told, ended) == (("boris",), [], ())
    (line,) = await rows(database, TrailRow, action="request_taken_back")
    assert (line.by["id"], line.reason, line.details) == ("petra", "Not needed.", {"goes_on_for": ["boris"]})
    assert [(row.kind, row.by) for row in await rows(database, CommandRow)] == [("withdraw", "Boris")]
    assert await broken(database) == []


async def test_who_asks_once_more_asks_again_and_who_is_waited_for_takes_back_all_of_it(database: Database) -> None:
    case = await asked_to_decide(database)
    await ask(database, by="boris", at=minutes(1))
    await take_back(database, case, "anna", 2)
    (taken,) = [row.taken_back for row in await rows(database, CaseRow)]

    await ask(database, by="anna", at=minutes(3))
    (asked_again,) = [row.taken_back for row in await rows(database, CaseRow)]
    stopped = await take_back(database, case, "petra", 4)

    assert (taken, asked_again, stopped) == (["anna"], None, ())
    assert [(row.kind, row.by) for row in await rows(database, CommandRow)] == [("withdraw", "Petra")]


async def take_back(database: Database, case: str, by: str, minute: int) -> tuple[str, ...]:
    """For whom the case goes on then."""
    cases = Cases(database)
    return (await cases.withdraw(case, "Not needed.", person(by), Channel.API, minutes(minute))).goes_on_for
