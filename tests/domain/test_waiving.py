"""Asking in the case that a shipment leaves although something is not so: who can, of what, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.case import CaseFile
from domain.decision import Answer, OpenQuestion, Principal, PrincipalKind, UnknownChoice, admit
from domain.evidence import Reason
from domain.fact import Fact, Reading
from domain.facts import Shipment
from domain.leaving import findings, questions
from domain.leaving.requested import DispatchReleaseRequest
from domain.processes.dispatch_release import DISPATCH_RELEASE
from domain.question import QuestionDraft
from domain.readiness.judgement import Known
from domain.readiness.policy import Paper, ReadinessPolicy
from domain.readiness.predicates import judged
from domain.readiness.waiver import Consent, Waiver
from domain.release import Document, Hold, Slot
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from tests.support.ready_shipment import PAPERS, ready_shipment
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
POLICY = read_policy(FOLDER / "dispatch_release.yaml")
FIGURES = ReadinessPolicy(
    site=SITE, effective_from=NOW, time_to_live={}, documents=tuple(Paper(document=name) for name in PAPERS)
)
HELD = Hold(site=SITE, item="VALVE", lot="V1", severity="functional", because="leaks", case="QH-0")
DRAFT = Document(site=SITE, shipment="SH-9", document="packing_list")
IS_A_DRAFT = Reason(code="document_draft", thing="packing_list", owner=Role.DISPATCH, text="It is a draft.")
NO_SLOT = Slot(site=SITE, shipment="SH-9", starts_at=NOW, ends_at=NOW + timedelta(hours=8))


def tasks(*told: Fact, without: tuple[str, ...] = (), waivers: tuple[Waiver, ...] = ()) -> Mapping[Role, QuestionDraft]:
    """Who has to mend what about SH-9, which lacks nothing but what is *told*."""
    facts = {(fact.kind, fact.key): fact for fact in (*ready_shipment(NOW), *told)}
    readings = {
        key: Reading[Any](fact=fact, source="erp", version="1", as_of=NOW)
        for key, fact in facts.items()
        if key[1] not in without
    }
    known = Known(now=NOW, readings=tuple(readings.values()), policy=FIGURES, waivers=waivers)
    parts = {one.predicate: one for one in judged(Shipment, SITE, "SH-9", known).judgements}
    ready, _ = parts.pop("ready_for_release"), parts.pop("dispatch_approved")
    file = CaseFile(
        id="DR-1", process=DISPATCH_RELEASE.name, site=SITE, subject="SH-9", state="assessing", version=1,
        assessment=1, before=readings[Shipment.kind, "SH-9"], opened_at=NOW, policy=POLICY,
        request=DispatchReleaseRequest(shipment="SH-9", reason="PLANNED"), at=NOW,
        evidence=(findings.judge_readiness(ready, tuple(parts.values()), NOW),),
        requester=Principal(kind=PrincipalKind.PERSON, id="anna"),
    )  # fmt: skip
    return {draft.roles[0]: draft for draft in questions.tasks(file)}


def may_be_waived(draft: QuestionDraft) -> tuple[str, ...]:
    """Of what a waiver can be asked for there."""
    return next((choice.form.fields[0].words for choice in draft.choices if choice.name == "ask_waiver"), ())


def refusal(draft: QuestionDraft) -> str:
    """What its owner is told who asks for a waiver all the same."""
    question = OpenQuestion(id="DR-1-1-1", draft=draft, evidence="", requester="anna")
    by = Principal(kind=PrincipalKind.PERSON, id="quin")
    with pytest.raises(UnknownChoice) as refused:
        admit(question, Answer(choice="ask_waiver", reason="It is urgent."), by, frozenset(draft.roles), NOW)
    return str(refused.value)


def waiver(*agreed: str) -> Waiver:
    return Waiver(
        id="WV-1", site=SITE, predicate="documents_complete", subject="SH-9", reason="By courier.", scope=(IS_A_DRAFT,),
        expires_at=NOW + timedelta(hours=3), asked_by="emma", asked_at=NOW,
        waived_by=tuple(Consent(person=name, role=Role.SHIPPING_MANAGER) for name in agreed),
    )  # fmt: skip


def test_whoever_is_to_mend_it_may_ask_for_each_thing_that_can_be_waived() -> None:
    asked = tasks(DRAFT, NO_SLOT)

    assert may_be_waived(asked[Role.DISPATCH]) == ("documents_complete", "slot_booked")


def test_what_quality_has_not_cleared_is_never_waived_and_does_not_hide_what_is_another_s() -> None:
    asked = tasks(DRAFT, HELD)

    assert may_be_waived(asked[Role.QUALITY_ENGINEER]) == ()
    assert refusal(asked[Role.QUALITY_ENGINEER]) == "Nobody can waive qa cleared: it has to become so."
    assert may_be_waived(asked[Role.DISPATCH]) == ("documents_complete",)


def test_what_nobody_knows_is_found_out_and_not_waived() -> None:
    asked = tasks(without=("SH-9:packing_list",))

    assert "nobody knows whether it is so" in refusal(asked[Role.DISPATCH])


def test_what_is_asked_for_already_is_not_asked_for_twice_and_what_is_waived_is_not_in_the_way() -> None:
    asked = tasks(DRAFT, waivers=(waiver(),))
    waiting = asked[Role.DISPATCH]

    told = "WV-1 asks that documents complete is waived; shipping manager must agree."
    assert told in waiting.context
    assert refusal(waiting) == told
    assert asked[Role.SHIPPING_MANAGER].context == (
        "- Agree to WV-1, or not: emma asks that documents complete is waived until 2026-10-05 12:00 UTC. By courier."
    )
    assert Role.SHIPPING_MANAGER not in tasks(DRAFT, waivers=(waiver("sven"),))
    assert Role.DISPATCH not in tasks(DRAFT, waivers=(waiver("sven"),))
