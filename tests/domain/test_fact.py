"""What facts are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.facts import Receipt
from domain.told_fact import fact_of
from tests.support.small_plant import SITE


def receipt(expected_at: str) -> Receipt:
    """Ten valves, as a source tells of them."""
    body = {"site": SITE, "receipt": "PO-1", "item": "VALVE", "quantity": "10", "expected_at": expected_at}
    told = fact_of("receipt", body)
    assert isinstance(told, Receipt)
    return told


def test_a_time_told_with_an_offset_is_kept_in_utc_as_people_are_shown_it() -> None:
    elsewhere, here = receipt("2026-12-01T12:00:00-06:00"), receipt("2026-12-01T18:00:00Z")

    assert f"{elsewhere.expected_at:%H:%M} UTC" == "18:00 UTC"
    assert elsewhere.model_dump(mode="json") == here.model_dump(mode="json")
    made = Receipt(
        site=SITE, receipt="PO-1", item="VALVE", quantity=Decimal(10),
        expected_at=datetime(2026, 12, 1, 18, tzinfo=UTC),
    )  # fmt: skip
    assert made == elsewhere


def test_a_time_that_is_beyond_all_calendars_in_utc_is_refused() -> None:
    with pytest.raises(ValidationError, match="beyond all calendars"):
        receipt("9999-12-31T23:00:00-06:00")
