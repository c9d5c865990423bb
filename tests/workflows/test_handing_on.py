"""A question changes hands while its case runs, and a decision that was wrong is put right by another."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.decision import Answer, Channel, NotAllowed
from domain.facts import OrderLine
from storage.acting import Acting
from storage.claims import Claims
from storage.decisions import Decisions
from storage.delegations import Delegations
from storage.identity import Caller
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


def acting(name: str) -> Acting:
    return Acting(Caller(person(name), (SITE,), ()), Channel.API, datetime.now(UTC))


async def test_a_claim_lapses_by_the_clock_and_what_is_delegated_is_answered_for_another_until_it_returns(
    plant: RunningPlant,
) -> None:
    case_id = (await plant.change("SO-2", quantity="14")).case_id
    await plant.until(case_id, "awaiting_decision")
    (question,) = await plant.questions(case_id)
    delegations, said = Delegations(plant.database), Answer(choice="expedite", seen=question.evidence)
    for_boris = said.model_copy(update={"on_behalf_of": "boris"})

    await Claims(plant.database).claim(question.id, acting("boris"))
    await plant.pass_time(case_id, 0.85 * (question.due_at - question.asked_at))
    await delegations.delegate(question.id, "petra", None, "He is busy.", acting("boris"))
    await delegations.give_back(question.id, acting("petra"))
    with pytest.raises(NotAllowed):
        await Decisions(plant.database).answer(question.id, for_boris, person("petra"), Channel.API, datetime.now(UTC))
    await delegations.delegate(question.id, "petra", None, "He is busy again.", acting("boris"))
    await Decisions(plant.database).answer(question.id, for_boris, person("petra"), Channel.API, datetime.now(UTC))
    await plant.relay.once()
    await plant.take_over(case_id)

    await plant.until(case_id, "completed")
    told = [line for line in await plant.trail(case_id) if line.details.get("question") == question.id]
    assert [(line.action, line.by["id"]) for line in told if line.action != "reminded"] == [
        ("claimed", "boris"), ("claim_lapsed", "clock"),
        ("delegated", "boris"), ("delegation_returned", "petra"), ("answer_refused", "petra"),
        ("delegated", "boris"), ("answered", "petra"),
    ]  # fmt: skip
    assert told[-1].details["on_behalf_of"] == "boris"


async def test_a_decision_that_was_wrong_is_corrected_by_a_case_of_its_own(plant: RunningPlant) -> None:
    wrong = (await plant.change("SO-2", quantity="14")).case_id
    await plant.until(wrong, "awaiting_decision")
    (question,) = await plant.questions(wrong)
    await plant.answer(question, "reject", by="boris", reason="The foundry is closed.")
    await plant.until(wrong, "rejected")
    before = await plant.trail(wrong)

    right = (await plant.change("SO-2", quantity="14", corrects=question.id)).case_id
    await plant.agree(right, "awaiting_decision", "expedite")
    await plant.take_over(right)

    await plant.until(right, "completed")
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14
    *kept, corrected = await plant.trail(wrong)
    assert kept == before
    assert (corrected.action, corrected.details) == ("corrected", {"question": question.id, "by_case": right})
    assert (await plant.case(wrong)).state == "rejected"
