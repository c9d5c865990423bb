"""Work that others offer to do: which offers count, for what, and at what price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.facts import Job, JobOperation, JobStatus
from domain.master_data import OutsideCapacity
from domain.schedule.outside import of_no_use, outside, unusable, usable
from tests.domain.shop import HOUR, MONDAY, at

JOB = Job(
    site="north", job="J-1", item="SHAFT", quantity=Decimal(40), status=JobStatus.RELEASED,
    starts_at=at(0), ends_at=at(6),
    operations=(
        JobOperation(operation=10, work_center="TURNING", minutes=Decimal(90), starts_at=at(0), ends_at=at(2)),
        JobOperation(operation=20, work_center="MILLING", minutes=Decimal(240), starts_at=at(2), ends_at=at(6)),
    ),
)  # fmt: skip


def offer(number: str = "O-1", **said: Any) -> OutsideCapacity:
    about = {} if "item" in said else {"work_center": "MILLING"}
    return OutsideCapacity.model_validate(
        {"site": "north", "offer": number, "supplier": "Weber", "lead_days": 3, "approved": True} | about | said
    )


def test_the_price_is_by_the_piece_and_by_the_hour() -> None:
    (way,) = outside([offer(price_per_piece="1.5", price_per_hour=90)], [JOB])

    assert (way.operation, way.supplier, way.takes) == ("J-1:20", "Weber", timedelta(days=3))
    assert way.cost == Decimal("1.5") * 40 + 90 * 4


def test_of_one_supplier_the_cheapest_offer_counts() -> None:
    offers = [offer("O-1", price_per_hour=90), offer("O-2", price_per_hour=80), offer("O-3", supplier="Adler")]

    found = outside(offers, [JOB])

    assert [(way.supplier, way.cost) for way in found] == [("Weber", Decimal(320)), ("Adler", Decimal(0))]


def test_what_has_begun_or_is_away_already_is_offered_to_nobody() -> None:
    running = JOB.operations[1].model_copy(update={"status": "running"})
    away = JOB.operations[1].model_copy(update={"supplier": "Adler"})

    for step in (running, away):
        assert outside([offer()], [JOB.model_copy(update={"operations": (JOB.operations[0], step)})]) == ()
    assert outside([offer()], [JOB.model_copy(update={"status": JobStatus.COMPLETE})]) == ()


def test_an_offer_for_one_step_of_an_item_is_for_no_other() -> None:
    step = offer(item="SHAFT", operation=10)

    assert [way.operation for way in outside([step, offer("O-2", item="BOLT", operation=20)], [JOB])] == ["J-1:10"]


def test_an_offer_that_ran_out_or_that_quality_has_not_approved_is_told_and_not_taken() -> None:
    good, over = offer(valid_until=MONDAY), offer("O-2", valid_until=MONDAY - HOUR)
    strange = offer("O-3", approved=False)

    assert usable([good, over, strange], MONDAY) == (good,)
    assert unusable([good, over, strange], MONDAY) == (
        "Weber offers work by O-2, which ran out.", "Weber offers work by O-3, and quality has not approved that.",
    )  # fmt: skip


def test_an_offer_must_say_what_work_it_is_about() -> None:
    with pytest.raises(ValidationError, match="Say the work of which work centre"):
        OutsideCapacity(site="north", offer="O-1", supplier="Weber", lead_days=Decimal(1), item="SHAFT")


def test_a_supplier_is_of_no_use_once_none_of_his_offers_can_be_taken() -> None:
    over = offer("O-1", valid_until=MONDAY - HOUR)

    assert of_no_use([over, offer("O-2", supplier="Huber")], MONDAY) == {"Weber"}
    assert of_no_use([over, offer("O-3")], MONDAY) == frozenset()
