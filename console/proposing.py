"""Policies of every kind at the command line, as two people let them hold."""

from __future__ import annotations

from console.client import calling
from console.output import moment, refuse, say
from domain.policy_publishing import EVERYWHERE, AnyPolicy, PolicyKind, ProposedPolicy, kind_of


def propose(table: AnyPolicy, reason: str, site: str | None, person: str | None) -> ProposedPolicy:
    """*table* as *person*, who works at *site*, proposed it; the site may be left out where it is that of the table."""
    at = _at(table, site)
    kind = kind_of(table)
    path = () if kind is PolicyKind.APPROVAL else (kind,)
    with calling(person) as api:
        return api.post(
            ProposedPolicy, "sites", at, "policies", "proposals", *path,
            body={"table": table.model_dump(mode="json"), "reason": reason},
        )  # fmt: skip


def tell_who_confirms(proposed: ProposedPolicy, site: str | None) -> None:
    """What has to happen before it holds."""
    table = proposed.table
    say(
        f"\nVersion {proposed.version} is proposed by {proposed.proposed_by}. Before {moment(table.effective_from)} "
        f"another person who is plant manager has to confirm it: "
        f"lockstep policy confirm {_at(table, site)} {proposed.version}"
    )


def _at(table: AnyPolicy, site: str | None) -> str:
    at = site or table.site
    if at == EVERYWHERE:
        refuse("The policy is for every site. Say at which one you work: --site north")
    return at
