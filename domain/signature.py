"""A signed answer: what a person, known to the door, wants to say by a way on which nobody can be known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import DecisionRefused
from domain.signalled import SignalledAnswer

GOOD_FOR = timedelta(minutes=15)
"""How long a signed answer may take to arrive."""


class SignedAnswer(BaseModel):
    """What a signature binds: one answer of one person to one question, on the evidence that was seen."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    """Counts once."""
    person: str
    name: str = ""
    case: str
    version: int
    """Of the case when it was signed. A case that has moved on asks again."""
    question: str
    choice: str
    reason: str = ""
    evidence: str
    """Digest of what was on the screen."""
    reauthentication: str | None = None
    """What whoever proved anew who he is was given, where the answer must be signed by himself as well."""
    expires_at: AwareDatetime


class SignatureRefused(DecisionRefused):
    """The signature does not prove what the answer says. Somebody may be trying something."""


class SignatureOutdated(DecisionRefused):
    """The signature was good once. Whoever signed may simply have been late."""


class Signatures(Protocol):
    """Makes and proves signatures."""

    def sign(self, answer: SignedAnswer) -> str:
        """A token that proves *answer*. Raises CannotSign."""

    def prove(self, token: str) -> SignedAnswer:
        """What was signed, whatever may have become of it since. Raises SignatureRefused."""


class CannotSign(Exception):
    """No key to sign with is set."""


def as_answer(sent: Sequence[object]) -> SignalledAnswer:
    """The answer that came as a signal; one to no question, if what was *sent* is no answer."""
    try:
        (answer,) = sent
        return SignalledAnswer.model_validate(answer)
    except ValueError:  # also that of Pydantic, and of too many or too few
        return SignalledAnswer(question="", choice="", person="")


def proven(said: SignalledAnswer, signatures: Signatures | None) -> SignedAnswer:
    """What the signature of *said* proves somebody to have said, anywhere and at any time. Raises SignatureRefused."""
    if signatures is None:
        raise SignatureRefused("Signatures cannot be proven here: no key is set.")
    signed = signatures.prove(said.signature)
    bound = (signed.question, signed.choice, signed.reason, signed.person)
    if bound != (said.question, said.choice, said.reason, said.person):
        raise SignatureRefused("The signature is for another answer than the one it came with.")
    return signed


def check_signed(signed: SignedAnswer, case_id: str, version: int, at: datetime) -> None:
    """Nothing, if *signed* is for *case_id* at *version* and no later. Raises SignatureRefused, SignatureOutdated."""
    if signed.case != case_id:
        raise SignatureRefused(f"The signature is for {signed.case}, not for {case_id}.")
    if at >= signed.expires_at:
        raise SignatureOutdated(f"The signature expired at {signed.expires_at:%Y-%m-%d %H:%M:%S} UTC. Sign anew.")
    if signed.version != version:
        raise SignatureOutdated("The case has moved on since this was signed. Look again, then sign anew.")
