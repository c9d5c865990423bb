"""Who one is to Lockstep, and how one is told."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.calling import CallersRoute, Calling, Serving, permits
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import documented
from api.strict_json import Strict
from domain.authorisation import Action
from domain.contact import Contact
from domain.decision import Channel, Principal
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


class ContactToKeep(Contact):
    """Where you want to be told, when, and of what. Times are what the clocks at the site show."""


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


@router.get("/me/contact", responses=documented(*OF_CALLERS, Kind.NOT_ALLOWED))
@permits(Action.CONTACT)
async def show_contact(caller: Calling, services: Serving) -> Contact:
    """Where you are told of what concerns you, when, and of what you are not."""
    return await services.contacts.of(caller.principal.id)


@router.put("/me/contact", responses=documented(*OF_WRITERS))
@permits(Action.CONTACT)
async def change_contact(said: Annotated[ContactToKeep, Strict()], caller: Calling, services: Serving) -> Contact:
    """
    Say where you are told of what concerns you, when, and without what. What is left out is no longer so.

    Whoever is told nothing still finds all that waits for him among the questions.
    """
    contact = Contact.model_validate(said.model_dump())
    await services.contacts.keep(caller.principal.id, contact, caller.principal, Channel.API, services.now())
    return contact
