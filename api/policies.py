"""Policies: what is in force at a site, proposing a table of any kind, and confirming what somebody else proposed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.calling import CallersRoute, Calling, Serving, may_at, may_see_at, permits
from api.idempotency import OptionalKey, request_key
from api.lists import WantedPage, link_next
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented, not_found
from api.services import Services
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import LONGEST_REASON, Channel
from domain.policy import PolicyTable
from domain.policy_publishing import InForce, PolicyEvent, ProposedPolicy
from domain.readiness.policy import ReadinessPolicy
from domain.schedule.policy import SchedulePolicy
from domain.subject import Identifier
from domain.views import Page
from storage.identity import Caller

router = APIRouter(prefix="/v1/sites/{site}/policies", tags=["policies"], route_class=CallersRoute)

History = Page[PolicyEvent]
Version = Annotated[str, Path(max_length=12, pattern=r"^[0-9a-f]{12}$")]


class _Proposal(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reason: Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]
    """Why; it is kept."""


class ProposePolicy(_Proposal):
    """A table that is to hold from its day on."""

    table: PolicyTable
    """For this site, or for every one. It begins later than now."""


class ProposeReadinessPolicy(_Proposal):
    """Figures by which is to be judged what is ready, from their day on."""

    table: ReadinessPolicy
    """For this site, or for every one. It begins later than now."""


class ProposeSchedulePolicy(_Proposal):
    """Figures by which plans are to be made, from their day on."""

    table: SchedulePolicy
    """For this site, or for every one. It begins later than now."""


@router.get("", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_policies(site: Identifier, caller: Calling, services: Serving) -> Page[InForce]:
    """What is in force at a site, for each process, since when and until when, and who stood up for it."""
    may_see_at(caller, site)
    return Page[InForce](items=await services.policies.in_force_at(site, services.now()), next=None)


@router.get("/proposals", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_proposed_policies(site: Identifier, caller: Calling, services: Serving) -> Page[ProposedPolicy]:
    """What waits to be confirmed, rules with what trying them on every case has shown; what begins first first."""
    may_see_at(caller, site)
    return Page[ProposedPolicy](items=await services.proposals.waiting(services.now(), site), next=None)


@router.get("/history", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_policy_history(
    site: Identifier,
    wanted: Annotated[WantedPage, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> History:
    """What was proposed and confirmed for a site, and what was tried and refused, by whom and why; newest first."""
    may_see_at(caller, site)
    page = await services.policy_reader.history(site, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page


@router.post("/proposals", status_code=201, responses=documented(*OF_WRITERS))
@permits(Action.PROPOSE_POLICY)
async def propose_policy(
    site: Identifier,
    wanted: Annotated[ProposePolicy, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> ProposedPolicy:
    """
    Propose a table. It holds for no case until another person has confirmed it.

    It is tried on every case that its limits tell apart; what would never apply is refused.
    """
    may_at(caller, site, Action.PROPOSE_POLICY)
    if wanted.table.process not in services.processes:
        raise not_found()
    return await _proposed(site, wanted, caller, services, key)


@router.post("/proposals/readiness", status_code=201, responses=documented(*OF_WRITERS))
@permits(Action.PROPOSE_POLICY)
async def propose_readiness_policy(
    site: Identifier,
    wanted: Annotated[ProposeReadinessPolicy, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> ProposedPolicy:
    """Propose figures for what is ready and when things are due; they hold once another person has confirmed them."""
    may_at(caller, site, Action.PROPOSE_POLICY)
    return await _proposed(site, wanted, caller, services, key)


@router.post("/proposals/schedule", status_code=201, responses=documented(*OF_WRITERS))
@permits(Action.PROPOSE_POLICY)
async def propose_schedule_policy(
    site: Identifier,
    wanted: Annotated[ProposeSchedulePolicy, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> ProposedPolicy:
    """Propose figures by which plans are made and compared; they hold once another person has confirmed them."""
    may_at(caller, site, Action.PROPOSE_POLICY)
    return await _proposed(site, wanted, caller, services, key)


@router.post("/proposals/{version}/confirm", responses=documented(*OF_WRITERS, Kind.POLICY_LAPSED))
@permits(Action.CONFIRM_POLICY)
async def confirm_policy(site: Identifier, version: Version, caller: Calling, services: Serving) -> ProposedPolicy:
    """
    Publish what somebody else proposed: for a plant manager of the site, or of every site where it is for all.

    Cases that are opened from its day on are ruled by it; others keep the table they were opened under.
    Figures hold for everything from their day on.
    """
    may_at(caller, site, Action.CONFIRM_POLICY)
    return await services.proposals.confirm(version, site, caller.principal, Channel.API, services.now())


async def _proposed(
    site: str,
    wanted: ProposePolicy | ProposeReadinessPolicy | ProposeSchedulePolicy,
    caller: Caller,
    services: Services,
    key: str | None,
) -> ProposedPolicy:
    return await services.proposals.propose(
        wanted.table,
        wanted.reason,
        site,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "propose_policy", site, wanted.model_dump(mode="json")),
    )
