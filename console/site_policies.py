"""A site's own figures at the command line: read from a document, shown, and published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from console.database import our_database
from console.output import refusing, say
from console.running import run
from domain.policy_publishing import EVERYWHERE
from domain.readiness.policy import ReadinessPolicy
from domain.schedule.policy import SchedulePolicy
from runtime.policies import PolicyWrong
from storage.database import Database
from storage.site_policies import Policy, SitePolicies


def show_or_publish(
    document: Path | None,
    publish: bool,
    read: Callable[[Path], Policy],
    kept: Callable[[Database], SitePolicies[Policy]],
    tell: Callable[[Policy], None],
) -> None:
    """*tell* of what is published, newest first, without a *document*; else of that one, and *publish* it if asked."""

    async def published() -> tuple[Policy, ...]:
        async with our_database() as database:
            return await kept(database).published()

    async def made_known(policy: Policy) -> bool:
        async with our_database() as database:
            return await kept(database).publish(policy, datetime.now(UTC))

    if document is None:
        for known in run(published()):
            tell(known)
        return
    with refusing(PolicyWrong, OSError, UnicodeDecodeError):
        policy = read(document)
    tell(policy)
    if publish:
        new = run(made_known(policy))
        say("It is published." if new else "It had been published already; nothing changed.")


def introduce(policy: ReadinessPolicy | SchedulePolicy) -> None:
    """Which version it is, for whom, and since when."""
    where = "every site without its own" if policy.site == EVERYWHERE else policy.site
    say(f"{policy.version} for {where}, from {policy.effective_from:%Y-%m-%d} on.", "bold")
