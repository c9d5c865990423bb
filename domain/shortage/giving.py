"""What a site has to say before its material is taken to another, by its own policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from domain.policy import PolicyInputs, PolicyTable, Zone
from domain.shortage.way import Way

GIVE = "give"
"""What a policy calls it. A table in which no row is about it leaves the decision to those who lack the material."""


def with_consent(ways: Iterable[Way], givers: Mapping[str, PolicyTable], zone: Zone) -> Iterator[Way]:
    """The *ways*, those from another site with who must agree there first, where the table of that site says so."""
    for way in ways:
        table = givers.get(way.source) if way.kind == "transfer" else None
        if table is None or not table.names(GIVE):
            yield way
            continue
        given = PolicyInputs(option=GIVE, zone=zone, cost=way.cost, safety_stock=way.spare is not None)
        ruling = table.rule(given)
        yield way if ruling.automatic else way.model_copy(update={"consent": ruling, "sure": False})
