"""Lines of a file that somebody else wrote: counted, never too long, and refused one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO, Final

LONGEST_LINE: Final = 1024 * 1024
"""Bytes of one line, beyond which it is refused unread."""
SHOWN: Final = 200
"""Characters of a refused line that are shown."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not taken."""

    number: int
    """The first line of the file is 1."""
    reason: str
    """Which field is wrong and what to do, in a sentence."""
    text: str
    """How the line begins."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a line says, before it is known to be a fact."""

    number: int
    text: str
    body: dict[str, Any]


class Unreadable(Exception):
    """A line cannot be taken; says why and what to do."""


class Lines:
    """Lines of a stream in UTF-8. One that cannot be read raises Unreadable; the next can still be had."""

    def __init__(self, stream: BinaryIO) -> None:
        self.number = 0
        """Of the line given last."""
        self.text = ""
        """How the line given last begins."""
        self._stream = stream

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            line = self._without_mark(line)
        self.text = line[:SHOWN].decode("utf-8", "backslashreplace").rstrip()
        if len(line) > LONGEST_LINE:
            self._skip_rest(line)
            raise Unreadable(f"the line is longer than {LONGEST_LINE} bytes; write one fact a line")
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unreadable(f"byte {error.start + 1} of the line is not UTF-8; save the file in UTF-8") from None

    def bad(self, reason: str) -> BadLine:
        """The line given last, refused for *reason*."""
        return BadLine(self.number, sentence(reason), self.text)

    def _without_mark(self, line: bytes) -> bytes:
        if line.startswith(_UTF16):
            self._stream.seek(0, 2)
            raise Unreadable("the file is in UTF-16; save it in UTF-8")
        return line.removeprefix(_UTF8_MARK)

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(LONGEST_LINE)


def sentence(reason: str) -> str:
    """*reason* as a sentence of its own."""
    return reason if reason.endswith(".") else f"{reason}."
