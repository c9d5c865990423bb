"""What can be done about a disturbance of the schedule, with a plan for each way to react."""

from __future__ import annotations

from domain.ports import Scheduler
from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.options import ScheduleOption, makes_use, option, ranked
from domain.schedule.problem import Problem
from domain.schedule.rules import keep_order
from domain.schedule.schedule import Schedule
from domain.schedule.variants import Offers, Variant, variants


async def options_after(
    problem: Problem, offers: Offers, weights: ScoreWeights, scheduler: Scheduler
) -> tuple[ScheduleOption, ...]:
    """
    What can be done about the disturbance that *problem* has in it, best first; of each kind only the best.

    Raises ImpossibleProblem, NeverWorking.
    """
    found = []
    for variant in variants(problem, offers):
        schedule = await _schedule(variant, weights, scheduler)
        if makes_use(problem, variant, schedule.plan):
            found.append(option(problem, variant, schedule, weights))
    return ranked(found)


async def _schedule(variant: Variant, weights: ScoreWeights, scheduler: Scheduler) -> Schedule:
    if not variant.as_planned:
        return await scheduler.schedule(variant.problem, weights)
    plan = keep_order(variant.problem)
    return Schedule(plan=plan, made_by="rules", measures=measures(variant.problem, plan))
