"""What holds for every promise in every small plant."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.fact import Fact
from domain.master_data import WorkCenter
from domain.promise import capable, split
from domain.supply import Place, SupplyPicture, availability_of
from tests.domain.plant import NOW, bought, day, made, of, order, picture, receipt, stock, wanted

amounts = st.integers(0, 12)
moments = st.integers(0, 12)


@st.composite
def plants(draw: st.DrawFn) -> SupplyPicture:
    """A made of bought B and of made C, on machines of their own, with stock, receipts and other orders."""
    facts: list[Fact] = [
        WorkCenter(site="P", work_center="lathe", calendar="always"),
        made("A", of("B", draw(st.integers(1, 3))), of("C"), minimum=Decimal(draw(amounts))),
        bought("B", draw(moments), minimum=Decimal(draw(amounts)), multiple=Decimal(draw(st.integers(0, 4)))),
        made("C", of("D"), center="lathe", hours_each=draw(st.integers(1, 9))),
        bought("D", draw(moments)),
    ]
    facts += [stock(name, draw(amounts)) for name in "ABCD"]
    facts += [receipt(name, draw(moments), draw(amounts)) for name in "ABCD"]
    facts += [
        order(f"SO-{n}", "A", draw(amounts), at=draw(moments), promised_at=day(12))
        for n in range(draw(st.integers(0, 3)))
    ]
    return picture(*facts)


@given(plants(), st.integers(1, 30), moments, st.sampled_from("ABCD"), st.integers(1, 30))
def test_promises_no_later_with_more_stock(
    known: SupplyPicture, quantity: int, by: int, richer_in: str, more: int
) -> None:
    before = capable(known, wanted("A", quantity, by=by))
    after = capable(known.with_facts([stock(richer_in, more, lot="L2")]), wanted("A", quantity, by=by))

    assert after.on_time >= before.on_time
    if not before.on_time:
        assert after.at is not None
        assert before.at is not None
        assert after.at <= max(before.at, after.by)


@given(plants(), st.integers(1, 30), moments)
def test_promises_just_what_is_asked_and_nothing_before_its_material(
    known: SupplyPicture, quantity: int, by: int
) -> None:
    promise = capable(known, wanted("A", quantity, by=by))

    assert sum(step.needed for step in promise.steps) == quantity
    assert promise.at == max(step.at for step in promise.steps)
    for step in promise.each():
        assert step.at >= NOW
        assert step.quantity >= step.needed
        assert all(part.at <= step.starts_at for part in step.inputs)


@given(plants(), st.integers(1, 30), moments)
def test_takes_from_no_promise_given_when_it_is_kept(known: SupplyPicture, quantity: int, by: int) -> None:
    promise = capable(known, wanted("A", quantity, by=by))

    after = known.with_facts(promise.kept("SO-NEW", "1"))

    for name in "ABCD":
        was, now = (availability_of(seen, Place("P", name)).shortfall_from() for seen in (known, after))
        assert now is None or (was is not None and now.quantity <= was.quantity)


@given(plants(), st.integers(1, 30), moments)
def test_splits_into_parts_that_add_up(known: SupplyPicture, quantity: int, by: int) -> None:
    parts = [part for part in split(known, wanted("A", quantity, by=by)) if part]

    assert sum(part.quantity for part in parts) == quantity
    assert all(part.on_time for part in parts[:-1])


@given(plants(), st.integers(1, 30), moments)
def test_promises_the_same_each_time(known: SupplyPicture, quantity: int, by: int) -> None:
    shuffled = SupplyPicture(NOW, known.facts[::-1])

    assert capable(known, wanted("A", quantity, by=by)) == capable(shuffled, wanted("A", quantity, by=by))
