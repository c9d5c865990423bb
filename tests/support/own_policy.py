"""Tables of the small plant's own, in the place of those that come with the program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.decision import Channel
from domain.policy import PolicyTable
from domain.policy_publishing import AnyPolicy
from domain.timing import Timing
from storage.proposals import Proposals
from storage.readiness_policies import readiness_policy
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def in_force(plant: RunningPlant, table: PolicyTable) -> None:
    """One proposed *table* and another confirmed it; it has just come into force."""
    await _published(plant, table.model_copy(update=_just_now(plant)))


async def due_by(plant: RunningPlant, timing: Timing) -> None:
    """One proposed that things are due by *timing* and another confirmed it; it has just come into force."""
    async with plant.database.reading() as session:
        figures = await readiness_policy(session, SITE, plant.now)
    await _published(plant, figures.model_copy(update={**_just_now(plant), "timing": timing}))


def _just_now(plant: RunningPlant) -> dict[str, Any]:
    return {"site": SITE, "effective_from": plant.now - timedelta(minutes=1)}


async def _published(plant: RunningPlant, table: AnyPolicy) -> None:
    proposals, before = Proposals(plant.database), plant.now - timedelta(minutes=3)
    await proposals.propose(table, "The customer audits us.", SITE, person("boris"), Channel.API, before)
    await proposals.confirm(table.version, SITE, person("paul"), Channel.API, before)
