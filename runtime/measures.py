"""What is counted about the coordination itself: cases, answers, effects, and how late they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from opentelemetry import metrics

from domain.catalog import process_of
from storage.trail import listen

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter

    from domain.trail import TrailEntry
    from storage.database import Database
    from storage.outbox import Outbox

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
# People answer in minutes to days; the usual boundaries end where theirs begin.
_HUMAN_SECONDS = [
    _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR,
    _DAY, 2 * _DAY, 4 * _DAY, 7 * _DAY,
]  # fmt: skip


class Measures:
    """The figures of one process; they leave it only if a collector is named."""

    def __init__(self, meter: Meter | None = None) -> None:
        meter = meter or metrics.get_meter("lockstep")
        self._opened = meter.create_counter("lockstep.cases.opened", "{case}", "Cases opened.")
        self._closed = meter.create_counter("lockstep.cases.closed", "{case}", "Cases that ended.")
        self._answered = meter.create_histogram(
            "lockstep.questions.latency",
            "s",
            "From asking a question to its answer.",
            explicit_bucket_boundaries_advisory=_HUMAN_SECONDS,
        )
        self._alarms = meter.create_counter(
            "lockstep.signatures.refused", "{signal}", "Answers by signal whose signature was missing or wrong."
        )
        self._escalated = meter.create_counter(
            "lockstep.questions.escalated", "{step}", "Reminders and escalations of questions."
        )
        self._effects = meter.create_counter("lockstep.effects", "{effect}", "Effects, by the state they reached.")
        self._outbox = meter.create_gauge(
            "lockstep.outbox.age", "s", "How long the oldest message has waited to be passed on."
        )
        self._failing = meter.create_gauge(
            "lockstep.cases.failing", "{case}", "Cases whose workflow task fails again and again."
        )

    def case_opened(self, process: str) -> None:
        """A case began."""
        self._opened.add(1, {"process": process})

    def case_closed(self, process: str, outcome: str) -> None:
        """A case ended in the state *outcome*."""
        self._closed.add(1, {"process": process, "outcome": outcome})

    def question_answered(self, process: str, choice: str, after: timedelta) -> None:
        """A question was settled with *choice*; how many there were is the count of these."""
        self._answered.record(after.total_seconds(), {"process": process, "choice": choice})

    def signature_refused(self, process: str) -> None:
        """Somebody sent an answer without proof of who says it."""
        self._alarms.add(1, {"process": process})

    def question_escalated(self, process: str, percent: int | None) -> None:
        """A question reached the rung at *percent* of its time; without one, somebody brought in the lead."""
        self._escalated.add(1, {"process": process} if percent is None else {"process": process, "percent": percent})

    def effect_settled(self, kind: str, state: str) -> None:
        """An effect of *kind* reached *state*."""
        self._effects.add(1, {"kind": kind, "state": state})

    def outbox_waits(self, age: timedelta) -> None:
        """The oldest message has waited for *age* to be passed on."""
        self._outbox.set(age.total_seconds())

    def cases_fail(self, count: int) -> None:
        """So many cases cannot go on now."""
        self._failing.set(count)


def measure(database: Database, measures: Measures) -> None:
    """
    From now on count what *database* keeps of cases.

    The trail is what is counted: each line is kept once, however often it is written and whatever way it came.
    """
    listen(database, lambda case_id, line: _count(measures, case_id, line))


def _count(measures: Measures, case_id: str, line: TrailEntry) -> None:
    process = process_of(case_id)
    said = line.details
    match line.action:
        case "opened":
            measures.case_opened(process.name)
        case "entered" | "forced" if line.to_state is not None and process.state(line.to_state).final:
            measures.case_closed(process.name, line.to_state)
        case "answer_refused" if "alarm" in said:
            measures.signature_refused(process.name)
        case "reminded" | "escalated" | "silent":
            # Who asks back once too often brings in the lead whatever the time.
            measures.question_escalated(process.name, said.get("percent"))
        case "answered" | "decided" if said["settled"] is not None:
            asked_at = datetime.fromisoformat(said["asked_at"])
            measures.question_answered(process.name, said["settled"], line.at - asked_at)
        case action if action.startswith("effect_"):
            measures.effect_settled(said["effect"]["kind"], action.removeprefix("effect_"))


class OutboxAge:
    """Looks how long messages have waited to be passed on."""

    def __init__(self, outbox: Outbox, measures: Measures) -> None:
        self._outbox = outbox
        self._measures = measures

    async def once(self) -> int:
        """Nothing to do is left, whatever the age was."""
        since = await self._outbox.waiting_since()
        self._measures.outbox_waits(timedelta(0) if since is None else max(datetime.now(UTC) - since, timedelta(0)))
        return 0
