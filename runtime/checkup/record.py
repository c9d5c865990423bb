"""Whether our own database is well, and what it says of those who work on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runtime.checkup.clocks import clock
from runtime.checkup.line import Line, broken, ok, warning
from storage.migration import latest
from storage.vital_signs import StandingStill, Trouble, VitalSigns, Waiting, vital_signs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database

_UNTOUCHED = timedelta(seconds=30)
# Whoever runs looks several times a second.
_LONG = timedelta(minutes=1)
_START = "See that a worker runs, and that it reaches the database: lockstep serve worker"


async def of_record(database: Database) -> list[Line]:
    """The database, and what waits in it."""
    sent = datetime.now(UTC)
    signs = await vital_signs(database, sent)
    return [*judged(signs, sent, datetime.now(UTC))]


def judged(signs: VitalSigns, sent: datetime, answered: datetime) -> Iterator[Line]:
    """What *signs* mean that were asked for and answered at these moments."""
    took = (answered - sent).total_seconds() * 1000
    yield ok("database", f"{signs.server} answers; a look at it all took {took:.0f} ms. Its shape is {latest()}.")
    if signs.clock is None:
        yield ok("database clock", "It is ours.")
    else:
        yield clock("database clock", signs.clock, sent, answered)
    yield _messages(signs.messages, answered)
    yield _events(signs.events, answered)
    if signs.events_failed:
        yield warning(
            "events set aside",
            f"{signs.events_failed} events cannot be used and were set aside.",
            "The lines event.failed in the worker's log say why. Mend the sender; it sends them under new ids.",
        )
    yield _cases(signs.standing_still)
    yield from map(_trouble, signs.troubles)
    if not signs.troubles:
        yield ok("receivers", "Every message outside was taken, or is on its first try.")


def _messages(waiting: Waiting, now: datetime) -> Line:
    about = "messages"
    if waiting.due_since is not None and now - waiting.due_since > _UNTOUCHED:
        late = f"{waiting.count} messages wait, one that was due at {_at(waiting.due_since)}: nobody passes them on."
        return broken(about, late, _START)
    if waiting.kept_since is not None and now - waiting.kept_since > _LONG and waiting.why:
        late = f"{waiting.count} messages wait, the oldest since {_at(waiting.kept_since)}: {waiting.why}"
        return broken(about, late, "See that Temporal is up. They are tried again, and none is dropped.")
    return ok(about, f"{waiting.count} wait to be passed on." if waiting.count else "None waits to be passed on.")


def _events(waiting: Waiting, now: datetime) -> Line:
    about = "events"
    if waiting.due_since is not None and now - waiting.due_since > _UNTOUCHED:
        late = f"{waiting.count} events wait, one that was due at {_at(waiting.due_since)}: nobody takes them up."
        return broken(about, late, _START)
    if waiting.kept_since is not None and now - waiting.kept_since > _LONG and waiting.why:
        late = f"{waiting.count} events are tried again, the oldest since {_at(waiting.kept_since)}: {waiting.why}"
        return warning(about, late, "See that what they are about is known here, and that its system answers.")
    return ok(about, f"{waiting.count} wait to be taken up." if waiting.count else "None waits to be taken up.")


def _cases(still: StandingStill) -> Line:
    if still.since is None:
        return ok("cases", "None stands still that nobody is waited for in.")
    return broken(
        "cases",
        f"{still.count} stand still and wait for nobody, {still.oldest} in {still.state} since {_at(still.since)}.",
        f"Look into {still.workflow_id} in Temporal: a workflow task that fails has the reason. Report it.",
    )


def _trouble(trouble: Trouble) -> Line:
    about = f"receiver {trouble.receiver}"
    if trouble.dead:
        told = f"{trouble.count} messages were given up on. The newest: {trouble.why}"
    else:
        told = f"{trouble.count} messages were not taken yet. The newest: {trouble.why}"
    return warning(about, told, "Mend the receiver. What is not given up on is sent again by itself.")


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
