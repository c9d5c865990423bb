"""Shipments: stopping one by hand."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.calling import CallersRoute, Calling, Serving, may_at, permits
from api.idempotency import OptionalKey, request_key
from api.problem_kinds import OF_WRITERS, Kind
from api.problems import documented
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import Channel
from domain.release import ShipmentHold
from domain.subject import Identifier

router = APIRouter(prefix="/v1/sites/{site}/shipments/{shipment}", tags=["shipments"], route_class=CallersRoute)


class StopShipment(BaseModel):
    """Why a shipment must not leave."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reason: Annotated[str, Field(min_length=3, max_length=200)]
    """It is kept, and told to everybody who waits for the shipment."""


@router.post("/holds", status_code=201, responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.HOLD)
async def stop_shipment(
    site: Identifier,
    shipment: Identifier,
    told: Annotated[StopShipment, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> ShipmentHold:
    """
    Stop a shipment: at once its approval is good for nothing, and loading stops.

    It goes on when one of your function, or higher, answers the question that the case asks; in finance, somebody else.
    """
    may_at(caller, site, Action.HOLD)
    return await services.shipment_holds.place(
        site,
        shipment,
        told.reason,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "hold", site, shipment, told.reason),
    )
