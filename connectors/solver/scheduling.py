"""Plans by rules, made better by constraint programming (OR-Tools CP-SAT) where there is time for it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Final

import structlog

from domain.schedule.measures import ScoreWeights, measures
from domain.schedule.problem import Plan, Problem
from domain.schedule.rules import by_rules
from domain.schedule.schedule import Schedule
from domain.schedule.violations import violations

if TYPE_CHECKING:
    from connectors.solver.schedule_model import ScheduleModel

_PER_MILLE: Final = Decimal("0.001")

log = structlog.get_logger()


class RuleScheduler:
    """Plans by rules alone."""

    async def schedule(self, problem: Problem, weights: ScoreWeights, within: timedelta) -> Schedule:  # noqa: ARG002
        """The plan of the best rule, which takes no search. Raises ImpossibleProblem, NeverWorking."""
        return await asyncio.to_thread(by_rules, problem, weights)


class SolverScheduler:
    """
    The best plan that a search finds in its time, and never worse than that of the rules.

    It searches in a thread, without Python's lock. Where OR-Tools is not installed or nothing better is found in
    time, the plan is that of the rules, and says so.
    """

    def __init__(self) -> None:
        self._rules = RuleScheduler()

    async def schedule(self, problem: Problem, weights: ScoreWeights, within: timedelta) -> Schedule:
        """The best plan found, with how far it is at most from the best there is. Raises as the rules do."""
        began = time.monotonic()
        known = await self._rules.schedule(problem, weights, within)
        try:
            model = await asyncio.to_thread(_model, problem, weights, known)
        except ModuleNotFoundError:
            log.warning("solver.missing", instead="rules", install="pip install 'lockstep[solver]'")
            return known
        left = within.total_seconds() - (time.monotonic() - began)
        if left <= 0:
            # So large that rules and model take all the time there is.
            log.warning("solver.no_time", operations=len(problem.operations), seconds=within.total_seconds())
            return known
        try:
            found = await asyncio.to_thread(model.solve, left)
        except asyncio.CancelledError:
            model.stop()
            raise
        best = _better(problem, weights, known, found.plan)
        gap = Decimal(0) if found.proven else _gap(best.measures.score(weights), found.least)
        return best.model_copy(update={"proven_optimal": found.proven, "gap": gap})


def _gap(score: Decimal, least: Decimal) -> Decimal | None:
    """By what share of *score* a plan may be above the best, if none scores less than *least*."""
    if least <= 0:
        return None
    # Money and minutes are rounded in the model, by far less than can be seen here.
    return (max(score - least, Decimal(0)) / score).quantize(_PER_MILLE, ROUND_UP)


def _better(problem: Problem, weights: ScoreWeights, known: Schedule, plan: Plan | None) -> Schedule:
    """The schedule of *plan* where it can be carried out and scores better, else what is *known*."""
    if plan is None:
        return known
    if broken := violations(problem, plan):
        log.error("solver.plan_refused", because=[violation.because for violation in broken])
        return known
    made = Schedule(plan=plan, made_by="solver", measures=measures(problem, plan))
    return made if made.measures.score(weights) < known.measures.score(weights) else known


def _model(problem: Problem, weights: ScoreWeights, known: Schedule) -> ScheduleModel:
    from connectors.solver.schedule_model import ScheduleModel  # noqa: PLC0415 - large, and may be missing

    return ScheduleModel(problem, weights, known)
