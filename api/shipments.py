"""Shipments: stopping one by hand, its vehicle, scanning what is loaded, and what became of it."""

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
from domain.leaving.arrival import Arrival
from domain.leaving.scan import Scan
from domain.leaving.vehicle import VehicleNews
from domain.release import ShipmentHold, Slot
from domain.subject import Identifier
from storage.arrivals import Arrived
from storage.scans import Scanned

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


@router.post("/scans", responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.SCAN)
async def scan_handling_unit(
    site: Identifier,
    shipment: Identifier,
    scanned: Annotated[Scan, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Scanned:
    """
    Say which handling unit goes on the vehicle. It is refused if it was not approved, or may not leave any more.

    Scanned again it counts once. What is refused is counted, with its reason, on the trail of the case.
    """
    may_at(caller, site, Action.SCAN)
    return await services.scans.scan(
        site,
        shipment,
        scanned,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "scan", site, shipment, scanned.model_dump(mode="json")),
    )


@router.post("/vehicle", responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.VEHICLE)
async def say_whether_its_vehicle_came(
    site: Identifier,
    shipment: Identifier,
    said: Annotated[VehicleNews, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Slot:
    """
    Say that the vehicle for a shipment will come, that it came, or that it will not.

    The case about it looks again, or is opened. Without a vehicle the slot is missed: who must know is told.
    """
    may_at(caller, site, Action.VEHICLE)
    return await services.vehicles.say(
        site,
        shipment,
        said,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "vehicle", site, shipment, said.model_dump(mode="json")),
    )


@router.post("/arrival", responses=documented(*OF_WRITERS, Kind.DECISION_REFUSED))
@permits(Action.ARRIVAL)
async def say_what_became_of_it(
    site: Identifier,
    shipment: Identifier,
    said: Annotated[Arrival, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Arrived:
    """Say that a shipment was delivered, refused or damaged. Each lot that comes back is on hold at once."""
    may_at(caller, site, Action.ARRIVAL)
    return await services.arrivals.say(
        site,
        shipment,
        said,
        caller.principal,
        Channel.API,
        services.now(),
        request_key(caller, key, "arrival", site, shipment, said.model_dump(mode="json")),
    )
