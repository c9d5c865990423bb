"""Who lets a shipment go, by what leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import WorkingCalendar
from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.evidence import Reason, Verdict
from domain.fact import Fact, Reading
from domain.facts import OrderLine, Shipment, ShipmentLine, ShipmentStatus
from domain.leaving import findings, watched
from domain.leaving.effects import effects
from domain.leaving.hold import lifting
from domain.leaving.known import urgency
from domain.leaving.requested import DispatchReleaseRequest
from domain.master_data import Customer
from domain.option import Option, Proposal, still_stands
from domain.policy import Condition, PolicyTable, Row
from domain.processes.dispatch_release import DISPATCH_RELEASE, propose
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.shipments import COUNTRY_UNKNOWN, STOPPED, content_of, ready_for_release
from domain.release import ShipmentHold, Slot
from domain.roles import Role
from domain.shipment_effect import ApproveDispatch
from domain.timing import USUAL, Timing
from domain.watching import Watched
from runtime.policies import FOLDER, read_policy
from tests.support.ready_shipment import PAPERS, papers, ready_shipment
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
SHIPPED = read_policy(FOLDER / "dispatch_release.yaml")
LITTLE = Condition(
    option=("release",), value_up_to=Decimal(400), export=False, special_handling=False, all_pass=True
)  # fmt: skip
OWN = SHIPPED.model_copy(update={"rows": (Row(rule="little_at_risk", when=LITTLE, automatic=True), *SHIPPED.rows)})
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)


def file_of(policy: PolicyTable, *answers: PastAnswer, price: int = 10, waived: bool = False, **of: Any) -> CaseFile:
    """The case about 40 valves at this price that lack nothing; *of* says what is special about the shipment."""
    facts: dict[type[Fact], Fact] = {type(fact): fact for fact in ready_shipment(NOW)}
    facts[Shipment] = facts[Shipment].model_copy(update=of)
    facts[OrderLine] = facts[OrderLine].model_copy(update={"price": Decimal(price)})
    leaving = facts[Shipment]
    assert isinstance(leaving, Shipment)
    facts[Slot] = facts[Slot].model_copy(update={"vehicle": leaving.vehicle_needs})
    written = papers(content_of(leaving))
    written += tuple(written[0].model_copy(update={"document": name}) for name in leaving.documents)
    told = {
        fact.key + fact.kind: Reading[Any](fact=fact, source="erp", version="1", as_of=NOW)
        for fact in (*facts.values(), *written)
    }
    known = Known(now=NOW, readings=tuple(told.values()), policy=FIGURES)
    shipment, line, slot = (told[facts[kind].key + kind.kind] for kind in (Shipment, OrderLine, Slot))
    found = findings.judge(shipment, [line], None, slot, [], (), WorkingCalendar.always(), NOW)
    ready = findings.judge_readiness(ready_for_release(SITE, "SH-9", known), (), NOW)
    if waived:
        ready = ready.model_copy(update={"verdict": Verdict.WARN})
    return CaseFile(
        id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
        assessment=1, before=shipment, request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"),
        requester=Principal(kind=PrincipalKind.PERSON, id="emma"), opened_at=NOW, policy=policy,
        evidence=(found, ready), answers=answers, at=NOW,
    )  # fmt: skip


def said(choice: str, step: int, topic: str = "release") -> PastAnswer:
    """What Sven said before."""
    return PastAnswer(step=step, state="", topic=topic, choice=choice, people=("sven",), reason="So.", at=NOW)


def asked(proposal: Proposal) -> set[Role]:
    """Who lets it go."""
    (ruling,) = [ruled.ruling for ruled in proposal.options if ruled.option.name == "release"]
    return {role for need in ruling.require for role in need.roles}


@pytest.mark.parametrize("of", [{"export": True}, {"documents": ("export_declaration",)}])
def test_compliance_lets_go_as_well_what_goes_abroad(of: dict[str, Any]) -> None:
    assert asked(propose(file_of(SHIPPED))) == {Role.SHIPPING_MANAGER}
    assert asked(propose(file_of(SHIPPED, **of))) == {Role.SHIPPING_MANAGER, Role.COMPLIANCE}


def test_nobody_is_asked_where_the_policy_says_that_little_can_go_wrong() -> None:
    # Sven has let go what left before; what leaves now is let go by the policy.
    file = file_of(OWN, said("release", 1))
    proposal = propose(file)

    assert proposal.automatic == "release"
    (approval,) = effects(file.model_copy(update={"proposal": proposal}), proposal.option("release"))
    assert isinstance(approval, ApproveDispatch)
    assert approval.approved_by == "lockstep"
    assert propose(file_of(SHIPPED)).automatic is None


@pytest.mark.parametrize(
    "file",
    [
        file_of(OWN, price=11),
        file_of(OWN, price=0),
        file_of(OWN, waived=True),
        file_of(OWN, said("reject", 1), said("look_again", 2, "dispatch")),
        file_of(OWN, vehicle_needs=("refrigerated",)),
        file_of(OWN, export=True),
    ],
    ids=["too much", "nobody knows how much", "waived", "refused before", "special vehicle", "goes abroad"],
)
def test_somebody_is_asked_where_more_can_go_wrong(file: CaseFile) -> None:
    proposal = propose(file)

    assert (proposal.stage, proposal.automatic) == ("awaiting_approval", None)
    assert Role.SHIPPING_MANAGER in asked(proposal)


@pytest.mark.parametrize(
    ("timing", "zone", "good_for"),
    [
        (USUAL, "slushy", 4),
        (Timing(buffer=timedelta(hours=9), approval=timedelta(hours=6)), "frozen", 6),
        # Not beyond its slot.
        (Timing(buffer=timedelta(hours=8), approval=timedelta(hours=12)), "slushy", 8),
    ],
)
def test_how_near_it_is_and_how_long_an_approval_is_good_are_the_sites_figures(
    timing: Timing, zone: str, good_for: int
) -> None:
    file = file_of(OWN).model_copy(update={"timing": timing})
    proposal = propose(file)
    (approval,) = effects(file.model_copy(update={"proposal": proposal}), proposal.option("release"))

    assert urgency(file) == zone
    assert isinstance(approval, ApproveDispatch)
    assert approval.valid_until == NOW + timedelta(hours=good_for)
    assert proposal.option("release").expires_at == NOW + timing.approval


LOADED_ON = PastAnswer(
    step=2, state="", topic="load", choice="load", people=("willa",), values={"vehicle": "M-LK 77", "seal": "S-1"},
    at=NOW,
)  # fmt: skip


def step_of(name: str, *answers: PastAnswer, **of: Any) -> Option:
    """The step of this name as it is shown, of what leaves as it is and lacks nothing else."""
    ramp = {
        "complete_loading": ShipmentStatus.LOADING,
        "leave_short": ShipmentStatus.LOADING,
        "depart": ShipmentStatus.LOADED,
    }
    file = file_of(SHIPPED, LOADED_ON, *answers, status=ramp.get(name, ShipmentStatus.PICKED), **of)
    let_go = {**file.evidence[0].values, "approved": name != "release", "as_approved": True}
    found, ready = file.evidence[0].model_copy(update={"values": let_go}), file_of(SHIPPED).evidence[1]
    return propose(file.model_copy(update={"evidence": (found, ready)})).option(name)


def of_lot(lot: str, quantity: int) -> dict[str, Any]:
    """So much of this lot leaves."""
    return {"lines": (ShipmentLine(order="SO-1", line="10", quantity=Decimal(quantity), lots=(lot,)),)}


@pytest.mark.parametrize("name", ["release", "load", "complete_loading", "depart"])
@pytest.mark.parametrize(
    ("now", "because"),
    [
        ({"picked_by": ("dev", "carla")}, ()),
        (of_lot("V1", 39), ("what it is about",)),
        (of_lot("V2", 40), ("what it is about",)),
        ({"handling_units": Decimal(3)}, ("Handling units: nobody said; now 3.",)),
        ({"weight": Decimal(420)}, ("Weight: nobody said; now 420.",)),
    ],
)
def test_whoever_lets_it_go_has_it_loaded_or_leave_does_so_for_what_leaves_as_it_was_shown(
    name: str, now: dict[str, Any], because: tuple[str, ...]
) -> None:
    differs = still_stands(step_of(name), step_of(name, **now))

    assert len(differs) == len(because)
    assert all(why in text for why, text in zip(because, differs, strict=True))


def test_who_lets_less_leave_does_so_for_what_is_loaded_then() -> None:
    less, more = (
        said("loaded_less", 3, "loaded").model_copy(update={"values": {"SO-1:10:V1": quantity}})
        for quantity in ("30", "35")
    )

    differs = still_stands(step_of("leave_short", less), step_of("leave_short", more))

    assert differs == ("Loaded: 30 of SO-1:10:V1; now 35 of SO-1:10:V1.",)


def test_who_lets_a_stopped_shipment_go_on_does_so_for_why_it_was_stopped() -> None:
    hold = ShipmentHold(site=SITE, shipment="SH-9", role=Role.SALES, placed_by="anna", because="He asks to wait.")
    file, why = file_of(SHIPPED), Reason(code=STOPPED, thing="SH-9:sales", owner=Role.SALES, text="Anna stopped it.")
    ready = file.evidence[1].model_copy(update={"verdict": Verdict.FAIL, "reasons": (why,)})

    def lift(stopped: ShipmentHold) -> Option:
        found = file.evidence[0].model_copy(update={"values": {**file.evidence[0].values, "stopped": (stopped,)}})
        return propose(file.model_copy(update={"evidence": (found, ready)})).option(lifting(stopped))

    assert still_stands(lift(hold), lift(hold)) == ()
    assert still_stands(lift(hold), lift(hold.model_copy(update={"because": "He does not pay."}))) == (
        "Because: He asks to wait; now He does not pay.",
    )


def test_at_the_gate_the_vehicle_is_shown_and_the_seal_is_read_off_it() -> None:
    shown = step_of("depart")

    assert (shown.rests_on["vehicle"], shown.rests_on["carrier"]) == ("M-LK 77", "CARRIER-1")
    assert "S-1" not in shown.model_dump_json()


def test_what_is_told_of_a_customer_is_waited_for_only_where_nobody_said_in_which_country_he_is() -> None:
    file = file_of(SHIPPED)
    found, ready = file.evidence
    why = Reason(code=COUNTRY_UNKNOWN, thing="ACME", owner=Role.SALES, text="Nobody said in which country ACME is.")
    unknown = ready.model_copy(update={"verdict": Verdict.UNKNOWN, "reasons": (why,)})
    acme = Watched(Customer, SITE, "customer", "ACME")

    assert acme in watched.readiness(file.model_copy(update={"evidence": (found, unknown)}))
    assert acme not in watched.readiness(file)
