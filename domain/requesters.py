"""Who asked for what a case does: each may take back his own request, and the case goes on while anybody still asks."""

from __future__ import annotations

from collections.abc import Collection

from domain.decision import DecisionRefused, NotAllowed, Principal, PrincipalKind
from domain.roles import Role, lead_of


def admit_command(
    requester: Principal, owner: str, by: Principal, roles: frozenset[Role], also_asked: Collection[str] = ()
) -> None:
    """
    Nothing, if *by* may take back what *requester* asked for, or have it looked at again, while *owner* is waited for.

    So may each person who *also_asked*. *roles* are the ones *by* holds at the site now. Raises NotAllowed.
    """
    if has_asked(requester, also_asked, by):
        return
    # The case may be with Lockstep itself, which is no role.
    owners = {role for role in Role if role == owner}
    if not (owners | set(map(lead_of, owners)) | {Role.ADMINISTRATOR}) & roles:
        raise NotAllowed("Only whoever asked, the role that is waited for, its lead and an administrator may do that.")


def has_asked(requester: Principal, also_asked: Collection[str], by: Principal) -> bool:
    """Whether *by* is *requester*, or one of the people who *also_asked*."""
    first = (by.kind, by.id) == (requester.kind, requester.id)
    return first or (by.kind is PrincipalKind.PERSON and by.id in also_asked)


def still_asking(requester: Principal, also_asked: Collection[str], taken_back: Collection[str]) -> tuple[str, ...]:
    """Who asked and has not *taken_back* his request, the first first."""
    return tuple(name for name in (requester.id, *also_asked) if name not in taken_back)


def left_asking(
    requester: Principal, also_asked: Collection[str], taken_back: Collection[str], by: Principal
) -> tuple[str, ...]:
    """
    For whom the case goes on when *by* takes back his request; nobody where it ends with that, or he never asked.

    Raises DecisionRefused.
    """
    if not has_asked(requester, also_asked, by):
        return ()
    asking = still_asking(requester, also_asked, taken_back)
    if by.id not in asking:
        others = " and ".join(asking)
        raise DecisionRefused(f"You have taken your request back already. {others} asked for it as well, and still do.")
    return tuple(name for name in asking if name != by.id)
