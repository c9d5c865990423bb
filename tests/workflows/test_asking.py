"""People are asked, reminded, and their answers counted once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.decision import NotAllowed, QuestionClosed, ReasonMissing
from domain.facts import OrderLine
from domain.signalled import SignalledAnswer
from tests.support.running_plant import RunningPlant


async def test_keeps_the_first_of_two_answers_and_tells_the_other_who_was_first(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    await plant.answer(question, "expedite", by="boris")
    with pytest.raises(QuestionClosed, match="Boris answered expedite"):
        await plant.answer(question, "reject", by="petra", reason="No.")

    refused = [line for line in await plant.trail(opened.case_id) if line.action == "answer_refused"]
    assert [line.by["id"] for line in refused] == ["petra"]


async def test_refuses_who_does_not_decide_and_leaves_it_on_the_trail(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    with pytest.raises(NotAllowed, match="Only planner"):
        await plant.answer(question, "expedite", by="dev")
    with pytest.raises(ReasonMissing):
        await plant.answer(question, "reject", by="boris")

    assert (await plant.case(opened.case_id)).state == "awaiting_decision"
    assert [line.action for line in await plant.trail(opened.case_id)].count("answer_refused") == 2


async def test_does_not_let_a_planner_decide_his_own_request(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14", by="boris")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    with pytest.raises(NotAllowed, match="does not decide"):
        await plant.answer(question, "expedite", by="boris")
    answered = await plant.answer(question, "expedite", by="petra")

    assert answered.settled == "expedite"


async def test_needs_both_the_planner_and_the_sales_manager_where_another_order_gives_way(
    plant: RunningPlant,
) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)

    first = await plant.answer(question, "reallocate", by="boris")
    second = await plant.answer(question, "reallocate", by="fritz")

    assert (first.settled, second.settled) == (None, "reallocate")


async def test_reminds_then_opens_the_question_to_the_plant_manager(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")

    await plant.pass_time(opened.case_id, timedelta(hours=4, minutes=1))
    (question,) = await plant.questions(opened.case_id)
    answered = await plant.answer(question, "expedite", by="paul")

    told = [
        (line.action, line.details["question"])
        for line in await plant.trail(opened.case_id)
        if line.by["id"] == "clock"
    ]
    assert told == [("reminded", question.id), ("reminded", question.id), ("escalated", question.id)]
    assert (answered.role, answered.settled) == ("plant_manager", "expedite")


async def test_keeps_the_order_as_it_was_when_nobody_answers_for_twice_the_time(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")

    await plant.pass_time(opened.case_id, timedelta(hours=8, minutes=1))
    case = await plant.until(opened.case_id, "rejected")

    assert case.because == "Nobody answered within twice the time given."
    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10


async def test_never_decides_a_cancellation_by_silence(plant: RunningPlant) -> None:
    opened = await plant.change("SO-5", cancel=True)
    await plant.until(opened.case_id, "awaiting_decision")

    await plant.pass_time(opened.case_id, timedelta(days=30))

    assert (await plant.case(opened.case_id)).state == "awaiting_decision"


async def test_counts_an_unsigned_signal_in_development_and_marks_it(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    handle = await plant.handle(opened.case_id)

    said = SignalledAnswer(question=question.id, choice="expedite", person="boris", seen=question.evidence)
    await handle.signal("decide", said)
    await plant.until(opened.case_id, "propagating")

    answered = next(line for line in await plant.trail(opened.case_id) if line.action == "answered")
    assert (answered.channel, answered.details["unsigned"]) == ("signal", True)


async def test_refuses_a_signal_of_who_may_not_decide_and_keeps_waiting(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    handle = await plant.handle(opened.case_id)

    await handle.signal("decide", SignalledAnswer(question=question.id, choice="expedite", person="dev"))
    await plant.answer(question, "expedite", by="boris")
    await plant.until(opened.case_id, "propagating")

    refused = [line for line in await plant.trail(opened.case_id) if line.action == "answer_refused"]
    assert [(line.by["id"], line.channel) for line in refused] == [("dev", "signal")]


async def test_refuses_with_an_alarm_what_is_no_answer_at_all_and_goes_on(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    handle = await plant.handle(opened.case_id)

    await handle.signal("decide")
    for sent in (None, "expedite", {"choice": "expedite"}, [question.id]):
        await handle.signal("decide", sent)
    await handle.signal("decide", args=[{"choice": "expedite"}, "boris"])
    await handle.signal("look_again", "now")
    await plant.answer(question, "expedite", by="boris")
    await plant.take_over(opened.case_id)
    await plant.until(opened.case_id, "completed")

    refused = [line for line in await plant.trail(opened.case_id) if line.action == "answer_refused"]
    assert {(line.by["id"], line.details["alarm"], line.reason) for line in refused} == {
        ("unknown", "signature", "What came as a signal cannot be read as an answer.")
    }
    assert len(refused) == 6


async def test_answers_a_query_about_where_it_is(plant: RunningPlant) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")

    seen = await (await plant.handle(opened.case_id)).query("snapshot")

    assert (seen["state"], seen["owner"], seen["verdicts"]["capacity"]) == (
        "awaiting_decision",
        "planner",
        "warn",
    )
