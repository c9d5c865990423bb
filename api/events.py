"""The intake's door: events of other systems, kept before they are answered."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Literal

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from api.calling import CallersRoute, Calling, Serving, permits
from api.cloud_events import BATCH, STRUCTURED, Refused, Sent, sent
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import Flaw, Problem, documented, pointer
from api.services import Services
from domain.authorisation import Action, covers, may_report
from domain.decision import NotAllowed
from runtime.senders import Sender
from storage.identity import Caller
from storage.intake import IncomingEvent, Received

router = APIRouter(prefix="/v1", tags=["events"], route_class=CallersRoute)

log = structlog.stdlib.get_logger(__name__)

_STATUS = {"received": 202, "known": 200, "conflict": 409}


class EventOutcome(BaseModel):
    """What became of one event."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    index: int
    """Its place in what was sent, from 0."""
    status: int
    """What the event would have been answered with alone."""
    state: Literal["received", "known", "conflict", "refused"]
    """``known`` came before; ``conflict`` came before with other content, and what is new was not kept."""
    source: str | None
    id: str | None
    errors: tuple[Flaw, ...] = ()


class EventOutcomes(BaseModel):
    """What became of the events of one request, in its order."""

    model_config = ConfigDict(frozen=True)

    events: tuple[EventOutcome, ...]


_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 200},
        "source": {"type": "string", "minLength": 1, "maxLength": 300},
        "type": {"type": "string", "minLength": 1, "maxLength": 250},
        "subject": {"type": "string", "minLength": 1, "maxLength": 500},
        "time": {"type": "string", "format": "date-time"},
        "data": {},
    },
}
BODY = {
    "required": True,
    "content": {
        STRUCTURED: {"schema": _EVENT},
        "application/json": {"schema": _EVENT},
        BATCH: {"schema": {"type": "array", "items": _EVENT}},
    },
}


@router.post(
    "/events",
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
@permits(Action.REPORT)
async def receive_events(request: Request, response: Response, caller: Calling, services: Serving) -> EventOutcomes:
    """
    Take CloudEvents 1.0: structured, binary, or as a batch. They are kept when this answers.

    Of a batch each event is answered for itself; one that is wrong takes none of the others with it.
    """
    return await take(sent(request.headers.items(), await request.body()), caller, services, response)


async def take(
    came: Sent, caller: Caller, services: Services, response: Response, signed_by: Sender | None = None
) -> EventOutcomes:
    """What became of the events that came from *caller*, kept; *response* says whether any was new. Raises Problem."""
    # What one signs could be forged by anybody with a key, if it were also taken unsigned.
    others = [source for sender in services.senders if sender is not signed_by for source in sender.sources]
    came = _covered(came, caller, others)
    good = [event for event in came.events if isinstance(event, IncomingEvent)]
    kept = iter(await services.intake.receive(good, caller.principal, caller.sites, services.now()))
    outcomes = tuple(
        _refused(index, event) if isinstance(event, Refused) else _received(index, next(kept))
        for index, event in enumerate(came.events)
    )
    _raise_if_nothing_was_taken(came, outcomes)
    if all(outcome.state != "received" for outcome in outcomes):
        response.status_code = 200
    return EventOutcomes(events=outcomes)


def _covered(came: Sent, caller: Caller, others: Sequence[str]) -> Sent:
    """What was sent; what *caller* may not bring, and what comes from *others*, is refused."""
    events = tuple(_if_covered(event, caller, others) for event in came.events)
    if beyond := [event for event in events if isinstance(event, Refused) and event.status == HTTPStatus.FORBIDDEN]:
        log.warning("events.beyond_the_key", events=len(beyond), source=beyond[0].source, id=beyond[0].id)
    return replace(came, events=events)


def _if_covered(event: IncomingEvent | Refused, caller: Caller, others: Sequence[str]) -> IncomingEvent | Refused:
    if isinstance(event, Refused):
        return event
    try:
        if covers(others, event.source):
            raise NotAllowed("Events from this source are taken from a sender that signs them.")
        may_report(event.source, event.type, caller.sources, caller.kinds)
    except NotAllowed as refusal:
        return Refused((Flaw(pointer="", detail=str(refusal)),), event.source, event.id, HTTPStatus.FORBIDDEN)
    return event


def _received(index: int, received: Received) -> EventOutcome:
    return EventOutcome.model_validate({"index": index, "status": _STATUS[received.state], **received.model_dump()})


def _refused(index: int, event: Refused) -> EventOutcome:
    return EventOutcome(
        index=index, status=event.status, state="refused", source=event.source, id=event.id, errors=event.flaws
    )


def _raise_if_nothing_was_taken(came: Sent, outcomes: tuple[EventOutcome, ...]) -> None:
    """A sender that looks at the status alone must not take a refusal for a receipt."""
    if not outcomes or any(outcome.state in ("received", "known") for outcome in outcomes):
        return
    if not came.batch and outcomes[0].state == "conflict":
        raise Problem(Kind.EVENT_CONFLICT, "source and id came before with another content.")
    flaws = [
        Flaw(pointer=pointer([outcome.index]) + flaw.pointer, detail=flaw.detail) if came.batch else flaw
        for outcome in outcomes
        for flaw in outcome.errors or (Flaw(pointer="/id", detail="It came before with another content."),)
    ]
    not_theirs = all(outcome.status == HTTPStatus.FORBIDDEN for outcome in outcomes)
    kind = Kind.NOT_ALLOWED if not_theirs else Kind.INVALID_EVENT
    raise Problem(kind, "No event was taken; errors says why.", flaws=flaws)
