"""A question that waits for the customer: nobody is chased meanwhile, and everybody is in time afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.decision import Channel
from domain.parking import Cause
from storage.acting import Acting
from storage.identity import Caller
from storage.parkings import Parkings
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def test_chases_nobody_while_the_customer_is_waited_for_and_in_time_once_it_is_resumed(
    plant: RunningPlant,
) -> None:
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    given = question.due_at - question.asked_at
    now = datetime.now(UTC)

    def acting(at: datetime) -> Acting:
        return Acting(Caller(person("boris"), (SITE,), ()), Channel.API, at)

    await Parkings(plant.database).park(question.id, Cause.CUSTOMER, now + 10 * given, "He asks.", acting(now))
    await plant.pass_time(opened.case_id, 3 * given)
    waiting = [line.action for line in await plant.trail(opened.case_id)]
    await Parkings(plant.database).resume(question.id, acting(now + 3 * given))
    await plant.relay.once()
    await plant.pass_time(opened.case_id, given * 0.6)
    chased = [line.action for line in await plant.trail(opened.case_id)]

    assert "reminded" not in waiting
    assert chased.count("reminded") == 1
    assert "escalated" not in chased
    (resumed,) = await plant.questions(opened.case_id)
    assert abs(resumed.due_at - question.due_at - 3 * given) < timedelta(minutes=1)
