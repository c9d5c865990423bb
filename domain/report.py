"""The daily report of a site: one page of what somebody who answers for it should know of the day before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.adjustment.recovery import COMPARED
from domain.bypass import Bypass
from domain.calendar import NeverWorking, WorkingCalendar
from domain.decision import Channel
from domain.evidence import digest
from domain.force import ForcedMove
from domain.leaving.ship_notice import TIMED, UNTOLD
from domain.policy_publishing import PolicyEvent
from domain.processes.shortage import SHORTAGE
from domain.question import QuestionKind
from domain.roles import Role
from domain.substitution import Substitution
from domain.trail import TrailEntry

READERS: Final = (Role.PLANT_MANAGER, Role.ADMINISTRATOR)
"""Who is sent it without having asked for it."""
MORNING: Final = time(6)
"""Before that it reaches nobody, even where work never rests."""
MOST_DAYS: Final = 14
"""After a longer standstill the days before are to be read, and not sent."""
OUT_OF_HAND: Final = 150
"""Percent of the time given, from which on an escalation is told."""
ONE_IN: Final = 20
"""Of the automatic decisions, so many are looked at by people (processes 1.2, row 8)."""


class DayToCome(Exception):
    """There is nothing to report of a day that has not begun."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Asked(_Part):
    """A question whose deadline has passed."""

    question: str
    case_id: str
    subject: str
    title: str
    kind: QuestionKind
    due_at: AwareDatetime
    with_whom: str
    """Who has claimed it, or else the roles that are asked; of what is answered, who settled it."""
    settled_at: AwareDatetime | None = None


class RefusedMove(_Part):
    """A move by force that somebody tried in vain."""

    case_id: str
    to_state: str
    by: str
    why: str
    """It was refused."""
    at: AwareDatetime


class Escalation(_Part):
    """A question that was brought before somebody higher, late."""

    question: str
    case_id: str
    subject: str
    percent: int
    """Of the time given that had passed."""
    to: str | None
    """The role that was brought in."""
    at: AwareDatetime


class Forged(_Part):
    """An answer that came as a signal and did not prove who sent it."""

    case_id: str
    claimed: str
    """Who it said it was from."""
    why: str
    at: AwareDatetime


class Missed(_Part):
    """What did not go as it should have, as the trail of a case says."""

    case_id: str
    subject: str
    why: str
    at: AwareDatetime


class Delegated(_Part):
    """A question that somebody put into another's hands."""

    question: str
    by: str
    to: str
    reason: str


class OpenHold(_Part):
    """A held lot that nobody has decided on to the end."""

    case_id: str
    subject: str
    since: AwareDatetime


class Below(_Part):
    """An item of which some of the safety stock is used."""

    case_id: str
    item: str
    because: str
    """How much from when on, and what would fill it up."""


class DailyReport(_Part):
    """What happened at a site on one day, by its own clocks, and what was open at its end."""

    site: str
    plant: str
    day: date
    zone: str
    ends: AwareDatetime
    """When its last minute was over."""
    forced: tuple[ForcedMove, ...]
    not_forced: tuple[RefusedMove, ...]
    late: tuple[Asked, ...]
    """Decisions that were made after their deadline."""
    waiting: tuple[Asked, ...]
    """Questions that were past their deadline at the end of the day, the oldest first."""
    escalations: tuple[Escalation, ...]
    automatic: int
    """Decisions that policy made without asking anybody."""
    to_review: tuple[str, ...]
    """The cases of one in twenty of them, to be looked at by somebody."""
    refused_answers: Mapping[str, int]
    """How many, by cause."""
    refused_signals: Mapping[str, int]
    forged: tuple[Forged, ...]
    policies: tuple[PolicyEvent, ...]
    substitutions: tuple[Substitution, ...]
    """Those that began."""
    delegations: tuple[Delegated, ...]
    """Those that were given."""
    bypasses: tuple[Bypass, ...] = ()
    """What was changed in other systems with no decision behind it."""
    plans_missed: tuple[Missed, ...] = ()
    """Jobs of which it was seen that they did not go by a new plan."""
    notices_late: tuple[Missed, ...] = ()
    """Shipments that left without a ship notice in time, each as it was known last."""
    opened: Mapping[str, int]
    """Cases, by process."""
    closed: Mapping[str, int]
    holds: tuple[OpenHold, ...]
    """The oldest first."""
    below_safety_stock: tuple[Below, ...] = ()
    """The items of which some of the safety stock is used though nothing is missing, each as it was found last."""


@dataclass(frozen=True)
class Day:
    """One day of a site, by its own clocks."""

    site: str
    plant: str
    zone: str
    date: date

    @property
    def begins(self) -> datetime:
        """When clocks show its midnight."""
        return _midnight(self.date, self.zone)

    @property
    def ends(self) -> datetime:
        """When clocks show the next one."""
        return _midnight(self.date + timedelta(days=1), self.zone)


@dataclass(frozen=True)
class CaseLine:
    """A line of the trail of a case."""

    case_id: str
    process: str
    subject: str
    line: TrailEntry
    closes: bool
    """Whether the case has been over since."""


@dataclass(frozen=True)
class RecordedDay:
    """What the record has of a day."""

    day: Day
    lines: Sequence[CaseLine] = ()
    forced: Sequence[ForcedMove] = ()
    late: Sequence[Asked] = ()
    waiting: Sequence[Asked] = ()
    policies: Sequence[PolicyEvent] = ()
    substitutions: Sequence[Substitution] = ()
    delegations: Sequence[Delegated] = ()
    holds: Sequence[OpenHold] = ()
    bypasses: Sequence[Bypass] = ()


def daily_report(recorded: RecordedDay) -> DailyReport:
    """What is to be told of the day."""
    refused = [one for one in recorded.lines if one.line.action == "answer_refused"]
    signals = [one for one in refused if one.line.channel is Channel.SIGNAL]
    automatic = [one for one in recorded.lines if one.line.details.get("automatic")]
    return DailyReport(
        site=recorded.day.site,
        plant=recorded.day.plant,
        day=recorded.day.date,
        zone=recorded.day.zone,
        ends=recorded.day.ends,
        forced=tuple(recorded.forced),
        not_forced=tuple(
            RefusedMove(
                case_id=one.case_id,
                to_state=one.line.details["to"],
                by=one.line.by.name or one.line.by.id,
                why=one.line.reason,
                at=one.line.at,
            )
            for one in recorded.lines
            if one.line.action == "force_refused"
        ),
        late=tuple(one for one in recorded.late if one.kind is QuestionKind.DECISION),
        waiting=tuple(sorted(recorded.waiting, key=lambda one: one.due_at)),
        escalations=tuple(_escalations(recorded.lines)),
        automatic=len(automatic),
        to_review=_sample([one.case_id for one in automatic]),
        refused_answers=_counted(_cause(one.line) for one in refused if one not in signals),
        refused_signals=_counted(_cause(one.line) for one in signals),
        forged=tuple(
            Forged(
                case_id=one.case_id,
                claimed=one.line.details.get("claimed", one.line.by.id),
                why=one.line.reason,
                at=one.line.at,
            )
            for one in signals
            if "alarm" in one.line.details
        ),
        policies=tuple(recorded.policies),
        substitutions=tuple(recorded.substitutions),
        delegations=tuple(recorded.delegations),
        bypasses=tuple(recorded.bypasses),
        plans_missed=tuple(
            _missed(one) for one in recorded.lines if one.line.action == COMPARED and not one.line.details["recovered"]
        ),
        notices_late=tuple(_late_notices(recorded.lines)),
        opened=_counted(one.process for one in recorded.lines if one.line.action == "opened"),
        closed=_counted(one.process for one in recorded.lines if one.closes),
        holds=tuple(sorted(recorded.holds, key=lambda one: one.since)),
        below_safety_stock=tuple(_below(recorded.lines)),
    )


def leaves_at(day: Day, working: WorkingCalendar) -> datetime:
    """When the report of *day* is sent: on the first morning after it on which the site is *working*."""
    morning = datetime.combine(day.date + timedelta(days=1), MORNING, tzinfo=ZoneInfo(day.zone))
    try:
        begins = working.next_working_moment(morning)
    except NeverWorking:
        return morning
    there = begins.astimezone(ZoneInfo(day.zone))
    # A shift that begins at night is at work in the morning as well.
    return max(begins, datetime.combine(there.date(), MORNING, tzinfo=ZoneInfo(day.zone)))


def days_to_send(latest: date | None, today: date) -> tuple[date, ...]:
    """The days that are over and were not sent, the first first; where none ever was, yesterday."""
    yesterday = today - timedelta(days=1)
    first = yesterday if latest is None else max(latest + timedelta(days=1), today - timedelta(days=MOST_DAYS))
    return tuple(first + timedelta(days=number) for number in range((yesterday - first).days + 1))


def read_by(roles: Iterable[Role], *, asked_for_it: bool) -> Role | None:
    """In which of his *roles* somebody is sent the report; nothing if he is not."""
    held = sorted(roles)
    default = next((role for role in READERS if role in held), None)
    return default or (held[0] if held and asked_for_it else None)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(zone))


def _escalations(lines: Iterable[CaseLine]) -> Iterator[Escalation]:
    for one in lines:
        percent = one.line.details.get("percent")
        if one.line.action == "escalated" and percent is not None and percent >= OUT_OF_HAND:
            yield Escalation(
                question=one.line.details["question"], case_id=one.case_id, subject=one.subject, percent=percent,
                to=one.line.role, at=one.line.at,
            )  # fmt: skip


def _below(lines: Iterable[CaseLine]) -> Iterator[Below]:
    latest = {one.subject: one for one in lines if one.closes and one.process == SHORTAGE.name}
    for item, one in sorted(latest.items()):
        if one.line.to_state == "below_safety_stock":
            yield Below(case_id=one.case_id, item=item, because=one.line.reason)


def _late_notices(lines: Iterable[CaseLine]) -> Iterator[Missed]:
    latest = {one.case_id: one for one in lines if one.line.action in (TIMED, UNTOLD)}
    return (_missed(one) for one in latest.values() if not one.line.details["in_time"])


def _missed(one: CaseLine) -> Missed:
    return Missed(case_id=one.case_id, subject=one.subject, why=one.line.reason, at=one.line.at)


def _sample(cases: Iterable[str]) -> tuple[str, ...]:
    """One in twenty of *cases*, at least one; whoever reads the report again finds the same."""
    drawn = sorted(set(cases), key=digest)
    return tuple(sorted(drawn[: -(-len(drawn) // ONE_IN)]))


def _cause(line: TrailEntry) -> str:
    """The name of what refused it, in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", line.details.get("refusal", "other")).lower()


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
