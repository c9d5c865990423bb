"""Who is asked second has time of his own: late as the first was, nobody is passed over who can still be in time."""

from __future__ import annotations

from datetime import timedelta

from domain.calendar import Duration
from domain.decision import Answer, Channel
from domain.policy import Requirement, Row
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from storage.decisions import Decisions
from tests.support.own_policy import in_force
from tests.support.running_plant import RunningPlant, person

HOUR = timedelta(hours=1)


async def test_a_late_first_leaves_the_second_all_of_his_time_and_a_ladder_of_his_own(plant: RunningPlant) -> None:
    table = read_policy(FOLDER / "order_change.yaml")
    second = Requirement(role=Role.QUALITY_ENGINEER, stage=2, within=Duration(clock=HOUR))
    row = Row(
        rule="one_after_the_other", require=(Requirement(role=Role.DISPATCH), second), within=Duration(clock=4 * HOUR)
    )
    await in_force(plant, table.model_copy(update={"rows": (row,), "further": ()}))
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    choice = next(one["name"] for one in question.draft["choices"] if one["name"] != "reject")

    await plant.pass_time(opened.case_id, 4.1 * HOUR)
    (late,) = await plant.questions(opened.case_id)
    # The case's clock has run on, and with it that of everybody.
    said = Answer(choice=choice, reason="Agreed.", seen=late.evidence)
    begun = question.asked_at + 4.1 * HOUR
    await Decisions(plant.database).answer(late.id, said, person("emma"), Channel.API, begun)
    await plant.relay.once()
    (then,) = await plant.questions(opened.case_id)
    await plant.pass_time(opened.case_id, 1.1 * HOUR)
    seen = await (await plant.handle(opened.case_id)).query("snapshot")
    (later,) = await plant.questions(opened.case_id)
    await plant.answer(later, choice, "quin", "Agreed.")

    # The shipping manager leads dispatch, and has no word in quality.
    assert [one.further_roles for one in (late, then, later)] == [["shipping_manager"], [], ["plant_manager"]]
    assert seen["due_at"] == then.due_at.isoformat()
    lines = await plant.trail(opened.case_id)
    assert then.due_at == begun + HOUR
    chased = [
        (line.action, line.details["percent"], line.role, line.at < begun)
        for line in lines
        if "percent" in line.details
    ]
    assert chased == [
        ("reminded", 50, None, True), ("reminded", 80, None, True), ("escalated", 100, "shipping_manager", True),
        ("reminded", 50, None, False), ("reminded", 80, None, False), ("escalated", 100, "plant_manager", False),
    ]  # fmt: skip
    await plant.take_over(opened.case_id)
    await plant.until(opened.case_id, "completed")
