"""What was judged over time: how long something was not ready, and who could have mended it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.evidence import Reason
from domain.readiness.judgement import Readiness
from domain.readiness.truth import Truth
from domain.roles import Role


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Spell(_View):
    """How long a judgement stood as it was, for the same reasons."""

    kind: str
    site: str
    key: str
    predicate: str
    value: Truth
    reasons: tuple[Reason, ...]
    since: AwareDatetime
    until: AwareDatetime | None
    """Nothing while it stands."""
    inputs: str
    """Digest of the facts that counted when it began."""
    policy_version: str


class Waited(_View):
    """How long something was anything but true."""

    predicate: str
    not_ready: timedelta
    """As an ISO 8601 duration, such as ``P1DT4H``."""
    because_of: dict[Role, timedelta]
    """For how long of it each role could have mended something. Those who could at the same time each count."""


class History(_View):
    """What was judged of a thing over time."""

    spells: tuple[Spell, ...]
    """The newest first."""
    waited: tuple[Waited, ...]
    """By predicate, over all that is kept."""


def stands(spell: Spell, judged: Readiness) -> bool:
    """Whether *judged* is what *spell* says already: the same value, for the same reasons about the same things."""
    return spell.value is judged.value and _grounds(spell.reasons) == _grounds(judged.reasons)


def history(spells: Iterable[Spell], at: datetime) -> History:
    """The spells of a thing until *at*, and what they come to."""
    newest_first = tuple(sorted(spells, key=lambda spell: (spell.since, spell.predicate), reverse=True))
    lasted: dict[str, timedelta] = defaultdict(timedelta)
    because_of: dict[str, dict[Role, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
    for spell in newest_first:
        lasted[spell.predicate] += timedelta(0)
        if spell.value is Truth.TRUE:
            continue
        for_how_long = max((spell.until or at) - spell.since, timedelta(0))
        lasted[spell.predicate] += for_how_long
        for role in {reason.owner for reason in spell.reasons if reason.owner is not None}:
            because_of[spell.predicate][role] += for_how_long
    waited = tuple(
        Waited(predicate=name, not_ready=length, because_of=dict(sorted(because_of[name].items())))
        for name, length in sorted(lasted.items())
    )
    return History(spells=newest_first, waited=waited)


def _grounds(reasons: Iterable[Reason]) -> set[tuple[str, str, Role | None]]:
    return {(reason.code, reason.thing, reason.owner) for reason in reasons}
