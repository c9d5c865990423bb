"""A real Temporal server whose clock can be moved, for tests of cases that live for days."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from runtime.dev_server import temporal_command
from workflows.search_attributes import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def time_skipping_environment() -> AsyncIterator[WorkflowEnvironment]:
    """
    A server where every workflow has its own clock, with our converter and search attributes.

    Time runs off as soon as a case only waits. A test that has to act in between starts the case inside
    ``with environment.with_time_skipping_disabled():`` and moves its clock by
    ``await environment.fast_forward(handle, timedelta(hours=4))``.
    """
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=pydantic_data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=str(temporal_command()),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            # Without it every skip takes a second of real time.
            "--dynamic-config-value",
            'history.timerProcessorMaxTimeShift="1ms"',
        ],
    )
    async with environment:
        yield environment
