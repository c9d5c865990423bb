"""Who calls, and what the request is served with."""

import math
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problem_kinds import Kind
from api.problems import Problem, not_found
from api.rate_limit import RateLimit
from api.services import Services
from domain.decision import PrincipalKind
from domain.roles import Role, lead_of
from domain.views import CaseSummary
from storage.identity import Caller

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A person's token, or a machine's key `lsk_…`. A machine may report and ask, never answer.",
)
_LONGEST_TOKEN = 200


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(_services)]


async def _caller(
    request: Request,
    services: Serving,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    limit: RateLimit = request.app.state.rate_limit
    token = credentials.credentials if credentials else ""
    caller = await services.identity.caller(token) if _is_plain(token) else None
    if caller is None:
        # Guessing is slowed by address, so that it does not slow those who have a token.
        _in_pace(limit, f"address {request.client.host if request.client else ''}")
        raise Problem(
            Kind.UNAUTHENTICATED,
            "Send a token that is in force.",
            headers={"WWW-Authenticate": 'Bearer realm="lockstep"'},
        )
    _in_pace(limit, f"{caller.principal.kind} {caller.principal.id}")
    structlog.contextvars.bind_contextvars(caller=caller.principal.id)
    return caller


Calling = Annotated[Caller, Depends(_caller)]


def may_report(caller: Caller) -> None:
    """Nothing, if *caller* may tell of events. Raises Problem."""
    if caller.principal.kind is not PrincipalKind.MACHINE or "events" not in caller.scopes:
        raise Problem(Kind.NOT_ALLOWED, "Only a machine whose key has the scope events reports events.")


def may_ask(caller: Caller, site: str) -> None:
    """Nothing, if *caller* may ask for changes at *site*. Raises Problem."""
    if not caller.may_see(site):
        raise not_found()
    if caller.principal.kind is PrincipalKind.PERSON:
        if not caller.roles[site] - {Role.AUDITOR}:
            raise Problem(Kind.NOT_ALLOWED, "Auditors only read.")
    elif "cases" not in caller.scopes:
        raise Problem(Kind.NOT_ALLOWED, "The key needs the scope cases to ask for changes.")


def may_withdraw(caller: Caller, case: CaseSummary) -> None:
    """Nothing, if *caller* may take the request of *case* back. Raises Problem."""
    if caller.principal == case.requester:
        return
    known = [role for role in Role if role == case.owner]
    entitled = {*known, *map(lead_of, known)}
    if not entitled & caller.roles.get(case.site, frozenset()):
        listed = ", ".join(sorted(role.replace("_", " ") for role in entitled))
        raise Problem(
            Kind.NOT_ALLOWED, f"Only {' or '.join(filter(None, ('whoever asked', listed)))} withdraws it."
        )


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable() and 0 < len(token) <= _LONGEST_TOKEN


def _in_pace(limit: RateLimit, caller: str) -> None:
    if wait := limit.wait(caller):
        raise Problem(
            Kind.RATE_LIMIT,
            "More requests came than this installation takes from one caller.",
            headers={"Retry-After": str(math.ceil(wait))},
        )
