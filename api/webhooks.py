"""The intake's other door: events of systems that sign what they send, and show no key."""

import structlog
from fastapi import APIRouter, Request, Response

from api.calling import Serving, in_pace, unknown
from api.cloud_events import sent
from api.events import BODY, EventOutcomes, take
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from api.strict_json import StrictRoute
from domain.decision import Principal, PrincipalKind
from runtime.senders import SignatureWrong
from storage.identity import Caller

router = APIRouter(prefix="/v1", tags=["events"], route_class=StrictRoute)

log = structlog.stdlib.get_logger(__name__)


@router.post(
    "/webhooks/{sender}",
    status_code=202,
    openapi_extra={"requestBody": BODY},
    responses={
        200: {"model": EventOutcomes, "description": "Nothing new: all of it came before or was refused"},
        **documented(
            *OF_CALLERS, Kind.MALFORMED, Kind.INVALID_EVENT, Kind.NOT_ALLOWED, Kind.EVENT_CONFLICT,
            Kind.TOO_LARGE, Kind.MEDIA_TYPE,
        ),
    },
)  # fmt: skip
async def receive_signed_events(sender: str, request: Request, response: Response, services: Serving) -> EventOutcomes:
    """
    Take CloudEvents 1.0, structured or as a batch, signed as Standard Webhooks says.

    The headers are webhook-id, webhook-timestamp and webhook-signature. They are kept when this answers.
    """
    known = next((one for one in services.senders if one.name == sender), None)
    body = await request.body()
    try:
        if known is None:
            raise SignatureWrong("There is no such sender.")
        known.prove(request.headers, body)
    except SignatureWrong as wrong:
        log.warning("webhook.refused", sender=sender[:64], why=str(wrong))
        raise unknown(request, "Sign what you send with a secret that is in force, and send it at once.") from None
    in_pace(request, f"{PrincipalKind.MACHINE} {known.name}")
    structlog.contextvars.bind_contextvars(caller=known.name)
    caller = Caller(
        Principal(kind=PrincipalKind.MACHINE, id=known.name, name=known.name), known.sites, ("events",),
        sources=known.sources, kinds=known.kinds,
    )  # fmt: skip
    # Only the body is signed: an event whose attributes came as headers could be anybody's.
    content_type = ("content-type", request.headers.get("content-type", ""))
    return await take(sent([content_type], body), caller, services, response, known)
