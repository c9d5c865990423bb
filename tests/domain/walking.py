"""A case walked through without an engine: whatever it asks is answered, in any order with what happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, ClassVar, TypeVar

from domain.case import CaseFile, PastAnswer
from domain.effect import Effect
from domain.fact import Fact, Reading
from domain.form import FieldKind, Form, FormField, FormWrong, filled
from domain.option import Proposal
from domain.process import Process
from domain.question import Choice, QuestionDraft

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
PEOPLE = 0.6
"""How much of what happens people do who are asked."""
ROUNDS = 5
"""One is mostly enough. Some states are rare, and chance must not fail anybody's tests."""
FEW_FIELDS = 8
"""Of a form with more of them only what must be is filled in."""

T = TypeVar("T")
Choose = Callable[[Sequence[T]], T]


def the_first(among: Sequence[T]) -> T:
    """What leads on: the first of everything, and as much of it as there can be."""
    return among[0]


class Walking:
    """One case, its facts and what was answered. What it is about says how it is looked up and what a write does."""

    process: ClassVar[Process]
    been: ClassVar[set[str]]
    """Every state that any walk came to."""
    meanwhile: ClassVar[tuple[Callable[[Any], None], ...]]
    """What may happen in the plant, whatever the case waits for."""

    def __init__(self) -> None:
        self.now = NOW
        self.facts: dict[tuple[str, str], Fact] = {}
        self.answers: list[PastAnswer] = []
        self._file: CaseFile | None = None
        self._diary: list[str] = []

    def look_up(self) -> CaseFile:
        """The case with what its checks find now."""
        raise NotImplementedError

    def write(self, effect: Effect) -> None:
        """Have what a step writes become so."""
        raise NotImplementedError

    def get_well(self) -> None:
        """Have nothing more come in between."""

    def laws(self) -> None:
        """It is over, goes on by itself, or asks somebody; and whatever is said there, the table has a way on."""
        proposal, first = self.proposal, self.process.state("assessing")
        to = proposal.settled or ("committing" if proposal.automatic else proposal.stage)
        self.been.add(to)
        told_first = proposal.settled and "propagating" in first.next
        self.process.move("propagating" if told_first else "assessing", to)
        asked = self.asked()
        assert asked or proposal.settled or proposal.automatic
        for draft in asked:
            assert draft.roles
            for choice in draft.choices:
                self.process.move(to, "committing" if proposal.has(choice.name) else "assessing")

    def walk(self, by: Random, steps: int) -> None:
        """So many *steps* of which chance says what they are, after some at which everybody did as he was asked."""
        try:
            for _ in range(by.randrange(6)):
                self.go_on(the_first, by.choice)
            for _ in range(steps):
                self.laws()
                if by.random() < PEOPLE:
                    self.go_on(by.choice)
                else:
                    by.choice(self.meanwhile)(self)
            self.laws()
            self.end()
        except Exception as failure:
            failure.add_note("\n".join(self._diary))
            raise

    def end(self) -> None:
        """Wherever it is, it can end: what is said first leads on, and where that changes nothing, what is next."""
        in_vain = 0
        for _ in range(40):
            self.get_well()
            known, here = self.facts, self.proposal.stage
            ways = [(draft, choice) for draft in self.asked() for choice in draft.choices]
            if ways:
                self.say(*ways[in_vain % len(ways)], the_first)
            else:
                self.go_on(the_first)
            in_vain = in_vain + 1 if (self.facts, self.proposal.stage) == (known, here) else 0
            if self.proposal.settled is not None:
                self.laws()
                return
        raise AssertionError(f"It could not end: it is {self.proposal.stage}. {self.proposal.because}")

    # How it is done

    @property
    def file(self) -> CaseFile:
        """The case as it is looked at now, with what it comes to."""
        # Every law looks at it; it takes longest of all, and is the same as long as nothing happens.
        if self._file is None:
            found = self.look_up()
            proposal = self.process.propose(found)
            self._file = found.model_copy(update={"proposal": proposal, "decided_because": proposal.because})
        return self._file

    @property
    def proposal(self) -> Proposal:
        """What the case comes to now."""
        proposal = self.file.proposal
        assert proposal is not None
        return proposal

    def asked(self) -> tuple[QuestionDraft, ...]:
        """What is asked now; nothing where the case goes on by itself, or is over."""
        if self.proposal.settled is not None or self.proposal.automatic is not None:
            return ()
        questions = self.process.state(self.proposal.stage).questions
        return () if questions is None else questions(self.file)

    def keep(self, *facts: Fact) -> None:
        """It is so from now on."""
        self._diary += map(repr, facts)
        self.facts = self.facts | {(fact.kind, fact.key): fact for fact in facts}
        self._file = None

    def one(self, kind: type[Any], key: str) -> Any:
        """The fact of *kind* about *key*."""
        return self.facts[kind.kind, key]

    def told(self, fact: Fact) -> Reading[Any]:
        """The fact, as its system tells it now."""
        return Reading[Any](fact=fact, source="erp", version="1", as_of=self.now)

    def pass_time(self, time: timedelta) -> None:
        """It is later."""
        self.now += time
        self._file = None

    def go_on(self, choose: Choose[Any], write: Choose[Any] | None = None) -> None:
        """What goes on by itself does; else one of those who are asked says something, and may *write* anything."""
        if self.proposal.settled is not None:
            return
        if self.proposal.automatic is not None:
            self._carry_out(self.proposal.automatic)
            return
        draft = choose(self.asked())
        self.say(draft, choose(draft.choices), write or choose)

    def say(self, draft: QuestionDraft, choice: Choice, choose: Choose[Any]) -> None:
        """Somebody says so, with the form filled in; what was offered is carried out if it is still possible."""
        values = fill(choice.form, self.now, choose)
        if values is None:
            return
        possible = self.proposal.has(choice.name)
        said = PastAnswer(
            step=len(self.answers) + 1, state=self.proposal.stage, topic=draft.topic, choice=choice.name,
            people=("sven",), reason="So.", values=values, at=self.now,
        )  # fmt: skip
        self._diary.append(f"{said.state}: {said.topic} {said.choice} {values}")
        self.answers.append(said)
        self.pass_time(timedelta(seconds=1))
        if possible:
            self._carry_out(choice.name)

    def _carry_out(self, name: str) -> None:
        """As it is looked at once more before anything is written."""
        before = self.file.model_copy(update={"state": "committing", "chosen": None, "answers": tuple(self.answers)})
        now = self.process.propose(before)
        if now.has(name) and (option := now.option(name)).feasible:
            file = before.model_copy(update={"proposal": now, "chosen": option})
            for effect in self.process.effects(file, option):
                self.write(effect)
            self._file = None


def walked_everywhere(walk: Callable[[], None], kind: type[Walking], *but_for: str) -> None:
    """Walk until every state was come to, *but_for* those where no finding leads; fails where that does not happen."""
    everywhere = {state.name for state in kind.process.states} - set(but_for)
    kind.been.clear()
    for _ in range(ROUNDS):
        walk()
        if kind.been == everywhere:
            return
    raise AssertionError(
        f"No walk came to {sorted(everywhere - kind.been)}, or some to {sorted(kind.been - everywhere)}."
    )


def fill(form: Form, now: datetime, choose: Choose[Any]) -> dict[str, str] | None:
    """The form, filled in; nothing where what was chosen cannot be said in it."""
    said: dict[str, str] = {}
    for field in form.fields:
        if field.kind is FieldKind.QUANTITY and form.total is not None:
            continue
        if field.required or (len(form.fields) < FEW_FIELDS and choose([True, False])):
            said[field.name] = _value(field, now, choose)
    if form.total is not None:
        said |= _parts(form, form.total, choose)
    while True:
        try:
            return filled(form, said, now)
        except FormWrong as wrong:
            missing = [field for field in form.fields if field.name in wrong.fields and field.name not in said]
            if not missing:
                return None
            said |= {field.name: _value(field, now, choose) for field in missing}


def _parts(form: Form, total: Decimal, choose: Choose[Any]) -> dict[str, str]:
    """The whole, divided among at most three of the quantities."""
    names, parts, left = [field.name for field in form.fields if field.kind is FieldKind.QUANTITY], {}, total
    for _ in range(choose([0, 1, 2])):
        parts[choose(names)] = str(taken := choose([left // 2, left // 3, left]))
        left = total - sum(map(Decimal, parts.values()))
        assert taken <= total
    if left:
        name = choose(names)
        parts[name] = str(Decimal(parts.get(name, "0")) + left)
    return parts


def _value(field: FormField, now: datetime, choose: Choose[Any]) -> str:
    match field.kind:
        case FieldKind.TIME:
            return (now + timedelta(hours=choose([30, 1, 60]))).isoformat()
        case FieldKind.QUANTITY:
            most = Decimal(40) if field.most is None else field.most
            return str(choose([most, Decimal(0), most // 2, max(most - 1, Decimal(0))]))
        case FieldKind.WORD:
            return str(choose(field.words))
        case FieldKind.ATTACHMENT:
            return "0" * 64
        case FieldKind.NAME:
            return "PUMP"
        case FieldKind.NAMES:
            return "PUMP:P1"
        case _:
            return str(choose(["M-LK 77", "S-2"]))
