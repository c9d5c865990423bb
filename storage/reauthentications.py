"""Re-authentications: given to whoever proved anew who he is, to sign one answer with."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import DecisionRefused
from domain.electronic_signature import Method, Proof, reauthenticate
from domain.ports import NotInSystem
from storage.acting import Acting
from storage.database import Database
from storage.decisions import question_of_case
from storage.questions import open_question
from storage.tickets import TicketKind, new_ticket
from storage.trail import append


class Reauthenticated(BaseModel):
    """That somebody proved anew who he is, and what he signs with that."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reauthentication: str
    """Goes with the answer, once, by the same person."""
    question: str
    choice: str
    meaning: str
    """What the signature will say."""
    name: str
    """The name it will have."""
    evidence_digest: str
    """What it will be given on."""
    method: Method
    good_until: AwareDatetime
    """From when on it signs nothing."""


class Reauthentications:
    """Lets people prove who they are anew, each time for one answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(
        self, question_id: str, choice: str, seen: str | None, tried: Method | None, proof: Proof | None, acting: Acting
    ) -> Reauthenticated:
        """
        What the one who acts signs *choice* with, once he has proven who he is.

        He *tried* one way, and there is a *proof* if it was he. What he tried is on the trail, whatever it came to.
        Raises NotInSystem, a DecisionRefused.
        """
        by, at = acting.caller.principal, acting.at
        async with self._database.transaction() as session:
            case, row = await question_of_case(session, question_id)
            if not acting.caller.may_see(case.site):
                raise NotInSystem(f"There is no question {question_id}.")
            details = {"question": question_id, "choice": choice, "method": tried}
            try:
                shown, meaning = reauthenticate(await open_question(session, row), choice, seen, by, proof, at)
            except DecisionRefused as refusal:
                if tried is not None:
                    await append(
                        session, case, at=at, action="reauthentication_refused", by=by, channel=acting.channel,
                        reason=str(refusal), details=details,
                    )  # fmt: skip
                refused: DecisionRefused = refusal
            else:
                ticket = await new_ticket(session, TicketKind.SIGNATURE, shown.model_dump(mode="json"), at)
                await append(
                    session, case, at=at, action="reauthenticated", by=by, channel=acting.channel, details=details
                )
                return Reauthenticated(
                    reauthentication=ticket, question=question_id, choice=choice, meaning=meaning,
                    name=by.name or by.id, evidence_digest=shown.evidence, method=shown.proof.method,
                    good_until=shown.good_until,
                )  # fmt: skip
        raise refused
