"""Substitutions: naming who answers while somebody is away, seeing who does, and ending it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.calling import CallersRoute, Calling, Serving, may_at, may_see_at, permits
from api.idempotency import OptionalKey, request_key
from api.lists import Word
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented, not_found
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import LONGEST_REASON, Channel
from domain.roles import Role
from domain.subject import Identifier
from domain.substitution import Substitution, SubstitutionDraft
from domain.views import Page

router = APIRouter(prefix="/v1/sites/{site}/substitutions", tags=["substitutions"], route_class=CallersRoute)

SubstitutionId = Annotated[str, Path(max_length=20, pattern=r"^SUB-[0-9]+$")]
Reason = Annotated[str, Field(min_length=3, max_length=LONGEST_REASON)]


class NameSubstitute(BaseModel):
    """Who is to answer while somebody is away."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    substitute: Identifier
    """Who answers. He has to hold the roles himself."""
    absent: Identifier | None = None
    """Who is away; nothing means you."""
    process: Word | None = None
    """For which process; nothing means every one at the site."""
    roles: Annotated[tuple[Role, ...], Field(max_length=len(Role))] = ()
    """In which roles; none named means all that you can give him."""
    first_day: date
    last_day: date
    """Both included, by the clocks of the site."""
    reason: Reason
    """Why; it is kept."""


class EndSubstitution(BaseModel):
    """Why a substitution ends before its last day."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reason: Reason
    """It is kept."""


@router.get("", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_substitutions(site: Identifier, caller: Calling, services: Serving) -> Page[Substitution]:
    """Who stands in for whom at a site, now or later, the one that begins first first."""
    may_see_at(caller, site)
    return Page[Substitution](items=await services.substitutions.at_site(site, services.now()), next=None)


@router.post("", status_code=201, responses=documented(*OF_WRITERS))
@permits(Action.SUBSTITUTE)
async def name_substitute(
    site: Identifier,
    named: Annotated[NameSubstitute, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Substitution:
    """
    Name who answers for you while you are away, or, as a lead, for somebody whose role you lead.

    Nobody gives what he does not hold or lead himself, and what somebody may do as a substitute he cannot pass on.
    """
    may_at(caller, site, Action.SUBSTITUTE)
    if named.process is not None and named.process not in services.processes:
        raise not_found()
    wanted = SubstitutionDraft(**{**named.model_dump(), "absent": named.absent or caller.principal.id}, site=site)
    return await services.substitutions.give(
        wanted,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "substitute", wanted.model_dump(mode="json")),
    )


@router.post("/{substitution_id}/end", responses=documented(*OF_WRITERS))
@permits(Action.SUBSTITUTE)
async def end_substitution(
    site: Identifier,
    substitution_id: SubstitutionId,
    told: Annotated[EndSubstitution, Strict()],
    caller: Calling,
    services: Serving,
) -> Substitution:
    """End a substitution at once: for either of the two, and the lead of a role it is for. What was answered stands."""
    may_at(caller, site, Action.SUBSTITUTE)
    return await services.substitutions.end(
        site, substitution_id, told.reason, caller.principal, Channel.API, services.now()
    )
