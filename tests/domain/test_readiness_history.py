"""How long something was not ready, and whom it waited for; and when it has to be judged again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.evidence import Reason
from domain.fact import Fact
from domain.facts import Job, Lot, LotStatus, OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.master_data import Item
from domain.readiness.following import concerns, is_over, names_in, next_look
from domain.readiness.history import Spell, history
from domain.readiness.predicates import PREDICATES, judged
from domain.readiness.truth import Truth
from domain.release import Allocation, Hold
from domain.roles import Role
from tests.domain.ready import HOUR, NOW, QUARTER, N, changed, job_facts, known, shipment_facts

ROLES = (Role.BUYER, Role.PLANNER, Role.QUALITY_ENGINEER)


def spell(value: Truth, since: int, until: int | None, *owners: Role) -> Spell:
    return Spell(
        kind="job", site=N, key="J", predicate="materials_ready", value=value,
        reasons=tuple(Reason(code="short", thing=f"A:{n}", owner=owner, text="x") for n, owner in enumerate(owners)),
        since=NOW + since * HOUR, until=None if until is None else NOW + until * HOUR, inputs="", policy_version="1",
    )  # fmt: skip


def test_says_how_long_something_was_not_ready_and_who_could_have_mended_it() -> None:
    told = history(
        [
            spell(Truth.FALSE, 0, 2, Role.BUYER, Role.BUYER, Role.QUALITY_ENGINEER),
            spell(Truth.UNKNOWN, 2, 5, Role.BUYER),
            spell(Truth.TRUE, 5, 8),
            spell(Truth.FALSE, 8, None, Role.PLANNER),
        ],
        NOW + 9 * HOUR,
    )

    (waited,) = told.waited
    assert waited.not_ready == 6 * HOUR
    assert waited.because_of == {Role.BUYER: 5 * HOUR, Role.PLANNER: HOUR, Role.QUALITY_ENGINEER: 2 * HOUR}
    assert [one.since for one in told.spells] == sorted((one.since for one in told.spells), reverse=True)


@given(st.lists(st.tuples(st.sampled_from(Truth), st.integers(0, 9), st.sets(st.sampled_from(ROLES))), max_size=6))
def test_nobody_is_waited_for_longer_than_it_was_not_ready_nor_that_longer_than_time_went_by(
    stretches: list[tuple[Truth, int, set[Role]]],
) -> None:
    spells, hour = [], 0
    for value, length, owners in stretches:
        spells.append(spell(value, hour, hour + length, *sorted(owners)))
        hour += length

    told = history(spells, NOW + hour * HOUR)

    for waited in told.waited:
        assert waited.not_ready == sum((n * HOUR for v, n, _ in stretches if v is not Truth.TRUE), timedelta(0))
        assert waited.not_ready <= hour * HOUR
        assert all(length <= waited.not_ready for length in waited.because_of.values())


def _kinds_and_keys(facts: list[Fact]) -> list[tuple[type[Fact], str, Fact]]:
    return [(type(fact), fact.key, fact) for fact in facts if type(fact) in PREDICATES]


def _everything() -> list[Fact]:
    """A job and a shipment for one customer, of lots that are his own, one of them by concession."""
    held = Hold(site=N, item="P", lot="L", active=False, case="QH-1")
    ordered = changed(job_facts(), Job, order="SO", line="1")
    return [*changed([*ordered, *shipment_facts(5)], Lot, owner="ACME", concession="0.1 mm over."), held]


@given(st.data())
def test_no_fact_whose_absence_changes_a_judgement_changes_unheard(data: st.DataObject) -> None:
    facts = _everything()
    gone = data.draw(st.sampled_from(facts))
    without = known(*(fact for fact in facts if fact is not gone))

    for kind, key, thing in _kinds_and_keys(facts):
        if judged(kind, N, key, known(*facts)).judgements != judged(kind, N, key, without).judgements:
            assert names_in(gone) & concerns(thing, known(*facts)), (key, gone)


_OTHERWISE: tuple[tuple[type[Fact], dict[str, Any]], ...] = (
    (OrderLine, {"customer": "OTHER"}), (OrderLine, {"item": "Q"}), (OrderLine, {"quantity": Decimal(9)}),
    (Lot, {"owner": "OTHER"}), (Lot, {"concession": ""}), (Lot, {"status": LotStatus.ON_HOLD}),
    (Item, {"components": ()}), (Hold, {"active": True}), (Allocation, {"quantity": Decimal(1)}),
)  # fmt: skip


@given(st.data())
def test_what_is_judged_otherwise_rests_on_other_inputs(data: st.DataObject) -> None:
    facts = _everything()
    gone, (of, values) = data.draw(st.sampled_from(facts)), data.draw(st.sampled_from(_OTHERWISE))
    left = (fact for fact in changed(facts, of, **values) if (fact.kind, fact.key) != (gone.kind, gone.key))
    otherwise = replace(known(*left), changing=data.draw(st.sampled_from(({}, {"SO:1": "OC-1"}))))

    for kind, key, _ in _kinds_and_keys(facts):
        pairs = zip(*(judged(kind, N, key, then).judgements for then in (known(*facts), otherwise)), strict=True)
        for was, now in pairs:
            assert was.inputs != now.inputs or (was.value, was.reasons) == (now.value, now.reasons), was.predicate


def test_another_shipment_from_the_same_lot_concerns_a_shipment_and_one_of_other_goods_does_not() -> None:
    facts = shipment_facts(5)
    mine = facts[0]
    assert isinstance(mine, Shipment)
    other = mine.model_copy(update={"shipment": "SH-2"})
    elsewhere = ShipmentLine(order="SO-2", line="1", quantity=Decimal(1), lots=("K",))
    stranger = other.model_copy(update={"lines": (elsewhere,)})

    watched = concerns(mine, known(*facts))

    assert names_in(other) & watched
    assert not names_in(stranger) & watched


@settings(deadline=None)
@given(st.integers(0, 240))
def test_between_two_looks_nothing_is_judged_otherwise(minutes: int) -> None:
    facts = [*job_facts(expires=NOW + 3 * HOUR), *shipment_facts(5)]
    at = NOW + timedelta(minutes=minutes)

    def look(now: timedelta) -> tuple[list[list[Truth]], timedelta | None]:
        seen = known(*facts, now=NOW + now, old=now)
        following = next_look(seen)
        values = [[j.value for j in judged(kind, N, key, seen).judgements] for kind, key, _ in _kinds_and_keys(facts)]
        return values, None if following is None else following - NOW

    values, due = look(timedelta(0))
    while due is not None and NOW + due <= at:
        values, due = look(due)

    assert values == look(at - NOW)[0]


def test_is_looked_at_again_just_after_what_it_rests_on_has_grown_too_old() -> None:
    lot = Lot(site=N, item="A", lot="L", quantity=Decimal(1))

    just_after = timedelta(microseconds=1)

    assert next_look(known(lot)) == NOW + QUARTER
    assert next_look(known(lot, old=QUARTER)) == NOW + just_after
    assert next_look(known(lot, old=QUARTER + just_after)) is None


def test_what_is_over_is_waited_for_no_more() -> None:
    shipment = shipment_facts(5)[0]
    assert isinstance(shipment, Shipment)

    assert not is_over(shipment)
    assert is_over(shipment.model_copy(update={"status": ShipmentStatus.DELIVERED}))
