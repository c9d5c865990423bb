"""Waivers: a person for each role, for what stood in the way and nothing more, beside the value, for a while."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.decision import DecisionRefused, GivenAnswer, NotAllowed, Principal, PrincipalKind
from domain.evidence import Reason
from domain.fact import Fact
from domain.facts import LotStatus, Shipment, ShipmentLine, ShipmentStatus
from domain.readiness.consent import record_of
from domain.readiness.jobs import materials_ready
from domain.readiness.judgement import Readiness
from domain.readiness.policy import ReadinessPolicy
from domain.readiness.shipments import documents_complete
from domain.readiness.slots import slot_booked
from domain.readiness.truth import Truth
from domain.readiness.waiver import (
    LONGEST,
    WAIVED_BY,
    Consent,
    ExpiryWrong,
    Waiver,
    WaiverDraft,
    admit_consent,
    admit_ending,
    admit_waiver,
    wanted_by,
)
from domain.release import Document, Slot
from domain.roles import Role, lead_of
from runtime.policies import FOLDER, read_readiness_policy
from tests.domain.ready import HOUR, NOW, PAPERS, N, changed, job_facts, known, shipment_facts

PETRA, CARLA = (Principal(kind=PrincipalKind.PERSON, id=name) for name in ("petra", "carla"))
SHIPPED = read_readiness_policy(FOLDER / "readiness/default.yaml")
MES = Principal(kind=PrincipalKind.MACHINE, id="mes")
SHORT = Reason(code="short", thing="A:4", owner=Role.BUYER, text="4 of A are missing for J.")
HELD = Reason(code="on_hold", thing="L2", owner=Role.QUALITY_ENGINEER, text="Lot L2 is on hold.")
BOTH = (Consent(person="petra", role=Role.PLANNER), Consent(person="carla", role=Role.PRODUCTION))


def draft(**other: Any) -> WaiverDraft:
    values = {
        "predicate": "materials_ready", "site": N, "subject": "J", "reason": "A comes in an hour.",
        "expires_at": NOW + HOUR,
    }  # fmt: skip
    return WaiverDraft(**{**values, **other})


def waiver(*agreed: Consent, scope: tuple[Reason, ...] = (HELD, SHORT), **other: Any) -> Waiver:
    values = {"id": "WV-1", "scope": scope, "asked_by": "ida", "asked_at": NOW, "waived_by": agreed}
    return Waiver(**{**draft().model_dump(), **values, **other})


def admitted(
    wanted: WaiverDraft,
    value: Truth = Truth.FALSE,
    by: Principal = PETRA,
    roles: tuple[Role, ...] = (Role.PLANNER,),
    reasons: tuple[Reason, ...] = (SHORT,),
) -> tuple[Consent, ...]:
    return admit_waiver(wanted, value, reasons, by, roles, NOW)


def test_it_stands_beside_the_value_and_never_changes_it() -> None:
    facts = job_facts(LotStatus.ON_HOLD)

    without = materials_ready(N, "J", known(*facts))
    waived = materials_ready(N, "J", known(*facts, waivers=(waiver(*BOTH),)))

    assert (without.value, without.accepted) == (Truth.FALSE, False)
    assert (waived.value, waived.accepted) == (Truth.FALSE, True)
    assert waived.model_copy(update={"waiver": None}) == without


@pytest.mark.parametrize(
    "agreed",
    [
        (),
        BOTH[:1],
        BOTH[1:],
        (BOTH[0], Consent(person="petra", role=Role.PRODUCTION)),
        (BOTH[0], Consent(person="carla", role=Role.SALES)),
    ],
)
def test_it_is_none_until_each_role_has_a_person_of_its_own(agreed: tuple[Consent, ...]) -> None:
    facts = job_facts(LotStatus.ON_HOLD)

    assert not materials_ready(N, "J", known(*facts, waivers=(waiver(*agreed),))).accepted


@given(missing=st.integers(1, 20), waived=st.integers(1, 20))
def test_it_is_for_what_was_missing_or_less_of_it_and_never_for_more(missing: int, waived: int) -> None:
    told = waiver(*BOTH, scope=(SHORT.model_copy(update={"thing": f"A:{waived}"}),))
    now = SHORT.model_copy(update={"thing": f"A:{missing}"})

    assert told.fits("materials_ready", N, "J", NOW, (now,)) is (missing <= waived)


@pytest.mark.parametrize(
    ("code", "thing"), [("short", "B:4"), ("on_hold", "L3"), ("rejected", "L2"), ("oversubscribed", "A:4")]
)
def test_it_is_not_for_what_comes_on_top(code: str, thing: str) -> None:
    more = Reason(code=code, thing=thing, text="This, too.")

    assert waiver(*BOTH).fits("materials_ready", N, "J", NOW, (HELD, SHORT))
    assert not waiver(*BOTH).fits("materials_ready", N, "J", NOW, (HELD, SHORT, more))


SVEN = Consent(person="sven", role=Role.SHIPPING_MANAGER)


def without(predicate: str, *facts: Fact, told: Waiver | None = None) -> Readiness:
    """What is judged of SH, which lacks papers and whose vehicle is not booked, with the waiver that was *told*."""
    ask = {"documents_complete": documents_complete, "slot_booked": slot_booked}[predicate]
    return ask(N, "SH", known(*facts, waivers=() if told is None else (told,)))


@pytest.mark.parametrize(
    ("predicate", "kind", "of", "dies"),
    [
        ("documents_complete", Shipment, {"status": ShipmentStatus.LOADING}, False),
        ("documents_complete", Slot, {"carrier": "D"}, False),
        (
            "documents_complete",
            Shipment,
            {"lines": (ShipmentLine(order="SO", line="1", quantity=Decimal(4), lots=("L",)),)},
            True,
        ),
        ("slot_booked", Slot, {"came_at": NOW}, False),
        ("slot_booked", Slot, {"starts_at": NOW.astimezone(timezone(HOUR))}, False),
        ("slot_booked", Slot, {"carrier": "D"}, True),
        ("slot_booked", Slot, {"ends_at": NOW + 2 * HOUR}, True),
        ("slot_booked", Shipment, {"handling_units": Decimal(3)}, True),
    ],
)
def test_it_is_for_what_leaves_or_for_the_vehicle_as_it_was_and_dies_with_that(
    predicate: str, kind: type[Fact], of: dict[str, Any], dies: bool
) -> None:
    lacking = [fact for fact in shipment_facts(5) if not isinstance(fact, Document)]
    lacking += [Document(site=N, shipment="SH", document=name, status="draft", describes="?") for name in PAPERS]
    facts = changed(lacking, Slot, status="requested", capacity=Decimal(9))
    before = without(predicate, *facts)
    asked: dict[str, Any] = {"predicate": predicate, "subject": "SH", "scope": before.reasons}
    told, kept_earlier = waiver(SVEN, about=before.about, **asked), waiver(SVEN, **asked)
    now = changed(facts, kind, **of)

    assert without(predicate, *facts, told=told).accepted
    assert without(predicate, *now, told=told).reasons == before.reasons
    assert without(predicate, *now, told=told).accepted is not dies
    assert without(predicate, *now, told=kept_earlier).accepted
    assert "about" not in kept_earlier.model_dump(mode="json")
    assert record_of(told) != record_of(kept_earlier)


@given(minutes=st.integers(-120, 120))
def test_it_is_good_until_just_before_it_expires_or_is_taken_back(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)

    assert waiver(*BOTH).fits("materials_ready", N, "J", at, (SHORT,)) is (minutes < 60)
    ended = waiver(*BOTH, ended_by="petra", ended_at=NOW)
    assert not ended.fits("materials_ready", N, "J", at, (SHORT,))


@pytest.mark.parametrize(
    ("predicate", "site", "subject"),
    [("slot_booked", N, "J"), ("materials_ready", "south", "J"), ("materials_ready", N, "K")],
)
def test_it_is_for_one_thing_at_one_site(predicate: str, site: str, subject: str) -> None:
    assert not waiver(*BOTH).fits(predicate, site, subject, NOW, (SHORT,))


@pytest.mark.parametrize("predicate", ["qa_cleared", "production_complete", "dispatch_approved", "customer_clear"])
def test_what_nobody_may_waive_is_not_asked(predicate: str) -> None:
    with pytest.raises(DecisionRefused, match="Nobody can waive"):
        admitted(draft(predicate=predicate))


@pytest.mark.parametrize("value", [Truth.TRUE, Truth.UNKNOWN])
def test_only_what_is_not_so_is_waived(value: Truth) -> None:
    with pytest.raises(DecisionRefused, match="nothing to waive"):
        admitted(draft(), value)


def test_a_rejected_lot_is_never_waived() -> None:
    rejected = Reason(code="rejected", thing="L2", text="Lot L2 is rejected.")

    with pytest.raises(DecisionRefused, match=r"Lot L2 is rejected\. Nobody can waive that\."):
        admitted(draft(), reasons=(rejected, SHORT))


@pytest.mark.parametrize("expires_at", [NOW, NOW - HOUR, NOW + LONGEST + timedelta(seconds=1)])
def test_it_is_for_some_time_and_not_for_long(expires_at: Any) -> None:
    assert admitted(draft(expires_at=NOW + LONGEST))
    with pytest.raises(ExpiryWrong):
        admitted(draft(expires_at=expires_at))


def test_who_asks_has_agreed_if_he_is_one_who_must() -> None:
    assert admitted(draft()) == BOTH[:1]
    assert admitted(draft(), roles=(Role.SALES,)) == ()
    assert admitted(draft(), by=MES, roles=()) == ()


def test_nobody_asks_in_a_case_for_another_who_could_agree_then() -> None:
    said = {"predicate": "slot_booked", "until": (NOW + HOUR).isoformat()}
    answer = GivenAnswer(
        person="emma", role=Role.DISPATCH, choice="ask_waiver", reason="It is late.", values=said, at=NOW
    )  # fmt: skip

    assert wanted_by(answer, N, "SH") == draft(predicate="slot_booked", subject="SH", reason="It is late.")
    with pytest.raises(NotAllowed, match="in one's own name"):
        wanted_by(answer.model_copy(update={"on_behalf_of": "sven"}), N, "SH")


def test_who_asks_has_not_agreed_where_that_is_to_be_signed() -> None:
    assert admit_waiver(draft(), Truth.FALSE, (SHORT,), PETRA, (Role.PLANNER,), NOW, signed=True) == ()
    assert admit_consent(waiver(asked_by="petra"), PETRA, (Role.PLANNER,), NOW) == BOTH[0]


def test_a_policy_has_signed_only_what_can_be_waived_and_is_the_same_where_it_asks_for_none() -> None:
    asks = {**SHIPPED.model_dump(mode="json"), "signed_waivers": {"slot_booked": "at my word"}}

    assert "signed_waivers" not in SHIPPED.model_dump()
    assert ReadinessPolicy.model_validate(asks).version != SHIPPED.version
    with pytest.raises(ValidationError, match="Nobody can waive qa_cleared"):
        ReadinessPolicy.model_validate({**asks, "signed_waivers": {"qa_cleared": "at my word"}})


@pytest.mark.parametrize("predicate", [name for name, roles in WAIVED_BY.items() if len(roles) == 1])
def test_where_one_role_agrees_it_is_never_who_asked(predicate: str) -> None:
    roles = tuple(WAIVED_BY[predicate])

    agreed = admitted(draft(predicate=predicate), by=CARLA, roles=roles)

    assert agreed == ()
    asked = waiver(predicate=predicate, asked_by="carla")
    with pytest.raises(DecisionRefused, match="another person must agree"):
        admit_consent(asked, CARLA, roles, NOW)
    assert admit_consent(asked, PETRA, roles, NOW).person == "petra"


def test_each_role_takes_another_person() -> None:
    asked = waiver(BOTH[0])

    assert admit_consent(asked, CARLA, (Role.PLANNER, Role.PRODUCTION), NOW) == BOTH[1]
    for by, roles, why in (
        (PETRA, (Role.PRODUCTION,), "You have agreed already"),
        (CARLA, (Role.PLANNER,), "Another has agreed"),
    ):
        with pytest.raises(DecisionRefused, match=why):
            admit_consent(asked, by, roles, NOW)


@pytest.mark.parametrize("role", sorted(set(Role) - WAIVED_BY["materials_ready"]))
def test_nobody_else_agrees_and_no_machine(role: Role) -> None:
    with pytest.raises(NotAllowed, match="planner or production"):
        admit_consent(waiver(), PETRA, (role,), NOW)
    with pytest.raises(NotAllowed, match="Only a person"):
        admit_consent(waiver(), MES, tuple(Role), NOW)


@pytest.mark.parametrize("over", [{"ended_at": NOW}, {"expires_at": NOW}])
def test_nobody_agrees_to_what_is_over(over: dict[str, Any]) -> None:
    with pytest.raises(DecisionRefused, match="WV-1 is over"):
        admit_consent(waiver().model_copy(update=over), PETRA, (Role.PLANNER,), NOW)


@pytest.mark.parametrize("role", list(Role))
def test_it_is_taken_back_by_who_asked_or_by_a_role_that_must_agree_or_its_lead(role: Role) -> None:
    needed = WAIVED_BY["materials_ready"]
    ida = Principal(kind=PrincipalKind.PERSON, id="ida")

    admit_ending(waiver(*BOTH), ida, (role,))
    if role in needed | {lead_of(one) for one in needed}:
        admit_ending(waiver(*BOTH), PETRA, (role,))
    else:
        with pytest.raises(NotAllowed):
            admit_ending(waiver(*BOTH), PETRA, (role,))
