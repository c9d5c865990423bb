"""A site's own figures for plans: nonsense is refused, and what they say is what counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.facts import OrderLine
from domain.schedule.importance import Importance
from domain.schedule.policy import SchedulePolicy
from tests.domain.shop import MONDAY

SITE = {"site": "north", "effective_from": MONDAY}
LINE = OrderLine(
    site="north", order="SO-1", line="10", customer="ACME", item="PUMP", quantity=Decimal(20), price=Decimal(1000),
    requested_at=MONDAY, priority=10,
)  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": {"frozen_change": -1}},
        {"weights": {"moves": 1}},
        {"weights": {"money": "NaN"}},
        {"importance": {"first": 0}},
        {"importance": {"customers": {"ACME": 0}}},
        {"importance": {"classes": [{"least": -1, "times": 2}]}},
        {"damping": {"least_move": "-PT1H"}},
        {"search_for": "PT2M"},
    ],
    ids=str,
)
def test_refuses_figures_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SchedulePolicy.model_validate(SITE | wrong)


def test_other_figures_are_another_version() -> None:
    usual = SchedulePolicy.model_validate(SITE)

    assert usual.version == SchedulePolicy.model_validate(SITE | {"weights": {}}).version
    assert usual.version != SchedulePolicy.model_validate(SITE | {"weights": {"moved": 2}}).version


def test_what_is_as_usual_is_no_other_version() -> None:
    usual = SchedulePolicy.model_validate(SITE)

    assert usual.version == SchedulePolicy.model_validate(SITE | {"most_changes": 2, "local_autonomy": True}).version
    assert usual.version != SchedulePolicy.model_validate(SITE | {"local_autonomy": False}).version
    assert SchedulePolicy.model_validate(usual.model_dump(mode="json")) == usual


def test_a_day_of_delay_counts_by_priority_value_and_customer() -> None:
    own = Importance.model_validate({"classes": [{"least": 1, "times": 2}, {"least": 500, "times": 5}]})
    dear = Importance.model_validate({"customers": {"ACME": 4}})

    assert Importance().weight(LINE) == 20
    assert own.weight(LINE) == 50
    assert dear.weight(LINE) == 80
    assert dear.weight(LINE.model_copy(update={"customer": "BOLT"})) == 20
