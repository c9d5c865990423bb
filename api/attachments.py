"""Attachments: giving a case documents and pictures, seeing which there are, and getting them back."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, may_at, permits
from api.cases import CaseId
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from api.services import Services
from api.uploading import ArrivedFile, arriving
from domain.attachment import LARGEST_LIMIT, Attachment, Digest, DigestWrong, cleaned
from domain.attachment_content import admit
from domain.authorisation import Action
from storage.attachments import Upload
from storage.identity import Caller

router = APIRouter(prefix="/v1/cases", tags=["attachments"], route_class=CallersRoute)

COUNTED_AS_IT_ARRIVES = 10 * LARGEST_LIMIT
# The framework's limit cuts an answer short that was given before the body was read. Ours is below it, and is told.

_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_CONTENT: dict[str, Any] = {
    "description": "The content, as what it was found to be",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_NAME = "What it is to be called; of a path only the last part counts."
_DIGEST = "The SHA-256 of what is sent, in hexadecimal: what arrives otherwise is refused."


@router.post(
    "/{case_id}/attachments",
    status_code=201,
    openapi_extra={"requestBody": _BODY},
    max_body_size=COUNTED_AS_IT_ARRIVES,
    responses={
        200: {"model": Attachment, "description": "The case had the same content before"},
        **documented(
            *OF_CALLERS, Kind.MALFORMED, Kind.NOT_ALLOWED, Kind.NOT_FOUND, Kind.COMMAND_NOT_ALLOWED,
            Kind.DECISION_REFUSED, Kind.TOO_LARGE, Kind.MEDIA_TYPE, Kind.VALIDATION,
        ),
    },
)  # fmt: skip
@permits(Action.ATTACH)
async def attach(
    case_id: CaseId,
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
    name: Annotated[str, Query(min_length=1, max_length=300, description=_NAME)] = "attachment",
    digest: Annotated[Digest | None, Query(description=_DIGEST)] = None,
) -> Attachment:
    """
    Attach a document or picture, sent as the body, to a case that is not over.

    What it is, its content says, not its name or its Content-Type. The same content counts once for a case: sent
    again it is answered as it is kept, so there is no need of a key.
    """
    may_at(caller, await services.case_reader.site_of(case_id, caller.sites), Action.ATTACH)
    async with arriving(request, services.attachment_rules) as came:
        if digest not in (None, came.digest):
            raise DigestWrong(f"What arrived has the digest {came.digest}. Send it again.")
        kept, new = await keep(case_id, came, name, caller, services)
    if not new:
        response.status_code = 200
    return kept


async def keep(
    case_id: str, came: ArrivedFile, name: str, caller: Caller, services: Services
) -> tuple[Attachment, bool]:
    """
    What *came* as it is kept with the case, and whether it is new.

    Raises NotInSystem, CommandNotAllowed, KindRefused, TooManyAttachments.
    """
    kind = await asyncio.to_thread(admit, came.content, services.attachment_rules)
    upload = Upload(came.content, came.digest, came.size, cleaned(name, kind), kind)
    return await services.attachments.attach(case_id, upload, acting(caller, services, None))


@router.get("/{case_id}/attachments", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_attachments(case_id: CaseId, caller: Calling, services: Serving) -> tuple[Attachment, ...]:
    """What is attached to a case, oldest first."""
    return await services.attachments.of_case(case_id, caller)


@router.get(
    "/{case_id}/attachments/{digest}",
    response_class=StreamingResponse,
    responses={
        200: _CONTENT,
        304: {"description": "It is what If-None-Match names"},
        **documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION),
    },
)
@permits(Action.READ)
async def download(
    case_id: CaseId, digest: Annotated[Digest, Path()], caller: Calling, services: Serving, request: Request
) -> Response:
    """What is in an attachment. It is for saving: no browser shows it as a page. Its ETag is its digest."""
    kept = await services.attachments.attachment(case_id, digest, caller)
    headers = {"ETag": f'"{kept.digest}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    headers |= {
        "Content-Length": str(kept.size),
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    }
    return StreamingResponse(services.attachments.content(kept), media_type=kept.media_type, headers=headers)
