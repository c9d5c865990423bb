"""Where orders are."""

from fastapi import APIRouter

from api.calling import CallersRoute, Calling, Serving, permits
from api.problem_kinds import OF_CALLERS, Kind
from api.problems import documented
from domain.authorisation import Action
from domain.status import OrderLineStatus
from domain.subject import Identifier

router = APIRouter(prefix="/v1/status", tags=["status"], route_class=CallersRoute)


@router.get(
    "/order-lines/{site}/{order}/{line}",
    responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION),
)
@permits(Action.READ)
async def show_order_line_status(
    site: Identifier, order: Identifier, line: Identifier, caller: Calling, services: Serving
) -> OrderLineStatus:
    """The one status of an order line: who has to do something next, and when it will be there."""
    return await services.order_reader.order_line_status(site, order, line, caller.sites, services.now())
