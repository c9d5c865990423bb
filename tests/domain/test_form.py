"""What is filled in with an answer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.form import FieldKind, Form, FormField, FormWrong, filled, total_of

PARTS = Form(
    fields=(
        FormField(name="scrap", title="To be scrapped", kind=FieldKind.QUANTITY, required=False),
        FormField(name="rework", title="To be reworked", kind=FieldKind.QUANTITY, required=False),
    ),
    total=Decimal(10),
)
COUNT = Form(
    fields=(
        FormField(name="counted", title="Counted", kind=FieldKind.QUANTITY),
        FormField(name="until", title="Until", kind=FieldKind.TIME, required=False),
        FormField(name="cause", title="Cause", kind=FieldKind.WORD, words=("machine", "tool"), required=False),
    )
)


def test_keeps_each_value_in_one_writing() -> None:
    said = filled(COUNT, {"counted": " 12.50 ", "until": "2026-12-01T06:00+01:00", "cause": "tool"})

    assert said == {"counted": "12.5", "until": "2026-12-01T06:00:00+01:00", "cause": "tool"}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "Please fill in: Counted"),
        ({"counted": ""}, "Please fill in: Counted"),
        ({"counted": "1", "colour": "red"}, "no colour"),
        ({"counted": "-1"}, "not below zero"),
        ({"counted": "NaN"}, "must be a number"),
        ({"counted": "1e300"}, "must be a number"),
        ({"counted": "0.00001"}, "must be a number"),
        ({"counted": "1", "until": "tomorrow"}, "a time with its offset"),
        ({"counted": "1", "until": "2026-12-01T06:00"}, "a time with its offset"),
        ({"counted": "1", "cause": "weather"}, "one of machine, tool"),
    ],
)
def test_refuses_what_cannot_be_used_and_says_where(values: dict[str, str], why: str) -> None:
    with pytest.raises(FormWrong, match=why):
        filled(COUNT, values)


def test_refuses_parts_that_do_not_come_to_the_whole() -> None:
    with pytest.raises(FormWrong, match="come to 9; they must come to 10"):
        filled(PARTS, {"scrap": "4", "rework": "5"})


@given(st.decimals(min_value=0, max_value=10, places=4))
def test_takes_parts_in_any_split_that_comes_to_the_whole(scrap: Decimal) -> None:
    said = filled(PARTS, {"scrap": str(scrap), "rework": str(10 - scrap)})

    assert total_of(PARTS, said) == 10
