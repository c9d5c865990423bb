"""What the sample plant says about letting jobs start and shipments go."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from connectors.plant.sample_sites import NORTH, SOUTH
from connectors.plant.sample_time import Timeline
from domain.fact import Fact
from domain.facts import Shipment
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import content_of
from domain.release import (
    AdjustedJob,
    Allocation,
    CustomerClearance,
    DispatchApproval,
    Document,
    Gauge,
    Hold,
    HoldRule,
    JobPreparation,
    LoadedUnit,
    Loading,
    MachineState,
    ShipmentHold,
    Slot,
    WaiverStanding,
)
from domain.roles import Role

_LOADING = "SH-4002"


_ON_THE_VEHICLE = LoadedUnit(
    handling_unit="P-16", order="SO-1006", line="10", item="PUMP-100", lot="L-1002", quantity=Decimal(10)
)
_PAPERS = ("packing_list", "delivery_note", "labels")


def readiness_policies(now: datetime) -> tuple[ReadinessPolicy, ...]:
    """By what both sites judge from *now* on. Nobody repeats what is so in them, so nothing grows old."""
    return tuple(
        ReadinessPolicy(
            site=site, effective_from=now, time_to_live={},
            documents=(
                *(Paper(document=name) for name in _PAPERS),
                Paper(document="certificate_of_conformity", customers=("C-MARINE",)),
            ),
            receiving_time=timedelta(days=1),
        )
        for site in (NORTH, SOUTH)
    )  # fmt: skip


def release(north: Timeline, orders: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Material set aside, preparations, papers, slots, clearances and the approval of what is being loaded."""
    content = next(content_of(fact) for fact in orders if isinstance(fact, Shipment) and fact.shipment == _LOADING)
    return (
        *(
            Allocation(site=NORTH, job="J-2011", item=item, lot=lot, quantity=Decimal(quantity))
            for item, lot, quantity in (("MOTOR-S", "L-6001", 60), ("HOUSING", "L-6201", 60), ("SEAL", "L-7301", 120))
        ),
        JobPreparation(
            site=NORTH, job="J-2011", documents_released=True, tools_available=True, people_available=True
        ),
        *(MachineState(site=NORTH, work_center=center, down=False) for center in ("ASSEMBLY", "TEST")),
        MachineState(site=NORTH, work_center="MILLING", down=True, because="The spindle runs hot."),
        *(
            Document(
                site=NORTH, shipment=_LOADING, document=name, status="final", describes=content,
                valid_until=north.days(2),
            )
            for name in _PAPERS
        ),
        Document(site=NORTH, shipment="SH-4003", document="packing_list"),
        Hold(
            site=NORTH, item="PUMP-150", lot="L-1502", severity="functional", case="QH-0",
            because="The bearing is noisy at 1450 rpm.",
        ),
        Gauge(site=NORTH, gauge="G-17", good=True, good_at=north.ago(20)),
        HoldRule(
            site=NORTH, by="delivery", of="D-5521", supplier="ALPINE-CAST", items=("HOUSING",), active=False,
            because="Cracks at the flange.", case="QA-0",
        ),
        Slot(
            site=NORTH, shipment=_LOADING, status="confirmed", starts_at=north.begin(-1), ends_at=north.end(3),
            carrier="CARRIER-1", capacity=Decimal(10), weight_capacity=Decimal(12000), came_at=north.begin(-1),
        ),
        Slot(site=NORTH, shipment="SH-4003", starts_at=north.begin(20), ends_at=north.end(22)),
        ShipmentHold(
            site=NORTH, shipment=_LOADING, role=Role.SALES, active=False, placed_by="ida.brandt",
            because="The customer asked whether we could add two pumps.",
        ),
        WaiverStanding(
            site=NORTH, subject=_LOADING, waiver="WV-0", predicate="documents_complete", expires_at=north.end(4),
            waived_by=("sven.maurer",), ended=True,
        ),
        AdjustedJob(
            site=NORTH, case="SA-0", job="J-2007", operations=(10,), starts_at=north.begin(2), ends_at=north.end(2)
        ),
        Loading(site=NORTH, shipment=_LOADING, units=(_ON_THE_VEHICLE,)),
        CustomerClearance(site=NORTH, customer="C-DAIRY", credit="ok", screening="ok"),
        CustomerClearance(site=NORTH, customer="C-WATER", credit="blocked", screening="ok"),
        DispatchApproval(
            site=NORTH, shipment=_LOADING, approved_by="sven.maurer", describes=content, valid_until=north.end(4)
        ),
    )  # fmt: skip
