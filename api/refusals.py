"""How what the house refuses is told at the door."""

from collections.abc import Callable
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.problem_kinds import Kind
from api.problems import (
    Flaw,
    Problem,
    ProblemResponse,
    by_status,
    documented,
    flaws_of,
    not_found,
    unavailable,
)
from domain.attachment import AttachmentEmpty, AttachmentTooLarge, DigestWrong, KindRefused
from domain.comment import MentionWrong
from domain.correction import CorrectionWrong
from domain.decision import (
    DecisionRefused,
    NotAllowed,
    QuestionClosed,
    ReasonMissing,
    SeenMissing,
    StaleEvidence,
    UnknownChoice,
    UntilWrong,
)
from domain.electronic_signature import FRESH_FOR, SignatureNeeded
from domain.policy_publishing import PolicyUnfit, ProposalLapsed
from domain.ports import NotInSystem, SystemUnavailable
from domain.readiness.predicates import NoPredicate
from domain.readiness.waiver import ExpiryWrong
from domain.reason import ReasonUnexplained
from domain.report import DayToCome
from domain.signature import CannotSign
from domain.substitution import PeriodWrong
from storage.cases import CommandNotAllowed
from storage.derived_lists import NobodyAwaited, NoSuchStatus
from storage.paging import BadCursor
from storage.policies import NoPolicy
from storage.requests import KeyReused

log = structlog.stdlib.get_logger(__name__)

router = APIRouter(tags=["problems"])


@router.get("/problems/{name}", responses=documented(Kind.NOT_FOUND))
async def explain(name: str) -> dict[str, str | int]:
    """What a kind of problem means, and what can be done about it."""
    for sort in (kind.value for kind in Kind):
        if sort.name == name:
            return {"type": sort.type, "title": sort.title, "status": sort.status, "help": sort.help}
    raise not_found()


def _as_details(_: Request, problem: Problem) -> Response:
    return ProblemResponse(problem)


def tell_of_refusals(app: FastAPI, tell: Callable[[Request, Problem], Response] = _as_details) -> None:
    """
    Let *app* answer whatever is refused as *tell* has it: with problem details, unless it is said otherwise.

    What is refused before a route is found goes by it as well (``problems.told``).
    """
    app.state.tell = tell

    async def told(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.kind is Kind.UNAVAILABLE:
            log.error("something is out of reach", cause=str(getattr(error, "orig", error)))
        if problem.kind is Kind.NOT_ALLOWED and (lapsed := getattr(request.state, "lapsed", None)):
            problem = Problem(Kind.NOT_ALLOWED, f"{problem.detail} {lapsed}")
        return tell(request, problem)

    for kind in REFUSALS:
        app.add_exception_handler(kind, told)


def problem_of(error: Exception) -> Problem:
    """What the caller is told of *error*, which is a refusal; if it was not for him to do or to see, the log tells."""
    told = next(_PROBLEMS[kind] for kind in type(error).__mro__ if kind in _PROBLEMS)
    problem = told(error)
    # Here, as whatever is refused comes by once: also in a form, and one of several answers.
    if isinstance(error, NotAllowed | NotInSystem):
        log.warning("access.refused", kind=problem.kind.value.name, why=str(error))
    return problem


def _as(kind: Kind) -> Callable[[Exception], Problem]:
    """The problem of *kind* that says what the exception says."""
    return lambda error: Problem(kind, str(error))


def _of_field(place: str) -> Callable[[Exception], Problem]:
    """The problem of one field that says what the exception says."""
    return lambda error: Problem(Kind.VALIDATION, str(error), flaws=[Flaw(pointer=place, detail=str(error))])


def _of_table(error: PolicyUnfit) -> Problem:
    return _of_field(f"/table/{error.field}")(error)


def _invalid(error: RequestValidationError) -> Problem:
    return Problem(Kind.VALIDATION, "errors says which field is wrong.", flaws=flaws_of(error.errors(), error.body))


def _to_be_signed(error: SignatureNeeded) -> Problem:
    # As RFC 9470 tells of a login that is too long ago.
    challenge = 'Bearer realm="lockstep", error="insufficient_user_authentication", max_age="{age}"'
    age = int(FRESH_FOR.total_seconds())
    return Problem(Kind.SIGNATURE_NEEDED, str(error), headers={"WWW-Authenticate": challenge.format(age=age)})


def _to_be_read(error: SeenMissing) -> Problem:
    return Problem(Kind.SEEN_MISSING, str(error), question=f"/v1/questions/{error.question}")


def _past_that(error: CommandNotAllowed) -> Problem:
    return Problem(Kind.COMMAND_NOT_ALLOWED, str(error), state=error.state, allowed_commands=list(error.allowed))


def _met_in_the_database(_: IntegrityError) -> Problem:
    # Two that do the same came at once; the one that committed first is the one that counts.
    return Problem(Kind.REQUEST_IN_FLIGHT, "Another request did this just now.", headers={"Retry-After": "1"})


_PROBLEMS: dict[type[Any], Callable[[Any], Problem]] = {
    HTTPException: by_status,
    RequestValidationError: _invalid,
    NotInSystem: lambda _: not_found(),
    SystemUnavailable: lambda error: unavailable(str(error)),
    NoPolicy: lambda error: unavailable(str(error)),
    CannotSign: lambda error: unavailable(str(error)),
    DecisionRefused: _as(Kind.DECISION_REFUSED),
    SignatureNeeded: _to_be_signed,
    NotAllowed: _as(Kind.NOT_ALLOWED),
    QuestionClosed: _as(Kind.QUESTION_CLOSED),
    SeenMissing: _to_be_read,
    StaleEvidence: _as(Kind.STALE_EVIDENCE),
    UnknownChoice: _of_field("/choice"),
    ReasonMissing: _of_field("/reason"),
    PeriodWrong: _of_field("/last_day"),
    DayToCome: _of_field("/date"),
    PolicyUnfit: _of_table,
    ProposalLapsed: _as(Kind.POLICY_LAPSED),
    UntilWrong: _of_field("/until"),
    MentionWrong: _of_field("/text"),
    AttachmentEmpty: _of_field(""),
    AttachmentTooLarge: _as(Kind.TOO_LARGE),
    KindRefused: _as(Kind.MEDIA_TYPE),
    DigestWrong: _of_field("query/digest"),
    CorrectionWrong: _of_field("/corrects"),
    ReasonUnexplained: _of_field("/comment"),
    ExpiryWrong: _of_field("/expires_at"),
    NoPredicate: _of_field("/predicate"),
    CommandNotAllowed: _past_that,
    KeyReused: _as(Kind.KEY_REUSED),
    BadCursor: _of_field("query/cursor"),
    NoSuchStatus: _of_field("query/status"),
    NobodyAwaited: _of_field("query/waiting_on"),
    IntegrityError: _met_in_the_database,
    DBAPIError: lambda _: unavailable("Our database did not answer."),
    PoolTimeout: lambda _: unavailable("Our database did not answer."),
}

REFUSALS = tuple(_PROBLEMS)
"""Whatever is told as a problem."""
