"""What Lockstep needs of other systems and of its own storage, and how they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from domain.case import CaseFile, Entered, LookCall, News, Step
    from domain.effect import Capability, Effect, EffectState, KeptEffect
    from domain.evidence import Evidence
    from domain.fact import F, Fact, Reading
    from domain.letter import Letter
    from domain.option import Proposal
    from domain.policy import PolicyTable
    from domain.readiness.predicates import Judged
    from domain.readiness.replacement import Replacement
    from domain.release import Document
    from domain.schedule.measures import ScoreWeights
    from domain.schedule.policy import SchedulePolicy
    from domain.schedule.problem import Problem
    from domain.schedule.schedule import Schedule
    from domain.signalled import SignalledAnswer


class SystemUnavailable(Exception):
    """Another system did not answer, or not in a way that can be relied on. Asking again may help."""


class NotInSystem(Exception):
    """The other system answered that it has no such thing. Asking again does not help."""


class EffectRefused(Exception):
    """The other system understood and said no. Asking again does not help."""


class OutcomeUnknown(Exception):
    """The write was sent and may or may not have happened, and the system cannot be asked which."""


class NotDeliverable(Exception):
    """What was to be delivered was refused for good. Asking again does not help."""


class Facts(Protocol):
    """What is so in the plant, read from the systems that know."""

    async def read(self, kind: type[F], site: str, key: str) -> Reading[F]:
        """
        The one fact of *kind* about *key*.

        Raises NotInSystem, SystemUnavailable.
        """

    async def find(
        self, kind: type[F], site: str | None = None, *, item: str | None = None, order: str | None = None
    ) -> tuple[Reading[F], ...]:
        """
        Every fact of *kind*, at *site* if one is named, about *item* or *order* if one is named; by key.

        Raises SystemUnavailable.
        """

    async def find_by(self, kind: type[F], site: str, field: str, names: Collection[str]) -> tuple[Reading[F], ...]:
        """
        Every fact of *kind* at *site* in which *field*, ``key`` or one it is found by, says one of *names*; by key.

        Costs the same however many there are that say something else. Raises SystemUnavailable.
        """


class ReadinessJudge(Protocol):
    """What is ready, judged by the site's policy from all the facts that matter, of one moment."""

    async def readiness(self, kind: type[Fact], site: str, key: str, sites: Collection[str], at: datetime) -> Judged:
        """
        Everything there is to be judged of the thing, as somebody who sees *sites* may know it.

        Raises NotInSystem.
        """

    async def replacements(self, site: str, shipment: str, at: datetime) -> tuple[Replacement, ...]:
        """
        The lots that could leave in the shipment instead of those that are to, by the same policy.

        Raises NotInSystem.
        """

    async def papers(self, site: str, shipment: str, at: datetime) -> tuple[Document, ...]:
        """The final papers of the shipment, by name. Raises NotInSystem."""


class Effects(Protocol):
    """Writes into other systems."""

    def capability(self, effect: Effect) -> Capability:
        """How the system that takes *effect* lets a repeated write be told from a new one."""

    async def apply(self, effect: Effect, key: str) -> str:
        """
        The other system's reference for *effect*, written once however often it is applied under *key*.

        Raises EffectRefused, SystemUnavailable (nothing was written), OutcomeUnknown.
        """

    async def read_back(self, effect: Effect, key: str) -> str | None:
        """
        The other system's reference if *effect* is in force there, read anew.

        Raises SystemUnavailable.
        """

    async def undo(self, effect: Effect, key: str) -> str:
        """
        The other system's reference for taking *effect* back, once however often it is asked.

        Raises EffectRefused, SystemUnavailable, OutcomeUnknown.
        """


class Scheduler(Protocol):
    """Whatever makes plans: simple rules, or a search. Others are not held up meanwhile."""

    async def schedule(self, problem: Problem, weights: ScoreWeights, within: timedelta) -> Schedule:
        """
        A plan that can be carried out, as good as was found *within* that time, and who made it.

        Raises ImpossibleProblem, NeverWorking.
        """


class SchedulePolicies(Protocol):
    """By what sites make and compare plans."""

    async def in_force(self, site: str, at: datetime) -> SchedulePolicy:
        """The site's own figures at *at*, else those for everywhere. Raises NotInSystem."""


class ApprovalPolicies(Protocol):
    """Who must agree to what at which site."""

    async def table_in_force(self, process: str, site: str, at: datetime) -> PolicyTable | None:
        """The site's own table at *at*, else that for everywhere; nothing where there is neither."""


class CaseFiles(Protocol):
    """The durable record of cases, as their workflows write it. Every write may be repeated without harm."""

    async def load(self, case_id: str) -> CaseFile:
        """Everything known of the case. Raises NotInSystem."""

    async def keep_evidence(self, case_id: str, assessment: int, *evidence: Evidence) -> None:
        """Keep *evidence* as what the checks found in this assessment."""

    async def carried_over(self, case_id: str, check: str, inputs: str, at: datetime) -> Evidence | None:
        """Evidence of the superseded case for the same inputs that is still good at *at*."""

    async def keep_proposal(self, case_id: str, assessment: int, proposal: Proposal) -> None:
        """Keep the options and rulings of this assessment."""

    async def proposal_of(self, case_id: str, assessment: int) -> Proposal | None:
        """What this assessment came to; nothing as long as it has not."""

    async def written_since(self, process: str, site: str, subject: str, since: datetime) -> int:
        """How many decisions about the subject were written into other systems since then."""

    async def enter(self, step: Step) -> Entered:
        """Move the case: state, trail, questions and messages in one transaction. Raises MovedByForce."""

    async def climb(self, case_id: str, at: datetime) -> datetime | None:
        """When to chase next, after every reminder and escalation that is due at *at* has been made."""

    async def look(self, call: LookCall) -> News:
        """What people and systems have told the case and it has not seen yet."""

    async def answer_by_signal(
        self, case_id: str, answer: SignalledAnswer, at: datetime, signal: str | None = None
    ) -> str:
        """
        What became of an answer that came as a signal: accepted, or refused and why. Either is on the trail.

        *signal* names the signal: one that is told again is the same. Without a name each is another.
        """

    async def plan_effect(self, case_id: str, key: str, effect: Effect, forced: int = 0) -> KeptEffect:
        """
        The effect as kept under *key*, planned now if it was not, by a run that began after *forced* moves by force.

        Raises MovedByForce.
        """

    async def choice_lapses(self, case_id: str, differs: tuple[str, ...], at: datetime) -> None:
        """Have the answers by which the chosen option was taken count no more: it *differs*, and is not written."""

    async def effects_of(self, case_id: str) -> tuple[KeptEffect, ...]:
        """Every effect of the case, in the order they were planned."""

    async def settle_effect(self, key: str, state: EffectState, answer: str) -> None:
        """Keep how far the effect has come, with a line on the trail. Raises MovedByForce if it must not be sent."""


class Carrier(Protocol):
    """One way of telling people."""

    async def carry(self, letter: Letter, to: str) -> None:
        """
        Return once *letter* has been taken for the address *to*. The same letter may come twice.

        Raises SystemUnavailable, NotDeliverable.
        """
