"""What a workflow's history costs: in events, in bytes, and in what Temporal Cloud would bill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

_BILLED: Final = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
}
_OF_A_MOVED_CLOCK: Final = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}
# Only a test's server, which lets hours pass at once, writes these.


@dataclass(frozen=True)
class HistoryCost:
    """What one workflow has cost."""

    events: int
    size: int
    """Bytes."""
    actions: int
    """By the rules of docs.temporal.io/cloud/actions, as far as the history tells: queries leave no event."""


NOBODY_ASKED: Final = HistoryCost(events=30, size=9 * 1024, actions=12)
"""What an order change that needs nobody may cost."""
ONE_DECISION: Final = HistoryCost(events=60, size=12 * 1024, actions=24)
"""What one with a decision, a reminder and three handoffs may cost."""

A_DECISION: Final = ONE_DECISION
"""What each answer of a case may cost the engine, with all that it leads to, before the course of the case is wrong."""
NOTHING_TO_DO: Final = HistoryCost(events=12, size=4 * 1024, actions=5)
"""What a case of any process may cost that is looked at once and over."""
USUAL_COURSE: Final = {
    "schedule_adjustment": HistoryCost(events=60, size=15 * 1024, actions=23),
    "shortage": HistoryCost(events=84, size=20 * 1024, actions=31),
    "quality_hold": HistoryCost(events=86, size=23 * 1024, actions=30),
    "quality_alert": HistoryCost(events=44, size=12 * 1024, actions=15),
    "dispatch_release": HistoryCost(events=100, size=23 * 1024, actions=35),
}
"""
What the usual course of the processes that go on in steps may cost, from the first look until everybody knows.

A step is an answer, the look at it, the write and the next look: some 17 events and 4 KiB. A plan is moved in four
answers, a shortage expedited in four, a lot disposed of in five, a rule ended in two, a shipment let go in
five; the shortage waits once for the plant to be quiet. The rest, a seventh, is for hints that come one by one
where they mostly come together.
"""


def cost_of(history: WorkflowHistory) -> HistoryCost:
    """The cost of everything in *history*."""
    events = [event for event in history.events if event.event_type not in _OF_A_MOVED_CLOCK]
    return HistoryCost(
        events=len(events),
        size=sum(event.ByteSize() for event in events),
        actions=sum(map(_actions, events)) + len(set(_tasks_with_local_activities(events))),
    )


def _actions(event: HistoryEvent) -> int:
    if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
        return event.activity_task_started_event_attributes.attempt - 1
    return int(event.event_type in _BILLED)


def _tasks_with_local_activities(events: Iterable[HistoryEvent]) -> Iterator[int]:
    """All local activities of one workflow task are one action."""
    for event in events:
        marker = event.marker_recorded_event_attributes
        if marker.marker_name == "core_local_activity":
            yield marker.workflow_task_completed_event_id
