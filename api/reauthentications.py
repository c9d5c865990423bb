"""Proving anew who one is, to sign an answer."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.acting import acting
from api.calling import CallersRoute, Calling, Serving, permits
from api.passwords import TooManyAttempts, who_has
from api.problem_kinds import Kind
from api.problems import Problem, documented
from api.questions import OF_ANSWERS, QuestionId, with_difference
from api.services import Services
from api.strict_json import Strict
from domain.authorisation import Action
from domain.decision import StaleEvidence
from domain.electronic_signature import Method, Proof
from storage.identity import Caller
from storage.reauthentications import Reauthenticated

router = APIRouter(prefix="/v1/questions/{question_id}/reauthentications", tags=["questions"], route_class=CallersRoute)


class ShownAnew(BaseModel):
    """Who you are, shown once more."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    password: Annotated[SecretStr, Field(max_length=1000)] | None = None
    """Of your account here. Without it your token has to say that you logged in within the last five minutes."""


class ProveWho(ShownAnew):
    """Who you are, shown once more to sign an answer."""

    choice: Annotated[str, Field(min_length=1, max_length=64)]
    """The answer you are going to sign."""
    seen: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """The ``evidence_digest`` of the question as it was read. Nothing is signed without it, or on another."""


@router.post("", status_code=201, responses=documented(*OF_ANSWERS))
@permits(Action.ANSWER)
async def prove_who(
    question_id: QuestionId,
    shown: Annotated[ProveWho, Strict()],
    request: Request,
    caller: Calling,
    services: Serving,
) -> Reauthenticated:
    """
    Prove anew who you are, to sign one answer to a question.

    What this returns goes with that answer as ``reauthentication``: once, by you, within five minutes. A token of ours,
    a link or a login before proves nothing here.
    """
    tried, proof = await proven(request, services, caller, shown.password)
    try:
        return await services.reauthentications.keep(
            question_id, shown.choice, shown.seen, tried, proof, acting(caller, services, None)
        )
    except StaleEvidence as stale:
        raise await with_difference(stale, question_id, shown.seen, caller, services) from None


async def proven(
    request: Request, services: Services, caller: Caller, password: SecretStr | None
) -> tuple[Method | None, Proof | None]:
    """Which way the caller tried to prove anew who he is, if any, and the proof if it was he. Raises Problem."""
    if password is None:
        return (None if caller.proof is None else caller.proof.method), caller.proof
    return Method.PASSWORD, await _by_password(request, services, caller.principal.id, password.get_secret_value())


async def _by_password(request: Request, services: Services, person: str, password: str) -> Proof | None:
    """That it is he, if it is. Raises Problem."""
    try:
        principal = await who_has(request, services, person, password)
    except TooManyAttempts as slow:
        raise Problem(Kind.RATE_LIMIT, str(slow), headers={"Retry-After": str(slow.seconds)}) from None
    return None if principal is None else Proof(id=uuid4().hex, method=Method.PASSWORD, at=services.now())
