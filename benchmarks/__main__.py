"""Measure, show, keep: ``python -m benchmarks [--quick]``. Ends with 1 if a limit was missed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeAlias

import typer

from benchmarks import budget, cost, intake
from benchmarks.figures import Figure, Machine, keep, show
from runtime.children import Children

RESULTS = Path(__file__).parent / "results"

Measure: TypeAlias = Callable[[Path, Children], Coroutine[None, None, list[Figure]]]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer and shorter turns, about a minute.")] = False,
) -> None:
    """Compare what Lockstep costs with its limits and with the least it could be."""
    seconds, turns, cases = (10, "ABBA", 20) if quick else (30, "ABBABAAB", 30)
    machine = Machine.this()
    figures: list[Figure] = []
    for measure in (
        budget.measure,
        lambda home, children: intake.measure(home, children, seconds),
        lambda home, children: cost.measure(home, children, turns, cases),
    ):
        figures += asyncio.run(_alone(measure))
    show(figures, machine)
    print(f"Kept in {keep(figures, machine, RESULTS)}")
    if not all(figure.kept for figure in figures):
        sys.exit(1)


async def _alone(measure: Measure) -> list[Figure]:
    """What *measure* found, in a folder and with programs of its own."""
    with TemporaryDirectory(prefix="lockstep-benchmark-") as folder:
        children = Children(Path(folder) / "logs", print)
        try:
            return await children.during(measure(Path(folder), children))
        finally:
            await children.stop(within=10)


if __name__ == "__main__":
    typer.run(main)
