"""Parking: a question that waits for somebody outside, and putting one off for oneself."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import moment, say
from console.questions import Question
from console.times import written_time
from domain.parking import Cause
from domain.views import QuestionSummary

commands = typer.Typer()

Until = Annotated[str, typer.Option(help="When it is taken up again by itself, such as 2026-12-04T12:00:00Z.")]


@commands.command()
def park(
    name: Question,
    cause: Annotated[Cause, typer.Argument(help="What it waits for; internal stops no deadline.")],
    until: Until,
    reason: Annotated[str, typer.Option(help="What exactly is waited for; it is kept.")],
    person: As = None,
) -> None:
    """
    Park a question that waits for something.

    Example: lockstep park OC-1-2-1 customer --until 2026-12-04 --reason "He asks his site." --as mira.vogt
    """
    body = {"cause": cause.value, "until": written_time(until), "reason": reason}
    with calling(person) as api:
        found = api.post(QuestionSummary, "questions", name, "parking", body=body)
    assert found.parked is not None
    say(f"{found.id} is parked until {moment(found.parked.until)}; due {moment(found.due_at)}.")


@commands.command()
def resume(name: Question, person: As = None) -> None:
    """
    Take a parked question up again before its time.

    Example: lockstep resume OC-1-2-1 --as mira.vogt
    """
    with calling(person) as api:
        found = api.post(QuestionSummary, "questions", name, "resumption", body={})
    say(f"{found.id} goes on; due {moment(found.due_at)}.")


@commands.command()
def snooze(
    name: Question,
    until: Annotated[str | None, typer.Option(help="Until when; without it the question is back in your list.")] = None,
    person: As = None,
) -> None:
    """
    Have a question out of your own list until some time.

    Example: lockstep snooze OC-1-2-1 --until 2026-12-04 --as mira.vogt
    """
    with calling(person) as api:
        api.tell("questions", name, "snooze", body={"until": written_time(until) if until else None})
    say(f"{name} is not in your list until {until}." if until else f"{name} is in your list.")
