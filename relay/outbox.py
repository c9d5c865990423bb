"""From the outbox to the engine and to those who subscribed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.case import CaseStart
from domain.catalog import PROCESSES
from storage.database import Database
from storage.outbox import MessageKind, Outbox
from storage.tables import CaseRow, OutboxRow
from workflows.search_attributes import OWNER, PROCESS, SITE, STATE, SUBJECT

log = structlog.get_logger()


class StillRunning(Exception):
    """The case before about the same subject is just ending; the next one starts a moment later."""


class EngineRelay:
    """Starts workflows and has them look again; keeps trying as long as the engine is away."""

    def __init__(self, outbox: Outbox, database: Database, client: Client, task_queue: str, public_url: str) -> None:
        self._outbox = outbox
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._public_url = public_url.rstrip("/")

    async def once(self) -> int:
        """How many messages were passed on."""
        passed = 0
        for kind, deliver in ((MessageKind.START, self._start), (MessageKind.HINT, self._hint)):
            for message in await self._outbox.due(kind, datetime.now(UTC)):
                passed += await self._pass_on(message, deliver)
        return passed

    async def _pass_on(self, message: OutboxRow, deliver: Callable[[CaseRow], Awaitable[None]]) -> int:
        assert message.number is not None
        async with self._database.reading() as session:
            case = await session.get(CaseRow, message.case_id)
        now = datetime.now(UTC)
        try:
            if case is not None and case.closed_at is None:
                await deliver(case)
        except (RPCError, StillRunning) as failure:
            log.warning("engine.delayed", case=message.case_id, kind=message.kind, why=str(failure))
            await self._outbox.failed(message.number, message.attempts, now, str(failure), lasting=True)
            return 0
        await self._outbox.delivered(message.number, now)
        return 1

    async def _start(self, case: CaseRow) -> None:
        process = PROCESSES[case.process]
        requester = case.requester.get("name") or case.requester["id"]
        start = CaseStart(
            case_id=case.id,
            site=case.site,
            subject=case.subject,
            link=f"{self._public_url}/v1/cases/{case.id}",
        )
        try:
            await self._client.start_workflow(
                case.process,
                start,
                id=case.workflow_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={"case_id": case.id},
                static_summary=f"{case.id} {process.title.lower()}: {case.subject} at {case.site}"[:200],
                static_details=f"{process.purpose}\n\nAsked by {requester}: {_why(case)}",
                search_attributes=TypedSearchAttributes(
                    [
                        SearchAttributePair(PROCESS, case.process),
                        SearchAttributePair(SITE, case.site),
                        SearchAttributePair(SUBJECT, case.subject),
                        SearchAttributePair(STATE, case.state),
                        SearchAttributePair(OWNER, case.owner),
                    ]
                ),
            )
        except WorkflowAlreadyStartedError as running:
            if await self._running(case) != case.id:
                raise StillRunning(case.workflow_id) from running

    async def _running(self, case: CaseRow) -> str:
        """Which case the workflow that runs under this id is about."""
        described = await self._client.get_workflow_handle(case.workflow_id).describe()
        return str((await described.memo()).get("case_id"))

    async def _hint(self, case: CaseRow) -> None:
        try:
            await self._client.get_workflow_handle(case.workflow_id).signal("look_again")
        except RPCError as failure:
            # Not started yet: the first thing it does when it asks somebody is to look. Or ended: nothing left to see.
            if failure.status is not RPCStatusCode.NOT_FOUND:
                raise


def _why(case: CaseRow) -> str:
    return str(case.request.get("comment") or case.request["reason"])
