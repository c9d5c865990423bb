"""Before anybody is alarmed the stock is counted; if the books say something else, they are put right first."""

from __future__ import annotations

from decimal import Decimal

from domain.case import CaseFile, PastAnswer
from domain.fact import plain_number
from domain.form import FieldKind, Form, FormField
from domain.option import Gap, Proposal
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role
from domain.shortage import wording
from domain.shortage.balance import Balance
from domain.shortage.severity import COUNTED_WITHIN, Severity

_WAREHOUSE = (Requirement(role=Role.WAREHOUSE),)
_COUNTED = Form(
    fields=(
        FormField(name="counted", title="Counted in all, whatever its state", kind=FieldKind.QUANTITY),
        FormField(name="bin", title="Where", kind=FieldKind.TEXT, required=False),
    )
)


def to_be_counted(file: CaseFile, balance: Balance, gap: Gap | None, severity: Severity | None) -> Proposal | None:
    """What the warehouse has to do first; nothing if it need not, or has."""
    if severity is None or not severity.pressing:
        return None
    said = _count(file)
    if said is None:
        told = "Somebody misses it." if gap is None else wording.missing(file.subject, gap)
        return Proposal(stage="counting", because=f"{severity}: {told}")
    if said.choice == "as_recorded" or _went_on(file, said):
        return None
    counted, recorded = Decimal(said.values["counted"]), balance.recorded
    if counted == recorded:
        return None
    text = f"{plain_number(counted)} {file.subject} were counted and {plain_number(recorded)} are recorded."
    return Proposal(stage="count_differs", because=text)


def count(file: CaseFile, balance: Balance, gap: Gap | None, severity: Severity) -> QuestionDraft:
    """How much there is, whatever the books say."""
    return QuestionDraft(
        kind=QuestionKind.STEP,
        topic="count",
        title=f"Count {file.subject}: is it there as recorded?",
        context=wording.context(file.subject, balance, gap),
        choices=(
            Choice(name="as_recorded", title="It is there as recorded", require=_WAREHOUSE),
            Choice(name="differs", title="There is more or less", require=_WAREHOUSE, form=_COUNTED),
        ),
        within=COUNTED_WITHIN[severity],
    )


def correction(file: CaseFile, severity: Severity) -> QuestionDraft:
    """That the books are put right: nothing is decided on a count that they do not know of."""
    return QuestionDraft(
        kind=QuestionKind.STEP,
        topic="correction",
        title=f"Correct the stock of {file.subject}",
        context=file.decided_because,
        choices=(
            Choice(name="corrected", title="Corrected: look again", require=_WAREHOUSE),
            Choice(name="count_again", title="Count it again", require=_WAREHOUSE),
        ),
        within=COUNTED_WITHIN[severity],
    )


def _count(file: CaseFile) -> PastAnswer | None:
    """The latest count, unless somebody wants another one."""
    again = (past.step for past in file.answers if past.choice == "count_again")
    return file.answered("count", since=max(again, default=0))


def _went_on(file: CaseFile, said: PastAnswer) -> bool:
    """Whether something was decided on it since: stock moves, and a count grows old."""
    return any(past.step > said.step and past.topic == "decision" for past in file.answers)
