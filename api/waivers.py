"""Waivers: asking that something goes on although it is not ready, agreeing to it, and taking it back."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, may_at, may_see_at, permits
from api.idempotency import OptionalKey, request_key
from api.lists import Word
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented
from api.questions import OF_SIGNERS
from api.reauthentications import ShownAnew, proven
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import LONGEST_REASON, Channel
from domain.electronic_signature import CheckedSignature
from domain.readiness.waiver import Waiver, WaiverDraft
from domain.subject import Identifier
from domain.views import Page
from storage.reauthentications import Reauthenticated

router = APIRouter(prefix="/v1/sites/{site}/waivers", tags=["waivers"], route_class=CallersRoute)

WaiverId = Annotated[str, Path(max_length=20, pattern=r"^WV-[0-9]+$")]
Reason = Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]


class AskWaiver(BaseModel):
    """What is to go on although it is not ready."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    predicate: Word
    """What is not so, such as ``materials_ready``."""
    subject: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._#+@()&,:\-]*$")]
    """The name of the job or shipment."""
    reason: Reason
    """Why it can go on all the same; it is kept."""
    expires_at: AwareDatetime
    """From when on the waiver holds no longer."""


class SignWaiver(BaseModel):
    """That you agree, by signature."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reauthentication: Annotated[str, Field(min_length=1, max_length=100)]
    """What you got for proving anew who you are."""


class EndWaiver(BaseModel):
    """Why a waiver is taken back."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reason: Reason
    """It is kept."""


@router.get("", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_waivers(site: Identifier, caller: Calling, services: Serving) -> Page[Waiver]:
    """The waivers at a site that are not over, agreed or not, the one that expires first first."""
    may_see_at(caller, site)
    return Page[Waiver](items=await services.waivers.at_site(site, services.now()), next=None)


@router.post("", status_code=201, responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.ASK)
async def ask_waiver(
    site: Identifier,
    asked: Annotated[AskWaiver, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Waiver:
    """
    Ask that a job or shipment goes on although it is not ready. If you are one who must agree, you have agreed by that.

    It is for what stands in the way now, and for nothing that comes on top; the judgement itself stays as it is.
    """
    may_at(caller, site, Action.ASK)
    wanted = WaiverDraft(site=site, **asked.model_dump())
    return await services.waivers.ask(
        wanted,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "waiver", wanted.model_dump(mode="json")),
    )


@router.post("/{waiver_id}/consents", responses=documented(*OF_SIGNERS, Kind.DECISION_REFUSED))
@permits(Action.WAIVE)
async def agree_to_waiver(
    site: Identifier, waiver_id: WaiverId, caller: Calling, services: Serving, key: OptionalKey = None
) -> Waiver:
    """
    Agree to a waiver, in a role that must. Each role takes a person of its own.

    Where the site's readiness policy asks for a signature, it is refused; agree by signing then.
    """
    may_at(caller, site, Action.WAIVE)
    return await services.waivers.agree(
        site, waiver_id, caller.principal, Channel.API, services.now(), key=request_key(caller, key, "agree", waiver_id)
    )


@router.post(
    "/{waiver_id}/reauthentications", status_code=201, responses=documented(*OF_SIGNERS, Kind.DECISION_REFUSED)
)
@permits(Action.WAIVE)
async def prove_who_agrees(
    site: Identifier,
    waiver_id: WaiverId,
    shown: Annotated[ShownAnew, Strict()],
    request: Request,
    caller: Calling,
    services: Serving,
) -> Reauthenticated:
    """
    Prove anew who you are, to sign that you agree to a waiver.

    What this returns goes with your signature as ``reauthentication``: once, by you, within five minutes.
    """
    may_at(caller, site, Action.WAIVE)
    tried, proof = await proven(request, services, caller, shown.password)
    return await services.waiver_signatures.keep(site, waiver_id, tried, proof, acting(caller, services, None))


@router.post("/{waiver_id}/signatures", responses=documented(*OF_SIGNERS, Kind.DECISION_REFUSED))
@permits(Action.WAIVE)
async def sign_waiver(
    site: Identifier,
    waiver_id: WaiverId,
    signing: Annotated[SignWaiver, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Waiver:
    """Agree to a waiver by signature, in a role that must."""
    may_at(caller, site, Action.WAIVE)
    shown = signing.reauthentication
    return await services.waivers.agree(
        site,
        waiver_id,
        caller.principal,
        Channel.API,
        services.now(),
        shown,
        request_key(caller, key, "agree", waiver_id, shown),
    )


@router.get("/{waiver_id}/signatures", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_waiver_signatures(
    site: Identifier, waiver_id: WaiverId, caller: Calling, services: Serving
) -> Page[CheckedSignature]:
    """Every signature under a waiver, oldest first, with whether it is still what was signed."""
    may_see_at(caller, site)
    return Page[CheckedSignature](items=await services.waiver_signatures.of_waiver(site, waiver_id), next=None)


@router.post("/{waiver_id}/end", responses=documented(*OF_WRITERS))
@permits(Action.REVOKE)
async def end_waiver(
    site: Identifier,
    waiver_id: WaiverId,
    told: Annotated[EndWaiver, Strict()],
    caller: Calling,
    services: Serving,
) -> Waiver:
    """Take a waiver back at once: for who asked for it, and each role that must agree, or its lead."""
    may_at(caller, site, Action.REVOKE)
    return await services.waivers.end(site, waiver_id, told.reason, caller.principal, Channel.API, services.now())
