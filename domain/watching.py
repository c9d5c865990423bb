"""What a waiting case waits for: the facts whose change makes it look again."""

from __future__ import annotations

from dataclasses import dataclass

from domain.fact import Fact

_ALSO = ("site", "item", "order", "case")
# What facts are about besides what names them.


@dataclass(frozen=True)
class Watched:
    """Every fact of a kind, at a site, in which one field says one thing."""

    kind: type[Fact]
    site: str
    field: str
    """One of those that name the fact, or ``item``, ``order`` or ``case``; ``site`` for all of the kind there."""
    value: str

    @property
    def name(self) -> str:
        """What is watched, as one word, equal to one of ``names_of`` each fact that is meant."""
        return _name(self.kind, self.site, self.field, self.value)


def names_of(fact: Fact) -> tuple[str, ...]:
    """Everything under which somebody may be waiting for *fact*."""
    said = {field: getattr(fact, field, None) for field in (*fact.key_fields, *_ALSO)}
    return tuple(_name(type(fact), fact.site, field, str(value)) for field, value in said.items() if value is not None)


def _name(kind: type[Fact], site: str, field: str, value: str) -> str:
    return f"{kind.kind}/{site}/{field}={value}"
