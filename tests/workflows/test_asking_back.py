"""Who decides has something found out first: the case looks again, and asks anew."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.decision import Channel
from storage.acting import Acting
from storage.asking_back import AskingBack
from storage.identity import Caller
from storage.tables.questions import QuestionRow
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


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


async def test_drops_the_request_over_what_nobody_can_find_out(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await ask_back(plant, question, "Would he take ten now?")
    await plant.until(opened.case_id, "needs_information")
    (wanted,) = await plant.questions(opened.case_id)
    await plant.answer(wanted, "drop", by="anna", reason="He is on holiday.")

    assert (await plant.until(opened.case_id, "withdrawn")).because == "He is on holiday."
