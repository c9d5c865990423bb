"""Cases whose workflow task fails at every try: Temporal tries for ever, and in our record they only wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.service import RPCError, RPCStatusCode

from domain.catalog import PROCESSES

if TYPE_CHECKING:
    from temporalio.client import Client

    from runtime.measures import Measures

# Set after some failures in a row, and gone with the first task that succeeds.
_FAILING = (
    "TemporalReportedProblems IN ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut') "
    "AND ExecutionStatus = 'Running' AND WorkflowType IN ({})"
).format(", ".join(f"'{name}'" for name in PROCESSES))


class FailingNotTold(Exception):
    """This Temporal does not note which workflow tasks fail again and again."""


@dataclass(frozen=True)
class FailingCase:
    """A case that cannot go on."""

    case_id: str
    workflow_id: str


async def failing_cases(client: Client) -> tuple[FailingCase, ...]:
    """Those that fail again and again now, the one that began first before the others. Raises FailingNotTold."""
    try:
        runs = [run async for run in client.list_workflows(_FAILING)]
    except RPCError as problem:
        if problem.status is RPCStatusCode.INVALID_ARGUMENT:  # an attribute that older servers do not have
            raise FailingNotTold from None
        raise
    runs.sort(key=lambda run: run.start_time)
    return tuple([FailingCase(await run.memo_value("case_id", run.id, type_hint=str), run.id) for run in runs])


class FailingCases:
    """Looks how many cases cannot go on."""

    def __init__(self, client: Client, measures: Measures) -> None:
        self._client = client
        self._measures = measures

    async def once(self) -> int:
        """Nothing to do is left, however many there are."""
        try:
            failing = await failing_cases(self._client)
        except FailingNotTold:
            return 0
        self._measures.cases_fail(len(failing))
        return 0
