"""What is under way in the sample plant: jobs on its machines."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from connectors.plant.sample_items import ITEMS
from connectors.plant.sample_sites import NORTH, SOUTH, WORK_CENTERS
from connectors.plant.sample_time import Timeline
from domain.facts import Job, JobOperation, JobStatus
from domain.master_data import Item, Operation

_ITEMS: Final = {(item.site, item.item): item for item in ITEMS}
_EFFICIENCY: Final = {(center.site, center.work_center): center.efficiency for center in WORK_CENTERS}
_MINUTES_PER_HOUR: Final = 60

_Starts = tuple[float, ...]
"""When each operation starts, in hours of work from the present on."""


class _Shop:
    """Makes jobs of a site by its routings."""

    def __init__(self, site: str, time: Timeline) -> None:
        self._site = site
        self._time = time

    def job(
        self,
        name: str,
        item: str,
        quantity: int,
        starts: _Starts,
        status: JobStatus,
        order: tuple[str, str] | None = None,
        *,
        revision: str | None = None,
    ) -> Job:
        what = _ITEMS[self._site, item]
        operations = tuple(
            self._operation(operation, quantity, hours, status)
            for operation, hours in zip(what.operations, starts, strict=True)
        )
        return Job(
            site=self._site,
            job=name,
            item=item,
            revision=revision or what.revision,
            quantity=Decimal(quantity),
            order=order[0] if order else None,
            line=order[1] if order else None,
            status=status,
            starts_at=operations[0].starts_at,
            ends_at=operations[-1].ends_at,
            operations=operations,
        )

    def _operation(self, operation: Operation, quantity: int, hours: float, job: JobStatus) -> JobOperation:
        minutes = operation.setup_minutes + operation.minutes_per_piece * quantity
        worked = float(minutes / _EFFICIENCY[self._site, operation.work_center]) / _MINUTES_PER_HOUR
        started = hours < 0 and job in (JobStatus.RUNNING, JobStatus.COMPLETE)
        done = started and hours + worked <= 0
        so_far = int(quantity * -hours / worked) if started else 0
        return JobOperation(
            operation=operation.operation,
            work_center=operation.work_center,
            minutes=minutes,
            starts_at=self._time.begin(hours),
            ends_at=self._time.end(hours + worked),
            status="done" if done else "running" if started else "waiting",
            good=Decimal(quantity if done else so_far),
        )


def jobs(north: Timeline, south: Timeline) -> tuple[Job, ...]:
    """Every job of both sites. No machine is given two operations at a time."""
    shop, skids = _Shop(NORTH, north), _Shop(SOUTH, south)
    planned, released, running = JobStatus.PLANNED, JobStatus.RELEASED, JobStatus.RUNNING
    return (
        shop.job("J-2001", "PUMP-250", 30, (-150, -120), JobStatus.COMPLETE),
        shop.job("J-2002", "MOTOR-L", 180, (33, 117), planned, ("SO-1012", "20")),
        shop.job("J-2003", "PUMP-250", 40, (300, 321), planned),
        shop.job("J-2004", "PUMP-250", 40, (340, 362), planned, ("SO-1004", "10")),
        shop.job("J-2005", "PUMP-100", 20, (-6, -1), running, ("SO-1005", "10")),
        shop.job("J-2007", "PUMP-400", 12, (-22, 130, 156), running, ("SO-1007", "10")),
        shop.job("J-2008", "PUMP-400", 6, (-30, -2, 82), running, ("SO-1008", "10"), revision="B"),
        shop.job("J-2009", "PUMP-400", 4, (380, 390, 400), planned, ("SO-1013", "10")),
        shop.job("J-2010", "PUMP-150", 12, (84, 90), planned, ("SO-1014", "10")),
        shop.job("J-2011", "PUMP-160", 60, (10, 30), released),
        shop.job("J-2014", "PUMP-100", 100, (40, 65), released),
        shop.job("J-2015", "PUMP-160", 60, (82, 101), planned, ("SO-1015", "10")),
        shop.job("J-2020", "MOTOR-L", 80, (-20, 12), running),
        shop.job("J-2021", "MOTOR-S", 120, (11, 47), released),
        shop.job("J-2024", "MOTOR-L", 90, (125, 169.5), planned),
        shop.job("J-2030", "HOUSING", 60, (60,), released),
        shop.job("J-2031", "SHAFT", 100, (20,), released),
        shop.job("J-2032", "HOUSING", 84, (150,), planned),
        skids.job("J-3001", "SKID-20", 4, (6, 30), released, ("SO-5001", "10")),
        skids.job("J-3002", "SKID-20", 3, (150, 168), planned, ("SO-5002", "10")),
    )


def item_of(site: str, item: str) -> Item:
    """The item of the sample plant with that name."""
    return _ITEMS[site, item]
