"""Answers of the small plant that are signed."""

from __future__ import annotations

from datetime import datetime

from domain.decision import Answer, Channel, Principal
from domain.electronic_signature import CheckedSignature, Method, Proof
from storage.acting import Acting
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.electronic_signatures import SignatureReader
from storage.identity import Caller
from storage.reauthentications import Reauthentications
from tests.storage.plant import minutes, person, seen_now
from tests.support.small_plant import SITE

MEANING = "I agree to this change"


async def proven(
    database: Database,
    question: str,
    by: str = "boris",
    *,
    choice: str = "accept_as_asked",
    at: datetime | None = None,
    proof: str = "once",
) -> str:
    """What *by* is given for proving a minute after everything began who he is, to give *choice* as his answer."""
    proven_at = at or minutes(1)
    acting = Acting(Caller(person(by), (SITE,), ()), Channel.API, proven_at)
    shown = Proof(id=f"{proof} {by}", method=Method.PASSWORD, at=proven_at)
    seen = await seen_now(database, question)
    given = await Reauthentications(database).keep(question, choice, seen, Method.PASSWORD, shown, acting)
    return given.reauthentication


async def sign(
    database: Database,
    question: str,
    shown: str | None,
    by: str | Principal = "boris",
    *,
    choice: str = "accept_as_asked",
    at: datetime | None = None,
    on_behalf_of: str | None = None,
) -> Answered:
    """Two minutes after everything began *by* answers, and signs with what is *shown*."""
    seen = await seen_now(database, question)
    said = Answer(choice=choice, reason="As agreed.", seen=seen, reauthentication=shown, on_behalf_of=on_behalf_of)
    who = person(by) if isinstance(by, str) else by
    return await Decisions(database).answer(question, said, who, Channel.API, at or minutes(2))


async def signatures(database: Database, case_id: str) -> tuple[CheckedSignature, ...]:
    """As they are found now."""
    return await SignatureReader(database).of_case(case_id, (SITE,))
