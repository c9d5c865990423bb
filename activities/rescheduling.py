"""What can be done about a disturbance of the schedule, with a plan for each way to react."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from domain.ports import Scheduler
from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.options import ScheduleOption, makes_use, option, ranked
from domain.schedule.policy import SchedulePolicy
from domain.schedule.problem import Problem
from domain.schedule.rules import keep_order
from domain.schedule.schedule import Schedule
from domain.schedule.variants import Offers, Variant, variants


async def options_after(
    problem: Problem, offers: Offers, policy: SchedulePolicy, scheduler: Scheduler
) -> tuple[ScheduleOption, ...]:
    """
    What can be done about the disturbance that *problem* has in it, best first; of each kind only the best.

    The ways share the time there is: what one leaves of its part, those behind it have.
    Raises ImpossibleProblem, NeverWorking.
    """
    found = []
    ways = variants(problem, offers)
    searched = sum(not variant.as_planned for variant in ways)
    clock = asyncio.get_running_loop().time
    ends = clock() + policy.search_for.total_seconds()
    for variant in ways:
        within = timedelta(seconds=max(ends - clock(), 0)) / max(searched, 1)
        searched -= not variant.as_planned
        schedule = await _schedule(variant, policy.weights, scheduler, within)
        if makes_use(problem, variant, schedule.plan):
            found.append(option(problem, variant, schedule, policy))
    return ranked(found)


async def _schedule(variant: Variant, weights: ScoreWeights, scheduler: Scheduler, within: timedelta) -> Schedule:
    if not variant.as_planned:
        return await scheduler.schedule(variant.problem, weights, within)
    plan = keep_order(variant.problem)
    return Schedule(plan=plan, made_by="rules", measures=measures(variant.problem, plan))
