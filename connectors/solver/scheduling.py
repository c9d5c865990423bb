"""Plans by rules, made better by constraint programming (OR-Tools CP-SAT) where there is time for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.problem import Problem
from domain.schedule.rules import by_rules
from domain.schedule.schedule import Schedule
from domain.schedule.violations import violations

if TYPE_CHECKING:
    from connectors.solver.schedule_model import ScheduleModel

TIME_LIMIT: Final = timedelta(seconds=20)

log = structlog.get_logger()


class RuleScheduler:
    """Plans by rules alone."""

    async def schedule(self, problem: Problem, weights: ScoreWeights) -> Schedule:
        """The plan of the best rule. Raises ImpossibleProblem, NeverWorking."""
        return await asyncio.to_thread(by_rules, problem, weights)


class SolverScheduler:
    """
    The best plan that a search finds in its time, and never worse than that of the rules.

    It searches in a thread, without Python's lock. Where OR-Tools is not installed or nothing better is found in
    time, the plan is that of the rules, and says so.
    """

    def __init__(self, time_limit: timedelta = TIME_LIMIT) -> None:
        self._rules = RuleScheduler()
        self._seconds = time_limit.total_seconds()

    async def schedule(self, problem: Problem, weights: ScoreWeights) -> Schedule:
        """The best plan found. Raises ImpossibleProblem, NeverWorking."""
        known = await self._rules.schedule(problem, weights)
        try:
            model = await asyncio.to_thread(_model, problem, weights, known)
        except ModuleNotFoundError:
            log.warning("solver.missing", instead="rules", install="pip install 'lockstep[solver]'")
            return known
        try:
            found = await asyncio.to_thread(model.solve, self._seconds)
        except asyncio.CancelledError:
            model.stop()
            raise
        if found is None:
            return known
        plan, proven = found
        if broken := violations(problem, plan):
            log.error("solver.plan_refused", because=[violation.because for violation in broken])
            return known
        made = Schedule(plan=plan, made_by="solver", measures=measures(problem, plan), proven_optimal=proven)
        if made.measures.score(weights) < known.measures.score(weights):
            return made
        return known.model_copy(update={"proven_optimal": proven})


def _model(problem: Problem, weights: ScoreWeights, known: Schedule) -> ScheduleModel:
    from connectors.solver.schedule_model import ScheduleModel  # noqa: PLC0415 - large, and may be missing

    return ScheduleModel(problem, weights, known)
