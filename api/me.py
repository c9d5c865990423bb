"""Who one is to Lockstep."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.calling import CallersRoute, Calling, permits
from api.problem_kinds import OF_CALLERS
from api.problems import documented
from domain.authorisation import Action
from domain.decision import Principal
from domain.roles import Role

router = APIRouter(prefix="/v1", tags=["me"], route_class=CallersRoute)


class Me(BaseModel):
    """What the token stands for at this moment."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    principal: Principal
    sites: tuple[str, ...]
    scopes: tuple[str, ...]
    """What a machine may do."""
    roles: dict[str, tuple[Role, ...]]
    """Of a person, by site."""


@router.get("/me", responses=documented(*OF_CALLERS))
@permits(Action.READ)
async def show_me(caller: Calling) -> Me:
    """Who you are, where, and in which roles."""
    return Me(
        principal=caller.principal,
        sites=caller.sites,
        scopes=caller.scopes,
        roles={site: tuple(sorted(roles)) for site, roles in caller.roles.items()},
    )
