"""What was said of a way is what counts, as long as it is good."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from domain.shortage.told import Told, as_told
from domain.shortage.way import Way
from tests.domain.shortage import NOW, day

WAY = Way(
    name="expedite-Foundry", kind="expedite", title="Expedite", source="Foundry", at=day(5), cost=Decimal(450),
    draws_on=("supplier:Foundry",),
)  # fmt: skip
SAID = Told(
    way=WAY.name, by="dev", can=True, quantity=Decimal(6), at=day(4), cost=Decimal(120), confidence="guess",
    valid_until=day(2),
)  # fmt: skip


def test_a_way_is_as_it_was_told() -> None:
    (way,) = as_told([WAY], [SAID], NOW)

    assert (way.at, way.limit, way.cost, way.sure, way.good_until) == (day(4), Decimal(6), Decimal(120), False, day(2))
    assert "dev says so, guess" in way.told


def test_what_was_told_is_good_through_its_last_instant_and_then_the_usual_terms_count_again() -> None:
    assert next(as_told([WAY], [SAID], day(2))).cost == 120
    assert tuple(as_told([WAY], [SAID], day(2) + timedelta.resolution)) == (WAY,)


def test_what_cannot_be_had_is_no_way_and_a_later_word_counts() -> None:
    no = Told(way=WAY.name, by="dev", can=False)

    assert tuple(as_told([WAY], [SAID, no], NOW)) == ()
    assert len(tuple(as_told([WAY], [no, SAID], NOW))) == 1


def test_to_hurry_what_comes_by_then_anyway_is_no_way_and_no_more_comes_than_there_is() -> None:
    hurried = WAY.model_copy(update={"back_at": day(4), "limit": Decimal(5)})

    assert tuple(as_told([hurried], [SAID], NOW)) == ()
    (less,) = as_told([hurried.model_copy(update={"back_at": day(9)})], [SAID], NOW)
    assert less.limit == 5
