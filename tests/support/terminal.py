"""A program at a terminal of its own, as a person runs it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 90.0
"""Seconds without a word after which a program is given up."""


class Terminal:
    """What a person sees and can type."""

    def __init__(self, program: subprocess.Popen[bytes], screen: int) -> None:
        self.program = program
        self.said = ""
        self._screen = screen

    def read_until(self, wanted: str) -> str:
        """Everything said so far, once *wanted* is among it."""
        while wanted not in self.said:
            ready, _, _ = select.select([self._screen], [], [], PATIENCE)
            assert ready, f"waited in vain for {wanted!r} after:\n{self.said}"
            self.said += self._read()
        return self.said

    def _read(self) -> str:
        try:
            said = os.read(self._screen, 65536)
        except OSError:  # how Linux says that the program has left the terminal
            said = b""
        assert said, f"the program ended after:\n{self.said}"
        return said.decode(errors="replace")

    def press_ctrl_c(self) -> None:
        """Press it, once."""
        os.write(self._screen, b"\x03")


@contextmanager
def at_a_terminal(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """The program *command*, killed at the end if it still runs."""
    screen, end = pty.openpty()
    program = subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
        preexec_fn=_own_the_terminal,  # noqa: PLW1509  nothing of ours runs in threads here
    )
    os.close(end)
    try:
        yield Terminal(program, screen)
    finally:
        program.kill()
        program.wait()
        os.close(screen)


def _own_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
