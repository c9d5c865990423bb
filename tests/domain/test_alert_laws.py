"""Whatever a rule says, it never stops less because somebody asks for more, and lets go only what was taken out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.alert.findings import ScopeFound, judge
from domain.alert.fitting import comes_to_fit, fits, reaches
from domain.alert.known import as_wanted
from domain.alert.requested import QualityAlertRequest, founded, in_force
from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.fact import F, Reading
from domain.facts import Inspection, Lot
from domain.option import Option, still_stands
from domain.processes.quality_alert import QUALITY_ALERT, propose
from domain.release import Hold, HoldRule
from runtime.policies import FOLDER, read_policy
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)

times = st.none() | st.integers(0, 5).map(lambda days: NOW - timedelta(days=days))
items = st.lists(st.sampled_from(["VALVE", "PUMP"]), unique=True, max_size=2).map(sorted).map(tuple)
rules = st.builds(
    HoldRule, site=st.just(SITE), by=st.sampled_from(["machine", "gauge", "delivery"]), of=st.just("X"),
    supplier=st.sampled_from([None, "Acme"]), items=items, since=times, case=st.just("QA-1"),
    because=st.sampled_from(["Burrs.", "Cracks."]), active=st.booleans(),
    without=st.sampled_from([(), ("VALVE:V1",)]),
)  # fmt: skip
lots = st.builds(
    Lot, site=st.just(SITE), item=st.sampled_from(["VALVE", "PUMP"]), lot=st.sampled_from(["V1", "V2"]),
    quantity=st.just(Decimal(1)), made_on=st.sampled_from([None, "X", "Y"]), made_at=times,
    supplier=st.sampled_from([None, "Acme", "Foundry"]), delivery=st.sampled_from([None, "X"]),
)  # fmt: skip
inspections = st.builds(
    Inspection, site=st.just(SITE), item=st.sampled_from(["VALVE", "PUMP"]), lot=st.sampled_from(["V1", "V2"]),
    inspection=st.just("bore"), gauge=st.sampled_from([None, "X"]), measured_at=times,
)  # fmt: skip


def scope(choice: str, **values: str) -> PastAnswer:
    """What somebody said of the scope."""
    return PastAnswer(step=1, state="in_force", topic="scope", choice=choice, values=values, at=NOW)


@given(rules, times, items, lots | inspections)
def test_a_wider_rule_stops_all_that_the_narrower_did(
    rule: HoldRule, since: datetime | None, of: tuple[str, ...], told: Lot | Inspection
) -> None:
    other = rule.model_copy(update={"since": since, "items": of})

    wider = rule.widened(since, of)

    assert fits(wider, told) >= (fits(rule, told) or fits(other, told))


@given(rules, times, items, lots | inspections)
def test_saying_that_it_goes_further_never_lets_anything_go(
    rule: HoldRule, since: datetime | None, of: tuple[str, ...], told: Lot | Inspection
) -> None:
    said = scope("extend", items="; ".join(of), **({"since": since.isoformat()} if since else {}))

    assert fits(as_wanted(rule, said), told) >= fits(rule, told)


@given(rules, lots | inspections)
def test_narrowed_it_lets_go_the_lots_named_and_no_other(rule: HoldRule, told: Lot | Inspection) -> None:
    narrowed = as_wanted(rule, scope("narrow", lots="VALVE:V2; PUMP:V1"))

    named = f"{told.item}:{told.lot}" in ("VALVE:V2", "PUMP:V1")
    assert fits(narrowed, told) == (fits(rule, told) and not named)
    assert not narrowed.clears("VALVE", "V9")


@given(rules, lots, lots)
def test_a_lot_is_stopped_when_it_comes_to_fit_and_not_by_every_word_of_it(rule: HoldRule, was: Lot, now: Lot) -> None:
    assert comes_to_fit(rule, now, None) == (rule.active and fits(rule, now))
    assert comes_to_fit(rule, now, was) == (rule.active and fits(rule, now) and not fits(rule, was))


@given(rules, rules, lots)
def test_a_rule_that_changes_stops_what_it_did_not_stop_for_this_before(
    before: HoldRule, rule: HoldRule, told: Lot
) -> None:
    stopped_already = before.active and fits(before, told) and before.because == rule.because

    assert reaches(rule, before, told) == (rule.active and fits(rule, told) and not stopped_already)
    assert reaches(rule, None, told) == (rule.active and fits(rule, told))


def test_nobody_knows_when_it_was_made_so_it_is_suspect() -> None:
    rule = HoldRule(site=SITE, by="machine", of="X", since=NOW, case="QA-1")

    assert fits(rule, Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(1), made_on="X"))


def test_is_in_force_with_the_request_and_takes_in_the_next() -> None:
    first = QualityAlertRequest(machine="M3", since=NOW, items=("VALVE",), defect="Burrs.", reason="MACHINE")
    again = QualityAlertRequest(machine="M3", since=NOW - timedelta(days=1), defect="Cracks.", reason="MACHINE")

    (rule,) = in_force(SITE, first, founded(SITE, first), "QA-1")
    (wider,) = in_force(SITE, again, rule, "QA-1")

    assert isinstance(rule, HoldRule)
    assert isinstance(wider, HoldRule)
    assert not founded(SITE, first).active
    assert (rule.active, rule.items, rule.since, rule.case) == (True, ("VALVE",), NOW, "QA-1")
    assert (wider.items, wider.since, wider.because) == ((), NOW - timedelta(days=1), "Cracks.")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, "one of machine, gauge and delivery"),
        ({"machine": "M3", "gauge": "G7"}, "one of machine, gauge and delivery"),
        ({"machine": "M3", "supplier": "Acme"}, "with one of his deliveries"),
    ],
)
def test_refuses_a_rule_that_says_too_little_or_too_much(asked: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        QualityAlertRequest.model_validate({"defect": "Burrs.", "reason": "OTHER", **asked})


def test_a_lot_that_slipped_through_gets_a_case_and_one_that_was_decided_on_does_not() -> None:
    rule = HoldRule(site=SITE, by="machine", of="X", case="QA-1", because="Burrs.")
    fitting = [Lot(site=SITE, item="VALVE", lot=name, quantity=Decimal(1), made_on="X") for name in "ABCD"]
    holds = [
        Hold(site=SITE, item="VALVE", lot="B", case="QA-1"),
        Hold(site=SITE, item="VALVE", lot="C", case="QH-2"),
        Hold(site=SITE, item="VALVE", lot="D", case="QA-1", active=False),
    ]

    found = judge(said(rule), [said(lot) for lot in fitting], [], [said(hold) for hold in holds], NOW)

    lots = ScopeFound.model_validate(found.values).lots
    assert [lot.lot for lot in lots if lot.waits] == ["A", "B"]
    assert [lot.lot for lot in lots if lot.held] == ["B", "C"]


def change_of(choice: str, *lots: Lot, of: HoldRule, named: str = "") -> Option:
    """The change of scope that a second engineer is asked about, while the rule is *of* this kind and stops *lots*."""
    holds = [Hold(site=SITE, item=lot.item, lot=lot.lot, case="QA-1") for lot in lots]
    found = judge(said(of), [said(lot) for lot in lots], [], [said(hold) for hold in holds], NOW)
    asked = QualityAlertRequest(machine="X", defect="Burrs.", reason="MACHINE")
    answer = scope(choice, evidence="Ten tested.", lots=named).model_copy(update={"people": ("quin",)})
    file = CaseFile(
        id="QA-1", process=QUALITY_ALERT.name, site=SITE, subject="machine:X", state="assessing", version=1,
        assessment=1, request=asked, before=said(of), requester=Principal(kind=PrincipalKind.PERSON, id="ines"),
        opened_at=NOW, policy=read_policy(FOLDER / "quality_alert.yaml"), evidence=(found,), answers=(answer,), at=NOW,
    )  # fmt: skip
    return propose(file).option(choice)


def test_what_a_second_engineer_agrees_to_is_for_the_rule_and_the_lots_that_he_was_shown() -> None:
    rule = HoldRule(site=SITE, by="machine", of="X", case="QA-1", because="Burrs.")
    first, second = (
        Lot(site=SITE, item="VALVE", lot=name, quantity=Decimal(100), made_on="X") for name in ("V1", "V2")
    )
    cracked = rule.model_copy(update={"because": "Cracks.", "severity": "safety"})

    for choice, lots, differs in (
        ("false_alarm", "", ("Lots: 100 of VALVE:V1; now 100 of VALVE:V1, 100 of VALVE:V2.",)),
        ("narrow", "VALVE:V1", ()),
        ("close", "", ()),
    ):
        shown = change_of(choice, first, of=rule, named=lots)
        assert still_stands(shown, change_of(choice, first, second, of=rule, named=lots)) == differs
        assert still_stands(shown, change_of(choice, first, of=cracked, named=lots)) == (
            "Because: Burrs; now Cracks.",
            "Severity: functional; now safety.",
        )


def said(fact: F) -> Reading[F]:
    """The fact as it is told now."""
    return Reading(fact=fact, source="erp", version="1", as_of=NOW)
