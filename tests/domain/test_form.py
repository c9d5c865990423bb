"""What is filled in with an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.form import FieldKind, Form, FormField, FormWrong, attached_in, filled, names_in, total_of

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
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
        FormField(name="whose", title="Whose", kind=FieldKind.NAMES, required=False),
        FormField(name="again", title="Again at", kind=FieldKind.TIME, required=False, ahead=True),
        FormField(name="spoilt", title="Spoilt", kind=FieldKind.QUANTITY, required=False),
        FormField(name="by", title="Spoilt by", kind=FieldKind.TEXT, required=False, needed_with=("spoilt",)),
        FormField(name="picture", title="Picture", kind=FieldKind.ATTACHMENT, required=False),
    )
)


def test_keeps_each_value_in_one_writing() -> None:
    said = filled(COUNT, {"counted": " 12.50 ", "until": "2026-12-01T06:00+01:00", "cause": "tool"}, NOW)

    assert said == {"counted": "12.5", "until": "2026-12-01T05:00:00+00:00", "cause": "tool"}


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
        ({"counted": "1", "until": "0001-01-01T00:00+01:00"}, "a time with its offset"),
        ({"counted": "1", "cause": "weather"}, "one of machine, tool"),
        ({"counted": "1", "whose": ";"}, "must be names such as ACME; BOLT"),
        ({"counted": "1", "whose": "ACME; B/T"}, "must be names such as ACME; BOLT"),
        ({"counted": "1", "again": "2026-11-02T06:00+00:00"}, "Again at must still be to come"),
        ({"counted": "0", "spoilt": "1"}, "Please fill in: Spoilt by"),
        ({"counted": "1", "picture": "seal.jpg"}, "Picture must be the digest of an attachment"),
        ({"counted": "1", "picture": "A" * 64}, "Picture must be the digest of an attachment"),
    ],
)
def test_refuses_what_cannot_be_used_and_says_where(values: dict[str, str], why: str) -> None:
    with pytest.raises(FormWrong, match=why):
        filled(COUNT, values, NOW)


def test_names_what_is_attached_by_its_fields() -> None:
    said = filled(COUNT, {"counted": "1", "by": "b" * 64, "picture": f" {'a' * 64} "}, NOW)

    assert attached_in(COUNT, said) == ("a" * 64,)
    assert attached_in(COUNT, filled(COUNT, {"counted": "1", "picture": ""}, NOW)) == ()


def test_keeps_each_name_once() -> None:
    said = filled(COUNT, {"counted": "1", "whose": "ACME;BOLT ; ACME", "spoilt": "0"}, NOW)

    assert (said["whose"], names_in(said["whose"])) == ("ACME; BOLT", ("ACME", "BOLT"))


def test_takes_one_at_a_time_of_what_excludes_each_other() -> None:
    either = PARTS.model_copy(update={"one_at_most": ("scrap", "rework")})

    assert filled(either, {"scrap": "10", "rework": "0"}, NOW)["scrap"] == "10"
    with pytest.raises(FormWrong, match="Only one of these at a time: To be scrapped, To be reworked"):
        filled(either, {"scrap": "4", "rework": "6"}, NOW)


def test_refuses_parts_that_do_not_come_to_the_whole() -> None:
    with pytest.raises(FormWrong, match="come to 9; they must come to 10"):
        filled(PARTS, {"scrap": "4", "rework": "5"}, NOW)


@given(st.decimals(min_value=0, max_value=10, places=4))
def test_takes_parts_in_any_split_that_comes_to_the_whole(scrap: Decimal) -> None:
    said = filled(PARTS, {"scrap": str(scrap), "rework": str(10 - scrap)}, NOW)

    assert total_of(PARTS, said) == 10
