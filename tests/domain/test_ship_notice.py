"""How soon the customer is sent the ship notice after his shipment has left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Shipment, ShipmentStatus
from domain.leaving.ship_notice import timed
from domain.moments import moments_of
from domain.release import Document
from domain.timing import USUAL, Timing
from tests.domain.pumps import NOW, SITE

MINUTE = timedelta(minutes=1)
LEFT = Shipment(
    site=SITE, shipment="SH-1", status=ShipmentStatus.DISPATCHED, ship_by=NOW + 60 * MINUTE, lines=(), left_at=NOW
)
NOTICE = Document(site=SITE, shipment="SH-1", document="ship_notice", status="final", sent_at=NOW + 3 * MINUTE)


@pytest.mark.parametrize(("minutes", "in_time"), [(0, True), (15, True), (16, False)])
def test_a_notice_is_in_time_through_a_quarter_of_an_hour_after_the_gate(minutes: int, in_time: bool) -> None:
    found = timed(LEFT, NOW + minutes * MINUTE, USUAL)

    assert found is not None
    assert (found.in_time, found.took) == (in_time, minutes * MINUTE)
    assert ("later than 15 minutes" in found.because) is not in_time


def test_a_notice_that_was_not_sent_is_late_and_took_nobody_knows_how_long() -> None:
    found = timed(LEFT, None, USUAL)

    assert found is not None
    assert (found.in_time, found.took, found.sent_at) == (False, None, None)
    assert "has not been sent within 15 minutes" in found.because


@given(minutes=st.integers(-30, 90), figure=st.integers(0, 60))
def test_by_which_time_it_is_sent_is_the_sites_figure_and_nothing_takes_less_than_no_time(
    minutes: int, figure: int
) -> None:
    found = timed(LEFT, NOW + minutes * MINUTE, Timing(ship_notice=figure * MINUTE))

    assert found is not None
    assert found.in_time == (minutes <= figure)
    assert found.took == max(minutes, 0) * MINUTE


def test_it_is_looked_at_when_it_is_sent_and_when_it_should_have_been_once_it_has_left() -> None:
    def comes(fact: Shipment | Document) -> list[tuple[str, timedelta]]:
        return [(due.moment.name, due.at - NOW) for due in moments_of(fact, USUAL)]

    assert comes(LEFT) == [("ship_notice_due", 15 * MINUTE)]
    assert comes(NOTICE) == [("ship_notice_sent", 3 * MINUTE)]
    assert comes(LEFT.model_copy(update={"left_at": None})) == []
    assert comes(NOTICE.model_copy(update={"document": "packing_list"})) == []
    assert timed(LEFT.model_copy(update={"left_at": None}), NOW, USUAL) is None
