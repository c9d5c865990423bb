"""Whether a slot counts: the vehicle takes what leaves, comes in time, and was confirmed again before it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decision import DecisionRefused
from domain.facts import Job, JobStatus, Shipment, ShipmentStatus
from domain.leaving.vehicle import VehicleNews, admit_vehicle
from domain.readiness.following import next_look
from domain.readiness.slots import slot_booked
from domain.readiness.truth import Truth
from domain.release import Slot
from domain.roles import Role
from domain.timing import Timing
from tests.domain.ready import HOUR, NOW, POLICY, N, changed, codes, known, shipment_facts

SHIPMENT = Shipment(site=N, shipment="SH", status=ShipmentStatus.PICKED, ship_by=NOW + 9 * HOUR, lines=())
BOOKED = Slot(site=N, shipment="SH", status="confirmed", starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("takes", "room", "value", "why"),
    [
        ({"handling_units": 8, "weight": 900}, {"capacity": 8, "weight_capacity": 900}, Truth.TRUE, []),
        ({}, {}, Truth.TRUE, []),
        ({"handling_units": 9}, {"capacity": 8}, Truth.FALSE, ["SH:vehicle_small"]),
        ({"weight": 901}, {"capacity": 8, "weight_capacity": 900}, Truth.FALSE, ["SH:too_heavy"]),
        ({"handling_units": 1}, {"weight_capacity": 900}, Truth.UNKNOWN, ["SH:capacity_unknown"]),
        ({"weight": 1}, {"capacity": 8}, Truth.UNKNOWN, ["SH:weight_capacity_unknown"]),
        ({"handling_units": 9, "weight": 1}, {"capacity": 8}, Truth.FALSE,
         ["SH:vehicle_small", "SH:weight_capacity_unknown"]),
    ],
)  # fmt: skip
def test_a_vehicle_takes_as_many_units_and_as_much_weight_as_it_can(
    takes: dict[str, int], room: dict[str, int], value: Truth, why: list[str]
) -> None:
    asked, there = ({name: Decimal(much) for name, much in said.items()} for said in (takes, room))
    facts = changed(changed(shipment_facts(5), Shipment, **asked), Slot, **there)

    found = slot_booked(N, "SH", known(*facts))

    assert (found.value, codes(found)) == (value, why)


@pytest.mark.parametrize(
    ("slot", "value"),
    [
        ({"confirmed_at": NOW}, Truth.TRUE),
        ({"confirmed_at": NOW - timedelta(minutes=1)}, Truth.UNKNOWN),
        ({"confirmed_at": None}, Truth.UNKNOWN),
        ({"confirmed_at": None, "starts_at": NOW + 4 * HOUR + timedelta(minutes=1)}, Truth.TRUE),
        ({"confirmed_at": None, "came_at": NOW}, Truth.TRUE),
    ],
)
def test_a_slot_counts_from_four_hours_before_it_only_if_it_was_confirmed_since(
    slot: dict[str, Any], value: Truth
) -> None:
    begins = {"starts_at": NOW + 4 * HOUR, "ends_at": NOW + 5 * HOUR, **slot}
    facts = changed(changed(shipment_facts(5), Slot, **begins), Shipment, ship_by=NOW + 6 * HOUR)

    found = slot_booked(N, "SH", known(*facts))

    assert found.value is value
    for reason in found.reasons:
        assert (reason.code, reason.owner) == ("slot_unconfirmed", Role.DISPATCH)
        assert "dispatch has to ask C." in reason.text


@given(confirmed=st.integers(-12, 12), begins=st.integers(-12, 12), figure=st.integers(0, 8))
def test_a_later_word_never_makes_a_slot_less_booked_and_no_figure_asks_for_none(
    confirmed: int, begins: int, figure: int
) -> None:
    own = POLICY.model_copy(update={"timing": Timing(reconfirmation=figure * HOUR)})
    slot = {"starts_at": NOW + begins * HOUR, "ends_at": NOW + 13 * HOUR, "confirmed_at": NOW + confirmed * HOUR}
    facts = changed(changed(shipment_facts(5), Slot, **slot), Shipment, ship_by=NOW + 14 * HOUR)
    as_it_is = replace(known(*facts), policy=own)
    later = replace(known(*changed(facts, Slot, confirmed_at=NOW + 13 * HOUR)), policy=own)

    assert slot_booked(N, "SH", later).value is Truth.TRUE
    if not figure:
        assert slot_booked(N, "SH", as_it_is).value is Truth.TRUE


def test_what_is_judged_is_judged_again_when_a_slot_must_be_confirmed() -> None:
    slot = Slot(site=N, shipment="SH", status="confirmed", starts_at=NOW + 5 * HOUR, ends_at=NOW + 7 * HOUR)
    as_long = POLICY.model_copy(update={"time_to_live": {}})

    assert next_look(replace(known(slot), policy=as_long)) == NOW + HOUR


@pytest.mark.parametrize(("hours", "value"), [(0, Truth.TRUE), (1, Truth.FALSE)])
def test_a_slot_that_begins_before_the_goods_are_made_is_of_no_use(hours: int, value: Truth) -> None:
    work = Job(
        site=N, job="J", item="P", quantity=Decimal(5), order="SO", line="1", status=JobStatus.RUNNING,
        starts_at=NOW - HOUR, ends_at=NOW + hours * HOUR,
    )  # fmt: skip

    facts = [*shipment_facts(5), work]

    assert slot_booked(N, "SH", known(*facts)).value is value
    assert slot_booked(N, "SH", known(*changed(facts, Job, status=JobStatus.COMPLETE))).value is Truth.TRUE


def test_a_word_that_the_vehicle_comes_counts_from_when_it_was_given_and_an_older_one_changes_nothing() -> None:
    said = VehicleNews(outcome="confirmed", at=NOW - HOUR)
    to_come = VehicleNews(outcome="confirmed", at=NOW + HOUR)

    first = admit_vehicle(SHIPMENT, BOOKED, said, NOW)
    again = admit_vehicle(SHIPMENT, first, VehicleNews(outcome="confirmed"), NOW)

    assert first.confirmed_at == NOW - HOUR
    assert again.confirmed_at == admit_vehicle(SHIPMENT, first, to_come, NOW).confirmed_at == NOW
    assert admit_vehicle(SHIPMENT, again, said, NOW) == again


@pytest.mark.parametrize(
    ("different", "why"),
    [
        ({"status": "requested"}, "is requested"),
        ({"status": "missed"}, "is missed"),
        ({"ends_at": NOW}, "is over"),
    ],
)
def test_what_was_never_confirmed_or_is_over_is_not_confirmed_again(different: dict[str, Any], why: str) -> None:
    with pytest.raises(DecisionRefused, match=why):
        admit_vehicle(SHIPMENT, BOOKED.model_copy(update=different), VehicleNews(outcome="confirmed"), NOW)
