"""Logging in with a browser: by password, at the identity provider, or with a link; and logging out."""

from __future__ import annotations

from hmac import compare_digest
from urllib.parse import quote, urldefrag

import structlog
from fastapi import APIRouter, Request, Response
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import RedirectResponse

from api.calling import Serving, in_pace, logged_in, session_cookie
from api.passwords import TooManyAttempts, address, who_has
from api.problems import not_found
from api.refusals import problem_of
from api.safeguards import refuse_unless_from_our_page
from api.services import Services
from domain.decision import Channel, DecisionRefused, Principal
from domain.electronic_signature import Method, Proof
from domain.ports import NotInSystem, SystemUnavailable
from domain.readiness.waiver import is_waiver
from runtime.openid import LEEWAY, ProvenPerson, TokenRefused
from runtime.openid_login import BegunLogin, ToSign
from storage.acting import Acting
from storage.reauthentications import Reauthenticated
from storage.sessions import Way
from storage.tickets import GOOD_FOR, TicketKind
from web.drafts import keep_draft
from web.forms import Said, fields_in
from web.pages import page, trouble_page
from web.questions import question_page
from web.sent import Sent
from web.waivers import waiver_page

# Pages for people; what programs call is described elsewhere.
router = APIRouter(include_in_schema=False)

log = structlog.stdlib.get_logger(__name__)

_FIRST = "/"
# What one sees where he did not say what he wanted to see.
_BACK = "/login/back"
_BEGUN_COOKIE = "lockstep-login"
_WRONG = "Name and password do not fit together, or this account cannot be used."


@router.get("/login")
async def show_login(services: Serving, onward: str = _FIRST) -> Response:
    """Where one logs in."""
    return _login_page(services, _ours(onward))


@router.post("/login")
async def log_in(request: Request, services: Serving) -> Response:
    """Log in with a name and a password."""
    form = await _form(request)
    person, onward = form.get("person", "").strip()[:64], _ours(form.get("onward", _FIRST))
    try:
        principal = await who_has(request, services, person, form.get("password", ""))
    except TooManyAttempts as slow:
        refused = _login_page(services, onward, str(slow), 429)
        refused.headers["Retry-After"] = str(slow.seconds)
        return refused
    if principal is None:
        log.warning("login.refused", person=person, way=Way.PASSWORD)
        return _login_page(services, onward, _WRONG, 401)
    return await _in(request, services, principal, Way.PASSWORD, onward)


@router.post("/login/provider")
async def begin_at_provider(request: Request, services: Serving) -> Response:
    """Go to the identity provider, to come back as somebody."""
    form = await _form(request)
    return await leave(request, services, BegunLogin(onward=_ours(form.get("onward", _FIRST))))


@router.post("/login/again")
async def begin_again(request: Request, services: Serving) -> Response:
    """Go to the identity provider once more, as who one is already, to sign an answer. Raises Problem."""
    form = await _form(request)
    caller = await logged_in(services, request)
    if caller is None:
        return trouble_page(services, "Log in first.", 401)
    question = form.get("question", "")[:60]
    to_sign = ToSign(
        person=caller.principal, question=question, choice=form.get("choice", "")[:64],
        seen=form.get("seen") or None, begun_at=services.now(),
    )  # fmt: skip
    onward = _ours(form.get("onward", f"/v1/questions/{quote(question, safe='')}"))
    return await leave(request, services, BegunLogin(onward=onward, to_sign=to_sign))


async def leave(request: Request, services: Services, begun: BegunLogin) -> Response:
    """To the identity provider, with what has to be known when the browser comes back. Raises Problem."""
    if services.openid_login is None:
        raise not_found()
    in_pace(request, address(request))
    try:
        left = RedirectResponse(await services.openid_login.address(begun), 303)
    except SystemUnavailable as away:
        return trouble_page(services, f"{away} Please try again later.", 503)
    ticket = await services.tickets.give(TicketKind.PROVIDER, begun.model_dump(mode="json"), services.now())
    left.set_cookie(
        _BEGUN_COOKIE, ticket, max_age=int(GOOD_FOR.total_seconds()), path=_BACK, httponly=True, samesite="lax",
        secure=_by_tls(services),
    )  # fmt: skip
    return left


async def leave_to_sign(request: Request, services: Services, to_sign: ToSign, onward: str) -> Response:
    """
    To the identity provider, to prove who one is and come back to the page at *onward*, with what was filled in there.

    Raises DecisionRefused where nobody logs in at one, and Problem.
    """
    if services.openid_login is None:
        raise DecisionRefused("Nobody logs in at an identity provider here. Sign with your password.")
    return await leave(request, services, BegunLogin(onward=onward, to_sign=to_sign))


@router.get(_BACK)
async def come_back(
    request: Request, services: Serving, state: str = "", code: str = "", iss: str | None = None
) -> Response:
    """Back from the identity provider. That it is a GET is the protocol's; it does nothing without our own ticket."""
    if services.openid_login is None or services.openid is None:
        raise not_found()
    in_pace(request, address(request))
    body = await services.tickets.take(TicketKind.PROVIDER, request.cookies.get(_BEGUN_COOKIE, ""), services.now())
    try:
        begun = None if body is None else BegunLogin.model_validate(body)
        if begun is None or not compare_digest(begun.state.encode(), state.encode()):
            raise TokenRefused("This browser did not begin it, or too long ago.")
        if iss not in (None, services.openid.provider.issuer):
            raise TokenRefused("Another issuer answered.")
        if not code:
            raise TokenRefused("The provider let nobody in.")
        proven = await services.openid_login.finish(begun, code)
    except TokenRefused as refusal:
        log.warning("login.refused", way=Way.PROVIDER, why=str(refusal))
        return trouble_page(services, "The login did not succeed. Please try again.", 401)
    except SystemUnavailable as away:
        return trouble_page(services, f"{away} Please try again later.", 503)
    await services.groups.told(proven.principal.id, proven.principal.name, proven.groups, proven.at)
    if await services.identity.person(proven.principal) is None:
        log.warning("login.refused", way=Way.PROVIDER, person=proven.principal.id, why="He has no role here.")
        return trouble_page(
            services, "You have no role at any site here. Who runs this installation can give you one.", 403
        )
    if begun.to_sign is not None:
        came = await _to_sign(services, begun.to_sign, proven, begun.onward)
    else:
        came = await _in(request, services, proven.principal, Way.PROVIDER, begun.onward, proven.refresh)
    came.delete_cookie(_BEGUN_COOKIE, path=_BACK)
    return came


async def _to_sign(services: Services, wanted: ToSign, proven: ProvenPerson, onward: str) -> Response:
    """On to where he wanted, with what he signs with, if it was he and he did log in for this. His session stays."""
    now, proof = services.now(), None
    logged_in_at = proven.logged_in_at
    if proven.principal.id != wanted.person.id:
        log.warning("signing.refused", person=wanted.person.id, why=f"{proven.principal.id} logged in.")
    elif logged_in_at is None or logged_in_at < wanted.begun_at - LEEWAY:
        log.warning("signing.refused", person=wanted.person.id, why="The provider did not have him log in anew.")
    else:
        proof = Proof.of_login(Method.PROVIDER, wanted.person.id, logged_in_at, now)
    caller = await services.identity.person(wanted.person)
    if caller is None:
        return trouble_page(services, "You have no role at any site here any more.", 403)
    acting = Acting(caller, Channel.API, now)
    try:
        given = await _reauthenticated(services, wanted, proof, acting)
    except (DecisionRefused, NotInSystem) as refusal:
        if wanted.typed:
            sent = Sent.refused(f"answer/{wanted.choice}", ImmutableMultiDict(wanted.typed), refusal)
            shown = waiver_page if is_waiver(wanted.question) else question_page
            return await shown(wanted.question, caller, services, sent)
        told = problem_of(refusal)
        return trouble_page(services, str(told.detail), told.status_code)
    if wanted.typed:
        came = RedirectResponse(onward, 303)
        await keep_draft(came, wanted.typed, wanted.person.id, given, services)
        return came
    # Behind the # it stays in the browser: it is sent to nobody and written into no log.
    return RedirectResponse(f"{urldefrag(onward).url}#reauthentication={given.reauthentication}", 303)


async def _reauthenticated(services: Services, wanted: ToSign, proof: Proof | None, acting: Acting) -> Reauthenticated:
    """What the one who acts signs what he *wanted* to with. Raises NotInSystem, NoPolicy, a DecisionRefused."""
    if is_waiver(wanted.question):
        asked = (await services.waiver_reader.waiver(wanted.question, acting.caller, acting.at)).waiver
        return await services.waiver_signatures.keep(asked.site, asked.id, Method.PROVIDER, proof, acting)
    return await services.reauthentications.keep(
        wanted.question, wanted.choice, wanted.seen, Method.PROVIDER, proof, acting
    )


@router.get("/login/link")
async def show_link(services: Serving, ticket: str = "") -> Response:
    """A button. Whatever looks at links changes nothing, and learns nothing."""
    return page("link.html", services, ticket=ticket)


@router.post("/login/link")
async def log_in_by_link(request: Request, services: Serving) -> Response:
    """Log in with what a link held, once."""
    form = await _form(request)
    in_pace(request, address(request))
    body = await services.tickets.take(TicketKind.LINK, form.get("ticket", ""), services.now())
    principal = None if body is None else Principal.model_validate(body)
    if principal is None or await services.identity.person(principal) is None:
        log.warning("login.refused", way=Way.LINK)
        return trouble_page(services, "This link was used before, or is too old. Ask for another one.", 401)
    return await _in(request, services, principal, Way.LINK, _FIRST)


@router.post("/logout")
async def log_out(request: Request, services: Serving) -> Response:
    """The session is over, here and wherever its cookie was taken to."""
    refuse_unless_from_our_page(request)
    if shown := request.cookies.get(session_cookie(services.public_url)):
        await services.sessions.end(shown)
    left = RedirectResponse("/login", 303)
    left.delete_cookie(session_cookie(services.public_url), httponly=True, samesite="lax", secure=_by_tls(services))
    return left


async def _in(
    request: Request, services: Services, principal: Principal, way: Way, onward: str, refresh: str | None = None
) -> Response:
    """On to where he wanted, as *principal*, with a cookie nobody has seen before."""
    cookie = session_cookie(services.public_url)
    if before := request.cookies.get(cookie):
        await services.sessions.end(before)
    shown = await services.sessions.begin(principal, way, services.now(), refresh)
    log.info("login.succeeded", person=principal.id, way=way, can_be_asked_again=refresh is not None)
    came = RedirectResponse(onward, 303)
    came.set_cookie(cookie, shown, httponly=True, samesite="lax", secure=_by_tls(services))
    return came


async def _form(request: Request) -> Said:
    """What a page of ours sent. Raises Problem."""
    refuse_unless_from_our_page(request)
    return await fields_in(request, most=10)


def _login_page(services: Services, onward: str, trouble: str = "", status: int = 200) -> Response:
    """Where one logs in; *trouble* says what did not work before."""
    with_provider = services.openid_login is not None
    return page("login.html", services, status, onward=onward, with_provider=with_provider, trouble=trouble)


def _ours(onward: str) -> str:
    """*onward* if it is a place here, so that no link leads through our login to somebody else's page."""
    is_ours = onward.startswith("/") and not onward.startswith(("//", "/\\")) and onward.isprintable()
    return onward if is_ours and onward.isascii() else _FIRST


def _by_tls(services: Services) -> bool:
    return services.public_url.startswith("https:")
