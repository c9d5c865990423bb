"""Where tests keep what they throw away, and what they need again."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - everything in it has a folder of its own
ROOM = 4 << 30
"""Bytes that must be free there: a run needs a tenth, several at a time need more."""


def keep_it_in_memory(memory: Path = MEMORY, room: int = ROOM) -> bool:
    """
    Put temporary files where no disk is waited for, unless TMPDIR names another place; false if that cannot be.

    Databases are made, filled and dropped by the hundred. A disk that others use as well makes that four times as long.
    """
    if "TMPDIR" in os.environ or not memory.is_dir() or not os.access(memory, os.W_OK):
        return False
    found = os.statvfs(memory)
    if found.f_bavail * found.f_frsize < room or found.f_flag & os.ST_NOEXEC:
        # A container often has a few megabytes there, and lets nothing be run: a database server may have to be.
        return False
    os.environ["TMPDIR"] = tempfile.tempdir = str(memory)
    return True


def keep_compiled() -> None:
    """
    Have Python keep what it compiles, here and in every program that a test starts, even where it is told not to.

    Else each of those programs compiles all it imports, libraries as well, for seconds; and each case its workflow's
    modules, for they are imported anew into its sandbox.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
