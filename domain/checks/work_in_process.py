"""How far the pieces for the line have come, to which revision they are made, and what is bought for them alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.checks.finding import Found, evidence
from domain.evidence import Evidence, Reason, Verdict
from domain.fact import Money, Quantity, Reading
from domain.facts import Job, JobStatus, Receipt
from domain.master_data import Item
from domain.need import Need
from domain.roles import Role


class WorkInProcessFound(Found):
    """The open jobs for the line."""

    jobs: tuple[Job, ...]
    started: bool
    released_revision: str
    revision_differs: bool
    """Whether a started job makes another revision than the one now wanted."""
    value: Money
    """Of the pieces begun, at cost."""
    in_the_making: Quantity
    bought: tuple[Receipt, ...] = ()
    """What is on its way for the line alone."""


def asked(need: Need) -> Any:
    """All that the finding depends on besides the facts."""
    return [need.order, need.line, need.item, need.revision]


def judge(
    need: Need, item: Reading[Item], jobs: Sequence[Reading[Job]], receipts: Sequence[Reading[Receipt]], at: datetime
) -> Evidence:
    """What the shop floor says of a change to the line that *need* names, and purchasing of what it bought for it."""
    mine = [r for r in jobs if (r.fact.order, r.fact.line) == (need.order, need.line) and r.fact.open]
    bought = [r for r in receipts if (r.fact.order, r.fact.line) == (need.order, need.line) and r.fact.quantity]
    started = [r.fact for r in mine if has_started(r.fact)]
    wanted = need.revision or item.fact.revision
    differing = [job for job in started if job.revision != wanted]
    reasons = [
        Reason(code="started", thing=job.job, owner=Role.PRODUCTION, text=f"{job.job} has begun {job.quantity} pieces.")
        for job in started
    ] + [
        Reason(
            code="revision", thing=job.job, owner=Role.ENGINEERING,
            text=f"{job.job} makes revision {job.revision}, wanted is {wanted}.",
        )
        for job in differing
    ]  # fmt: skip
    found = WorkInProcessFound(
        jobs=tuple(r.fact for r in mine),
        started=bool(started),
        released_revision=item.fact.revision,
        revision_differs=bool(differing),
        value=sum((job.quantity * item.fact.cost for job in started), Decimal(0)),
        in_the_making=sum((r.fact.quantity for r in mine), Decimal(0)),
        bought=tuple(r.fact for r in bought),
    )
    verdict = Verdict.WARN if started else Verdict.PASS
    return evidence("work_in_process", found, verdict, reasons, [item, *mine, *bought], at, asked(need))


def has_started(job: Job) -> bool:
    """Whether anything has been done on the job that cannot be undone by changing a paper."""
    return job.status is JobStatus.RUNNING or any(step.status != "waiting" for step in job.operations)
