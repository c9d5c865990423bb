"""From the outbox to the engine."""

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
from domain.force import ASSESSING, COMMIT_FAILED
from relay.resuming import ANSWER_WITHIN, go_on, is_running, run_of, stop_earlier_run
from storage.database import Database
from storage.outbox import MessageKind, Outbox
from storage.restarts import Restarts
from storage.tables.cases import CaseRow
from storage.tables.messages import OutboxRow
from storage.traces import continuing
from workflows.search_attributes import OWNER, PROCESS, SITE, STATE, SUBJECT

log = structlog.get_logger()

_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class StillRunning(Exception):
    """The case before about the same subject is just ending; the next one starts a moment later."""


class EngineAway(Exception):
    """The engine does not answer."""


class EngineRelay:
    """Starts workflows and has them look again; keeps trying as long as the engine is away."""

    def __init__(self, outbox: Outbox, database: Database, client: Client, task_queue: str, public_url: str) -> None:
        self._outbox = outbox
        self._database = database
        self._restarts = Restarts(database)
        self._client = client
        self._task_queue = task_queue
        self._public_url = public_url.rstrip("/")

    async def once(self) -> int:
        """How many messages were passed on."""
        passed = 0
        for kind, deliver in (
            (MessageKind.STOP, self._stop), (MessageKind.START, self._start), (MessageKind.HINT, self._hint),
        ):  # fmt: skip
            for message in await self._outbox.due(kind, datetime.now(UTC)):
                try:
                    with continuing(message.trace, f"engine {kind}", workflow_id=message.target):
                        passed += await self._pass_on(message, deliver)
                except EngineAway:
                    return passed  # the others would only wait for the same silence
        return passed

    async def _pass_on(self, message: OutboxRow, deliver: Callable[[CaseRow], Awaitable[None]]) -> int:
        async with self._database.reading() as session:
            case = await session.get(CaseRow, message.case_id)
        try:
            if case is not None and (case.closed_at is None or message.kind == MessageKind.STOP):
                await deliver(case)
        # Whatever it is, it must not stop the messages behind it; and none is ever dropped.
        except Exception as failure:
            log.warning("engine.delayed", case=message.case_id, kind=message.kind, why=str(failure))
            await self._outbox.later(message, datetime.now(UTC), str(failure))
            if isinstance(failure, RPCError) and failure.status in _AWAY:
                raise EngineAway(str(failure)) from failure
            return 0
        await self._outbox.delivered(message, datetime.now(UTC))
        return 1

    async def _stop(self, case: CaseRow) -> None:
        still_wanted = None if case.closed_at is not None else case.forced
        await stop_earlier_run(self._client, case.workflow_id, case.id, still_wanted)

    async def _start(self, case: CaseRow) -> None:
        if case.version > 0:
            run = await run_of(self._client, case.workflow_id, case.id, case.forced)
            if run is not None:
                if not is_running(run):
                    await go_on(self._client, run)
                    await self._hint(case)  # it may have been told something while it did not run
                return
            case = await self._restarts.reopen(case.id, datetime.now(UTC))
        process = PROCESSES[case.process]
        # Only where it was moved by force is it anywhere else by now; the record has taken that step.
        resumes = "" if case.state in (process.first.name, COMMIT_FAILED) else case.state
        requester = case.requester.get("name") or case.requester["id"]
        start = CaseStart(
            case_id=case.id,
            site=case.site,
            subject=case.subject,
            link=f"{self._public_url}/v1/cases/{case.id}",
            sequence=case.version - bool(resumes),
            assessment=case.assessment - (resumes == ASSESSING),
            seen=case.seen,
            chosen=case.chosen["name"] if case.chosen is not None and case.state == COMMIT_FAILED else None,
            assesses_at_once=True,
            resumes=resumes,
            because=case.because if resumes else "",
            forced=case.forced,
        )
        try:
            await self._client.start_workflow(
                case.process,
                start,
                id=case.workflow_id,
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                memo={"case_id": case.id, "forced": case.forced},
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
                rpc_timeout=ANSWER_WITHIN,
            )
        except WorkflowAlreadyStartedError as running:
            if await run_of(self._client, case.workflow_id, case.id, case.forced) is None:
                raise StillRunning(f"A case before {case.id} still runs as {case.workflow_id}.") from running

    async def _hint(self, case: CaseRow) -> None:
        try:
            handle = self._client.get_workflow_handle(case.workflow_id)
            await handle.signal("look_again", rpc_timeout=ANSWER_WITHIN)
        except RPCError as failure:
            # Not started yet: the first thing it does when it asks somebody is to look.
            # Or ended: nothing left to see.
            if failure.status is not RPCStatusCode.NOT_FOUND:
                raise


def _why(case: CaseRow) -> str:
    return str(case.request.get("comment") or case.request["reason"])
