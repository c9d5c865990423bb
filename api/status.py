"""Where order lines, lots, jobs and shipments are."""

from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.calling import CallersRoute, Calling, Serving, permits
from api.lists import WantedPage, Word, link_next
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from api.readiness import Key
from domain.authorisation import Action
from domain.fact import Fact
from domain.facts import Job, Lot, Shipment
from domain.readiness.not_ready import NotReady, Waiting
from domain.standing.standing import Cause, Standing
from domain.status import OrderLineStatus
from domain.subject import Identifier, line_key
from domain.views import Page
from storage.derived_lists import Wanted

router = APIRouter(prefix="/v1/status", tags=["status"], route_class=CallersRoute)


class Placed(StrEnum):
    """What has a status besides order lines."""

    LOTS = "lots"
    JOBS = "jobs"
    SHIPMENTS = "shipments"


KINDS: Final[dict[Placed, type[Fact]]] = {Placed.LOTS: Lot, Placed.JOBS: Job, Placed.SHIPMENTS: Shipment}


class WantedStatuses(WantedPage):
    """Which of them are wanted."""

    status: Word | None = None
    """One that things of the kind can have; another is refused, and the refusal names them."""
    waiting_on: Word | None = None
    """The role that has to act next, ``carrier`` or ``lockstep``."""
    cause: Cause | None = None
    late: bool | None = None
    is_open: Annotated[bool | None, Field(alias="open")] = None
    """Whether anybody still waits for it, as its source says."""

    @property
    def wanted(self) -> Wanted:
        """The same, without which page."""
        return Wanted(**self.model_dump(exclude={"cursor", "limit"}))


class WantedNotReady(WantedPage):
    """Which of what is not ready is wanted."""

    site: Identifier | None = None
    owner: Word | None = None
    """The role that can mend something."""
    kind: Waiting | None = None


@router.get("/not-ready", responses=documented(*OF_CALLERS, Kind.VALIDATION))
@permits(Action.READ)
async def list_not_ready(
    wanted: Annotated[WantedNotReady, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[NotReady]:
    """
    The jobs that cannot start and the shipments that cannot leave at your sites, why, and who can mend it.

    What is so for longest comes first. A page may hold fewer than asked for.
    """
    page = await services.not_ready_reader.not_ready(sites=caller.sites, **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page


@router.get("/order-lines/{site}/{order}/{line}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_order_line_status(
    site: Identifier, order: Identifier, line: Identifier, caller: Calling, services: Serving
) -> OrderLineStatus:
    """The one status of an order line: who has to do something next, and when it will be there."""
    return await services.order_reader.order_line_status(site, line_key(order, line), caller.sites, services.now())


@router.get("/lines/{site}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_line_statuses(
    site: Identifier,
    wanted: Annotated[WantedStatuses, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[OrderLineStatus]:
    """Where the order lines of a site are that fit all that is given. A page may hold fewer than asked for."""
    page = await services.order_reader.order_line_statuses(
        site, caller.sites, services.now(), wanted.wanted, wanted.cursor, wanted.limit
    )
    link_next(services, request, response, page.next)
    return page


@router.get("/lines/{site}/{key}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_line_status(site: Identifier, key: Key, caller: Calling, services: Serving) -> OrderLineStatus:
    """The one status of an order line, by its name such as ``SO-1001:10``."""
    return await services.order_reader.order_line_status(site, key, caller.sites, services.now())


@router.get("/{placed}/{site}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def list_standings(
    placed: Placed,
    site: Identifier,
    wanted: Annotated[WantedStatuses, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[Standing]:
    """Where the lots, jobs or shipments of a site are that fit all that is given. A page may hold fewer than asked."""
    page = await services.standing_reader.standings(
        KINDS[placed], site, caller.sites, services.now(), wanted.wanted, wanted.cursor, wanted.limit
    )
    link_next(services, request, response, page.next)
    return page


@router.get("/{placed}/{site}/{name}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_standing(placed: Placed, site: Identifier, name: Key, caller: Calling, services: Serving) -> Standing:
    """The one status of a lot, a job or a shipment: who has to do something next, and when it will be done."""
    return await services.standing_reader.standing(KINDS[placed], site, name, caller.sites, services.now())
