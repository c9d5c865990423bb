"""The page of one waiver: what is to go on although it is not ready, and the forms to agree or to refuse."""

from uuid import uuid4

from fastapi import APIRouter, Request, Response

from api.calling import CallersRoute, Calling, Serving, permits
from api.services import Services
from api.waivers import WaiverId
from domain.authorisation import Action
from domain.readiness.consent import AGREE
from storage.calendars import zone_at
from storage.identity import Caller
from web.drafts import draft_of
from web.pages import page
from web.sent import Sent

router = APIRouter(prefix="/waivers", include_in_schema=False, route_class=CallersRoute)


@router.get("/{waiver_id}")
@permits(Action.READ)
async def show_waiver(waiver_id: WaiverId, request: Request, caller: Calling, services: Serving) -> Response:
    """A waiver, who has agreed and who must, and the forms to do so. Looking at it decides nothing."""
    sent = Sent.before_signing(await draft_of(request, services, waiver_id, caller))
    return await waiver_page(waiver_id, caller, services, sent)


async def waiver_page(waiver_id: str, caller: Caller, services: Services, sent: Sent | None = None) -> Response:
    """The page as it is now, with what was *sent* and not taken. Raises NotInSystem, NoPolicy."""
    shown = await services.waiver_reader.waiver(waiver_id, caller, services.now())
    sent, waiver = sent or Sent(), shown.waiver
    people = {waiver.asked_by, *(consent.person for consent in waiver.waived_by)}
    return page(
        "waiver.html",
        services,
        sent.status,
        caller=caller,
        shown=shown,
        waiver=waiver,
        over=waiver.over(services.now()),
        refusing=not waiver.agreed and caller.principal.id not in people,
        zone=await zone_at(services.database, waiver.site),
        sent=sent,
        agree=AGREE,
        with_provider=services.openid_login is not None,
        key=uuid4().hex,
    )
