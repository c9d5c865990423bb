"""Programs that are started in order, watched, and stopped together."""

from __future__ import annotations

import asyncio
import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runtime.children import ChildEnded, Children, StopAsked
from tests.support.terminal import at_a_terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Says that it is up, waits to be told to end, and then says so in the diary that all of them share.
OBEDIENT = """
import signal, sys
def end(*_):
    open(sys.argv[2], "a").write(sys.argv[1] + " ended\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
open(sys.argv[2], "a").write(sys.argv[1] + " started\\n")
print("up", flush=True)
while True:
    signal.pause()
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    signal.pause()
"""
# A supervisor in the small, of two children, one of which tells its number.
SUPERVISOR = f"""
import asyncio, re, sys
from pathlib import Path
from runtime.children import Children, StopAsked

async def main():
    home = Path(sys.argv[1])
    shown = asyncio.Queue()
    children = Children(home, shown.put_nowait)
    children.obey_signals()
    for name in ("first", "second"):
        command = (sys.executable, "-c", {OBEDIENT!r}, name, str(home / "diary"))
        child = await children.start(name, command, shown=re.compile("up"))
        await shown.get()
        print("child", child.pid, flush=True)
    print("both up", flush=True)
    try:
        await children.until_one_ends()
    except StopAsked:
        await children.stop(5)
        print("stopped in order", flush=True)

asyncio.run(main())
"""


@pytest.fixture
def diary(tmp_path: Path) -> Path:
    """What the children write down, in the order in which it happened."""
    return tmp_path / "diary"


@pytest.fixture
def shown() -> asyncio.Queue[str]:
    """What the person at the terminal sees."""
    return asyncio.Queue()


@pytest.fixture
async def children(tmp_path: Path, shown: asyncio.Queue[str]) -> AsyncIterator[Children]:
    started = Children(tmp_path / "logs", shown.put_nowait)
    yield started
    started.ask_to_stop()
    started.ask_to_stop()
    await started.stop(5)


async def up(children: Children, shown: asyncio.Queue[str], name: str, *command: str) -> None:
    await children.start(name, (sys.executable, *command), shown=re.compile("^up$"))
    await shown.get()


def written(diary: Path) -> list[str]:
    return diary.read_text().splitlines()


async def test_they_stop_in_the_opposite_order_of_their_start(
    children: Children, shown: asyncio.Queue[str], diary: Path
) -> None:
    for name in ("temporal", "worker", "api"):
        await up(children, shown, name, "-c", OBEDIENT, name, str(diary))

    await children.stop(5)

    assert written(diary) == [
        *("temporal started", "worker started", "api started"),
        *("api ended", "worker ended", "temporal ended"),
    ]


async def test_one_that_ends_by_itself_is_named_with_its_last_lines(
    children: Children, shown: asyncio.Queue[str], diary: Path
) -> None:
    await up(children, shown, "temporal", "-c", OBEDIENT, "temporal", str(diary))
    await children.start("worker", (sys.executable, "-c", "import sys; sys.exit('no such database')"))

    with pytest.raises(ChildEnded) as trouble:
        await children.until_one_ends()

    assert "worker ended with exit code 1" in str(trouble.value)
    assert "no such database" in str(trouble.value)


async def test_one_that_ends_interrupts_the_wait_for_another(children: Children) -> None:
    await children.start("worker", (sys.executable, "-c", "raise SystemExit(3)"))

    with pytest.raises(ChildEnded, match="exit code 3"):
        await children.during(asyncio.Event().wait())


async def test_one_that_was_killed_is_told_from_one_that_failed(children: Children) -> None:
    await children.start("worker", (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))

    with pytest.raises(ChildEnded, match="worker was ended by SIGKILL"):
        await children.until_one_ends()


async def test_work_that_is_done_before_anything_ends_gives_its_result(
    children: Children, shown: asyncio.Queue[str], diary: Path
) -> None:
    await up(children, shown, "temporal", "-c", OBEDIENT, "temporal", str(diary))

    assert await children.during(asyncio.sleep(0, "ready")) == "ready"


async def test_asking_to_stop_interrupts_the_start(children: Children) -> None:
    children.ask_to_stop()

    with pytest.raises(StopAsked):
        await children.during(asyncio.Event().wait())


async def test_one_that_does_not_obey_is_ended(children: Children, shown: asyncio.Queue[str]) -> None:
    await up(children, shown, "worker", "-c", STUBBORN)

    await children.stop(0.05)

    with pytest.raises(ChildEnded, match="SIGKILL"):
        await children.until_one_ends()


async def test_only_warnings_are_shown_and_everything_is_in_the_log(
    children: Children, shown: asyncio.Queue[str], tmp_path: Path
) -> None:
    said = "2026-11-22 [info     ] fine\\n2026-11-22 [warning  ] the ERP did not answer\\n"

    child = await children.start("worker", (sys.executable, "-c", f"print('{said}')"))
    await child.ended

    assert shown.get_nowait() == "  worker | 2026-11-22 [warning  ] the ERP did not answer"
    assert shown.empty()
    assert any("fine" in line for line in written(tmp_path / "logs" / "worker.log"))


def test_one_ctrl_c_in_the_terminal_stops_all_in_order(tmp_path: Path, diary: Path) -> None:
    with at_a_terminal((sys.executable, "-c", SUPERVISOR, str(tmp_path))) as terminal:
        terminal.read_until("both up")

        terminal.press_ctrl_c()

        said = terminal.read_until("stopped in order")
        assert terminal.program.wait(timeout=10) == 0
    assert "Traceback" not in said
    assert written(diary) == [
        *("first started", "second started"),
        *("second ended", "first ended"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_nothing_is_left_behind_when_the_launcher_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        (sys.executable, "-c", SUPERVISOR, str(tmp_path)), stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        lines = [supervisor.stdout.readline() for _ in range(3)]
        left = [os.pidfd_open(int(line.split()[1])) for line in lines if line.startswith("child ")]
        assert len(left) == 2

        supervisor.kill()

    for child in left:
        ended, _, _ = select.select([child], [], [], 10)
        os.close(child)
        assert ended
