"""Schedules: by what a site makes and compares its plans."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.client import As
from console.output import say, show_table
from console.site_policies import KindOfFigures, Publish, Why, WorksAt, show_or_propose, show_published
from domain.schedule.policy import SchedulePolicy
from runtime.policies import read_schedule_policy
from storage.schedule_policies import PublishedSchedulePolicies

commands = typer.Typer()
schedule = typer.Typer(
    no_args_is_help=True,
    help="By what a site makes and compares its plans.\n\nExample: lockstep schedule policy",
)
commands.add_typer(schedule, name="schedule")


@schedule.callback()
def _schedule() -> None:
    """Nothing by itself: it keeps the commands a group."""


@schedule.command()
def policy(
    document: Annotated[
        Path | None, typer.Argument(help="A schedule policy in YAML; without one, what is published.", exists=True)
    ] = None,
    publish: Publish = False,
    reason: Why = None,
    site: WorksAt = None,
    person: As = None,
) -> None:
    """
    By what sites make and compare plans: what is published, newest first, or a document, which can be proposed.

    Example: lockstep schedule policy north.yaml --publish --reason "As agreed." --as boris.mertens
    """
    figures = KindOfFigures(SchedulePolicy, read_schedule_policy, PublishedSchedulePolicies, _tell)
    if document is None:
        show_published(figures)
    else:
        show_or_propose(figures, document, publish, reason, site, person)


def _tell(known: SchedulePolicy) -> None:
    weights, importance = known.weights, known.importance
    show_table(
        ("Counts against a weighted day of delay", "Each"),
        [
            ("a change in the frozen window", f"{weights.frozen_change:f}"),
            ("an operation that moves", f"{weights.moved:f}"),
            ("a minute of setting up", f"{weights.setup_minute:f}"),
            ("a unit of money, for overtime and work by others", f"{weights.money:f}"),
        ],
    )
    show_table(
        ("A day of delay of an order line counts", "Times"),
        [
            ("by its priority", f"{importance.first:f} / priority"),
            *((f"worth {one.least:f} or more", f"{one.times:f}") for one in importance.classes),
            *((f"of {customer}", f"{times:f}") for customer, times in importance.customers.items()),
        ],
    )
    say(
        f"A move of less than {known.damping.least_move} of work is not raised by itself; better plans are searched "
        f"for during {known.search_for}; {known.most_changes} changes of a work centre are published in a shift. "
        f"Production {'may' if known.local_autonomy else 'may not'} reorder alone when no planner answers.\n"
    )
