"""
Known job shops to their proven optimum: ``python -m benchmarks.jobshop``. Ends with 1 if one took too long.

With ``--large`` those of 200 operations and more, which are not proven in a minute: how good a plan is found, and
how far it is at most from the best by its own account, which must be true.

A job shop asks for the shortest makespan. As a problem of ours that is one commitment, kept when all operations have
ended, due when work begins, with a weight of 1: how late it is, is the makespan. Without a plan in force, set-ups and
costs the score has no other part.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.figures import Figure, Machine, keep, show
from connectors.solver.scheduling import SolverScheduler
from domain.calendar import WorkingCalendar
from domain.schedule import problem as schedule
from domain.schedule.measures import ScoreWeights
from domain.schedule.schedule import Schedule
from domain.schedule.violations import violations

INSTANCES = Path(__file__).parent / "instances" / "jobshop.jsonl"
LARGE = INSTANCES.with_name("large.jsonl")
LIMIT = timedelta(seconds=60)
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class JobShop:
    """A known instance."""

    name: str
    jobs: tuple[tuple[tuple[int, int], ...], ...]
    """For each job the machine and the duration of its operations, in their order."""
    optimum: int
    """The best makespan published; known to be the best possible of all but abz8."""

    @property
    def problem(self) -> schedule.Problem:
        """The instance as a scheduling problem, a unit of its time being a minute."""
        machines = sorted({machine for job in self.jobs for machine, _ in job})
        around_the_clock = WorkingCalendar.always()
        operations = tuple(
            schedule.OpenOperation(
                f"{number}:{step}",
                (schedule.Way(f"M{machine}", minutes),),
                after=(f"{number}:{step - 1}",) if step else (),
            )
            for number, job in enumerate(self.jobs)
            for step, (machine, minutes) in enumerate(job)
        )
        all_of_it = tuple(operation.name for operation in operations)
        return schedule.Problem(
            now=BEGIN,
            machines=tuple(schedule.Machine(f"M{name}", f"M{name}", around_the_clock) for name in machines),
            operations=operations,
            commitments=(schedule.Commitment("all", BEGIN, Decimal(1), all_of_it),),
        )


def instances(file: Path = INSTANCES) -> tuple[JobShop, ...]:
    """Every instance that is kept in *file*."""
    lines = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return tuple(
        JobShop(
            name=line["name"],
            jobs=tuple(
                tuple(zip(machines, durations, strict=True))
                for machines, durations in zip(line["machines_matrix"], line["duration_matrix"], strict=True)
            ),
            optimum=line["metadata"]["upper_bound"],
        )
        for line in lines
    )


def makespan(made: Schedule) -> int:
    """How long the plan takes, in minutes."""
    (everything,) = made.measures.kept
    return everything.lateness // schedule.MINUTE


def main(
    only: Annotated[str, typer.Option(help="The instances whose names begin like this.")] = "",
    large: Annotated[bool, typer.Option("--large", help="Those that are not proven in a minute.")] = False,
) -> None:
    """Solve each instance, and end with 1 unless each is proven at its optimum within a minute."""
    machine = Machine.this()
    if large:
        _solve_large(machine, only)
        return
    figures: list[Figure] = []
    missed = 0
    for shop in instances():
        if shop.name.startswith(only):
            began = time.perf_counter()
            made = asyncio.run(SolverScheduler().schedule(shop.problem, ScoreWeights(), LIMIT))
            took = time.perf_counter() - began
            proven = made.proven_optimal and makespan(made) == shop.optimum and not violations(shop.problem, made.plan)
            missed += not proven
            size = f"{len(shop.jobs)}×{len(shop.problem.machines)}"
            figures.append(
                Figure("jobshop", f"{shop.name}, {size}, {makespan(made)}", took, "s", LIMIT.total_seconds())
            )
    figures.append(Figure("jobshop", "not proven at the known optimum", missed, "instances", 0))
    show(figures, machine)
    print(f"Kept in {keep(figures, machine)}")
    if not all(figure.kept for figure in figures):
        sys.exit(1)


def _solve_large(machine: Machine, only: str) -> None:
    figures: list[Figure] = []
    for shop in instances(LARGE):
        if shop.name.startswith(only):
            made = asyncio.run(SolverScheduler().schedule(shop.problem, ScoreWeights(), LIMIT))
            found = makespan(made)
            about = f"{shop.name}, {len(shop.jobs)}×{len(shop.problem.machines)}"
            above = Decimal(100 * (found - shop.optimum)) / shop.optimum
            figures.append(Figure("jobshop", f"{about}: makespan, best published {shop.optimum}", found, "min"))
            figures.append(Figure("jobshop", f"{about}: above the best published", float(above), "%"))
            if made.gap is not None:
                figures.append(
                    Figure("jobshop", f"{about}: at most from the best, as told", float(made.gap * 100), "%")
                )
                wrong = found * (1 - made.gap) > shop.optimum or bool(violations(shop.problem, made.plan))
                figures.append(Figure("jobshop", f"{about}: told wrongly", int(wrong), "", 0))
    show(figures, machine)
    print(f"Kept in {keep(figures, machine)}")
    if not all(figure.kept for figure in figures):
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
