"""Readiness: what is ready, what is in the way, and by what a site judges."""

from __future__ import annotations

from calendar import day_name
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from console.client import As, calling
from console.output import AsJson, lasted, moment, say, show_json, show_table
from console.site_policies import KindOfFigures, Publish, Why, WorksAt, show_or_propose, show_published
from domain.diagram import length
from domain.evidence import Reason
from domain.readiness.history import History
from domain.readiness.not_ready import NotReady, Waiting
from domain.readiness.policy import ReadinessPolicy
from domain.readiness.predicates import Judged, Things
from domain.timing import Timing
from domain.views import Page
from domain.words import in_words
from runtime.policies import read_readiness_policy
from storage.readiness_policies import ReadinessPolicies

commands = typer.Typer()
readiness = typer.Typer(
    no_args_is_help=True,
    help="What is ready, what is in the way, and by what a site judges.\n\n"
    "Example: lockstep readiness show jobs north J-2014 --as mira.vogt",
)
commands.add_typer(readiness, name="readiness")


Kinds = Annotated[Things, typer.Argument(help="What kind of thing it is.")]
Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is.")]
Key = Annotated[str, typer.Argument(metavar="NAME", help="Its name, such as J-2014, SO-1001:10 or SH-4003.")]


@readiness.command()
def show(things: Kinds, site: Site, key: Key, person: As = None, as_json: AsJson = False) -> None:
    """
    Whether a job may start, an order line is made, a shipment may leave; if not, why, and who can mend it.

    Example: lockstep readiness show shipments north SH-4003 --as greta.pohl
    """
    with calling(person) as api:
        found = api.get(Judged, "readiness", things, site, key)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_table(
        ("Asked", "", "In the way", "Who can mend it"),
        _rows(found),
        title=f"{key} at {site}",
    )
    oldest = min((judged.as_of for judged in found.judgements if judged.as_of is not None), default=None)
    if oldest is not None:
        say(f"\nEvery source that counts was heard at {moment(oldest)} or later.")


@readiness.command()
def history(things: Kinds, site: Site, key: Key, person: As = None, as_json: AsJson = False) -> None:
    """
    What was ready when, for how long it was not, and who could have mended it.

    Example: lockstep readiness history jobs north J-2014 --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(History, "readiness", things, site, key, "history")
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_table(
        ("From", "Until", "Asked", "", "In the way"),
        [
            (
                moment(spell.since),
                moment(spell.until),
                in_words(spell.predicate),
                spell.value.value,
                " ".join(reason.text for reason in spell.reasons),
            )
            for spell in found.spells
        ],
        title=f"{key} at {site}",
    )
    say()
    show_table(
        ("Asked", "Not ready for", "Who could have mended it"),
        [
            (
                in_words(waited.predicate),
                lasted(waited.not_ready),
                ", ".join(f"{in_words(role)} {lasted(length)}" for role, length in waited.because_of.items()),
            )
            for waited in found.waited
        ],
    )


@readiness.command()
def policy(
    document: Annotated[
        Path | None, typer.Argument(help="A readiness policy in YAML; without one, what is published.", exists=True)
    ] = None,
    publish: Publish = False,
    reason: Why = None,
    site: WorksAt = None,
    person: As = None,
) -> None:
    """
    By what sites judge what is ready: what is published, newest first, or a document, which can be proposed.

    Example: lockstep readiness policy north.yaml --publish --reason "As agreed." --as boris.mertens
    """
    figures = KindOfFigures(ReadinessPolicy, read_readiness_policy, ReadinessPolicies, _tell)
    if document is None:
        show_published(figures)
    else:
        show_or_propose(figures, document, publish, reason, site, person)


@commands.command(name="not-ready")
def not_ready(
    site: Annotated[str | None, typer.Option(help="Only at this site.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only what this role can mend, such as buyer.")] = None,
    kind: Annotated[Waiting | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    The jobs that cannot start and the shipments that cannot leave, why, and who can mend it.

    Example: lockstep not-ready --site north --owner buyer --as leyla.demir
    """
    with calling(person) as api:
        page = api.get(Page[NotReady], "status", "not-ready", site=site, owner=owner, kind=kind, limit=limit)
    if as_json:
        show_json([shown.model_dump(mode="json") for shown in page.items])
        return
    show_table(
        ("Name", "At", "Due", "Since", "", "In the way", "Who can mend it"),
        [line for shown in page.items for line in _in_the_way(shown)],
    )
    if page.next:
        say("There are more. Narrow them down, or raise --limit.")


def _in_the_way(shown: NotReady) -> Iterator[tuple[str, ...]]:
    """One line for each reason, the first with what it is about."""
    about: tuple[str, ...] = (
        shown.key, shown.site, moment(shown.due_at), moment(shown.since), shown.value.value
    )  # fmt: skip
    for reason in shown.reasons:
        yield *about, f"{reason.code}: {reason.text}", in_words(reason.owner or "")
        about = ("",) * len(about)


def _rows(found: Judged) -> Iterator[tuple[str, str, str, str]]:
    """One line for each reason, the first with what was asked. What stands above is not said again."""
    told: set[Reason] = set()
    for judged in found.judgements:
        asked, value = in_words(judged.predicate), judged.value.value
        if judged.waiver is not None:
            value = f"{value}, waived until {moment(judged.waiver.expires_at)}"
        new = [reason for reason in judged.reasons if reason not in told]
        lines = [(reason.text, in_words(reason.owner or "")) for reason in new]
        if len(new) < len(judged.reasons):
            lines.insert(0, ("What stands above.", ""))
        for line in lines or [("", "")]:
            yield asked, value, *line
            asked = value = ""
        told.update(judged.reasons)


def _tell(known: ReadinessPolicy) -> None:
    lives = [(in_words(kind), f"{life}") for kind, life in known.time_to_live.items()]
    show_table(("Is not known when older", "Than"), lives)
    papers = [
        (in_words(p.document), ", ".join(p.customers) or "everybody", ", ".join(p.items) or "everything")
        for p in known.documents
    ]
    show_table(("Paper", "For", "With"), papers)
    if known.signed_waivers:
        signed = [(in_words(predicate), meaning) for predicate, meaning in sorted(known.signed_waivers.items())]
        show_table(("A waiver is signed of", "What whoever agrees says"), signed)
    say(
        f"{known.under_delivery:%} may be missing and {known.over_delivery:%} too much; supply may be used "
        f"{known.receiving_time} after it came, and goods are good for {known.remaining_life} after they left."
    )
    timing = known.timing
    due = [(f"a lot on hold for {length(age.after)}", in_words(age.to)) for age in timing.hold_ages]
    weekly = (f"every {day_name[timing.hold_list.weekday]}, all lots on hold", in_words(timing.hold_list.to))
    show_table(("Is told", "To"), [*due, weekly])
    show_table(("When things are due", ""), _spans(timing))
    say()


def _spans(timing: Timing) -> list[tuple[str, str]]:
    """By when things are due, each with what it is about."""
    told = {
        "a shipment is got ready, before it must leave": timing.gathering,
        "it should lack nothing, before it must leave": timing.buffer,
        "an approval is good for": timing.approval,
        "a vehicle may come, after its slot": timing.vehicle_late,
        "a receipt is counted on, after it was due": timing.receipt_late,
        "an inspection takes": timing.inspection,
        "a shortage is looked for, ahead": timing.look_ahead,
        "a work centre stands still, before somebody is asked": timing.stopped,
        "it is looked whether material will be there, before a job begins": timing.kit_check,
        "it is looked once more": timing.last_kit_check,
        "it is looked who will miss a lot, before it expires": timing.expiring,
        f"a step of a job may be late, or {timing.step_late_share:.0%} of its time": timing.step_late,
    }
    return [(about, lasted(span)) for about, span in told.items()]
