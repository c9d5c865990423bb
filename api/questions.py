"""Questions: finding one's own, and answering them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.calling import CallersRoute, Calling, Serving, permits
from api.idempotency import OptionalKey, request_key
from api.lists import WantedPage, Word, link_next
from api.problem_kinds import OF_CALLERS, OF_WRITERS, Kind
from api.problems import Problem, documented
from api.services import Services
from api.strict_json import Strict
from domain.attachment import MOST_ATTACHMENTS, Digest
from domain.authorisation import Action
from domain.decision import LONGEST_REASON, Answer, Channel, StaleEvidence
from domain.signalled import SignalledAnswer
from domain.subject import Identifier
from domain.views import Page, QuestionDetail, QuestionInList, SignalToSend
from storage.decisions import Answered
from storage.identity import Caller
from storage.signals import to_be_signed

router = APIRouter(prefix="/v1/questions", tags=["questions"], route_class=CallersRoute)

QuestionId = Annotated[str, Path(max_length=60, pattern=r"^[A-Za-z0-9-]+$")]
OF_SIGNERS = (*OF_WRITERS, Kind.SIGNATURE_NEEDED)
OF_ANSWERS = (*OF_SIGNERS, Kind.QUESTION_CLOSED, Kind.SEEN_MISSING, Kind.STALE_EVIDENCE, Kind.DECISION_REFUSED)
"""What an answer to a question may end in."""


class WantedQuestions(WantedPage):
    """Which questions are wanted."""

    process: Word | None = None
    site: Identifier | None = None
    mine: bool = True
    """Only those that wait for somebody in one of your roles."""
    is_open: Annotated[bool | None, Field(alias="open")] = True
    snoozed: bool = False
    """Also those that you have put off for yourself."""


class GivenAnswer(BaseModel):
    """What a person says to a question."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    choice: Annotated[str, Field(min_length=1, max_length=64)]
    """The name of one of the question's choices."""
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""
    """Why; some choices need one."""
    seen: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """
    The ``evidence_digest`` of the question as it was read. The answer counts only with it, and only while it holds.
    """
    reauthentication: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """What you got for proving anew who you are; an answer whose choice is ``signed`` counts only with it."""


class AnswerToKeep(GivenAnswer):
    """What a person says to a question, for himself or for somebody who is away."""

    on_behalf_of: Identifier | None = None
    """Whom you answer for, as his substitute; nothing where you answer for yourself."""
    values: Annotated[
        dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=500)]], Field(max_length=50)
    ] = {}
    """What the form of the choice asks for, by the name of the field."""
    attachments: Annotated[tuple[Digest, ...], Field(max_length=MOST_ATTACHMENTS)] = ()
    """Digests of attachments of the case that go with it."""


@router.get("", responses=documented(*OF_CALLERS, Kind.VALIDATION))
@permits(Action.READ)
async def list_questions(
    wanted: Annotated[WantedQuestions, Query()],
    caller: Calling,
    services: Serving,
    request: Request,
    response: Response,
) -> Page[QuestionInList]:
    """Questions, the one due first first; unless asked otherwise, the open ones that you may answer."""
    page = await services.question_reader.questions(caller, services.now(), **wanted.model_dump())
    link_next(services, request, response, page.next)
    return page


@router.get("/{question_id}", responses=documented(*OF_CALLERS, Kind.NOT_FOUND, Kind.VALIDATION))
@permits(Action.READ)
async def show_question(question_id: QuestionId, caller: Calling, services: Serving) -> QuestionDetail:
    """A question with all that is needed to answer it: choices, options, evidence and its digest."""
    return await services.question_reader.question(question_id, caller, services.now())


@router.post("/{question_id}/answers", responses=documented(*OF_ANSWERS))
@permits(Action.ANSWER)
async def answer_question(
    question_id: QuestionId,
    given: Annotated[AnswerToKeep, Strict()],
    caller: Calling,
    services: Serving,
    key: OptionalKey = None,
) -> Answered:
    """
    Answer a question. Counts once it is answered here, also while the engine is down.

    An answer says what it was given on, as ``seen``. Without that it is refused; where something else is found by now,
    with the difference. Of those who answer at once the first decides; the others are told who did.
    """
    # A key that came before anybody could say more than his choice and why still names the same request.
    later = ("on_behalf_of", "values", "attachments", "reauthentication")
    asked = given.model_dump(exclude={name for name in later if not getattr(given, name)})
    try:
        return await services.decisions.answer(
            question_id,
            Answer.model_validate(asked),
            caller.principal,
            Channel.API,
            services.now(),
            request_key(caller, key, "answer", question_id, asked),
            caller.sites,
        )
    except StaleEvidence as stale:
        raise await with_difference(stale, question_id, given.seen, caller, services) from None


@router.post("/{question_id}/signatures", responses=documented(*OF_ANSWERS))
@permits(Action.ANSWER)
async def sign_answer(
    question_id: QuestionId,
    given: Annotated[GivenAnswer, Strict()],
    caller: Calling,
    services: Serving,
) -> SignalToSend:
    """
    An answer of yours, signed, to be sent as a signal from Temporal's user interface or command line.

    Nothing is decided by signing: the answer counts when it arrives, once, within a quarter of an hour, and only
    on the evidence it was signed on.
    """
    # Nobody learns of a question that he may not see.
    await services.question_reader.question(question_id, caller, services.now())
    said = Answer.model_validate(given.model_dump())
    try:
        signed, workflow_id = await to_be_signed(services.database, question_id, said, caller.principal, services.now())
    except StaleEvidence as stale:
        raise await with_difference(stale, question_id, given.seen, caller, services) from None
    return SignalToSend(
        workflow_id=workflow_id,
        signal="decide",
        argument=SignalledAnswer(
            question=signed.question,
            choice=signed.choice,
            reason=signed.reason,
            person=signed.person,
            signature=services.signatures.sign(signed),
        ),
        expires_at=signed.expires_at,
    )


async def with_difference(
    stale: StaleEvidence, question_id: str, seen: str | None, caller: Caller, services: Services
) -> Problem:
    """The refusal, with what is found now and how that differs from what was *seen*. Raises NotInSystem."""
    question = await services.question_reader.question(question_id, caller, services.now())
    changed = await services.question_reader.differences(question_id, seen)
    return Problem(
        Kind.STALE_EVIDENCE,
        " ".join([str(stale), *(f"{str(change).capitalize()}." for change in changed or ())]),
        seen=seen,
        evidence_digest=question.evidence_digest,
        evidence=[
            evidence.model_dump(mode="json", include={"check", "verdict", "reasons", "as_of"})
            for evidence in question.evidence
        ],
        changed=None if changed is None else [change.model_dump(mode="json") for change in changed],
    )
