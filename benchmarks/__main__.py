"""Measure, show, keep: ``python -m benchmarks [--quick]``. Ends with 1 if a limit was missed."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks import budget, cost, intake
from benchmarks.system import report


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer and shorter turns, about a minute.")] = False,
) -> None:
    """Compare what Lockstep costs with its limits and with the least it could be."""
    seconds, turns, cases = (10, "ABBA", 20) if quick else (30, "ABBABAAB", 30)
    report(
        budget.measure,
        lambda home, children: intake.measure(home, children, seconds),
        lambda home, children: cost.measure(home, children, turns, cases),
    )


if __name__ == "__main__":
    typer.run(main)
