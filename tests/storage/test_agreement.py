"""Several who must agree, in the record: asked in their turn, and what each says on the trail."""

from __future__ import annotations

import pytest

from domain.decision import Answer, Channel, NotAllowed, QuestionClosed
from domain.policy import Requirement
from domain.roles import Role
from storage.database import Database
from storage.decisions import TOO_FEW_LEFT, Answered, Decisions
from storage.identity import Caller
from storage.invariants import broken_invariants
from storage.reading_questions import QuestionReader
from storage.tables.cases import TrailRow
from storage.tables.messages import OutboxRow
from storage.tables.questions import QuestionRoleRow, QuestionRow
from tests.storage.plant import asked_to_decide, minutes, person, question_of, rows, seen_now
from tests.support.small_plant import SITE

THEN_THE_MANAGER = (Requirement(role=Role.PLANNER), Requirement(role=Role.PLANT_MANAGER, stage=2))


async def answers(
    database: Database, question: str, by: str, choice: str = "accept_as_asked", minute: int = 1
) -> Answered:
    said = Answer(choice=choice, reason="So.", seen=await seen_now(database, question))
    return await Decisions(database).answer(question, said, person(by), Channel.API, minutes(minute))


async def inbox(database: Database, name: str, role: Role) -> list[str]:
    caller = Caller(person(name), (SITE,), (), {SITE: frozenset({role})})
    return [one.id for one in (await QuestionReader(database).questions(caller, minutes(2))).items]


async def test_who_comes_second_finds_the_question_once_the_first_has_agreed(database: Database) -> None:
    question = question_of(await asked_to_decide(database, *THEN_THE_MANAGER))

    early = await inbox(database, "paul", Role.PLANT_MANAGER)
    with pytest.raises(NotAllowed, match="asked once those before have agreed"):
        await answers(database, question, "paul", "reject")
    first = await answers(database, question, "boris")
    then = await inbox(database, "paul", Role.PLANT_MANAGER)
    second = await answers(database, question, "paul", minute=3)

    assert (early, then) == ([], [question])
    assert (first.settled, second.settled) == (None, "accept_as_asked")
    case_id = question.removesuffix("-2-1")
    lines = [line for line in await rows(database, TrailRow, case_id=case_id) if line.action.startswith("answer")]
    assert [(line.action, line.by["id"], line.details.get("asked_next")) for line in lines] == [
        ("answer_refused", "paul", None), ("answered", "boris", ["plant_manager"]), ("answered", "paul", None),
    ]  # fmt: skip
    told = [row.body["occasion"] for row in await rows(database, OutboxRow, kind="notice")]
    assert told == ["asked", "asked", "settled"]


async def test_a_first_who_refuses_ends_it_before_the_second_is_ever_asked(database: Database) -> None:
    question = question_of(await asked_to_decide(database, *THEN_THE_MANAGER))

    refused = await answers(database, question, "boris", "reject")

    assert refused.settled == "reject"
    assert {row.role for row in await rows(database, QuestionRoleRow, question_id=question)} == {"planner"}


async def test_a_no_without_a_veto_is_kept_and_ends_nothing(database: Database) -> None:
    need = Requirement(role=Role.PLANNER, count=2, veto=False)
    question = question_of(await asked_to_decide(database, need))

    dissent = await answers(database, question, "boris", "reject")
    assert await inbox(database, "boris", Role.PLANNER) == []
    await answers(database, question, "petra")
    last = await answers(database, question, "pia")

    assert (dissent.settled, last.settled) == (None, "accept_as_asked")
    (row,) = await rows(database, QuestionRow, id=question)
    assert (row.choice, row.closed_by) == ("accept_as_asked", "Pia")


async def test_a_no_without_a_veto_ends_it_once_too_few_are_left_who_could_agree(database: Database) -> None:
    two_of_three = Requirement(role=Role.BUYER, others=(Role.FINANCE, Role.WAREHOUSE), count=2, veto=False)
    question = question_of(await asked_to_decide(database, two_of_three))

    first = await answers(database, question, "dev", "reject")
    last = await answers(database, question, "fay", "reject", minute=2)
    with pytest.raises(QuestionClosed, match="Fay answered reject"):
        await answers(database, question, "willa", minute=3)

    assert (first.settled, last.settled) == (None, "reject")
    (row,) = await rows(database, QuestionRow, id=question)
    assert (row.choice, row.closed_by, row.reason) == ("reject", "Fay", f"So. {TOO_FEW_LEFT}")
    lines = [line.details for line in await rows(database, TrailRow) if line.action == "answered"]
    assert [line.get("given_up") for line in lines] == [None, TOO_FEW_LEFT]
    broken = [one async for one in broken_invariants(database, minutes(4)) if one.invariant in {"I2", "I6"}]
    assert broken == []


async def test_a_question_that_was_asked_before_there_were_turns_goes_on_as_it_was(database: Database) -> None:
    question = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))
    async with database.transaction() as session:
        row = await session.get_one(QuestionRow, question)
        # What a draft said before it could say who may end it, and where somebody's word stops.
        row.draft = row.draft | {
            "choices": [
                {name: said for name, said in choice.items() if name not in ("ends_by", "over_limit", "form")}
                for choice in row.draft["choices"]
            ]
        }

    refused = await answers(database, question, "boris", "reject")

    assert refused.settled == "reject"
