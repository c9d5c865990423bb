"""Who calls, and what the request is served with."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import structlog
from fastapi import Depends, Request, Response
from fastapi.security import HTTPBearer

from api.problem_kinds import Kind
from api.problems import Problem
from api.provider_word import hear_again
from api.rate_limit import RateLimit
from api.safeguards import refuse_unless_from_our_page
from api.services import Services
from api.strict_json import StrictRoute
from domain.authorisation import Action, may
from domain.decision import Channel, NotAllowed, PrincipalKind
from domain.electronic_signature import Method, Proof
from domain.ports import NotInSystem
from runtime.openid import TokenRefused
from storage.identity import Caller

log = structlog.stdlib.get_logger(__name__)

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A person's token `lsp_…` or one of the plant's identity provider, or a machine's key `lsk_…`. "
    "A machine may report and ask, never answer.",
)
_FULL_STOPS_OF_A_JWT = 2
_SOON = timedelta(days=14)


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Serving = Annotated[Services, Depends(_services)]


Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def permits(action: Action) -> Callable[[Endpoint], Endpoint]:
    """Marks what is done through a route, so that the table says who may."""

    def marked(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__["action"] = action
        return endpoint

    return marked


class NothingPermitted(Exception):
    """A route does not say what is done through it. The program does not start."""


class CallersRoute(StrictRoute):
    """A route for callers who are known and may do what it is for. Nobody else is listened to."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        """Raises NothingPermitted."""
        if not isinstance(getattr(endpoint, "action", None), Action):
            raise NothingPermitted(f"{path}: nothing says who may, so nobody could tell. Mark it with @permits.")
        self.action: Action = endpoint.__dict__["action"]
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, behind the question who calls."""
        handle = super().get_route_handler()

        async def for_callers(request: Request) -> Response:
            request.state.caller = caller = await _identified(request)
            everywhere = frozenset(role for roles in caller.roles.values() for role in roles)
            try:
                may(caller.principal.kind, self.action, everywhere, caller.scopes)
            except NotAllowed as refusal:
                if self.action is Action.ANSWER:
                    await self._keep(refusal, request, caller)
                raise
            response: Response = await handle(request)
            return response

        return for_callers

    async def questions_of(self, request: Request) -> tuple[str, ...]:
        """Which questions a request is about that is refused unread."""
        question: str = request.path_params.get("question_id", "")
        # Nobody has looked at what the path says yet, and no database takes every character.
        return (question,) if question.isprintable() else ()

    async def _keep(self, refusal: NotAllowed, request: Request, caller: Caller) -> None:
        """Have the trail of each question that the request is about tell of *refusal*, as of every refused answer."""
        services: Services = request.app.state.services
        for question in await self.questions_of(request):
            await services.decisions.refused_unread(question, self.path, refusal, caller, Channel.API, services.now())


async def _identified(request: Request) -> Caller:
    services: Services = request.app.state.services
    credentials = await _bearer(request)
    token = credentials.credentials if credentials else ""
    if token:
        caller = await _shown_by(services, token) if token.isascii() and token.isprintable() else None
    else:
        caller = await logged_in(services, request)
    if caller is None:
        raise unknown(request, "Send a token that is in force, or log in.")
    in_pace(request, f"{caller.principal.kind} {caller.principal.id}")
    structlog.contextvars.bind_contextvars(caller=caller.principal.id)
    _warn_before_the_end(request, caller)
    return caller


def _warn_before_the_end(request: Request, caller: Caller) -> None:
    """A line in the log about a key that ends soon: afterwards nobody hears of the machine any more."""
    services: Services = request.app.state.services
    warnings: RateLimit = request.app.state.expiry_warnings
    ends = caller.key_expires_at
    if ends is not None and ends - services.now() < _SOON and not warnings.wait(caller.principal.id):
        log.warning("key.expires_soon", machine=caller.principal.id, expires_at=ends.isoformat())


async def logged_in(services: Services, request: Request) -> Caller | None:
    """Who logged in with the browser that sends *request*, if it is one and he did. Raises Problem."""
    shown = request.cookies.get(session_cookie(services.public_url))
    if shown is None:
        return None
    refuse_unless_from_our_page(request)
    principal = await services.sessions.whose(shown, services.now())
    if principal is None:
        return None
    lapsed = await hear_again(services, shown, principal.id)
    caller = await services.identity.person(principal)
    if lapsed is not None:
        if caller is None:
            raise lapsed
        # Whatever he may not do without those roles is refused with the reason.
        request.state.lapsed = str(lapsed.detail)
    return caller


def session_cookie(public_url: str) -> str:
    """The name of the cookie; by TLS one that no other host and no page without TLS can set."""
    return "__Host-lockstep" if public_url.startswith("https:") else "lockstep"


async def _shown_by(services: Services, token: str) -> Caller | None:
    """Who shows *token*; nothing if it proves nothing, or nothing that counts here."""
    if services.openid is None or token.count(".") != _FULL_STOPS_OF_A_JWT:
        caller = await services.identity.caller(token, services.now())
        if caller is not None and services.tokens_sign and caller.principal.kind is PrincipalKind.PERSON:
            return replace(caller, proof=Proof(id=uuid4().hex, method=Method.DEVELOPMENT, at=services.now()))
        return caller
    try:
        proven = await services.openid.prove(token)
    except TokenRefused as refusal:
        log.warning("token.refused", why=str(refusal))
        return None
    await services.groups.told(proven.principal.id, proven.principal.name, proven.groups, proven.at)
    caller = await services.identity.person(proven.principal)
    if caller is None or proven.logged_in_at is None:
        return caller
    proof = Proof.of_login(Method.TOKEN, caller.principal.id, proven.logged_in_at, services.now())
    return replace(caller, proof=proof)


async def _caller(request: Request, _: Annotated[object, Depends(_bearer)]) -> Caller:
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(_caller)]


def may_see_at(caller: Caller, site: str) -> None:
    """Nothing, if *caller* may see what is at *site*. Raises NotInSystem."""
    if not caller.may_see(site):
        raise NotInSystem(f"{caller.principal.id} has no part in {site}.")


def may_at(caller: Caller, site: str, action: Action) -> None:
    """Nothing, if *caller* may do *action* at *site*. Raises NotInSystem, NotAllowed."""
    may_see_at(caller, site)
    may(caller.principal.kind, action, caller.roles.get(site, frozenset()), caller.scopes)


def unknown(request: Request, advice: str) -> Problem:
    """What is told to whom nobody knows. Raises Problem where too many such requests come."""
    # Guessing is slowed by address, so that it does not slow those who have a token.
    in_pace(request, f"address {request.client.host if request.client else ''}")
    return Problem(Kind.UNAUTHENTICATED, advice, headers={"WWW-Authenticate": 'Bearer realm="lockstep"'})


def in_pace(request: Request, caller: str) -> None:
    """Nothing, unless *caller* comes more often than he may. Raises Problem."""
    limit: RateLimit = request.app.state.rate_limit
    if wait := limit.wait(caller):
        raise Problem(
            Kind.RATE_LIMIT,
            "More requests came than this installation takes from one caller.",
            headers={"Retry-After": str(math.ceil(wait))},
        )
