"""Re-authentications: given to whoever proved anew who he is, to sign one answer with."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import DecisionRefused, Principal
from domain.electronic_signature import Method, Proof, Reauthentication, reauthenticate
from storage.acting import Acting, matter_of
from storage.database import Database
from storage.tickets import TicketKind, new_ticket


class Reauthenticated(BaseModel):
    """That somebody proved anew who he is, and what he signs with that."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    reauthentication: str
    """Goes with the answer, once, by the same person."""
    question: str
    """Or the waiver that is agreed to."""
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
            matter = await matter_of(session, question_id, acting)
            try:
                shown, meaning = reauthenticate(matter.question, choice, seen, by, proof, at)
            except DecisionRefused as refusal:
                if tried is not None:
                    await matter.note("reauthentication_refused", reason=str(refusal), choice=choice, method=tried)
                refused: DecisionRefused = refusal
            else:
                ticket = await new_ticket(session, TicketKind.SIGNATURE, shown.model_dump(mode="json"), at)
                await matter.note("reauthenticated", choice=choice, method=tried)
                return reauthenticated(ticket, shown, meaning, by)
        raise refused


def reauthenticated(ticket: str, shown: Reauthentication, meaning: str, by: Principal) -> Reauthenticated:
    """What *by* is told who has *shown* who he is: his *ticket*, and what he will say by signing with it."""
    return Reauthenticated(
        reauthentication=ticket, question=shown.question, choice=shown.choice, meaning=meaning,
        name=by.name or by.id, evidence_digest=shown.evidence, method=shown.proof.method, good_until=shown.good_until,
    )  # fmt: skip
