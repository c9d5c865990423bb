"""The small plant's record and a case of it, moved on as its workflow would."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import SQLModel, func, select

from domain.calendar import Duration
from domain.case import Entered, EscalationStep, Step
from domain.decision import Answer, Channel, Principal, PrincipalKind
from domain.evidence import Evidence, Verdict, pack_digest
from domain.fact import Fact, Reading
from domain.form import FieldKind, Form, FormField
from domain.master_data import Person
from domain.option import Option, Proposal, RuledOption
from domain.order_line.requested import OrderChangeRequest
from domain.policy import Requirement, Ruling
from domain.processes.order_change import ORDER_CHANGE
from domain.question import QuestionDraft, Rung, RungKind
from domain.roles import Role
from runtime.policies import publish_defaults
from storage.acting import Acting
from storage.cases import Cases, OpenedCase, locked
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.facts import FactStore
from storage.identity import Caller
from storage.readiness_policies import ReadinessPolicies
from storage.record import CaseRecord
from storage.requests import RequestKey
from storage.tables.cases import CommandRow
from storage.tables.questions import QuestionRow
from tests.support.small_plant import PEOPLE, SITE, small_plant

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
PLANNERS = ("boris", "petra", "paola", "pia", "piet", "prem")
"""As many as there are places in a race."""
FOUR_HOURS = Duration(clock=timedelta(hours=4))

Row = TypeVar("Row", bound=SQLModel)
T = TypeVar("T")


async def keep_the_plant(database: Database) -> None:
    """What the small plant's systems say, more planners than usual, and the policy in force."""
    await publish_defaults(database)
    more = (Person(site=SITE, person=name, name=name.title(), roles=(Role.PLANNER,)) for name in PLANNERS)
    await tell(database, *small_plant(NOW), *more)


async def tell(database: Database, *facts: Fact, at: datetime = NOW) -> None:
    """Something is so in the plant from now on."""
    version = at.isoformat()
    await FactStore(database).keep([Reading(fact=fact, source="erp", version=version, as_of=at) for fact in facts])


def minutes(number: int) -> datetime:
    """So many minutes after everything begins."""
    return NOW + timedelta(minutes=number)


def person(name: str) -> Principal:
    """Somebody of the plant."""
    return Principal(kind=PrincipalKind.PERSON, id=name, name=name.title())


def acting(name: str, minute: int = 0, *, site: str = SITE, key: RequestKey | None = None) -> Acting:
    """Somebody does something, so many minutes after everything begins."""
    return Acting(Caller(person(name), (site,), ()), Channel.API, minutes(minute), key)


def more_valves(quantity: int = 50, order: str = "SO-1") -> OrderChangeRequest:
    """The customer wants another quantity."""
    return OrderChangeRequest(order=order, line="10", quantity=Decimal(quantity), reason="CUSTOMER_REQUEST")


async def ask(
    database: Database,
    request: OrderChangeRequest | None = None,
    *,
    by: str = "anna",
    at: datetime = NOW,
    key: RequestKey | None = None,
) -> OpenedCase:
    """Ask for a change."""
    wanted = request or more_valves()
    return await Cases(database).open(ORDER_CHANGE, SITE, wanted, person(by), Channel.API, at, key)


async def asked_to_decide(
    database: Database,
    *needs: Role | Requirement,
    by: str = "anna",
    order: str = "SO-1",
    quantity: int = 50,
    at: datetime = NOW,
    within: Duration = FOUR_HOURS,
    signed: str | None = None,
) -> str:
    """The id of a new case that has come to its decision, by *needs*: by a planner if none is named."""
    opened = await ask(database, more_valves(quantity, order), by=by, at=at)
    assert opened.result == "opened", "the plant must not be busy with this line already"
    record = CaseRecord(database)
    await move(database, opened.case_id, 1, "assessing", at=at, assessment=1)
    await record.keep_evidence(opened.case_id, 1, evidence(at))
    await record.keep_proposal(opened.case_id, 1, proposal(needs or (Role.PLANNER,), at, within, signed))
    await move(database, opened.case_id, 2, "awaiting_decision", at=at, assessment=1)
    return opened.case_id


def question_of(case_id: str) -> str:
    """The id of the decision that ``asked_to_decide`` led to."""
    return f"{case_id}-2-1"


async def seen_now(database: Database, question_id: str) -> str:
    """The digest of the evidence that the question shows whoever reads it."""
    (question,) = await rows(database, QuestionRow, id=question_id)
    return question.evidence


async def move(
    database: Database, case_id: str, sequence: int, state: str, *, at: datetime = NOW, **more: Any
) -> Entered:
    """Move the case as its workflow would."""
    step = Step(case_id=case_id, sequence=sequence, at=at, state=state, because=f"On to {state}.", **more)
    return await CaseRecord(database).enter(step)


async def has_looked(database: Database, case_id: str) -> None:
    """The case has seen all that it was told, as its workflow would have."""
    async with database.transaction() as session:
        case = await locked(session, case_id)
        told = await session.exec(select(func.max(CommandRow.number)).where(CommandRow.case_id == case_id))
        case.seen, case.hinted = told.one() or 0, False
        session.add(case)


async def answer(
    database: Database,
    question: str,
    choice: str,
    by: str,
    *,
    reason: str = "",
    seen: str | None = None,
    at: datetime = NOW,
    key: RequestKey | None = None,
) -> Answered:
    """Answer a question, on what it shows unless something else was *seen*."""
    said = Answer(choice=choice, reason=reason, seen=seen or await seen_now(database, question))
    return await Decisions(database).answer(question, said, person(by), Channel.API, at, key)


def evidence(at: datetime = NOW) -> Evidence:
    """The stock suffices."""
    return Evidence(
        check="availability", verdict=Verdict.PASS, values={"available": "100"},
        source="erp", source_version="1", as_of=at, valid_until=at + timedelta(minutes=15),
    )  # fmt: skip


def proposal(
    needs: Iterable[Role | Requirement],
    at: datetime = NOW,
    within: Duration = FOUR_HOURS,
    signed: str | None = None,
) -> Proposal:
    """Accept as asked, or later, if those agree whom *needs* names, who sign it where *signed* says what that means."""
    ruling = Ruling(
        rules=("liquid",), automatic=False,
        require=tuple(need if isinstance(need, Requirement) else Requirement(role=need) for need in needs),
        within=within, signed=() if signed is None else (signed,),
    )  # fmt: skip
    options = (
        Option(name="accept_as_asked", title="As asked", expires_at=at + timedelta(minutes=15)),
        Option(name="accept_later", title="Later", expires_at=at + timedelta(minutes=15), offer=True),
    )
    return Proposal(options=tuple(RuledOption(option=option, ruling=ruling) for option in options))


def resting_on(proposed: Proposal, **shown: str) -> Proposal:
    """The same ways, each for what whoever decides is *shown*."""
    ways = (
        way.model_copy(update={"option": way.option.model_copy(update={"rests_on": shown})}) for way in proposed.options
    )
    return proposed.model_copy(update={"options": tuple(ways)})


async def sign_waivers(database: Database, meaning: str, at: datetime) -> None:
    """Who agrees to a waiver of material signs that from an hour before *at* on, with this *meaning*."""
    policies, since = ReadinessPolicies(database), at - timedelta(hours=1)
    changes = {"site": SITE, "effective_from": since, "signed_waivers": {"materials_ready": meaning}}
    await policies.publish_shipped((await policies.published())[0].table.model_copy(update=changes), since)


async def with_a_picture(database: Database, question: str) -> None:
    """The first choice of the question asks for a picture from now on."""
    async with database.transaction() as session:
        row = await session.get_one(QuestionRow, question)
        draft = QuestionDraft.model_validate(row.draft)
        form = Form(fields=(FormField(name="picture", title="Picture", kind=FieldKind.ATTACHMENT),))
        first = draft.choices[0].model_copy(update={"form": form})
        row.draft = draft.model_copy(update={"choices": (first, *draft.choices[1:])}).model_dump(mode="json")
        session.add(row)


def rung(case_id: str, kind: RungKind, percent: int, role: Role | None = None) -> EscalationStep:
    """So much of the four hours has passed."""
    at = NOW + timedelta(hours=4) * percent / 100
    return EscalationStep(
        case_id=case_id,
        question_id=question_of(case_id),
        rung=Rung(at=at, kind=kind, percent=percent, role=role),
        at=at,
    )


async def rows(database: Database, kind: type[Row], /, **where: Any) -> list[Row]:
    """The rows of *kind* that fit, as they stand in the record."""
    async with database.reading() as session:
        return list((await session.exec(select(kind).filter_by(**where))).all())


async def race(*entrants: Coroutine[Any, Any, T]) -> list[T | BaseException]:
    """How each fared when all started in the same instant."""
    return await asyncio.gather(*entrants, return_exceptions=True)


async def found_out(database: Database, case_id: str, step: int) -> str:
    """Sales finds it out, and the decision is asked anew by the question that is returned."""
    await move(database, case_id, step, "needs_information", assessment=1)
    await answer(database, f"{case_id}-{step}-1", "assess_again", "anna", reason="Revision B.")
    await move(database, case_id, step + 1, "assessing", assessment=1)
    await CaseRecord(database).keep_proposal(case_id, 1, proposal(PEOPLE["boris"]))
    await move(database, case_id, step + 2, "awaiting_decision", assessment=1)
    return f"{case_id}-{step + 2}-1"


SEEN = pack_digest((evidence(),))
"""What is seen with the question that ``asked_to_decide`` leads to when everything begins."""
