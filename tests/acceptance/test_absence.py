"""Story 5: who should decide is not there, and who could instead may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.decision import Answer, Channel, NotAllowed
from domain.substitution import SubstitutionDraft
from storage.decisions import Decisions
from storage.substitutions import Substitutions
from tests.storage.plant import seen_now
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def named(plant: RunningPlant, substitute: str) -> None:
    """Boris is away this week, and names who answers for him."""
    today = datetime.now(UTC)
    wanted = SubstitutionDraft(
        site=SITE, absent="boris", substitute=substitute, first_day=today.date(),
        last_day=today.date() + timedelta(days=7), reason="On leave.",
    )  # fmt: skip
    await Substitutions(plant.database).give(wanted, person("boris"), Channel.API, today)


async def for_boris(plant: RunningPlant, question: str, by: str) -> None:
    """*by* answers as his substitute."""
    said = Answer(choice="reallocate", seen=await seen_now(plant.database, question), on_behalf_of="boris")
    await Decisions(plant.database).answer(question, said, person(by), Channel.API, datetime.now(UTC))


async def test_story_5_the_ladder_leads_to_who_may_decide_and_two_people_do(plant: RunningPlant) -> None:
    with pytest.raises(NotAllowed, match="carla holds none of these roles"):
        await named(plant, "carla")
    await named(plant, "petra")
    case = (await plant.change("SO-2", by="petra", quantity="14")).case_id
    await plant.until(case, "awaiting_decision")
    (asked,) = await plant.questions(case)

    with pytest.raises(NotAllowed, match="Whoever asks for a change does not decide it"):
        await for_boris(plant, asked.id, "petra")
    with pytest.raises(NotAllowed, match="You do not stand in for boris"):
        await for_boris(plant, asked.id, "carla")
    with pytest.raises(NotAllowed):
        await plant.answer(asked, "reallocate", by="paul")
    await plant.pass_time(case, timedelta(hours=4, minutes=1))
    first = await plant.answer(asked, "reallocate", by="paul")
    with pytest.raises(NotAllowed, match="another person is needed"):
        await plant.answer(asked, "reallocate", by="paul")
    second = await plant.answer(asked, "reallocate", by="fritz")
    await plant.take_over(case)
    await plant.until(case, "completed")

    assert (first.role, first.settled, second.role, second.settled) == (
        "plant_manager", None, "sales_manager", "reallocate",
    )  # fmt: skip
    told = [line.action for line in await plant.trail(case)]
    assert (told.count("answer_refused"), told.count("escalated"), told.count("answered") > 2) == (4, 1, True)
