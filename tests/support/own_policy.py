"""A table of the small plant's own, in the place of the one that comes with the program."""

from __future__ import annotations

from datetime import timedelta

from domain.decision import Channel
from domain.policy import PolicyTable
from storage.proposals import Proposals
from tests.support.running_plant import RunningPlant, person
from tests.support.small_plant import SITE


async def in_force(plant: RunningPlant, table: PolicyTable) -> None:
    """One proposed *table* and another confirmed it; it has just come into force."""
    wanted = table.model_copy(update={"site": SITE, "effective_from": plant.now - timedelta(minutes=1)})
    proposals, before = Proposals(plant.database), plant.now - timedelta(minutes=3)
    await proposals.propose(wanted, "The customer audits us.", SITE, person("boris"), Channel.API, before)
    await proposals.confirm(wanted.version, SITE, person("paul"), Channel.API, before)
