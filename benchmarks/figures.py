"""What a benchmark says: figures, the machine they are from, and whether they keep their limits."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

_RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    benchmark: str
    name: str
    value: float
    unit: str
    limit: float | None = None
    """What the value may be at most; nothing for a figure that only explains another."""

    @property
    def kept(self) -> bool:
        """Whether the value is within its limit."""
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on."""

    processor: str
    cores: int
    python: str
    load: float
    """Processes that wanted a core in the minute before."""
    spin: float
    """Milliseconds for a fixed piece of Python; tells a slow hour from a slow program."""

    @classmethod
    def this(cls) -> Machine:
        """This machine, now."""
        names = (line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines())
        models = [value.strip() for name, _, value in names if name.strip() == "model name"]
        return cls(
            processor=models[0] if models else platform.machine(),
            cores=os.cpu_count() or 1,
            python=platform.python_version(),
            load=round(os.getloadavg()[0], 1),
            spin=round(_spin(), 1),
        )


def keep(figures: Iterable[Figure], machine: Machine) -> Path:
    """The file of this run, one JSON object a line."""
    _RESULTS.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC).replace(microsecond=0)
    path = _RESULTS / f"{at:%Y%m%dT%H%M%SZ}.jsonl"
    where = {"at": at.isoformat(), **asdict(machine)}
    path.write_text("".join(json.dumps(asdict(figure) | where) + "\n" for figure in figures), encoding="utf-8")
    return path


def show(figures: Sequence[Figure], machine: Machine) -> None:
    """Print the figures as a table."""
    table = Table("benchmark", "figure", "value", "limit", "", title_justify="left")
    table.title = (
        f"{machine.processor}, {machine.cores} cores, Python {machine.python}, "
        f"load {machine.load} before, spin {machine.spin} ms"
    )
    for figure in figures:
        limit = "" if figure.limit is None else f"{figure.limit:g} {figure.unit}"
        verdict = "" if figure.limit is None else "kept" if figure.kept else "MISSED"
        table.add_row(figure.benchmark, figure.name, f"{figure.value:.4g} {figure.unit}", limit, verdict)
    Console().print(table)


def _spin() -> float:
    started = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number & 7
    return (time.process_time() - started) * 1000
