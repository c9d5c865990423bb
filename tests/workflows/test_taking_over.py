"""Requests that come again, newer, or are taken back."""

from __future__ import annotations

import pytest

from domain.facts import OrderLine
from storage.cases import CommandNotAllowed
from tests.support.running_plant import RunningPlant


async def test_knows_the_same_request_when_a_second_channel_brings_it(plant: RunningPlant) -> None:
    first = await plant.change("SO-2", quantity="14", reference="mail")
    second = await plant.change("SO-2", by="fritz", quantity="14.0", reference="phone")

    assert (second.case_id, second.result) == (first.case_id, "known")
    assert [line.action for line in await plant.trail(first.case_id)].count("requested_again") == 1


async def test_lets_a_newer_request_take_over_and_carries_over_what_is_still_fresh(plant: RunningPlant) -> None:
    first = await plant.change("SO-2", quantity="14")
    await plant.until(first.case_id, "awaiting_decision")

    second = await plant.change("SO-2", quantity="15")
    await plant.until(first.case_id, "superseded")
    await plant.until(second.case_id, "awaiting_decision")

    assert (second.result, second.behind) == ("superseding", first.case_id)
    assert await plant.questions(first.case_id) == []
    before, after = await plant.evidence(first.case_id), await plant.evidence(second.case_id)
    assert after["dispatch"]["as_of"] == before["dispatch"]["as_of"]
    assert after["dispatch"]["valid_until"] == before["dispatch"]["valid_until"]
    assert after["availability"]["valid_until"] > before["availability"]["valid_until"]


async def test_only_the_newest_of_several_waiting_requests_runs(plant: RunningPlant) -> None:
    first = await plant.change("SO-2", quantity="14")
    await plant.until(first.case_id, "awaiting_decision")

    second = await plant.change("SO-2", quantity="15")
    third = await plant.change("SO-2", quantity="16")
    await plant.until(third.case_id, "awaiting_decision")

    assert (await plant.case(first.case_id)).state == "superseded"
    assert (await plant.case(second.case_id)).state == "superseded"


async def test_queues_a_request_behind_a_change_that_is_being_handed_on(plant: RunningPlant) -> None:
    first = await plant.change("SO-2", quantity="14")
    await plant.until(first.case_id, "awaiting_decision")
    (question,) = await plant.questions(first.case_id)
    await plant.answer(question, "expedite", by="boris")
    await plant.until(first.case_id, "propagating")

    second = await plant.change("SO-2", quantity="10")
    for handoff, by in zip(await plant.questions(first.case_id), ("carla", "dev", "anna"), strict=True):
        await plant.answer(handoff, "acknowledge", by=by)
    await plant.until(first.case_id, "completed")
    await plant.until(second.case_id, "awaiting_decision")

    assert second.result == "queued"
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 14


async def test_takes_a_request_back_while_nothing_is_written(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")

    await plant.withdraw(opened.case_id, "The customer found other pumps.")
    case = await plant.until(opened.case_id, "withdrawn")

    assert case.because == "The customer found other pumps."
    assert await plant.questions(opened.case_id) == []


async def test_says_what_is_allowed_when_it_is_too_late_to_take_back(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")

    with pytest.raises(CommandNotAllowed) as refused:
        await plant.withdraw(opened.case_id, "Too late?")

    assert (refused.value.state, refused.value.allowed) == ("propagating", ())
