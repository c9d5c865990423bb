"""How pages say things: times by the plant's clocks, amounts, and who."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.diagram import asked_of
from domain.letter import local
from domain.policy import Requirement
from domain.roles import listed
from domain.words import in_words

__all__ = ["amount", "how_late", "how_old", "in_words", "listed", "moment", "plain", "size", "who"]


def moment(at: datetime, zone: str) -> str:
    """The moment as the clocks of the plant show it, with the zone: ``Mon 5 Oct 14:00 CEST``."""
    return f"{local(at, zone)} {at.astimezone(ZoneInfo(zone)).tzname()}"


def how_late(due_at: datetime, now: datetime) -> str:
    """How long there is until *due_at*, or how long ago it was: ``in 3 hours``, ``2 days late``."""
    return f"in {_length(due_at - now)}" if due_at > now else f"{_length(now - due_at)} late"


def how_old(at: datetime, now: datetime) -> str:
    """How long ago *at* was: ``3 hours old``."""
    return f"{_length(now - at)} old" if now > at else "from just now"


def _length(span: timedelta) -> str:
    for one, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour")):
        if span >= one:
            return f"{span // one} {name}{'' if span // one == 1 else 's'}"
    minutes = span // timedelta(minutes=1)
    return f"{minutes} minute{'' if minutes == 1 else 's'}" if minutes else "less than a minute"


def amount(number: Decimal) -> str:
    """A quantity without zeros that say nothing."""
    return f"{number.normalize():f}"


def size(length: int) -> str:
    """How large a file is."""
    return f"{length / 1_000_000:.1f} MB" if length >= 1_000_000 else f"{max(1, round(length / 1000))} kB"


def plain(text: str) -> str:
    """Markdown as it is read aloud: without its stars."""
    return text.replace("**", "")


def who(require: Iterable[Requirement]) -> str:
    """Who must say so: so many people of each role, in the order in which they are asked."""
    return asked_of(automatic=False, require=require)
