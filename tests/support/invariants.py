"""What must hold of every record, whatever happened (reliability, section 3)."""

from __future__ import annotations

from collections import Counter

from sqlmodel import select

from domain.catalog import PROCESSES
from domain.effect import EffectState
from domain.evidence import Verdict
from storage.database import Database
from storage.tables.cases import CaseRow, EffectRow, EvidenceRow, TrailRow
from storage.tables.questions import AnswerRow, QuestionRow


async def check_invariants(database: Database) -> None:
    """Fails naming what does not hold."""
    async with database.reading() as session:
        cases = (await session.exec(select(CaseRow))).all()
        questions = (await session.exec(select(QuestionRow))).all()
        answers = (await session.exec(select(AnswerRow))).all()
        effects = (await session.exec(select(EffectRow))).all()
        trail = (await session.exec(select(TrailRow))).all()
        evidence = (await session.exec(select(EvidenceRow))).all()
    open_subjects = Counter(case.workflow_id for case in cases if case.closed_at is None and not case.queued)
    assert all(count == 1 for count in open_subjects.values()), "two open cases about one subject"
    for case in cases:
        state = PROCESSES[case.process].state(case.state)
        assert state.final == (case.closed_at is not None), (
            f"{case.id} is {case.state} and open, or the other way round"
        )
        assert state.final or case.owner, f"{case.id} is nobody's"
        assert state.final or case.version == 0 or case.due_at is not None, f"{case.id} is never late"
        lines = sorted((line for line in trail if line.case_id == case.id), key=lambda line: line.sequence)
        assert [line.sequence for line in lines] == list(range(1, case.trail_length + 1)), f"{case.id} has a torn trail"
        _moves(case, [line for line in lines if line.to_state is not None])
    for question in questions:
        given = [answer for answer in answers if answer.question_id == question.id]
        assert len({answer.person for answer in given}) == len(given), f"{question.id} was answered twice by one person"
        if question.draft["kind"] == "decision":
            assert question.requester not in {answer.person for answer in given}, f"{question.id}: own request decided"
        said = ("answered", "asked_back")
        told = [line for line in trail if line.action in said and line.details.get("question") == question.id]
        assert len(told) == len(given), f"{question.id} has answers that are not on the trail"
    for effect in effects:
        case = next(case for case in cases if case.id == effect.case_id)
        if case.state in ("rejected", "withdrawn", "superseded", "expired", "no_effect", "abandoned"):
            assert effect.state != EffectState.CONFIRMED, f"{effect.key} stands though {case.id} is {case.state}"
    assert all(row.body["verdict"] in set(Verdict) for row in evidence)


def _moves(case: CaseRow, lines: list[TrailRow]) -> None:
    process = PROCESSES[case.process]
    for line in lines:
        if line.from_state is not None and line.action == "entered":
            overtaken = line.to_state == "superseded"
            assert overtaken or line.to_state in process.state(line.from_state).next, f"{case.id} jumped: {line.reason}"
    assert not lines or lines[-1].to_state == case.state
