"""Agreeing to a waiver on its page, refusing it, and taking it back: the same door as the API's."""

from fastapi import APIRouter, Request, Response
from pydantic import SecretStr
from starlette.responses import RedirectResponse

from api.calling import CallersRoute, Calling, Serving, permits
from api.reauthentications import ShownAnew
from api.refusals import REFUSALS
from api.services import Services
from api.waivers import EndWaiver, SignWaiver, WaiverId, agree_to_waiver, end_waiver, prove_who_agrees, sign_waiver
from domain.authorisation import Action
from domain.decision import DecisionRefused
from domain.readiness.consent import AGREE
from runtime.openid_login import ToSign
from storage.identity import Caller
from storage.reading_waivers import ShownWaiver
from web.drafts import draft_of, forget_draft
from web.forms import Said, key_in, meant, said_in
from web.login import leave_to_sign
from web.sent import Sent
from web.waivers import waiver_page

router = APIRouter(prefix="/waivers/{waiver_id}", include_in_schema=False, route_class=CallersRoute)

_FORM = f"answer/{AGREE}"


@router.post("/consents")
@permits(Action.WAIVE)
async def agree(waiver_id: WaiverId, request: Request, caller: Calling, services: Serving) -> Response:
    """Agree, by signature where the policy asks for one."""
    said = await said_in(request)
    shown = await services.waiver_reader.waiver(waiver_id, caller, services.now())
    site = shown.waiver.site
    try:
        signing = await _proven(shown, said, request, caller, services)
        if signing is None:
            await agree_to_waiver(site, waiver_id, caller, services, key_in(said))
        else:
            signed = SignWaiver(reauthentication=signing)
            await sign_waiver(site, waiver_id, signed, caller, services, key_in(said))
    except REFUSALS as refusal:
        return await waiver_page(waiver_id, caller, services, Sent.refused(_FORM, said, refusal))
    done = RedirectResponse(f"/waivers/{waiver_id}", 303)
    forget_draft(done, waiver_id)
    return done


@router.post("/signing")
@permits(Action.WAIVE)
async def prove_at_provider(waiver_id: WaiverId, request: Request, caller: Calling, services: Serving) -> Response:
    """Go to the identity provider to prove who one is, and come back to the waiver."""
    said = await said_in(request)
    await services.waiver_reader.waiver(waiver_id, caller, services.now())
    to_sign = ToSign(
        person=caller.principal,
        question=waiver_id,
        choice=AGREE,
        seen=None,
        begun_at=services.now(),
        typed=(("choice", AGREE),),
    )
    try:
        return await leave_to_sign(request, services, to_sign, f"/waivers/{waiver_id}")
    except DecisionRefused as why:
        return await waiver_page(waiver_id, caller, services, Sent.refused(_FORM, said, why))


@router.post("/end")
@permits(Action.REVOKE)
async def end(waiver_id: WaiverId, request: Request, caller: Calling, services: Serving) -> Response:
    """Refuse it, or take it back."""
    said = await said_in(request)
    site = (await services.waiver_reader.waiver(waiver_id, caller, services.now())).waiver.site
    try:
        told = meant(EndWaiver, {"reason": said.get("reason", "")})
        await end_waiver(site, waiver_id, told, caller, services)
    except REFUSALS as refusal:
        return await waiver_page(waiver_id, caller, services, Sent.refused("end", said, refusal))
    return RedirectResponse(f"/waivers/{waiver_id}", 303)


async def _proven(shown: ShownWaiver, said: Said, request: Request, caller: Caller, services: Services) -> str | None:
    """What he signs with, where consent is signed: by his password, or by what he came back with."""
    if shown.signed is None:
        return None
    if not said.get("password"):
        draft = await draft_of(request, services, shown.waiver.id, caller)
        return None if draft is None else draft.reauthentication
    anew = ShownAnew(password=SecretStr(said.get("password", "")))
    return (
        await prove_who_agrees(shown.waiver.site, shown.waiver.id, anew, request, caller, services)
    ).reauthentication
