"""A decision is written into other systems, which may refuse, be away, or not say what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from temporalio.testing import WorkflowEnvironment

from domain.decision import Answer
from domain.effect import Capability, ChangeJob, Effect, EffectState
from domain.effect_shape import EffectShape
from domain.fact import F, Reading
from domain.facts import Job, OrderLine, Shipment
from domain.ports import EffectRefused, Effects, Facts, OutcomeUnknown, SystemUnavailable
from runtime.assembly import Ports
from runtime.settings import Profile
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.database import Database
from storage.record import CaseRecord
from storage.signals import to_be_signed
from tests.support.running_plant import RunningPlant, person, running_plant


@dataclass
class Stubborn:
    """The plant's own writes, except that those *of* a kind, such as changing a job, go as *fault* says."""

    real: Effects
    fault: Callable[[], None]
    can: Capability = Capability.KEY
    of: type[EffectShape] = ChangeJob
    back: Callable[[], None] = lambda: None
    """What happens when it is taken back."""
    applied: list[str] = field(default_factory=list)

    def capability(self, effect: Effect) -> Capability:  # noqa: ARG002 - the port asks by effect
        return self.can

    async def apply(self, effect: Effect, key: str) -> str:
        if isinstance(effect, self.of):
            self.fault()
        self.applied.append(key)
        return await self.real.apply(effect, key)

    async def read_back(self, effect: Effect, key: str) -> str | None:
        return await self.real.read_back(effect, key)

    async def undo(self, effect: Effect, key: str) -> str:
        self.back()
        return await self.real.undo(effect, key)


@dataclass
class Faults:
    """What happens at each try, in order; afterwards all is well."""

    coming: list[Exception]

    def __call__(self) -> None:
        if self.coming:
            raise self.coming.pop(0)


@asynccontextmanager
async def stubborn_plant(
    environment: WorkflowEnvironment,
    database: Database,
    faults: Faults,
    can: Capability = Capability.KEY,
    of: type[EffectShape] = ChangeJob,
) -> AsyncIterator[RunningPlant]:
    """The small plant, whose shop floor takes changes of jobs, or what *of* names, as *faults* say."""

    def change(parts: Ports) -> Ports:
        return replace(parts, effects=Stubborn(parts.effects, faults, can, of))

    async with running_plant(environment, database, change=change) as plant:
        yield plant


async def decided(plant: RunningPlant) -> str:
    """A change that production must take part in, decided and being written."""
    opened = await plant.change("SO-2", quantity="14")
    await plant.until(opened.case_id, "awaiting_decision")
    (question,) = await plant.questions(opened.case_id)
    await plant.answer(question, "expedite", by="boris")
    return opened.case_id


async def test_takes_everything_back_when_one_system_refuses_and_asks_what_to_do(
    environment: WorkflowEnvironment, database: Database
) -> None:
    faults = Faults([EffectRefused("J-2 is locked by the shop floor.")])
    async with stubborn_plant(environment, database, faults) as plant:
        case_id = await decided(plant)

        case = await plant.until(case_id, "commit_failed")

        assert case.because == "J-2 is locked by the shop floor."
        assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10
        states = [effect.state for effect in await plant.effects(case_id)]
        assert states == ["compensated", "compensated", "refused", "planned"]


async def test_writes_it_all_when_told_to_try_again(environment: WorkflowEnvironment, database: Database) -> None:
    async with stubborn_plant(environment, database, Faults([EffectRefused("Locked.")])) as plant:
        case_id = await decided(plant)
        await plant.until(case_id, "commit_failed")
        (repair,) = await plant.questions(case_id)

        await plant.answer(repair, "retry", by="boris")
        await plant.until(case_id, "propagating")

        assert (await plant.fact(Job, "J-2")).quantity == 14
        assert {effect.state for effect in await plant.effects(case_id)} == {EffectState.CONFIRMED}


async def test_leaves_nothing_behind_when_given_up(environment: WorkflowEnvironment, database: Database) -> None:
    async with stubborn_plant(environment, database, Faults([EffectRefused("Locked.")])) as plant:
        case_id = await decided(plant)
        await plant.until(case_id, "commit_failed")
        (repair,) = await plant.questions(case_id)

        await plant.answer(repair, "abandon", by="boris", reason="Not worth it.")
        await plant.until(case_id, "abandoned")

        assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10


async def test_goes_on_by_itself_when_a_system_comes_back_and_writes_nothing_twice(
    environment: WorkflowEnvironment, database: Database
) -> None:
    faults = Faults([SystemUnavailable("down"), SystemUnavailable("down")])
    async with stubborn_plant(environment, database, faults) as plant:
        case_id = await decided(plant)

        await plant.until(case_id, "propagating")

        assert (await plant.fact(Job, "J-2")).quantity == 14
        confirmed = [line for line in await plant.trail(case_id) if line.action == "effect_confirmed"]
        assert len(confirmed) == 4


async def test_freezes_a_write_nobody_can_tell_about_until_a_person_has_looked(
    environment: WorkflowEnvironment, database: Database
) -> None:
    faults = Faults([OutcomeUnknown("The line went dead.")])
    async with stubborn_plant(environment, database, faults, Capability.NONE) as plant:
        case_id = await decided(plant)

        case = await plant.until(case_id, "commit_failed")
        (repair,) = await plant.questions(case_id)
        await plant.answer(repair, "done_by_hand", by="boris", reason="Changed it at the terminal.")
        await plant.until(case_id, "propagating")

        assert "Nobody can tell" in case.because
        unknown = [effect for effect in await plant.effects(case_id) if effect.state == "unknown"]
        assert [effect.body["kind"] for effect in unknown] == ["change_job"]


async def test_takes_it_back_and_asks_anew_when_a_team_downstream_cannot_do_it(plant: RunningPlant) -> None:
    case_id = await decided(plant)
    await plant.until(case_id, "propagating")
    production = next(q for q in await plant.questions(case_id) if q.draft["topic"] == "production")

    await plant.answer(production, "refuse", by="carla", reason="The test bench is down.")
    case = await plant.until(case_id, "awaiting_decision")

    assert (await plant.fact(OrderLine, "SO-2:10")).quantity == 10
    assert (await plant.fact(Job, "J-2")).quantity == 10
    reasons = [line.reason for line in await plant.trail(case_id) if line.to_state == "assessing"]
    assert "The test bench is down." in reasons[1]
    assert case.assessment == 2


async def test_asks_until_it_is_taken_back_what_nobody_can_work_by(
    environment: WorkflowEnvironment, database: Database
) -> None:
    locked = Faults([EffectRefused("J-2 is locked.")] * 2)
    async with running_plant(
        environment,
        database,
        change=lambda parts: replace(parts, effects=Stubborn(parts.effects, Faults([]), back=locked)),
    ) as plant:
        case_id = await decided(plant)
        await plant.until(case_id, "propagating")
        production = next(q for q in await plant.questions(case_id) if q.draft["topic"] == "production")
        await plant.answer(production, "refuse", by="carla", reason="The test bench is down.")

        for _ in range(2):
            await plant.when(lambda: says_why(plant, case_id))
            await plant.say(case_id, "commit_failed", "retry", by="boris")
        await plant.until(case_id, "awaiting_decision")

        assert {effect.state for effect in await plant.effects(case_id)} == {"compensated"}
        assert (await plant.fact(Job, "J-2")).quantity == 10


async def says_why(plant: RunningPlant, case_id: str) -> bool:
    """Whether somebody is asked what to do about it."""
    case, asked = await plant.case(case_id), await plant.questions(case_id)
    return (case.state, case.because, len(asked)) == ("commit_failed", "J-2 is locked.", 1)


@dataclass
class Silent:
    """The plant's facts, except that dispatch does not answer."""

    real: Facts

    async def read(self, kind: type[F], site: str, key: str) -> Reading[F]:
        return await self.real.read(kind, site, key)

    async def find(
        self, kind: type[F], site: str | None = None, *, item: str | None = None, order: str | None = None
    ) -> tuple[Reading[F], ...]:
        if kind is Shipment:
            raise SystemUnavailable("Dispatch does not answer.")
        return await self.real.find(kind, site, item=item, order=order)

    async def find_by(self, kind: type[F], site: str, field: str, names: Collection[str]) -> tuple[Reading[F], ...]:
        return await self.real.find_by(kind, site, field, names)


async def test_calls_unknown_what_could_not_be_asked_and_leaves_it_to_people(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with running_plant(
        environment, database, change=lambda parts: replace(parts, facts=Silent(parts.facts))
    ) as plant:
        opened = await plant.change("SO-1", quantity="41")
        await plant.pass_time(opened.case_id, timedelta(minutes=11))

        await plant.until(opened.case_id, "awaiting_decision")

        evidence = await plant.evidence(opened.case_id)
        assert (evidence["dispatch"]["verdict"], evidence["order"]["verdict"]) == ("unknown", "pass")


async def test_refuses_an_unsigned_signal_outside_development(
    environment: WorkflowEnvironment, database: Database
) -> None:
    async with running_plant(environment, database, profile=Profile.PRODUCTION) as plant:
        opened = await plant.change("SO-2", quantity="14")
        await plant.until(opened.case_id, "awaiting_decision")
        (question,) = await plant.questions(opened.case_id)
        handle = await plant.handle(opened.case_id)

        await handle.signal("decide", {"question": question.id, "choice": "expedite", "person": "boris"})
        await plant.withdraw(opened.case_id, "Enough.")
        await plant.until(opened.case_id, "withdrawn")

        refused = [line.reason for line in await plant.trail(opened.case_id) if line.action == "answer_refused"]
        assert len(refused) == 1
        assert "without a signature" in refused[0]


async def test_counts_a_signed_signal_outside_development(environment: WorkflowEnvironment, database: Database) -> None:
    signatures = AnswerSignatures(new_signing_key())
    record = CaseRecord(database, signatures=signatures)
    async with running_plant(
        environment, database, profile=Profile.PRODUCTION, change=lambda parts: replace(parts, files=record)
    ) as plant:
        opened = await plant.change("SO-2", quantity="14")
        await plant.until(opened.case_id, "awaiting_decision")
        (question,) = await plant.questions(opened.case_id)
        handle = await plant.handle(opened.case_id)
        yes = Answer(choice="expedite", seen=question.evidence)
        signed, workflow_id = await to_be_signed(database, question.id, yes, person("boris"), datetime.now(UTC))
        said = {"question": question.id, "choice": "expedite", "person": "boris"}

        await handle.signal("decide", said | {"signature": signatures.sign(signed)})

        await plant.until(opened.case_id, "propagating")
        (answered,) = [line for line in await plant.trail(opened.case_id) if line.action == "answered"]
        assert (workflow_id, answered.channel, answered.details["signature"]) == (handle.id, "signal", signed.id)
