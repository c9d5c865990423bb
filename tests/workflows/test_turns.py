"""Who is asked second has time of his own: late as the first was, nobody is passed over who can still be in time."""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import Duration
from domain.policy import Requirement, Row
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from tests.support.own_policy import in_force
from tests.support.running_plant import RunningPlant

HOUR = timedelta(hours=1)


async def test_asks_the_second_with_a_deadline_and_a_ladder_of_his_own(plant: RunningPlant) -> None:
    table = read_policy(FOLDER / "order_change.yaml")
    second = Requirement(role=Role.FINANCE, stage=2, within=Duration(clock=HOUR))
    row = Row(
        rule="two_one_after_the_other", require=(Requirement(role=Role.PLANNER), second),
        within=Duration(clock=40 * HOUR),
    )  # fmt: skip
    await in_force(plant, table.model_copy(update={"rows": (row,), "further": ()}))
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    choice = next(one["name"] for one in question.draft["choices"] if one["name"] != "reject")

    await plant.answer(question, choice, "boris", "Agreed.")
    (then,) = await plant.questions(opened.case_id)
    assert then.due_at < question.asked_at + 2 * HOUR
    await plant.pass_time(opened.case_id, 1.1 * HOUR)
    lines = await plant.trail(opened.case_id)
    chased = [(line.action, line.details["percent"]) for line in lines if line.action in ("reminded", "escalated")]
    assert chased == [("reminded", 50), ("reminded", 80), ("escalated", 100)]
    (late,) = await plant.questions(opened.case_id)
    await plant.answer(late, choice, "fay", "Agreed.")

    await plant.take_over(opened.case_id)
    await plant.until(opened.case_id, "completed")
