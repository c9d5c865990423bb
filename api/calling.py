"""Who calls, and what the request is served with."""

import math
from collections.abc import Callable
from typing import Annotated, Any

import structlog
from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from api.problem_kinds import Kind
from api.problems import Problem, not_found
from api.rate_limit import RateLimit
from api.services import Services
from api.strict_json import StrictRoute
from domain.decision import PrincipalKind
from domain.roles import Role
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


class CallersRoute(StrictRoute):
    """A route for callers who are known. Of anybody else not even the body is read."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, behind the question who calls."""
        handle = super().get_route_handler()

        async def for_callers(request: Request) -> Response:
            request.state.caller = await _identified(request)
            response: Response = await handle(request)
            return response

        return for_callers


async def _identified(request: Request) -> Caller:
    services: Services = request.app.state.services
    limit: RateLimit = request.app.state.rate_limit
    credentials = await _bearer(request)
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


async def _caller(request: Request, _: Annotated[object, Depends(_bearer)]) -> Caller:
    caller: Caller = request.state.caller
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


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable() and 0 < len(token) <= _LONGEST_TOKEN


def _in_pace(limit: RateLimit, caller: str) -> None:
    if wait := limit.wait(caller):
        raise Problem(
            Kind.RATE_LIMIT,
            "More requests came than this installation takes from one caller.",
            headers={"Retry-After": str(math.ceil(wait))},
        )
