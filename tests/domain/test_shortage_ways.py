"""The ways to get what is missing, one by one and put together."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.effect import Allocate, ChangeJob, CreateJob, PostponeOrderLine, RequestSupply, Reserve
from domain.fact import Fact
from domain.shortage.balance import Change
from domain.shortage.combination import Combination, leaves_short, worth_choosing
from domain.shortage.effects import of_ways
from domain.shortage.way import Way
from tests.domain.shortage import (
    PART,
    PLACE,
    SITE,
    balance,
    day,
    every_way,
    from_south,
    held,
    hurried,
    job,
    line,
    lot,
    part,
    pump,
    receipt,
    reserved,
    supplier,
)

NEEDS_TEN = line("SO-1", 10, at=5)


def best(*facts: Fact) -> dict[str, Combination]:
    """The combinations worth choosing, by name, best first."""
    return {found.name: found for found in worth_choosing(balance(*facts), tuple(every_way(*facts).values()))}


def written(found: Combination) -> list[object]:
    """What it writes."""
    return list(of_ways("MS-1-1", PLACE, found))


def test_more_is_ordered_in_lots_as_the_supplier_sells_it() -> None:
    facts = (part(suppliers=(supplier(days=2, minimum=Decimal(4), multiple=Decimal(4)),)), NEEDS_TEN)

    (order,) = written(best(*facts)["buy-Foundry"])

    assert isinstance(order, RequestSupply)
    assert (order.quantity, order.supplier, order.needed_at) == (Decimal(12), "Foundry", day(2))


def test_what_is_ordered_already_is_asked_for_sooner_under_its_own_name() -> None:
    facts = (part(suppliers=(hurried(),)), receipt(10, at=9), NEEDS_TEN)

    (order,) = written(best(*facts)["expedite-PO-1"])

    assert isinstance(order, RequestSupply)
    assert (order.request, order.needed_at, order.expedite, order.cost) == ("PO-1", day(3), True, Decimal(400))


def test_another_site_gives_what_it_does_not_need_and_keeps_it_back_first() -> None:
    facts = (
        part(transfers=from_south()), part().model_copy(update={"site": "south", "safety_stock": Decimal(5)}),
        lot(20, site="south"), line("SO-7", 3, at=9).model_copy(update={"site": "south"}), NEEDS_TEN,
    )  # fmt: skip

    assert every_way(*facts)["transfer-south"].limit == 12
    kept, asked = written(best(*facts)["transfer-south"])
    assert isinstance(kept, Reserve)
    assert isinstance(asked, RequestSupply)
    assert (kept.site, kept.quantity, asked.site, asked.origin) == ("south", Decimal(10), SITE, "south")


def test_what_is_kept_for_safety_is_a_way_of_its_own_where_the_rest_is_not_enough() -> None:
    south = part().model_copy(update={"site": "south", "safety_stock": Decimal(5)})
    facts = (part(transfers=from_south()), south, NEEDS_TEN)
    enough, less, none = (every_way(*facts, lot(quantity, site="south")) for quantity in (15, 12, 5))

    assert set(enough) == {"transfer-south"}
    assert less["transfer-south"].limit == 7
    assert less["transfer-south-safety-stock"].limit == 12
    assert set(none) == {"transfer-south-safety-stock"}
    (taken,) = best(*facts, lot(12, site="south"))["transfer-south-safety-stock"].parts
    assert (taken.quantity, taken.safety_stock) == (Decimal(10), Decimal(3))
    assert not taken.way.sure


def test_another_item_s_safety_stock_is_built_in_last() -> None:
    gasket = part().model_copy(update={"item": "GASKET", "safety_stock": Decimal(4)})
    facts = (part(), pump("GASKET"), gasket, lot(9, "G1", item="GASKET"), job("J-1", 8, at=2))

    known = every_way(*facts)
    (taken,) = best(*facts)["alternate-GASKET-safety-stock"].parts

    assert known["alternate-GASKET"].limit == 5
    assert known["alternate-GASKET-safety-stock"].limit == 8
    assert taken.safety_stock == 3


def test_what_just_covers_it_uses_the_safety_stock_and_a_little_more_leaves_it_alone() -> None:
    early, later = line("SO-2", 8, at=1), line("SO-1", 10, at=5)
    facts = (part(safety_stock=Decimal(8), suppliers=(supplier(days=2),)), lot(12), early, later)

    found = best(*facts)
    used = {name: (int(one.further), int(one.safety_stock)) for name, one in found.items()}

    # On the first day four of the eight are gone, whatever is chosen: nothing comes before the second.
    assert used == {"buy-Foundry": (6, 8), "buy-Foundry+kept": (14, 0), "short": (0, 8)}
    assert not leaves_short("buy-Foundry+kept")
    (order,) = written(found["buy-Foundry+kept"])
    assert isinstance(order, RequestSupply)
    assert order.quantity == 14


def test_what_is_lent_or_sold_by_the_dozen_is_not_made_more_for_the_safety_stock() -> None:
    kept = Decimal(2)
    lent = (lot(10), receipt(10, at=8), NEEDS_TEN, line("SO-2", 10, at=20), reserved("SO-2", 10))
    dozen = (part(safety_stock=kept, suppliers=(supplier(days=2, multiple=Decimal(12)),)), NEEDS_TEN)

    assert list(best(part(safety_stock=kept), *lent)) == ["reallocate-SO-2:10", "short"]
    assert {name: int(one.safety_stock) for name, one in best(*dozen).items()} == {"buy-Foundry": 0, "short": 2}


def test_what_is_reserved_for_later_is_lent_where_something_comes_in_between() -> None:
    facts = (lot(10), receipt(10, at=8), NEEDS_TEN, line("SO-2", 10, at=20), reserved("SO-2", 10))

    lent = best(*facts)["reallocate-SO-2:10"]

    assert not lent.disturbed
    assert lent.cost == 0
    assert written(lent) == [Reserve(site=SITE, item=PART, order="SO-2", line="10", quantity=Decimal(0))]


def test_who_matters_less_gives_way_and_is_promised_for_when_there_is_enough() -> None:
    facts = (lot(10), receipt(20, at=18), NEEDS_TEN, line("SO-2", 10, at=12, priority=30), reserved("SO-2", 10))

    _, postponed = written(best(*facts)["postpone-SO-2:10"])

    assert isinstance(postponed, PostponeOrderLine)
    assert (postponed.expected, postponed.promised_at) == (day(12), day(18))


def test_nobody_gives_way_to_who_matters_less() -> None:
    facts = (lot(10), receipt(20, at=18), NEEDS_TEN, line("SO-2", 10, at=12, priority=1), reserved("SO-2", 10))

    assert "postpone-SO-2:10" not in every_way(*facts)


def test_a_lot_for_one_customer_is_never_given_to_another() -> None:
    theirs = lot(10, status="conditional", allowed_for=("ACME",))
    facts = (theirs, line("SO-1", 10, at=5).model_copy(update={"customer": "BOLT"}), line("SO-2", 10, at=20))

    assert set(every_way(*facts)) == set()


def test_jobs_take_another_item_that_their_bill_allows_as_far_as_it_is_free() -> None:
    gasket = part().model_copy(update={"item": "GASKET"})
    facts = (
        part(), pump("GASKET"), gasket, lot(7, "G1", item="GASKET"), lot(9, "G2", item="GASKET"),
        line("SO-8", 4, at=9, item="GASKET"), job("J-1", 10, at=2), job("J-2", 10, at=3),
    )  # fmt: skip

    way = every_way(*facts)["alternate-GASKET"]
    taken = [effect for effect in written(best(*facts)["alternate-GASKET+short"]) if isinstance(effect, Allocate)]

    assert way.limit == 12
    assert [(effect.job, effect.lot, int(effect.quantity)) for effect in taken] == [
        ("J-1", "G1", 7), ("J-1", "G2", 3), ("J-2", "G2", 2),
    ]  # fmt: skip


def test_a_job_is_built_as_far_as_the_kit_goes_and_the_rest_when_more_has_come() -> None:
    facts = (part(), pump(each=2), lot(7), receipt(20, at=9), job("J-1", 10, at=2))

    less, rest = written(best(*facts)["partial-J-1"])

    assert isinstance(less, ChangeJob)
    assert isinstance(rest, CreateJob)
    assert (less.quantity, rest.quantity, rest.starts_at) == (Decimal(3), Decimal(7), day(9))


def test_a_held_lot_is_quality_s_to_release_and_writes_nothing() -> None:
    released = best(part(), held(10), NEEDS_TEN)["release-L9"]

    assert (released.unsure, written(released)) == (1, [])


def test_puts_together_what_comes_soon_and_what_comes_later_as_far_as_each_is_needed() -> None:
    facts = (
        part(transfers=from_south(), suppliers=(supplier(days=10),)), part().model_copy(update={"site": "south"}),
        lot(10, site="south"), NEEDS_TEN, line("SO-2", 30, at=12),
    )  # fmt: skip

    both = best(*facts)["transfer-south+buy-Foundry"]

    assert [(p.way.name, int(p.quantity)) for p in both.parts] == [("transfer-south", 10), ("buy-Foundry", 30)]
    assert both.residual is None


def test_shows_the_cheapest_and_the_fastest_and_what_it_means_to_do_nothing() -> None:
    facts = (part(suppliers=(supplier("Slow", days=4), hurried("Fast", to=1))), NEEDS_TEN)

    found = best(*facts)

    assert list(found) == ["buy-Slow", "expedite-Fast", "short"]
    assert found["short"].late[0].order == "SO-1"


def test_where_nothing_covers_it_shows_what_leaves_least() -> None:
    facts = (part(suppliers=(supplier(days=9), hurried("Other", days=20, to=7))), NEEDS_TEN)

    found = best(*facts)

    assert list(found) == ["expedite-Other+short", "buy-Foundry+short", "short"]
    assert all(map(leaves_short, found))
    assert found["expedite-Other+short"].late[0].new_at == day(7)


quantity = st.integers(1, 15).map(Decimal)
moment = st.integers(0, 25)


@st.composite
def chosen(draw: st.DrawFn) -> tuple[tuple[Fact, ...], tuple[Way, ...]]:
    """Any shortage, with every way to fill it."""
    facts: list[Fact] = [
        part(
            transfers=from_south(days=draw(moment)),
            suppliers=(hurried(days=draw(moment), to=draw(moment)), supplier("Other", days=draw(moment))),
            safety_stock=draw(st.integers(0, 9).map(Decimal)),
        ),
        part().model_copy(update={"site": "south"}),
        lot(draw(st.integers(0, 20)), site="south"), lot(draw(st.integers(0, 20))), held(draw(st.integers(0, 9))),
        receipt(draw(st.integers(0, 15)), at=draw(moment)),
        pump("GASKET"), part().model_copy(update={"item": "GASKET"}), lot(draw(st.integers(0, 9)), item="GASKET"),
        job("J-1", draw(st.integers(1, 9)), at=draw(moment)),
    ]  # fmt: skip
    for number in range(draw(st.integers(1, 4))):
        facts.append(line(f"SO-{number}", draw(st.integers(1, 15)), at=draw(moment), priority=draw(st.integers(0, 20))))
        facts.append(reserved(f"SO-{number}", draw(st.integers(0, 15))))
    known = tuple(facts)
    return known, tuple(every_way(*known).values()) if balance(*known).gap() is not None else ()


@given(chosen())
@settings(max_examples=60, deadline=None)
def test_what_is_said_to_cover_covers_every_moment_and_nothing_is_taken_twice(
    given_: tuple[tuple[Fact, ...], tuple[Way, ...]],
) -> None:
    facts, ways = given_
    known = balance(*facts)
    if not ways:
        return

    for found in worth_choosing(known, ways):
        changes = [Change(c.at, c.quantity) for p in found.parts for c in p.way.changes(p.quantity)]
        covers = all(level.quantity >= 0 for level in known.levels(*changes))
        drawn = [thing for p in found.parts for thing in p.way.draws_on]
        assert covers == (found.residual is None) == (not leaves_short(found.name))
        assert found.residual is None or found.residual.quantity > 0
        assert found.missed >= 0
        assert 0 <= found.safety_stock <= known.kept
        assert not found.fills_up or (covers and not found.safety_stock)
        assert len(drawn) == len(set(drawn))
        assert all(p.quantity > 0 and (p.way.limit is None or p.quantity <= p.way.limit) for p in found.parts)


@given(chosen())
@settings(max_examples=60, deadline=None)
def test_what_is_lent_comes_back_and_what_jobs_take_instead_lies_in_lots(
    given_: tuple[tuple[Fact, ...], tuple[Way, ...]],
) -> None:
    for way in given_[1]:
        asked = way.amount(Decimal(3))
        moved = sum((change.quantity for change in way.changes(asked)), Decimal(0))

        assert moved == (0 if way.back_at is not None else asked)
        if way.kind == "alternate":
            assert (way.limit or 0) <= sum(free.quantity for free in way.lots)
