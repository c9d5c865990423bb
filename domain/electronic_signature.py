"""Electronic signatures: somebody proves anew who he is; his name, the time and the meaning stand with his answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import (
    DecisionRefused,
    GivenAnswer,
    NotAllowed,
    OpenQuestion,
    Principal,
    QuestionClosed,
    StaleEvidence,
    check_seen,
    choice_of,
    who_and_when,
)
from domain.evidence import digest
from domain.question import Choice
from domain.roles import Role
from domain.words import in_words

FRESH_FOR = timedelta(minutes=5)
"""How long after he proved who he is somebody may sign."""
HOW = (
    "Prove anew who you are, for this answer: with your password, or by logging in once more at the identity provider."
)
"""What whoever has to sign is told to do."""


class Method(StrEnum):
    """How somebody proved anew who he is."""

    PASSWORD = "password"  # noqa: S105 - a way, no password
    PROVIDER = "provider"
    """He logged in once more at the plant's identity provider, for this signature."""
    TOKEN = "token"  # noqa: S105 - a way, no token
    """The provider's token says that he logged in there a moment ago."""
    DEVELOPMENT = "development"
    """He did not: a development system takes a person's token for it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Proof(_Part):
    """How and when somebody proved who he is."""

    id: str
    """Of this one time."""
    method: Method
    at: AwareDatetime

    @classmethod
    def of_login(cls, method: Method, person: str, logged_in_at: datetime, now: datetime) -> Proof:
        """By a login of *person* at the provider, whose clock may be ahead: one proof, however often it is shown."""
        return cls(
            id=digest(["login", person, logged_in_at.isoformat()])[:32], method=method, at=min(logged_in_at, now)
        )


class Reauthentication(_Part):
    """That somebody proved anew who he is, in order to give one answer."""

    person: str
    question: str
    choice: str
    evidence: str
    """Digest of what he was shown."""
    proof: Proof
    """Serves one signature."""

    @property
    def good_until(self) -> datetime:
        """From when on it serves no signature."""
        return self.proof.at + FRESH_FOR


class ElectronicSignature(_Part):
    """An answer as it was signed. Its digest is over all of this."""

    name: str
    """Of who signed, as it is printed."""
    person: str
    role: Role
    on_behalf_of: str | None = None
    """Whom he acted for; nothing where he acted for himself."""
    at: AwareDatetime
    """By the server's clock."""
    meaning: str
    method: Method
    """How he proved who he is."""
    proven_at: AwareDatetime
    """When he did."""
    case: str
    version: int
    """Of the case when it was signed."""
    question: str
    asked: str
    """The question, in words."""
    choice: str
    answered: str
    """The choice, in words."""
    reason: str
    values: dict[str, str]
    """What he filled in."""
    attachments: tuple[str, ...] = ()
    """Digests of the attachments he named."""
    evidence: str
    """Digest of the evidence the question rested on."""

    @property
    def digest(self) -> str:
        """Binds the signature to what was signed: SHA-256 over the canonical JSON of all its fields."""
        # A field that comes later has to stay out of the JSON where it is unset, or old signatures would look altered.
        return digest(self)


class KeptSignature(_Part):
    """A signature with the digest it was given, wherever it is kept."""

    signature: ElectronicSignature
    digest: str

    @classmethod
    def of(cls, signature: ElectronicSignature) -> KeptSignature:
        """*signature* as it is given."""
        return KeptSignature(signature=signature, digest=signature.digest)


@dataclass(frozen=True)
class ToSign:
    """What somebody is about to say, and on what."""

    question: str
    """What it answers, such as a question or a waiver, by its name."""
    choice: str
    title: str
    """The choice, in words."""
    meaning: str | None
    """What his signature says; nothing where none is asked."""
    evidence: str
    """Digest of what it rests on."""

    @classmethod
    def answer(cls, question: OpenQuestion, choice: Choice) -> ToSign:
        """*choice* as the answer to *question*."""
        return cls(question.id, choice.name, choice.title, choice.signed, question.evidence)

    def proven(self, by: Principal, shown: Reauthentication | None, at: datetime) -> tuple[str, Proof] | None:
        """
        What *by* says with his signature, and what of the *shown* proves that it is he; nothing where none is asked.

        Raises SignatureNeeded, ReauthenticationWrong, NotAllowed, StaleEvidence.
        """
        if self.meaning is None:
            if shown is not None:
                raise self.not_signed()
            return None
        if shown is None:
            raise SignatureNeeded(f"{self.title} must be signed: “{self.meaning}”. {HOW}")
        if shown.person != by.id:
            raise NotAllowed("Somebody else proved who he is. Everybody signs for himself: prove who you are.")
        if (shown.question, shown.choice) != (self.question, self.choice):
            raise ReauthenticationWrong(
                f"You proved who you are to answer {shown.choice} to {shown.question}. That signs nothing else. {HOW}"
            )
        if shown.evidence != self.evidence:
            raise StaleEvidence("The evidence changed since you looked. Look again, then prove who you are, then sign.")
        check_fresh(shown.proof, at)
        return self.meaning, shown.proof

    def reauthenticated(self, by: Principal, proof: Proof | None, at: datetime) -> tuple[Reauthentication, str]:
        """
        That *by* proved anew who he is, to say it, and what he will say by signing it.

        Raises ReauthenticationWrong, SignatureNeeded.
        """
        if self.meaning is None:
            raise self.not_signed()
        if proof is None:
            raise SignatureNeeded(f"Nothing you have shown proves anew who you are. {HOW}")
        check_fresh(proof, at)
        shown = Reauthentication(
            person=by.id, question=self.question, choice=self.choice, evidence=self.evidence, proof=proof
        )  # fmt: skip
        return shown, self.meaning

    def not_signed(self) -> ReauthenticationWrong:
        """The refusal of a signature that nobody asked for."""
        return ReauthenticationWrong(f"{self.title} is not signed. Answer without a signature.")


class SignatureNeeded(DecisionRefused):
    """The answer must be signed, and it is not known anew that it is he who gives it."""


class ReauthenticationWrong(DecisionRefused):
    """He proved who he is, but for something else."""


def sign(
    question: OpenQuestion, given: GivenAnswer, by: Principal, case: str, version: int, shown: Reauthentication | None
) -> KeptSignature | None:
    """
    The signature that *given* is kept with, by what was *shown*; nothing where none is asked.

    Raises SignatureNeeded, ReauthenticationWrong, NotAllowed, StaleEvidence.
    """
    choice = choice_of(question.draft, given.choice)
    proven = ToSign.answer(question, choice).proven(by, shown, given.at)
    if proven is None:
        return None
    meaning, proof = proven
    signature = ElectronicSignature(
        name=by.name or by.id,
        person=by.id,
        role=given.role,
        on_behalf_of=given.on_behalf_of,
        at=given.at,
        meaning=meaning,
        method=proof.method,
        proven_at=proof.at,
        case=case,
        version=version,
        question=question.id,
        asked=question.draft.title,
        choice=given.choice,
        answered=choice.title,
        reason=given.reason,
        values=given.values,
        attachments=given.attachments,
        evidence=question.evidence,
    )
    return KeptSignature.of(signature)


def check_fresh(proof: Proof, at: datetime) -> None:
    """Nothing, if *proof* is of the last few minutes. Raises SignatureNeeded."""
    if at - proof.at >= FRESH_FOR:
        minutes = int(FRESH_FOR / timedelta(minutes=1))
        raise SignatureNeeded(f"It is more than {minutes} minutes since you proved who you are. {HOW}")


def reauthenticate(
    question: OpenQuestion, choice: str, seen: str | None, by: Principal, proof: Proof | None, at: datetime
) -> tuple[Reauthentication, str]:
    """
    That *by* proved anew who he is, to give *choice* as his answer, and what he will say by signing it.

    Raises QuestionClosed, UnknownChoice, SeenMissing, StaleEvidence, ReauthenticationWrong, SignatureNeeded.
    """
    if question.closed_at is not None:
        raise QuestionClosed(who_and_when(question))
    wanted = choice_of(question.draft, choice)
    check_seen(question, seen)
    return ToSign.answer(question, wanted).reauthenticated(by, proof, at)


class CheckedSignature(KeptSignature):
    """A signature as it is shown, with whether it still is what was signed."""

    intact: bool
    """Whether all is as it was signed."""
    altered: tuple[str, ...] = ()
    """What is not, in sentences."""


def altered(
    kept: KeptSignature | None, on_trail: KeptSignature | None, record: Mapping[str, Any], *, evidence: bool
) -> Iterator[str]:
    """
    What is not as it was signed, in sentences.

    *kept* is the signature beside the answer, *record* the answer and what it answers, both as they are now; *evidence*
    is whether the case still has the evidence that was signed.
    """
    if kept is None:
        yield "The signature is gone from the answer; the trail still has it."
        return
    if kept.signature.digest != kept.digest:
        yield "The signature was altered: its digest is another."
    if on_trail is None:
        yield "The trail knows no signature of this answer by this person."
    elif on_trail.digest != kept.digest:
        yield "The trail knows another signature of this answer."
    then = kept.signature.model_dump(mode="json")
    if different := [in_words(field) for field, now in record.items() if now != then.get(field, now)]:
        yield f"The record was altered since it was signed: {', '.join(different)}."
    if not evidence:
        yield "The evidence it was signed on was altered."
