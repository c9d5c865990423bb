"""What an order change comes to, from what the checks found."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.case import PastAnswer
from domain.evidence import Verdict
from domain.facts import JobStatus, LineStatus, Lot, LotStatus, OrderLine, Shipment, ShipmentStatus
from domain.master_data import Customer, Item
from domain.option import Proposal
from domain.order_line.findings import findings
from domain.order_line.proposed import policy_inputs
from domain.order_line.questions import decision, handoffs, information, offer, repair
from domain.order_line.requested import is_less, need
from domain.processes.order_change import ORDER_CHANGE, propose
from domain.question import QuestionDraft
from domain.roles import Role
from tests.domain.assessed import CHECKS, NOW, POLICY, Told, assessed, case, day, job, line, options, proposal, taken
from tests.support.small_plant import SITE


def only(questions: tuple[QuestionDraft, ...]) -> QuestionDraft:
    (question,) = questions
    return question


# What is needed


def test_what_is_not_asked_for_stays_as_it_is() -> None:
    needed = need(case("SO-2", quantity="14"))

    assert (needed.item, needed.quantity, needed.further, needed.by) == ("PUMP", Decimal(14), Decimal(4), day(12))


def test_another_item_is_needed_in_full() -> None:
    needed = need(case("SO-2", item="VALVE"))

    assert (needed.quantity, needed.further) == (Decimal(10), Decimal(10))


def test_a_cancelled_line_needs_nothing() -> None:
    needed = need(case("SO-2", cancel=True, quantity="14"))

    assert needed.quantity == needed.further == 0


def test_the_requester_may_allow_what_the_order_does_not() -> None:
    assert need(case("SO-2", substitute_allowed=True)).substitute_allowed
    assert not need(case("SO-2", quantity="11")).substitute_allowed


# Less or more


@pytest.mark.parametrize(
    ("wanted", "less"),
    [
        ({"quantity": "9"}, True),
        ({"cancel": True}, True),
        ({"quantity": "9", "requested_at": day(13)}, True),
        ({"quantity": "10"}, False),
        ({"quantity": "9", "requested_at": day(11)}, False),
        ({"quantity": "9", "item": "VALVE"}, False),
    ],
)
def test_a_change_that_only_takes_away_is_told_from_one_that_also_wants_something(
    wanted: dict[str, Any], less: bool
) -> None:
    assert is_less(need(case("SO-2", **wanted)), line("SO-2")) is less


def test_silence_keeps_the_order_where_more_is_wanted_and_decides_nothing_where_less_is() -> None:
    more, less = assessed("SO-2", quantity="14"), assessed("SO-5", cancel=True)

    assert only(decision(more)).on_silence == "reject"
    assert only(decision(less)).on_silence is None


# Nothing to decide


def test_ends_where_the_line_says_already_what_is_asked() -> None:
    assert proposal(assessed("SO-1", quantity="40.0")).settled == "no_effect"


@pytest.mark.parametrize(
    ("change", "others", "because"),
    [
        ({"quantity": "50"}, (line("SO-1", status=LineStatus.CLOSED),), "The line is closed."),
        ({"quantity": "11"}, (line("SO-1", shipped=Decimal(12)),), "12 are shipped already"),
        ({"cancel": True}, (line("SO-1", shipped=Decimal(1)),), "1 are shipped already"),
    ],
)
def test_rejects_at_once_what_the_order_book_does_not_allow(
    change: dict[str, Any], others: tuple[OrderLine, ...], because: str
) -> None:
    settled = proposal(assessed("SO-1", *others, **change))

    assert settled.settled == "rejected"
    assert because in settled.because


def test_what_was_changed_past_everybody_is_let_be_where_nothing_follows() -> None:
    closed = proposal(assessed("SO-1", line("SO-1", status=LineStatus.CLOSED), quantity="50", already_made=True))
    asked = proposal(assessed("SO-2", quantity="14", already_made=True))

    assert closed.settled == asked.refused == "let_be"
    assert proposal(assessed("SO-2", quantity="14")).refused == ""


def test_rejects_a_change_of_what_is_being_loaded() -> None:
    settled = proposal(assessed("SO-4", quantity="25"))

    assert settled.settled == "rejected"
    assert "SH-4 is being loaded" in settled.because


# Unknown is never a yes


def test_what_people_have_decided_while_it_looks_again_is_not_taken_out_of_their_hands() -> None:
    file = assessed("SO-1", quantity="41")
    no = PastAnswer(step=file.version, state="awaiting_decision", topic="decision", choice="reject", at=file.at)

    assert propose(file.model_copy(update={"answers": (no,)})).automatic is None
    assert propose(file.model_copy(update={"answers": (no,), "version": file.version + 3})).automatic


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_unknown_is_never_automatic(check: str) -> None:
    known, blind = assessed("SO-1", quantity="41"), assessed("SO-1", silent={check}, quantity="41")

    assert proposal(known).automatic == "accept_as_asked"
    assert proposal(blind).automatic is None
    assert proposal(blind).settled is None


@given(st.frozensets(st.sampled_from(CHECKS), min_size=1), st.integers(0, 80))
def test_whatever_is_unknown_somebody_can_say_how_it_goes_on(silent: frozenset[str], quantity: int) -> None:
    file = assessed("SO-1", silent=silent, quantity=Decimal(quantity))

    proposed = proposal(file)

    if quantity != 40:
        assert proposed.automatic is None
    if proposed.settled is None:
        (asked,) = information(file) if proposed.lacking else decision(file)
        assert asked.roles
        assert any(choice.ends for choice in asked.choices)


def test_asks_for_what_is_missing_when_nobody_knows_the_order_itself() -> None:
    file = assessed("SO-1", silent={"order"}, quantity="41")

    question = only(information(file.model_copy(update={"decided_because": proposal(file).because})))

    assert proposal(file).lacking == ("It does not answer.",)
    assert (question.roles, question.context) == ((Role.SALES,), "It does not answer.")


def test_unknown_capacity_is_treated_as_the_frozen_zone() -> None:
    file = assessed("SO-1", silent={"capacity"}, quantity="41")

    (ruled,) = proposal(file).options

    assert ruled.ruling.rules[0] == "frozen_cheap"
    assert ruled.option.confidence == "unknown"
    assert ruled.option.deliveries[0].quantity == 41


def test_says_that_something_is_missing_where_there_is_no_way_at_all() -> None:
    spare = Item(site=SITE, item="SPARE", price=Decimal(5))
    ordered = line("SO-1", item="SPARE", quantity=Decimal(3))
    file = assessed("SO-1", spare, ordered, quantity="5")

    assert proposal(file).options == ()
    assert "No way is known to get SPARE." in proposal(file).lacking


# What the policy is asked


def test_the_policy_is_asked_about_the_change_of_the_value_of_the_line() -> None:
    file = assessed("SO-1", quantity="42")

    asked = policy_inputs(need(file), findings(file), options(file)["accept_as_asked"])

    assert (asked.zone, asked.value_change, asked.value_change_ratio) == ("liquid", Decimal(20), Decimal("0.05"))
    assert (asked.all_pass, asked.offer, asked.promises_broken, asked.cost) == (True, False, False, Decimal(0))


@pytest.mark.parametrize(("quantity", "automatic"), [("42", True), ("38", True), ("42.1", False), ("37.9", False)])
def test_nobody_is_asked_for_up_to_a_twentieth_more_or_less(quantity: str, automatic: bool) -> None:
    assert (proposal(assessed("SO-1", quantity=quantity)).automatic is not None) is automatic


def test_a_line_whose_price_nobody_knows_is_not_small_for_that() -> None:
    file = assessed("SO-1", line("SO-1", price=Decimal(0)), quantity="60")

    asked = policy_inputs(need(file), findings(file), options(file)["accept_as_asked"])

    assert (asked.value_change, asked.value_change_ratio) == (Decimal(0), Decimal("0.5"))
    assert proposal(file).automatic is None


def test_another_item_is_never_a_small_change() -> None:
    file = assessed("SO-1", line("SO-1", item="PUMP", quantity=Decimal(1)), item="VALVE")

    asked = policy_inputs(need(file), findings(file), options(file)["accept_as_asked"])

    assert (asked.all_pass, asked.value_change_ratio) == (True, Decimal(1))
    assert proposal(file).automatic is None


def test_finance_is_asked_where_the_customer_would_owe_too_much() -> None:
    poor = Customer(site=SITE, customer="ACME", credit_limit=Decimal(1000), exposure=Decimal(985))

    enough, too_much = (proposal(assessed("SO-1", poor, quantity=q)).options[0].ruling for q in ("41", "42"))

    assert enough.automatic
    assert Role.FINANCE in {need.role for need in too_much.require}


def test_engineering_and_quality_are_asked_where_another_revision_is_being_made() -> None:
    started = job("J-5", status=JobStatus.RUNNING)

    (ruled, *_) = proposal(assessed("SO-5", started, revision="B")).options

    assert {Role.ENGINEERING, Role.QUALITY_ENGINEER} <= {need.role for need in ruled.ruling.require}


def test_costly_work_is_not_stopped_without_the_sales_and_the_plant_manager() -> None:
    file = assessed("SO-5", job("J-5", status=JobStatus.RUNNING, quantity=Decimal(6)), cancel=True)

    ruled = {entry.option.name: entry.ruling for entry in proposal(file).options}

    # Six pumps at 400: more than the 2000 up to which the planner decides alone.
    assert {Role.SALES_MANAGER, Role.PLANT_MANAGER} <= {need.role for need in ruled["stop"].require}


# What is asked of whom


def test_the_decision_names_for_every_way_who_must_agree_and_lets_any_of_them_say_no() -> None:
    question = only(decision(assessed("SO-2", quantity="14")))

    needed = {choice.name: {need.role for need in choice.require} for choice in question.choices}
    assert needed["expedite"] == {Role.PLANNER}
    assert needed["reallocate"] == needed["reject"] == {Role.PLANNER, Role.SALES_MANAGER}
    assert [choice.name for choice in question.choices if choice.ends] == ["reject"]
    assert "10 to 14" in question.title


def test_the_decision_is_due_as_soon_as_the_zone_wants() -> None:
    slushy, liquid = only(decision(assessed("SO-2", quantity="14"))), only(decision(assessed("SO-1", quantity="60")))

    assert slushy.within.working == timedelta(hours=4)
    assert liquid.within.working_days == 1


def test_an_offer_lapses_when_the_customer_does_not_answer_in_time() -> None:
    question = only(offer(taken(assessed("SO-2", quantity="14"), "split")))

    assert (question.on_silence, question.silence_percent, question.within.working_days) == ("lapsed", 100, 2)
    assert question.roles == (Role.SALES,)


def test_a_failed_write_is_the_planners_and_never_decided_by_silence() -> None:
    question = only(repair(assessed("SO-2", quantity="14")))

    assert (question.roles, question.on_silence) == ((Role.PLANNER,), None)
    assert [choice.name for choice in question.choices] == ["retry", "done_by_hand", "abandon"]


def test_everybody_concerned_takes_a_change_over_each_with_the_whole_context() -> None:
    questions = handoffs(taken(assessed("SO-2", quantity="14"), "expedite"))

    assert [question.topic for question in questions] == [Role.PRODUCTION, Role.BUYER, Role.SALES]
    assert all("**Decided**: Expedite the purchases" in question.context for question in questions)
    assert all("asked by Anna" in question.context for question in questions)


def test_dispatch_redoes_the_papers_of_what_is_packed() -> None:
    packed = Told().one(Shipment, "SH-4").fact.model_copy(update={"status": ShipmentStatus.PICKED})
    file = taken(assessed("SO-4", packed, quantity="25"), "accept_as_asked")

    assert Role.DISPATCH in {question.topic for question in handoffs(file)}


def test_nobody_has_to_take_over_what_was_accepted_from_stock_without_asking_anybody() -> None:
    assert handoffs(taken(assessed("SO-1", quantity="41"), "accept_as_asked")) == ()


def test_only_the_lead_of_a_role_says_that_a_handoff_is_not_needed() -> None:
    questions = handoffs(taken(assessed("SO-2", quantity="14"), "expedite"))

    waive = {q.topic: next(c for c in q.choices if c.name == "waive").require[0].role for q in questions}
    assert waive == {
        Role.PRODUCTION: Role.PLANT_MANAGER, Role.BUYER: Role.PLANT_MANAGER, Role.SALES: Role.SALES_MANAGER,
    }  # fmt: skip


# Evidence as a whole


def test_an_offer_that_the_policy_leaves_to_nobody_is_the_planners_to_make() -> None:
    everything = POLICY.rows[-1].model_copy(update={"automatic": True, "require": ()})
    nobody = POLICY.model_copy(update={"rows": (everything,), "further": ()})
    file = assessed("SO-2", quantity="14").model_copy(update={"policy": nobody})
    ruled = tuple(entry for entry in propose(file).options if entry.option.offer)
    file = file.model_copy(update={"proposal": Proposal(options=ruled)})

    question = only(decision(file))

    assert {need.role for choice in question.choices for need in choice.require} == {Role.PLANNER}


def test_the_decision_says_when_the_requester_must_have_the_answer_and_is_due_no_later() -> None:
    needed_by = NOW + timedelta(minutes=30)

    asked = only(decision(assessed("SO-2", quantity="14", needed_by=needed_by)))
    unhurried = only(decision(assessed("SO-2", quantity="14")))

    assert (asked.needed_by, unhurried.needed_by) == (needed_by, None)
    assert f"**Answer needed by** {needed_by:%Y-%m-%d %H:%M} UTC." in asked.context
    assert "needed by" not in unhurried.context


def test_stock_on_hold_makes_a_change_somebodys_decision() -> None:
    held = Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(100), status=LotStatus.ON_HOLD)
    file = assessed("SO-1", held, quantity="41")

    assert findings(file).verdict is Verdict.WARN
    assert proposal(file).automatic is None


def test_a_line_changed_since_the_requester_saw_it_is_somebodys_decision() -> None:
    file = assessed("SO-1", before=line("SO-1", priority=5), quantity="41")

    assert findings(file).verdict is Verdict.WARN
    assert proposal(file).automatic is None


def test_an_option_expires_with_the_first_of_its_evidence_that_lasts_at_all() -> None:
    found = options(assessed("SO-1", quantity="41"))["accept_as_asked"]

    assert found.expires_at == NOW + timedelta(minutes=15)


def test_the_process_asks_what_its_states_say() -> None:
    asks = {state.name: state.questions for state in ORDER_CHANGE.states if state.questions is not None}

    assert asks == {
        "needs_information": information, "awaiting_decision": decision, "awaiting_customer": offer,
        "commit_failed": repair, "propagating": handoffs,
    }  # fmt: skip
