"""A site's own figures at the command line: read from a document, shown, and proposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Generic

import typer

from console.database import our_database
from console.output import moment, refuse, refusing, say
from console.proposing import propose, tell_who_confirms
from console.running import run
from domain.policy_publishing import EVERYWHERE, Figures, ProposedPolicy
from runtime.policies import PolicyWrong
from storage.database import Database
from storage.proposals import Proposals
from storage.site_policies import Policy, PublishedFigures, SitePolicies

Publish = Annotated[
    bool, typer.Option("--publish", help="Propose it: it holds from its day on, once another person has confirmed it.")
]
Why = Annotated[str | None, typer.Option("--reason", help="Why it is proposed; it is kept.")]
WorksAt = Annotated[str | None, typer.Option("--site", help="Where you work, if it is proposed for every site.")]


@dataclass(frozen=True)
class KindOfFigures(Generic[Policy]):
    """What commands know of one kind of figures."""

    shape: type[Policy]
    read: Callable[[Path], Policy]
    kept: Callable[[Database], SitePolicies[Policy]]
    tell: Callable[[Policy], None]


def show_published(figures: KindOfFigures[Policy]) -> None:
    """What is published, newest first, and what waits to be confirmed."""

    async def known() -> tuple[tuple[PublishedFigures[Policy], ...], tuple[ProposedPolicy, ...]]:
        async with our_database() as database:
            return await figures.kept(database).published(), await Proposals(database).waiting(datetime.now(UTC))

    published, waiting = run(known())
    for one in published:
        _introduce(one.table)
        if one.proposed_by is None:
            say("Nobody proposed it: it came with the program.")
        else:
            say(f"Proposed by {one.proposed_by}, confirmed by {one.confirmed_by}.")
        figures.tell(one.table)
    for proposed in waiting:
        if isinstance(proposed.table, figures.shape):
            _introduce(proposed.table)
            say(f"Proposed by {proposed.proposed_by}, and confirmed by nobody yet: {proposed.reason}")
            figures.tell(proposed.table)


def show_or_propose(
    figures: KindOfFigures[Policy],
    document: Path,
    publish: bool,
    reason: str | None,
    site: str | None,
    person: str | None,
) -> None:
    """What *document* says, and it is proposed if it is to *publish*."""
    with refusing(PolicyWrong, OSError, UnicodeDecodeError):
        policy = figures.read(document)
    _introduce(policy)
    figures.tell(policy)
    if not publish:
        return
    if reason is None:
        refuse("Say why it is to hold; it is kept: --reason")
    tell_who_confirms(propose(policy, reason, site, person), site)


def _introduce(policy: Figures) -> None:
    """Which version it is, for whom, and since when."""
    where = "every site without its own" if policy.site == EVERYWHERE else policy.site
    say(f"{policy.version} for {where}, from {moment(policy.effective_from)} on.", "bold")
