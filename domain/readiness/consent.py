"""Agreeing to a waiver by signature: bound to the waiver as it was asked for, so that it says nothing of another."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from domain.decision import Principal
from domain.electronic_signature import ElectronicSignature, KeptSignature, Reauthentication, ToSign
from domain.evidence import digest
from domain.readiness.waiver import Consent, Waiver
from domain.words import in_words

AGREE: Final = "agree"
"""What is signed: nobody signs that he does not agree."""


def to_sign(waiver: Waiver, meaning: str | None) -> ToSign:
    """That somebody agrees to *waiver*, which by the policy says *meaning*."""
    return ToSign(waiver.id, AGREE, f"Agreeing to {waiver.id}", meaning, record_of(waiver))


def record_of(waiver: Waiver) -> str:
    """The digest of *waiver* as it was asked for, whoever has agreed since."""
    return digest(waiver.model_dump(mode="json", include=_AS_ASKED))


# Named one by one: a field that comes later must not make old signatures look altered.
_AS_ASKED = {"id", "predicate", "site", "subject", "reason", "expires_at", "scope", "about", "asked_by", "asked_at"}


def signed_consent(
    waiver: Waiver, consent: Consent, meaning: str | None, by: Principal, shown: Reauthentication | None, at: datetime
) -> Consent:
    """
    *consent* with the signature of *by*, by what was *shown*; as it is where none is asked.

    Raises SignatureNeeded, ReauthenticationWrong, NotAllowed, StaleEvidence.
    """
    proven = to_sign(waiver, meaning).proven(by, shown, at)
    if proven is None:
        return consent
    says, proof = proven
    signature = ElectronicSignature(
        name=by.name or by.id, person=by.id, role=consent.role, at=at, meaning=says, method=proof.method,
        proven_at=proof.at, version=len(waiver.waived_by), choice=AGREE, answered="Agreed", **what_is_signed(waiver),
    )  # fmt: skip
    return consent.model_copy(update={"signature": KeptSignature.of(signature)})


def what_is_signed(waiver: Waiver) -> dict[str, Any]:
    """What a signature says of *waiver*, field by field."""
    return {
        "case": waiver.id,
        "question": waiver.id,
        "asked": f"{in_words(waiver.predicate).capitalize()} of {waiver.subject} at {waiver.site} is waived",
        "reason": waiver.reason,
        "values": {
            "predicate": waiver.predicate, "subject": waiver.subject, "until": waiver.expires_at.isoformat(),
            "in_the_way": "; ".join(reason.text for reason in waiver.scope),
        },
        "evidence": record_of(waiver),
    }  # fmt: skip
