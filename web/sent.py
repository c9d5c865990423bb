"""What a form sent and what stands against it, for the page that shows the form again."""

from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import ImmutableMultiDict

from api.problem_kinds import Kind
from api.problems import Problem
from api.refusals import problem_of
from domain.decision import FormRefused
from domain.evidence import Difference
from web.drafts import Draft
from web.forms import Said


@dataclass(frozen=True)
class Sent:
    """What a form of the page sent and was not taken yet, and why; nothing, as long as none was."""

    form: str = ""
    """Which one, such as ``answer/expedite``."""
    said: Said = field(default_factory=ImmutableMultiDict)
    trouble: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    """What is wrong with a field, by its name."""
    changed: tuple[Difference, ...] = ()
    """What is found otherwise than he saw it."""
    signs_until: datetime | None = None
    """Until when the answer is signed once he gives it: he came back from proving who he is."""
    status: int = 200

    @classmethod
    def before_signing(cls, draft: Draft | None) -> "Sent":
        """What somebody comes back with from proving who he is."""
        return cls() if draft is None else cls(draft.form, draft.said, signs_until=draft.good_until)

    @classmethod
    def refused(cls, form: str, said: Said, refusal: Exception, about: str = "") -> "Sent":
        """
        What was *said* in *form*, and is not taken because of *refusal*, which may be *about* one field.

        Raises Problem where no form helps.
        """
        problem = problem_of(refusal)
        if problem.kind in (Kind.NOT_FOUND, Kind.UNAUTHENTICATED, Kind.UNTRUSTED_ADDRESS):
            raise problem
        wrong = {flaw.pointer.removeprefix("/"): flaw.detail for flaw in problem.flaws}
        if isinstance(refusal, FormRefused):
            wrong |= {f"values/{name}": problem.detail for name in refusal.fields}
        if about:
            wrong[about] = problem.detail
        if problem.kind is Kind.SIGNATURE_NEEDED:
            wrong["password"] = problem.detail
        return cls(form, said, sentence(problem), wrong, _changed(problem), status=problem.status_code)

    def typed(self, form: str, name: str) -> str:
        """What was typed into a field."""
        return self.said.get(name, "") if form == self.form else ""

    def ticked(self, form: str, name: str) -> list[str]:
        """What was chosen of several."""
        return self.said.getlist(name) if form == self.form else []

    def wrong_with(self, form: str, name: str) -> str:
        """What is wrong with a field; nothing if it is right."""
        return self.wrong.get(name, "") if form == self.form else ""


def sentence(problem: Problem) -> str:
    """What a person is told of *problem*; of fields that are not right, what is expected of each."""
    if problem.kind is Kind.VALIDATION and problem.flaws:
        return " ".join(dict.fromkeys(flaw.detail for flaw in problem.flaws))
    return str(problem.detail)


def _changed(problem: Problem) -> tuple[Difference, ...]:
    return tuple(Difference.model_validate(change) for change in problem.more.get("changed") or ())
