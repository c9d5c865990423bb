"""The inbox: questions as those who may answer them look at them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, or_, tuple_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.claim import Claim
from domain.decision import DecisionRefused, may_answer
from domain.evidence import Difference, Evidence, differences, pack_digest
from domain.option import Proposal, RuledOption
from domain.parking import Parking
from domain.ports import NotInSystem
from domain.question import QuestionDraft, QuestionKind, Rung
from domain.roles import Role
from domain.views import Page, QuestionDetail, QuestionInList, QuestionSummary
from storage.database import Database
from storage.identity import Caller
from storage.paging import cursor_behind, keys_of, moment_in, page_size
from storage.questions import open_question
from storage.reading_attachments import attachments_of
from storage.standing_in import delegation, people_to_answer_for, standing_delegations
from storage.tables.cases import CaseRow, EvidenceRow, ProposalRow, TrailRow
from storage.tables.questions import BESIDE, AnswerRow, DelegationRow, QuestionRoleRow, QuestionRow, SnoozeRow


class QuestionReader:
    """Looks at questions and waits for nobody who writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def questions(  # noqa: PLR0913 - each is a way to narrow the list
        self,
        caller: Caller,
        at: datetime,
        *,
        site: str | None = None,
        process: str | None = None,
        mine: bool = True,
        snoozed: bool = False,
        is_open: bool | None = True,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[QuestionInList]:
        """
        The questions at the caller's sites that fit all that is given, as they stand at *at*, the one due first first.

        *mine* are those he can settle: asked of a role he holds there, neither answered by him already nor delegated
        to somebody, and no decision on a change he asked for himself. With *snoozed* also those that he has put off.
        Raises BadCursor.
        """
        query = select(QuestionRow).where(col(QuestionRow.site).in_(caller.sites))
        query = query.order_by(col(QuestionRow.due_at), col(QuestionRow.id))
        if site is not None:
            query = query.where(QuestionRow.site == site)
        if process is not None:
            query = query.where(QuestionRow.process == process)
        if mine:
            query = query.where(_for_one_of_his_roles(caller), _his_to_answer(caller.principal.id, at))
        if mine and not snoozed:
            query = query.where(~_put_off_by(caller.principal.id, at))
        if is_open is not None:
            closed = col(QuestionRow.closed_at)
            query = query.where(closed.is_(None) if is_open else closed.is_not(None))
        if cursor is not None:
            query = query.where(tuple_(col(QuestionRow.due_at), col(QuestionRow.id)) > _behind(cursor))
        size = page_size(limit)
        async with self._database.reading() as session:
            rows = (await session.exec(query.limit(size + 1))).all()
            behalves = await people_to_answer_for(session, rows[:size], caller, at)
        last = rows[size - 1] if len(rows) > size else None
        return Page[QuestionInList](
            items=tuple(
                QuestionInList(**dict(question_summary(row, at)), may_answer_for=behalves.get(row.id, ()))
                for row in rows[:size]
            ),
            next=None if last is None else cursor_behind(last.due_at.isoformat(), last.id),
        )

    async def question(self, question_id: str, caller: Caller, at: datetime) -> QuestionDetail:
        """The question with all that is needed to answer it at *at*. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await session.get(QuestionRow, question_id)
            if row is None or not caller.may_see(row.site):
                raise NotInSystem(f"There is no question {question_id}.")
            draft = QuestionDraft.model_validate(row.draft)
            assessment = await _assessment(session, row)
            standing = await standing_delegations(session, {row.id}, at)
            return QuestionDetail(
                **dict(question_summary(row, at)),
                context=draft.context,
                choices=draft.choices,
                on_silence=draft.on_silence,
                rungs=tuple(Rung.model_validate(rung) for rung in row.rungs),
                requester=row.requester,
                also_asked=tuple(row.also_asked or ()),
                excluded=draft.excluded,
                may_answer_for=(await people_to_answer_for(session, [row], caller, at)).get(row.id, ()),
                delegations=() if row.closed_at else tuple(map(delegation, standing)),
                answers=(await open_question(session, row)).given,
                attachments=await attachments_of(session, row.case_id),
                evidence=await _evidence(session, row.case_id, assessment),
                evidence_digest=row.evidence,
                options=await _options(session, row.case_id, assessment),
            )

    async def why_not(self, question_id: str, caller: Caller) -> str:
        """What keeps the caller from answering it himself, whatever he says; nothing if he may. Raises NotInSystem."""
        async with self._database.reading() as session:
            row = await session.get(QuestionRow, question_id)
            if row is None or not caller.may_see(row.site):
                raise NotInSystem(f"There is no question {question_id}.")
            try:
                may_answer(await open_question(session, row), caller.principal, caller.roles.get(row.site, frozenset()))
            except DecisionRefused as refusal:
                return str(refusal)
        return ""

    async def differences(self, question_id: str, seen: str | None) -> tuple[Difference, ...] | None:
        """
        What the question rests on that is otherwise than in the evidence of digest *seen*.

        Nothing if the case never had such evidence. Raises NotInSystem.
        """
        async with self._database.reading() as session:
            row = await session.get(QuestionRow, question_id)
            if row is None:
                raise NotInSystem(f"There is no question {question_id}.")
            assessment = await _assessment(session, row)
            now = await _evidence(session, row.case_id, assessment)
            for earlier in range(assessment, 0, -1):
                before = await _evidence(session, row.case_id, earlier)
                if pack_digest(before) == seen:
                    return differences(before, now)
        return None


def question_summary(row: QuestionRow, at: datetime) -> QuestionSummary:
    """The question as it stands in a list at *at*."""
    draft = QuestionDraft.model_validate(row.draft)
    turn = draft.turn(row.turn)
    return QuestionSummary(
        id=row.id,
        case_id=row.case_id,
        process=row.process,
        site=row.site,
        subject=row.subject,
        state=row.state,
        kind=draft.kind,
        topic=draft.topic,
        title=draft.title,
        roles=draft.roles,
        further_roles=tuple(Role(role) for role in row.further_roles),
        asked_at=row.asked_at,
        due_at=row.due_at,
        waited_for=turn.waited_for,
        waited_since=turn.since or row.asked_at,
        escalation=row.escalation,
        choice=row.choice,
        reason=row.reason,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        claim=standing_claim(row, at),
        parked=standing_parking(row, at),
        signed={choice.name: choice.signed for choice in draft.choices if choice.signed is not None},
    )


def standing_claim(row: QuestionRow, at: datetime) -> Claim | None:
    """Who sees to the question at *at*, if anybody does."""
    if row.claim is None or row.closed_at is not None:
        return None
    claim = Claim.model_validate(row.claim)
    return claim if claim.stands(at) else None


def standing_parking(row: QuestionRow, at: datetime) -> Parking | None:
    """What the question waits for at *at*, if it is parked."""
    if row.parked is None or row.closed_at is not None:
        return None
    parking = Parking.model_validate(row.parked)
    return parking if parking.stands(at) else None


def _for_one_of_his_roles(caller: Caller) -> ColumnElement[bool]:
    at_each_site = (
        and_(col(QuestionRow.site) == site, col(QuestionRoleRow.role).in_(roles))
        for site, roles in caller.roles.items()
    )
    asked = select(QuestionRoleRow.role).where(QuestionRoleRow.question_id == QuestionRow.id)
    return asked.where(or_(false(), *at_each_site)).exists()


def _his_to_answer(person: str, at: datetime) -> ColumnElement[bool]:
    # Somebody may have answered for him while he was away.
    his_word = or_(col(AnswerRow.person) == person, col(AnswerRow.on_behalf_of) == person)
    answered = select(AnswerRow.person).where(AnswerRow.question_id == QuestionRow.id, his_word)
    delegated = select(DelegationRow.number).where(
        DelegationRow.question_id == QuestionRow.id,
        DelegationRow.delegator == person,
        col(DelegationRow.ended_at).is_(None),
        or_(col(DelegationRow.until).is_(None), col(DelegationRow.until) > at),
    )
    decision = col(QuestionRow.draft)["kind"].as_string() == QuestionKind.DECISION
    excluded = col(QuestionRow.draft)["excluded"][person].as_string()
    also_asked = col(QuestionRow.also_asked)[person].as_string()
    return and_(
        ~answered.exists(),
        ~delegated.exists(),
        excluded.is_(None),
        ~and_(decision, or_(col(QuestionRow.requester) == person, also_asked.is_not(None))),
    )


def _put_off_by(person: str, at: datetime) -> ColumnElement[bool]:
    put_off = select(SnoozeRow.person).where(
        SnoozeRow.question_id == QuestionRow.id, SnoozeRow.person == person, col(SnoozeRow.until) > at
    )
    return put_off.exists()


def _behind(cursor: str) -> tuple[datetime, str]:
    due_at, question_id = keys_of(cursor, str, str)
    return moment_in(due_at), str(question_id)


async def _assessment(session: AsyncSession, question: QuestionRow) -> int:
    """Which assessment the question is about: the line of the trail that reports the asking says so."""
    if question.step == BESIDE:
        return (await session.get_one(CaseRow, question.case_id)).assessment
    query = select(TrailRow).where(TrailRow.once == f"{question.case_id}/{question.step}")
    asked = (await session.exec(query)).one()
    return int(asked.details["assessment"])


async def _evidence(session: AsyncSession, case_id: str, assessment: int) -> tuple[Evidence, ...]:
    query = select(EvidenceRow).where(EvidenceRow.case_id == case_id, EvidenceRow.assessment == assessment)
    rows = (await session.exec(query.order_by(EvidenceRow.check))).all()
    return tuple(Evidence.model_validate(row.body) for row in rows)


async def _options(session: AsyncSession, case_id: str, assessment: int) -> tuple[RuledOption, ...]:
    row = await session.get(ProposalRow, (case_id, assessment))
    return () if row is None else Proposal.model_validate(row.body).options
