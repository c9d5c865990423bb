"""Who decides has something found out first: the case looks again, and asks anew."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from domain.decision import Channel
from domain.facts import Job
from storage.acting import Acting
from storage.asking_back import AskingBack
from storage.identity import Caller
from storage.tables.questions import QuestionRow
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE
from tests.workflows.test_schedule_adjustment import confirmed


async def ask_back(plant: RunningPlant, question: QuestionRow, wanted: str, by: str = "boris") -> None:
    acting = Acting(Caller(person(by), (SITE,), ()), Channel.API, datetime.now(UTC))
    await AskingBack(plant.database).ask_back(question.id, wanted, acting)
    await plant.relay.once()


async def test_finds_out_what_the_planner_wants_and_asks_anew(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await ask_back(plant, question, "Would he take ten now?")
    case = await plant.until(opened.case_id, "needs_information")
    (wanted,) = await plant.questions(opened.case_id)
    await plant.answer(wanted, "assess_again", by="anna", reason="He would not.")
    await plant.until(opened.case_id, "awaiting_decision")
    (anew,) = await plant.questions(opened.case_id)

    assert case.because == "Boris asks back: Would he take ten now?"
    assert wanted.draft["context"] == case.because
    assert (await plant.case(opened.case_id)).assessment == 2
    assert "**Found out** by anna: He would not." in anew.draft["context"]


async def test_what_is_being_found_out_is_waited_for_whatever_else_changes(plant: RunningPlant) -> None:
    case = await confirmed(plant, hours=4)
    question = next(one for one in await plant.questions(case) if one.draft["topic"] == "decision")
    await ask_back(plant, question, "Can they stay until ten?")
    await plant.until(case, "needs_information")
    (wanted,) = await plant.questions(case)

    await plant.tell((await plant.fact(Job, "J-5")).model_copy(update={"quantity": Decimal(6)}))
    await plant.answer(wanted, "assess_again", by="petra", reason="They can.")
    await plant.until(case, "awaiting_decision")
    anew = next(one for one in await plant.questions(case) if one.draft["topic"] == "decision")

    assert "look_again" not in {line.action for line in await plant.trail(case)}
    assert "**Found out** by petra: They can." in anew.draft["context"]


async def test_drops_the_request_over_what_nobody_can_find_out(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await ask_back(plant, question, "Would he take ten now?")
    await plant.until(opened.case_id, "needs_information")
    (wanted,) = await plant.questions(opened.case_id)
    await plant.answer(wanted, "drop", by="anna", reason="He is on holiday.")

    assert (await plant.until(opened.case_id, "withdrawn")).because == "He is on holiday."
