"""Delegations in the record: given, answered under, returned, and always on the trail with both names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decision import Answer, Channel, DecisionRefused, NotAllowed, UntilWrong
from domain.delegation import DelegationStands, NothingDelegated
from domain.master_data import Person
from domain.ports import NotInSystem
from domain.roles import Role
from domain.substitution import SubstitutionDraft
from domain.views import QuestionSummary
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.delegations import Delegations
from storage.identity import Caller
from storage.reading_questions import QuestionReader
from storage.requests import RequestKey
from storage.substitutions import Substitutions
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, DelegationRow
from tests.storage.plant import (
    NOW,
    PLANNERS,
    acting,
    asked_to_decide,
    minutes,
    person,
    question_of,
    race,
    rows,
    seen_now,
    tell,
)
from tests.support.small_plant import SITE


async def delegates(
    database: Database,
    question: str,
    by: str = "boris",
    to: str = "petra",
    until: int | None = None,
    minute: int = 0,
    key: RequestKey | None = None,
) -> QuestionSummary:
    when = None if until is None else minutes(until)
    return await Delegations(database).delegate(question, to, when, "He is busy.", acting(by, minute, key=key))


async def answers(database: Database, question: str, by: str, behalf: str | None = None, minute: int = 1) -> Answered:
    said = Answer(choice="accept_as_asked", seen=await seen_now(database, question), on_behalf_of=behalf)
    return await Decisions(database).answer(question, said, person(by), Channel.API, minutes(minute))


def planner(name: str) -> Caller:
    return Caller(person(name), (SITE,), (), {SITE: frozenset({Role.PLANNER})})


async def test_both_names_are_kept_with_the_answer_and_on_the_trail(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await delegates(database, question_of(case_id))

    answered = await answers(database, question_of(case_id), "petra", "boris")

    assert (answered.settled, answered.on_behalf_of) == ("accept_as_asked", "boris")
    (kept,) = await rows(database, AnswerRow)
    assert (kept.person, kept.on_behalf_of, kept.role) == ("petra", "boris", "planner")
    (begun,) = await rows(database, TrailRow, case_id=case_id, action="delegated")
    assert (begun.by["id"], begun.details["person"], begun.reason) == ("boris", "petra", "He is busy.")
    (line,) = await rows(database, TrailRow, case_id=case_id, action="answered")
    assert (line.by["id"], line.details["on_behalf_of"], line.details["delegated"]) == ("petra", "boris", True)


async def test_of_the_two_one_counts_where_several_must_agree(database: Database) -> None:
    case_id = await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION)
    await delegates(database, question_of(case_id))
    await answers(database, question_of(case_id), "petra", "boris")

    for by, behalf in (("boris", None), ("petra", None), ("petra", "boris")):
        with pytest.raises(NotAllowed, match="answered"):
            await answers(database, question_of(case_id), by, behalf)

    assert len(await rows(database, AnswerRow)) == 1


@pytest.mark.parametrize("by", ["boris", "petra"])
async def test_either_of_the_two_has_it_return(database: Database, by: str) -> None:
    case_id = await asked_to_decide(database)
    await delegates(database, question_of(case_id))

    await Delegations(database).give_back(question_of(case_id), acting(by, 1))

    with pytest.raises(NotAllowed, match="do not stand in for boris"):
        await answers(database, question_of(case_id), "petra", "boris", 2)
    with pytest.raises(NothingDelegated):
        await Delegations(database).give_back(question_of(case_id), acting(by, 3))
    (row,) = await rows(database, DelegationRow)
    assert (row.ended_by, row.ended_at) == (by, minutes(1))
    (line,) = await rows(database, TrailRow, case_id=case_id, action="delegation_returned")
    assert (line.by["id"], line.details["delegator"], line.details["delegate"]) == (by, "boris", "petra")
    assert len(await rows(database, TrailRow, case_id=case_id, action="return_refused")) == 1


async def test_it_returns_by_itself_at_its_time(database: Database) -> None:
    case_id = await asked_to_decide(database)
    await delegates(database, question_of(case_id), until=60)

    with pytest.raises(NotAllowed, match="do not stand in for boris"):
        await answers(database, question_of(case_id), "petra", "boris", 60)
    answered = await answers(database, question_of(case_id), "petra", "boris", 59)

    assert answered.on_behalf_of == "boris"


@pytest.mark.parametrize("who", ["boris", "petra"])
async def test_it_gives_nothing_once_either_has_lost_the_role(database: Database, who: str) -> None:
    case_id = await asked_to_decide(database)
    await delegates(database, question_of(case_id))
    await tell(database, Person(site=SITE, person=who, name=who, roles=(Role.BUYER,)), at=minutes(1))

    with pytest.raises(NotAllowed):
        await answers(database, question_of(case_id), "petra", "boris", 2)


async def test_what_is_refused_changes_nothing_and_is_on_the_trail(database: Database) -> None:
    case_id = await asked_to_decide(database)
    question = question_of(case_id)
    await delegates(database, question)

    for by, to in (("petra", "pia"), ("boris", "pia"), ("pia", "boris"), ("pia", "dev"), ("dev", "pia"), ("pia", "x")):
        with pytest.raises(DecisionRefused):
            await delegates(database, question, by, to)
    with pytest.raises(UntilWrong):
        await delegates(database, question, "pia", "prem", until=0)

    assert len(await rows(database, DelegationRow)) == 1
    assert len(await rows(database, TrailRow, case_id=case_id, action="delegation_refused")) == 6


async def test_it_is_for_one_question_only(database: Database) -> None:
    first, other = await asked_to_decide(database), await asked_to_decide(database, order="SO-2", quantity=14)
    await delegates(database, question_of(first))

    with pytest.raises(NotAllowed, match="do not stand in for boris"):
        await answers(database, question_of(other), "petra", "boris")


async def test_it_leaves_the_list_of_who_gave_it_until_it_returns(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    reader = QuestionReader(database)
    await delegates(database, question, until=60)

    async def mine(name: str, minute: int) -> list[str]:
        return [one.id for one in (await reader.questions(planner(name), minutes(minute))).items]

    assert (await mine("boris", 59), await mine("petra", 59)) == ([], [question])
    assert await mine("boris", 60) == [question]


async def test_lists_and_questions_say_for_whom_one_may_answer(database: Database) -> None:
    first = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))
    second = question_of(await asked_to_decide(database, order="SO-2", quantity=14, by="pia"))
    today = NOW.date()
    for absent in ("pia", "prem", "carla"):
        wanted = SubstitutionDraft(
            site=SITE, absent=absent, substitute="petra", first_day=today, last_day=today, reason="Away."
        )
        if absent == "carla":
            await tell(database, Person(site=SITE, person="carla", name="Carla", roles=(Role.PLANNER,)), at=minutes(1))
        await Substitutions(database).give(wanted, person(absent), Channel.API, NOW)
    await tell(database, Person(site=SITE, person="carla", name="Carla", roles=(Role.BUYER,)), at=minutes(2))
    await delegates(database, first, "boris", "petra", until=60)
    reader = QuestionReader(database)

    async def listed(name: str, minute: int = 5) -> dict[str, tuple[str, ...]]:
        return {one.id: one.may_answer_for for one in (await reader.questions(planner(name), minutes(minute))).items}

    # Pia asked for the second change herself, and Carla is no planner any more.
    assert await listed("petra") == {first: ("boris", "pia", "prem"), second: ("prem",)}
    assert (await reader.question(first, planner("petra"), minutes(5))).may_answer_for == ("boris", "pia", "prem")
    assert [one.delegate for one in (await reader.question(first, planner("pia"), minutes(5))).delegations] == ["petra"]
    assert (await listed("petra", 60))[first] == ("pia", "prem")
    assert (await listed("piet")) == {first: (), second: ()}
    await answers(database, first, "prem")
    assert (await listed("petra"))[first] == ("boris", "pia")


async def test_of_those_who_delegate_to_each_other_in_the_same_instant_none_stands_behind_two(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)
    ring = zip(several, PLANNERS, (*PLANNERS[1:], PLANNERS[0]), strict=True)

    fared = await race(*(delegates(place, question_of(case_id), by, to) for place, by, to in ring))

    kept = await rows(database, DelegationRow)
    assert len(kept) == len([one for one in fared if isinstance(one, QuestionSummary)]) >= 1
    assert {one.delegator for one in kept}.isdisjoint({one.delegate for one in kept})
    assert all(isinstance(one, QuestionSummary | DecisionRefused) for one in fared)


async def test_one_who_delegates_to_several_in_the_same_instant_is_in_one_pair_of_hands(
    database: Database, several: tuple[Database, ...]
) -> None:
    case_id = await asked_to_decide(database)

    fared = await race(
        *(delegates(place, question_of(case_id), "boris", to) for place, to in zip(several, PLANNERS[1:], strict=False))
    )

    assert len([one for one in fared if isinstance(one, QuestionSummary)]) == 1
    assert len([one for one in fared if isinstance(one, DelegationStands)]) == len(fared) - 1
    assert len(await rows(database, DelegationRow)) == 1


async def test_a_request_that_is_repeated_delegates_once(database: Database) -> None:
    question = question_of(await asked_to_decide(database))
    key = RequestKey(caller="person:boris", key="k", fingerprint="1")

    assert await delegates(database, question, key=key) == await delegates(database, question, minute=1, key=key)

    assert len(await rows(database, DelegationRow)) == 1


async def test_at_another_site_there_is_nothing_to_delegate(database: Database) -> None:
    question = question_of(await asked_to_decide(database))

    with pytest.raises(NotInSystem):
        await Delegations(database).delegate(
            question, "petra", NOW + timedelta(1), "So.", acting("boris", site="south")
        )
