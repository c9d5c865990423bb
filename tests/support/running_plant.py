"""The small plant with its worker on a real engine and its record in a real database: what stories are told with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import col, select
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from domain.catalog import PROCESSES
from domain.decision import Answer, Channel, Principal, PrincipalKind
from domain.fact import F, Fact, Reading
from domain.force import ForcedMove
from relay.demand import DemandRelay
from relay.following import follow
from relay.outbox import EngineRelay
from relay.sweep import Sweep
from runtime.assembly import Ports, activities, ports
from runtime.policies import publish_defaults
from runtime.settings import Profile, Settings
from runtime.temporal import new_worker
from storage.acting import Acting
from storage.alone import alone
from storage.cases import Cases, OpenedCase
from storage.database import Database
from storage.decisions import Answered, Decisions
from storage.facts import FactStore, keep_fact
from storage.force import Force
from storage.identity import Caller
from storage.outbox import Outbox
from storage.tables.cases import CaseRow, EffectRow, EvidenceRow, ProposalRow, TrailRow
from storage.tables.questions import BESIDE, QuestionRow
from tests.support.invariants import check_invariants
from tests.support.replaying import histories, record, replay
from tests.support.small_plant import PEOPLE, SITE, small_plant
from workflows.catalog import WORKFLOWS

PATIENCE = 20.0
"""Seconds a story waits for something that should come at once."""


CONCESSION = {"concession": "Seat 0.1 mm over drawing, tight to 6 bar.", "customer_specified": "no"}
"""What has to be said with what is used although it is not as specified."""


@dataclass
class RunningPlant:
    """What a story can do and see."""

    environment: WorkflowEnvironment
    database: Database
    relay: EngineRelay
    now: datetime
    patience: float = PATIENCE

    async def change(
        self, order: str, *, by: str = "anna", site: str = SITE, process: str = "order_change", **wanted: Any
    ) -> OpenedCase:
        """Ask for a change of *order*, of line 10 unless *wanted* names another, and have the engine hear of it."""
        asked = {"order": order, "line": "10", "reason": "CUSTOMER_REQUEST", **wanted}
        return await self.open(process, by=by, site=site, **asked)

    async def open(self, process: str, *, by: str, site: str = SITE, **wanted: Any) -> OpenedCase:
        """Open a case of *process*, and have the engine hear of it."""
        kind = PROCESSES[process]
        request = kind.request.model_validate({"reason": "OTHER", **wanted})
        opened = await Cases(self.database).open(kind, site, request, person(by), Channel.API, datetime.now(UTC))
        await self.relay.once()
        return opened

    async def answer(self, question: QuestionRow, choice: str, by: str, reason: str = "", **values: str) -> Answered:
        """Answer, with *values* in its form, and have the engine hear of it."""
        said = Answer(choice=choice, reason=reason, seen=question.evidence, values=values)
        answered = await Decisions(self.database).answer(question.id, said, person(by), Channel.API, datetime.now(UTC))
        await self.relay.once()
        return answered

    async def withdraw(self, case_id: str, reason: str, by: str = "anna") -> None:
        """Take the request back."""
        await Cases(self.database).withdraw(case_id, reason, person(by), Channel.API, datetime.now(UTC))
        await self.relay.once()

    async def force(self, case_id: str, to: str, by: str = "adam") -> ForcedMove:
        """Move the case by hand."""
        acting = Acting(Caller(person(by), (SITE,), ()), Channel.API, datetime.now(UTC))
        moved = await Force(self.database).move(case_id, to, "Nobody who is asked is in the house.", acting)
        await self.relay.once()
        return moved

    async def until(self, case_id: str, *states: str) -> CaseRow:
        """The case, once it is in one of *states*."""

        try:
            async with asyncio.timeout(self.patience):
                while (case := await self.case(case_id)).state not in states:
                    await self.relay.once()
                    await asyncio.sleep(0.02)
                return case
        except TimeoutError:
            case = await self.case(case_id)
            told = f"{case_id} is {case.state} ({case.because}), not {' or '.join(states)}."
            raise AssertionError(told) from None

    async def when(self, so: Callable[[], Awaitable[bool]]) -> None:
        """Return once it is *so*."""
        async with asyncio.timeout(PATIENCE):
            while not await so():
                await self.relay.once()
                await asyncio.sleep(0.02)

    async def case(self, case_id: str) -> CaseRow:
        """The case as recorded."""
        async with self.database.reading() as session:
            found = await session.get(CaseRow, case_id)
        assert found is not None
        return found

    async def say(self, case_id: str, state: str, choice: str, by: str, reason: str = "", **values: str) -> None:
        """Answer the question that can be answered so, once the case is in *state*."""
        await self.until(case_id, state)
        asked = await self.questions(case_id)
        (question,) = [one for one in asked if choice in {known["name"] for known in one.draft["choices"]}]
        await self.answer(question, choice, by, reason, **values)

    async def agree(self, case_id: str, state: str, choice: str, *, but: str = "") -> None:
        """Everybody whom the policy names for *choice* says so, by whoever holds the role and is not *but*."""
        await self.until(case_id, state)
        asked = await self.questions(case_id)
        ((question, wanted),) = [(q, c) for q in asked for c in q.draft["choices"] if c["name"] == choice]
        for need in wanted["require"]:
            await self.answer(question, choice, by=_holder(need["role"], but), reason="Agreed.")

    async def scrap(self, case_id: str) -> None:
        """What was agreed to be scrapped is: one does it, another sees it."""
        for name in ("willa", "fay"):
            await self.say(case_id, "executing", "scrapped", by=name, ticket="SCRAP-7")

    async def take_over(self, case_id: str) -> None:
        """Everybody downstream takes it over."""
        await self.until(case_id, "propagating")
        for handoff in await self.questions(case_id):
            await self.answer(handoff, "acknowledge", by=_holder(handoff.draft["choices"][0]["require"][0]["role"]))

    async def cases(self, process: str) -> list[CaseRow]:
        """Every case of *process*, oldest first."""
        query = select(CaseRow).where(CaseRow.process == process).order_by(col(CaseRow.number))
        async with self.database.reading() as session:
            return list((await session.exec(query)).all())

    async def caused_by(self, case_id: str) -> list[CaseRow]:
        """The cases that the case has set going."""
        query = select(CaseRow).where(CaseRow.caused_by == case_id).order_by(col(CaseRow.number))
        async with self.database.reading() as session:
            return list((await session.exec(query)).all())

    async def questions(self, case_id: str) -> list[QuestionRow]:
        """What the case asks now."""
        query = select(QuestionRow).where(
            QuestionRow.case_id == case_id, col(QuestionRow.closed_at).is_(None), QuestionRow.step > BESIDE
        )
        async with self.database.reading() as session:
            return list((await session.exec(query.order_by(QuestionRow.id))).all())

    async def trail(self, case_id: str) -> list[TrailRow]:
        """What happened to the case."""
        query = select(TrailRow).where(TrailRow.case_id == case_id).order_by(col(TrailRow.sequence))
        async with self.database.reading() as session:
            return list((await session.exec(query)).all())

    async def evidence(self, case_id: str) -> dict[str, dict[str, Any]]:
        """The latest evidence, by check."""
        case = await self.case(case_id)
        query = select(EvidenceRow).where(EvidenceRow.case_id == case_id, EvidenceRow.assessment == case.assessment)
        async with self.database.reading() as session:
            return {row.check: row.body for row in (await session.exec(query)).all()}

    async def options(self, case_id: str) -> dict[str, dict[str, Any]]:
        """The options of the latest assessment, by name."""
        case = await self.case(case_id)
        async with self.database.reading() as session:
            row = await session.get(ProposalRow, (case_id, case.assessment))
        return {} if row is None else {entry["option"]["name"]: entry for entry in row.body["options"]}

    async def effects(self, case_id: str) -> list[EffectRow]:
        """What was written, in order."""
        query = select(EffectRow).where(EffectRow.case_id == case_id).order_by(EffectRow.key)
        async with self.database.reading() as session:
            return list((await session.exec(query)).all())

    async def fact(self, kind: type[F], key: str, site: str = SITE) -> F:
        """What the plant says now."""
        return (await FactStore(self.database).read(kind, site, key)).fact

    async def facts(self, kind: type[F], item: str, site: str = SITE) -> list[F]:
        """Everything the plant says of *item*."""
        return [told.fact for told in await FactStore(self.database).find(kind, site, item=item)]

    async def tell(self, *facts: Fact) -> None:
        """Something is different in the plant from now on."""
        told = datetime.now(UTC)
        await FactStore(self.database).keep(
            [Reading(fact=fact, source="erp", version=uuid4().hex, as_of=told) for fact in facts]
        )

    async def tell_of(self, *facts: Fact) -> None:
        """The same, by events, so that what follows from it does."""
        erp, told = Principal(kind=PrincipalKind.MACHINE, id="erp"), datetime.now(UTC)
        async with self.database.transaction() as session:
            await alone(session)
            for fact in facts:
                reading = Reading(fact=fact, source="erp", version=uuid4().hex, as_of=told)
                if (change := await keep_fact(session, reading)) is not None:
                    await follow(session, change, erp, Channel.EVENT, told)

    async def look_for_demand(self) -> int:
        """How many items were looked at of which more is wanted than before."""
        looked_at = await DemandRelay(self.database).once()
        await self.relay.once()
        return looked_at

    async def look_at_the_clock(self, later: timedelta = timedelta(0)) -> None:
        """What comes by the clock alone comes, as it would so much *later* than now."""
        sweep = Sweep(self.database, self.environment.client, now=lambda: datetime.now(UTC) + later)
        while await sweep.moments_that_came():
            pass
        await self.relay.once()

    async def workflow_ids(self, *, begun: bool = True) -> set[str]:
        """The ids under which cases ran, or are about to."""
        query = select(CaseRow.workflow_id).where(CaseRow.version >= int(begun))
        async with self.database.reading() as session:
            return set((await session.exec(query)).all())

    async def handle(self, case_id: str) -> WorkflowHandle[Any, Any]:
        """The case's workflow."""
        return self.environment.client.get_workflow_handle((await self.case(case_id)).workflow_id)

    async def pass_time(self, case_id: str, time: timedelta) -> None:
        """Let the case's clock run on."""
        await self.environment.fast_forward(await self.handle(case_id), time)
        await self.relay.once()


def _holder(role: str, but: str = "") -> str:
    return next(name for name, roles in PEOPLE.items() if role in roles and name != but)


def person(name: str) -> Principal:
    """Somebody of the small plant."""
    return Principal(kind=PrincipalKind.PERSON, id=name, name=name.title())


@asynccontextmanager
async def running_plant(
    environment: WorkflowEnvironment,
    database: Database,
    *,
    client: Client | None = None,
    cached: int = 100,
    profile: Profile = Profile.DEVELOPMENT,
    facts: Callable[[datetime], Iterable[Fact]] = small_plant,
    change: Callable[[Ports], Ports] = lambda parts: parts,
) -> AsyncIterator[RunningPlant]:
    """
    The small plant at work, or the one of other *facts* as they are now, on *client* if one is given.

    *change* may put other systems behind its ports.
    """
    client = client or environment.client
    now = datetime.now(UTC).replace(microsecond=0)
    settings = Settings(task_queue=f"test-{uuid4().hex}", profile=profile)
    await publish_defaults(database)
    told = [Reading(fact=fact, source="erp", version="1", as_of=now) for fact in facts(now)]
    await FactStore(database).keep(told)
    worker = new_worker(
        client,
        settings,
        list(WORKFLOWS.values()),
        activities(change(ports(settings, database))),
        max_cached_workflows=cached,
    )
    relay = EngineRelay(Outbox(database), database, client, settings.task_queue, "http://lockstep.test")
    async with worker:
        running = RunningPlant(environment, database, relay, now)
        with environment.with_time_skipping_disabled():
            try:
                yield running
                # Every story ends with the same two looks: at the record, and at its histories played again.
                await check_invariants(database)
                for history in await histories(environment.client, await running.workflow_ids()):
                    await replay(history)
                    record(history)
            finally:
                await _clear_away(environment, await running.workflow_ids(begun=False))


async def _clear_away(environment: WorkflowEnvironment, workflow_ids: set[str]) -> None:
    """The next story has a plant, and cases, of the same names."""
    for workflow_id in workflow_ids:
        with suppress(RPCError):  # not begun, or over
            await environment.client.get_workflow_handle(workflow_id).terminate("The story is told.")
