"""What cases did under earlier versions, they would do again: running cases survive a new version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from tests.support.replaying import RECORDED, replay
from workflows.catalog import WORKFLOWS

PATHS = sorted(RECORDED.rglob("*.json"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_plays_again_as_recorded(path: Path) -> None:
    history = _recorded(path)

    await replay(WorkflowHistory.from_json(_workflow_id(history), history))


def test_has_histories_of_every_process() -> None:
    recorded = {path.stem.split("-")[0] for path in PATHS}

    assert recorded == set(WORKFLOWS)


async def test_notices_a_workflow_that_would_do_something_else() -> None:
    history = _recorded(PATHS[0])
    markers = [event for event in history["events"] if "markerRecordedEventAttributes" in event]
    history["events"].remove(markers[0])
    for number, event in enumerate(history["events"], start=1):
        event["eventId"] = str(number)

    with pytest.raises(Exception, match=r"(?i)nondeterminism"):
        await replay(WorkflowHistory.from_json(_workflow_id(history), history))


def _recorded(path: Path) -> dict[str, Any]:
    history: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return history


def _workflow_id(history: dict[str, Any]) -> str:
    return str(history["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"])
