"""The page of one case: where it is and why, what was asked, and what is said about it."""

from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api.attachments import COUNTED_AS_IT_ARRIVES
from api.calling import CallersRoute, Calling, Serving, permits
from api.cases import CaseId
from api.comments import WriteComment, write_comment
from api.refusals import REFUSALS
from api.services import Services
from domain.authorisation import Action
from storage.calendars import zone_at
from storage.identity import Caller
from storage.paging import LARGEST_PAGE
from web.forms import key_in, meant, said_in
from web.pages import page
from web.sent import Sent
from web.uploading import FileRefused, attach_sent

router = APIRouter(prefix="/cases/{case_id}", include_in_schema=False, route_class=CallersRoute)


@router.get("")
@permits(Action.READ)
async def show_case(case_id: CaseId, caller: Calling, services: Serving) -> Response:
    """A case, its questions, its evidence, what was written, and the end of its trail."""
    return await _case_page(case_id, caller, services, Sent())


@router.post("/comments")
@permits(Action.COMMENT)
async def comment(case_id: CaseId, request: Request, caller: Calling, services: Serving) -> Response:
    """Say something about it."""
    said = await said_in(request)
    try:
        written = meant(WriteComment, {"text": said.get("text", "")})
        await write_comment(case_id, written, caller, services, key_in(said))
    except REFUSALS as refusal:
        return await _case_page(case_id, caller, services, Sent.refused("comment", said, refusal))
    return RedirectResponse(f"/cases/{case_id}#comments", 303)


@router.post("/attachments", max_body_size=COUNTED_AS_IT_ARRIVES)
@permits(Action.ATTACH)
async def attach(case_id: CaseId, request: Request, caller: Calling, services: Serving) -> Response:
    """Give it a document or picture."""
    try:
        await attach_sent(request, case_id, caller, services)
    except FileRefused as refused:
        sent = Sent.refused("attachment", refused.said, refused.why, refused.field_name)
        return await _case_page(case_id, caller, services, sent)
    return RedirectResponse(f"/cases/{case_id}#attachments", 303)


async def _case_page(case_id: str, caller: Caller, services: Services, sent: Sent) -> Response:
    case = await services.case_reader.case(case_id, caller.sites, services.now())
    return page(
        "case.html",
        services,
        sent.status,
        caller=caller,
        case=case,
        case_id=case.id,
        place=f"/cases/{case.id}",
        zone=await zone_at(services.database, case.site),
        waivers=await services.waiver_reader.about(case.site, case.subject, services.now()),
        comments=await services.comments.of_case(case.id, caller, limit=LARGEST_PAGE),
        trail=await services.case_reader.last_lines(case.id, caller.sites, 30),
        rules=services.attachment_rules,
        sent=sent,
        key=uuid4().hex,
    )
