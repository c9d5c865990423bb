"""Cases: looking at them, and telling them something."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from temporalio.client import WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from api.calling import CallersRoute, Calling, Serving, permits
from api.idempotency import OptionalKey, request_key
from api.links import CaseLinks, case_links
from api.lists import Limit, WantedPage, Word, link_next
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented, not_found, unavailable
from api.services import Services
from api.strict_json import Strict
from domain.authorisation import Action
from domain.case import CommandKind
from domain.decision import Channel
from domain.electronic_signature import CheckedSignature
from domain.evidence import Evidence
from domain.requesters import admit_command
from domain.subject import Identifier, Subject
from domain.trail import TrailEntry
from domain.views import CaseDetail, CaseSummary, Chain, Page
from storage.cases import CommandTaken

router = APIRouter(prefix="/v1/cases", tags=["cases"], route_class=CallersRoute)

ENGINE_PATIENCE = timedelta(seconds=5)
"""How long the engine has to answer a question about a running case."""

CaseId = Annotated[str, Path(max_length=40, pattern=r"^[A-Za-z0-9-]+$")]


class WantedCases(WantedPage):
    """Which cases are wanted."""

    process: Word | None = None
    site: Identifier | None = None
    state: Word | None = None
    subject: Annotated[str, Field(max_length=200, pattern=r"^[ -~]+$")] | None = None
    is_open: Annotated[bool | None, Field(alias="open")] = None
    owner: Word | None = None
    """The role that is waited for, or ``lockstep``."""


class ListedCase(CaseSummary):
    """A case in a list, and where more of it is found."""

    links: CaseLinks


class ShownCase(CaseDetail):
    """Everything about a case but its trail, and where that is found."""

    links: CaseLinks


class EvidencePack(BaseModel):
    """What the latest assessment found."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    assessment: int
    evidence_digest: str
    evidence: tuple[Evidence, ...]


class LiveCase(BaseModel):
    """A case as its workflow sees it at this moment."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    case_id: str
    state: str
    owner: str
    due_at: str | None
    because: str
    assessment: int
    verdicts: dict[str, str]
    """What the checks found so far, by check."""


class TellCase(BaseModel):
    """Something a case is told."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    command: Literal["withdraw", "look_again"]
    """Take the request back, or look again now at what the case waits for."""
    reason: Annotated[str, Field(min_length=3, max_length=2000)]
    """Why; it is kept on the trail."""


@router.get("", responses=documented(*OF_CALLERS, Kind.VALIDATION))
@permits(Action.READ)
async def list_cases(
    wanted: Annotated[WantedCases, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[ListedCase]:
    """The cases at your sites that fit all that is given, newest first."""
    page = await services.case_reader.cases(sites=caller.sites, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return Page[ListedCase](
        items=tuple(ListedCase(**dict(case), links=_links(services, case)) for case in page.items),
        next=page.next,
    )


@router.get("/{case_id}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_case(case_id: CaseId, caller: Calling, services: Serving, response: Response) -> ShownCase:
    """Everything about a case but its trail. Its ETag changes with every step."""
    case = await services.case_reader.case(case_id, caller.sites, services.now())
    response.headers["ETag"] = f'"{case.version}"'
    return ShownCase(**dict(case), links=_links(services, case))


@router.get("/{case_id}/evidence", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_evidence(case_id: CaseId, caller: Calling, services: Serving) -> EvidencePack:
    """What the latest assessment found, check by check, with source, age and expiry."""
    case = await services.case_reader.case(case_id, caller.sites, services.now())
    return EvidencePack(assessment=case.assessment, evidence_digest=case.evidence_digest, evidence=case.evidence)


@router.get("/{case_id}/trail", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_trail(
    case_id: CaseId,
    caller: Calling,
    services: Serving,
    after: Annotated[int, Query(ge=0, le=2**31, description="Number of the last line already seen.")] = 0,
    limit: Limit = 200,
) -> Page[TrailEntry]:
    """Who did what, when, by which way and why: oldest first, behind line *after*."""
    return await services.case_reader.trail(case_id, caller.sites, after, limit)


@router.get("/{case_id}/chain", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_chain(case_id: CaseId, caller: Calling, services: Serving) -> Chain:
    """How this case came to be, and all that followed: every case of the chain, oldest first, each with its cause."""
    return await services.chain_reader.chain(case_id, caller.sites)


@router.get("/{case_id}/signatures", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_signatures(case_id: CaseId, caller: Calling, services: Serving) -> Page[CheckedSignature]:
    """Who signed which answer, when and with what meaning, oldest first; each checked anew for what was altered."""
    return Page[CheckedSignature](items=await services.signature_reader.of_case(case_id, caller.sites), next=None)


@router.get("/{case_id}/live", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_live(case_id: CaseId, caller: Calling, services: Serving) -> LiveCase:
    """The case as the engine sees it, to compare with the record. Nothing else needs the engine."""
    case = await services.case_reader.case(case_id, caller.sites, services.now())
    live = await _asked_of_the_engine(services, case.workflow_id)
    # The cases about one subject run under one workflow id, one after the other.
    if live.get("case_id") != case_id:
        raise not_found()
    return LiveCase.model_validate(live)


@router.post(
    "/{case_id}/commands",
    status_code=202,
    responses=documented(*OF_WRITERS, Kind.COMMAND_NOT_ALLOWED, Kind.DECISION_REFUSED),
)
@permits(Action.WITHDRAW)
async def tell_case(
    case_id: CaseId,
    told: Annotated[TellCase, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> CommandTaken:
    """
    Take a request back, or have it looked at again.

    For whoever asked, the role that is waited for, its lead, and administrators. Where several asked, each takes back
    his own request, and the case goes on as long as one of them still asks.
    """
    case = await services.case_reader.case(case_id, caller.sites, services.now())
    roles = caller.roles.get(case.site, frozenset())
    admit_command(case.requester, case.owner, caller.principal, roles, case.also_asked)
    return await services.cases.tell(
        case_id,
        CommandKind(told.command),
        told.reason,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, told.command, case_id, told.reason),
    )


def _links(services: Services, case: CaseSummary) -> CaseLinks:
    workflow_id = Subject(site=case.site, key=case.subject).workflow_id(case.process)
    return case_links(services, case.id, workflow_id)


async def _asked_of_the_engine(services: Services, workflow_id: str) -> dict[str, Any]:
    client = await services.temporal()
    workflow = client.get_workflow_handle(workflow_id)
    try:
        snapshot: dict[str, Any] = await workflow.query("snapshot", rpc_timeout=ENGINE_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise not_found() from None
        raise unavailable("The engine did not answer.") from error
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as error:
        raise unavailable("The workflow of the case did not answer.") from error
    return snapshot
