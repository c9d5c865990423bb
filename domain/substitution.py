"""Substitution: who answers for somebody who is away, given by whom, and what is left of it when it is used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import NotAllowed, Principal, PrincipalKind
from domain.roles import Role, led_by, listed

LONGEST = timedelta(days=366)
"""Whoever is away for longer does not hold the role any more."""


class SubstitutionDraft(BaseModel):
    """A substitution as somebody wants to give it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: str
    process: str | None = None
    """Nothing means every process at the site."""
    absent: str
    """Who is away."""
    substitute: str
    """Who answers for him."""
    roles: tuple[Role, ...] = ()
    """In which roles; when asked for, none named means all that can be given."""
    first_day: date
    last_day: date
    """Both included, as the site's calendar counts days."""
    reason: str


class Substitution(SubstitutionDraft):
    """A substitution as it was given."""

    id: str
    given_by: str
    given_at: AwareDatetime
    ended_by: str | None = None
    ended_at: AwareDatetime | None = None
    """Nothing unless somebody ended it before its last day was over."""

    def stands(self, process: str, day: date) -> bool:
        """Whether it holds for *process* on *day*."""
        in_time = self.first_day <= day <= self.last_day
        return in_time and self.ended_at is None and self.process in (None, process)


class PeriodWrong(Exception):
    """The days are none on which anybody could be away. Nothing was changed."""


def admit_substitution(
    wanted: SubstitutionDraft,
    by: Principal,
    *,
    absent: frozenset[Role],
    substitute: frozenset[Role],
    giver: frozenset[Role],
    today: date,
) -> tuple[Role, ...]:
    """
    The roles that *by* gives, each of which the absent one and the substitute both hold.

    *absent*, *substitute* and *giver* are the roles that each of them holds at the site himself; what somebody may do
    for another is not among them, so nothing is passed on. Raises PeriodWrong, NotAllowed.
    """
    if by.kind is not PrincipalKind.PERSON:
        raise NotAllowed("Only a person can name a substitute.")
    if wanted.absent == wanted.substitute:
        raise NotAllowed("Nobody is his own substitute.")
    if by.id == wanted.substitute:
        raise NotAllowed("Nobody makes himself a substitute.")
    _check_period(wanted, today)
    his_to_give = absent if by.id == wanted.absent else led_by(giver) & absent
    if not his_to_give:
        raise NotAllowed(f"A substitute for {wanted.absent} is named by himself or by the lead of a role he holds.")
    given = his_to_give & substitute
    if missing := [role for role in wanted.roles if role not in given]:
        raise NotAllowed(f"{listed(missing)} cannot be given: the giver or the substitute has no part in it.")
    if not given:
        raise NotAllowed(f"{wanted.substitute} holds none of these roles himself: {listed(sorted(his_to_give))}.")
    return tuple(sorted(frozenset(wanted.roles) or given))


def admit_ending(substitution: Substitution, by: Principal, roles: frozenset[Role]) -> None:
    """
    Nothing, if *by*, who holds *roles* at the site, may end *substitution*. Raises NotAllowed.

    Either of the two may, and the lead of any role it is for.
    """
    if by.kind is PrincipalKind.PERSON:
        if by.id in (substitution.absent, substitution.substitute):
            return
        if not led_by(roles).isdisjoint(substitution.roles):
            return
    raise NotAllowed("A substitution is ended by one of the two, or by the lead of a role it is for.")


class ForRoles(Protocol):
    """Somebody answers for somebody in some roles."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Which these are."""


def authority(standing: Iterable[ForRoles], *, absent: frozenset[Role], substitute: frozenset[Role]) -> frozenset[Role]:
    """
    In which roles the substitute answers for the absent one, by what stands between the two.

    *absent* and *substitute* are the roles that each holds at the site now: a role that either has lost since is gone.
    """
    given = frozenset(role for one in standing for role in one.roles)
    return given & absent & substitute


def _check_period(wanted: SubstitutionDraft, today: date) -> None:
    if wanted.last_day < wanted.first_day:
        raise PeriodWrong("The last day is before the first.")
    if wanted.last_day < today:
        raise PeriodWrong("The last day is over: nobody is made a substitute for what has been decided.")
    if wanted.last_day - wanted.first_day >= LONGEST:
        raise PeriodWrong(f"A substitution is for {LONGEST.days} days at most.")
