"""A process as data: its states, who owns each and until when, what may follow; nonsense is refused at start-up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domain.calendar import Duration
from domain.roles import Role

if TYPE_CHECKING:
    from domain.case import CaseFile, Request
    from domain.effect import Effect
    from domain.fact import Fact
    from domain.option import Option, Proposal
    from domain.question import QuestionDraft
    from domain.readiness.judgement import Known
    from domain.watching import Watched


class ProcessMistake(Exception):
    """A process is defined in a way that cannot run. The program does not start."""


class MoveNotAllowed(Exception):
    """The definition does not lead from one state to the other. Our own code is wrong."""


SYSTEM = "lockstep"
"""The owner of states in which nobody is waited for."""


@dataclass(frozen=True)
class State:
    """Where a case can be."""

    name: str
    meaning: str
    owner: Role | str = SYSTEM
    """Who is waited for; Lockstep itself where it only works."""
    within: Duration | None = None
    """When the state is late. Final states have none."""
    next: tuple[str, ...] = ()
    """Empty for a final state."""
    questions: Callable[[CaseFile], tuple[QuestionDraft, ...]] | None = None
    """What is asked on entering; the case goes on when all of it is answered."""
    interruptible: bool = False
    """Whether the request may be withdrawn, or superseded by a newer one, while the case is here."""
    watches: Callable[[CaseFile], tuple[Watched, ...]] | None = None
    """The facts whose change makes the case look again while it is here."""
    opens: Callable[[CaseFile], tuple[Successor, ...]] | None = None
    """What the case sets going on entering."""
    tells: Callable[[CaseFile], tuple[Fact, ...]] | None = None
    """What is so by our own word once the case is here."""
    undoes: bool = False
    """Whether what the case wrote is taken back on entering."""
    binds: bool = False
    """Whether the subject is just becoming something else: as long as it does, nobody acts as if it stayed."""

    @property
    def final(self) -> bool:
        """Whether the case ends here."""
        return not self.next


@dataclass(frozen=True)
class Successor:
    """A case that another one sets going."""

    process: str
    """Its name. Where a plant has no such process nothing is set going."""
    request: Mapping[str, Any]
    """What is asked of it, as the other process says it: no process knows another."""
    once: str = ""
    """Names what it follows from, where the case may come by there again: it is set going once."""


class Meeting(StrEnum):
    """What becomes of a request about a subject that a case is open about."""

    SUPERSEDE = "supersede"
    """The newer request takes over, or waits until the older cannot be stopped any more."""
    MERGE = "merge"
    """The open case takes it in and looks again."""


@dataclass(frozen=True)
class Check:
    """One thing that is looked at before anything is decided."""

    name: str
    title: str
    system: str
    """Which kind of system knows."""


CHECK_LIMIT = timedelta(minutes=10)
"""A check that has not answered by then is unknown (processes 1.2, row 6)."""


def _nothing_held(_file: CaseFile, _option: Option) -> tuple[Effect, ...]:
    return ()


@dataclass(frozen=True)
class Process:
    """One kind of coordination."""

    name: str
    prefix: str
    """Begins the numbers of its cases, such as ``OC``."""
    title: str
    purpose: str
    about: type[Fact]
    """The kind of fact a case is about."""
    request: type[Request]
    states: tuple[State, ...]
    """The first is where a case starts."""
    checks: tuple[Check, ...]
    propose: Callable[[CaseFile], Proposal]
    """Options and rulings from the evidence."""
    effects: Callable[[CaseFile, Option], tuple[Effect, ...]]
    """What an option writes into other systems, in order."""
    reasons: tuple[str, ...]
    """Codes a request may give as its reason."""
    holds: Callable[[CaseFile, Option], tuple[Effect, ...]] = _nothing_held
    """What is kept back for an option while a customer thinks about it."""
    successors: tuple[str, ...] = ()
    """The processes of which its states open cases."""
    meeting: Meeting = Meeting.SUPERSEDE
    founds: Callable[[str, Request], Fact] | None = None
    """What a request at a site is about, where nobody has told of it yet; nothing means that somebody must have."""
    founded_on: Callable[[Request], tuple[type[Fact], str]] | None = None
    """Of what somebody must have told even then; nothing means of nothing."""
    at_once: Callable[[str, Request, Fact, str], tuple[Fact, ...]] | None = None
    """What is so as soon as the request at a site is kept, of the subject as it is, by the case's number."""
    guards: Mapping[str, Callable[[str, str, Known], str]] = field(default_factory=dict)
    """What stands against a choice the moment somebody says it, by what is known of the subject then; empty if nothing.

    So nobody is told yes before the case has looked at what has just been stopped.
    """
    by_steps: bool = False
    """Whether a case goes on once what was decided is written, with the next step, until there is none."""
    quiet: timedelta = timedelta(0)
    """How long nothing must have changed before the case looks again; changes that come together are one."""

    def __post_init__(self) -> None:
        by_name = {state.name: state for state in self.states}
        if not by_name:
            raise ProcessMistake(f"{self.name}: a case has nowhere to start.")
        if len(by_name) != len(self.states):
            raise ProcessMistake(f"{self.name}: two states share a name.")
        for state in self.states:
            if unknown := set(state.next) - set(by_name):
                raise ProcessMistake(
                    f"{self.name}: {state.name} leads to {', '.join(sorted(unknown))}, which is no state."
                )
            if not state.final and state.within is None:
                raise ProcessMistake(f"{self.name}: nothing says when {state.name} is late.")
            if state.final and (state.within is not None or state.questions is not None):
                raise ProcessMistake(f"{self.name}: {state.name} is final and still waits for something.")
            if state.undoes and not state.final:
                raise ProcessMistake(f"{self.name}: {state.name} is not the end and takes back what was written.")
            if state.questions is not None and state.owner == SYSTEM:
                raise ProcessMistake(f"{self.name}: {state.name} asks somebody, so somebody must own it.")
        if any(state.opens for state in self.states) != bool(self.successors):
            raise ProcessMistake(f"{self.name}: what its states open and what it names as successors do not agree.")
        if unreachable := set(by_name) - self._reachable(self.states[0].name):
            raise ProcessMistake(f"{self.name}: nothing leads to {', '.join(sorted(unreachable))}.")
        for state in self.states:
            if not any(by_name[name].final for name in self._reachable(state.name)):
                raise ProcessMistake(f"{self.name}: a case in {state.name} could never end.")

    def _reachable(self, start: str) -> set[str]:
        by_name = {state.name: state for state in self.states}
        found, to_see = {start}, [start]
        while to_see:
            for name in by_name[to_see.pop()].next:
                if name not in found:
                    found.add(name)
                    to_see.append(name)
        return found

    @property
    def first(self) -> State:
        """Where a case starts."""
        return self.states[0]

    def state(self, name: str) -> State:
        """The state called *name*. Raises KeyError."""
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(name)

    def ends_unseen(self, name: str) -> bool:
        """Whether a case may go from the state called *name* to its end without looking at what it is told there."""
        state, ends = self.state(name), (self.state(after) for after in self.state(name).next)
        looks = state.interruptible or state.watches is not None
        return not looks and any(end.final and not end.undoes for end in ends)

    def move(self, current: str, to: str) -> State:
        """The state called *to*. Raises MoveNotAllowed if nothing leads there from *current*."""
        if to not in self.state(current).next:
            raise MoveNotAllowed(f"{self.name} does not lead from {current} to {to}.")
        return self.state(to)
