"""The daily report as it is read: one page, a thing to a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from domain.bypass import Bypass
from domain.catalog import PROCESSES
from domain.force import ForcedMove, Outcome
from domain.letter import local
from domain.policy_publishing import PolicyEvent
from domain.report import OUT_OF_HAND, Asked, DailyReport, Delegated, Escalation, Forged, Missed, RefusedMove
from domain.substitution import Substitution
from domain.words import in_words

MOST_NAMED: Final = 5
"""Of what may be many, so many are named: it stays one page. Forced moves and forgeries are named all."""
_AGES: Final = (("up to a day", 1), ("up to three", 3), ("up to seven", 7))

T = TypeVar("T")


def title(report: DailyReport) -> str:
    """Such as ``Daily report of Mon 5 Oct 2026``."""
    return f"Daily report of {report.day:%a} {report.day.day} {report.day:%b %Y}"


def sentences(report: DailyReport) -> tuple[str, ...]:
    """All that it tells, and of what there was nothing of, that there was none."""
    return (
        *_named("Moved by force", report.forced, _forced_move, most=None),
        *_named("Moves by force refused", report.not_forced, _refused_move),
        *_named("Decided late", report.late, _decided_late),
        *_named("Past the deadline", report.waiting, lambda asked: _past_deadline(asked, report.zone)),
        *_named(f"Escalated at {OUT_OF_HAND} percent of the time or later", report.escalations, _escalated),
        _automatic(report),
        f"Answers refused: {_counts(report.refused_answers)}.",
        f"Signals refused: {_counts(report.refused_signals)}.",
        *_named("Signals that proved not who sent them", report.forged, _forgery, most=None),
        *_named("Policies", report.policies, _of_policy),
        *_named("Substitutions begun", report.substitutions, _stands_in),
        *_named("Questions delegated", report.delegations, _delegated),
        *_named("Changed past everybody", report.bypasses, _bypass),
        *_named("New plans that did not hold", report.plans_missed, _missed),
        *_named("Ship notices that were late", report.notices_late, _missed),
        f"Cases opened: {_by_process(report.opened)}.",
        f"Cases closed: {_by_process(report.closed)}.",
        _held(report),
        *_named("Below safety stock", report.below_safety_stock, lambda one: f"{one.case_id}: {one.because}"),
    )


def _named(what: str, found: Sequence[T], say: Callable[[T], str], most: int | None = MOST_NAMED) -> Iterator[str]:
    if not found:
        yield f"{what}: none."
        return
    yield f"{what}: {len(found)}."
    yield from (f"- {' '.join(say(one).split())}" for one in found[:most])
    if most is not None and len(found) > most:
        yield f"- and {len(found) - most} more"


def _forced_move(move: ForcedMove) -> str:
    who = move.by.name or move.by.id
    return (
        f"{move.case_id} ({move.subject}) from {in_words(move.from_state)} to {in_words(move.to_state)}, by {who}: "
        f"{move.reason} {_became(move)}"
    )


def _became(move: ForcedMove) -> str:
    match move.outcome:
        case Outcome.OPEN:
            return "Nobody has confirmed it yet."
        case Outcome.CONFIRMED:
            return f"Confirmed by {move.settled_by}."
        case _:
            return f"Not confirmed ({move.settled_by}). {move.became}"


def _refused_move(move: RefusedMove) -> str:
    return f"{move.case_id} to {in_words(move.to_state)}, tried by {move.by}: {move.why}"


def _decided_late(asked: Asked) -> str:
    late = "" if asked.settled_at is None else f", {_length(asked.settled_at - asked.due_at)} late"
    return f"{asked.question}: {asked.title}{late}, by {asked.with_whom}"


def _past_deadline(asked: Asked, zone: str) -> str:
    return f"{asked.question}: {asked.title} Due {local(asked.due_at, zone)}, with {asked.with_whom}"


def _escalated(one: Escalation) -> str:
    to = f", {in_words(one.to)} brought in" if one.to else ""
    return f"{one.question}: {one.subject}, at {one.percent} percent{to}"


def _automatic(report: DailyReport) -> str:
    if not report.automatic:
        return "Decided by policy alone: none."
    return f"Decided by policy alone: {report.automatic}. To be looked at by somebody: {', '.join(report.to_review)}."


def _forgery(one: Forged) -> str:
    return f"{one.case_id}, as from {one.claimed}: {one.why}"


def _of_policy(event: PolicyEvent) -> str:
    done = in_words(event.step.removeprefix("policy_"))
    return f"{in_words(event.about)} {event.version}: {done}, {event.by.name or event.by.id}: {event.reason}"


def _stands_in(one: Substitution) -> str:
    return f"{one.substitute} for {one.absent} until {one.last_day}"


def _delegated(one: Delegated) -> str:
    return f"{one.question} by {one.by} to {one.to}: {one.reason}"


def _bypass(one: Bypass) -> str:
    what = ", ".join(map(in_words, one.fields))
    became = f" Became: {one.became}." if one.became else ""
    return f"{in_words(one.kind)} {one.key}: {what}, as {one.source} says.{became}"


def _missed(one: Missed) -> str:
    return f"{one.case_id} ({one.subject}): {one.why}"


def _held(report: DailyReport) -> str:
    if not report.holds:
        return "Lots held: none."
    days = [(report.ends - hold.since) / timedelta(days=1) for hold in report.holds]
    shorter, parts = 0, []
    for name, most in _AGES:
        within = sum(age <= most for age in days)
        parts.append(f"{within - shorter} {name}")
        shorter = within
    oldest = report.holds[0]
    return (
        f"Lots held: {len(days)}, of them {', '.join(parts)} and {len(days) - shorter} longer. "
        f"Longest: {oldest.case_id} ({oldest.subject}), since {local(oldest.since, report.zone)}."
    )


def _counts(found: Mapping[str, int]) -> str:
    if not found:
        return "none"
    return f"{sum(found.values())} ({', '.join(f'{name} {number}' for name, number in found.items())})"


def _by_process(found: Mapping[str, int]) -> str:
    return _counts({PROCESSES[name].title.lower(): number for name, number in found.items()})


def _length(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
