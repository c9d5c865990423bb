"""What a notice says, in the words and times of the plant, whichever way it is carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.diagram import in_words
from domain.notice import Occasion
from domain.roles import Role

_BEGINS = {
    Occasion.ASKED: "",
    Occasion.ASSIGNED: "Given to you: ",
    Occasion.REMINDED: "Reminder: ",
    Occasion.OVERDUE: "Overdue: ",
    Occasion.SETTLED: "Answered: ",
    Occasion.WITHDRAWN: "No longer asked: ",
}
_PROMISE = "Opening a link decides nothing."


@dataclass(frozen=True)
class Line:
    """One thing that somebody is told."""

    occasion: Occasion
    role: Role
    """In which he is told."""
    plant: str
    zone: str
    """IANA time zone of the plant's clocks."""
    process: str
    case_id: str
    subject: str
    question_id: str
    title: str
    asked: tuple[Role, ...]
    due_at: datetime
    answers: tuple[str, ...]
    """As they may be given."""
    answer: str = ""
    """The one it came to."""
    settled_by: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A part of a letter about one thing."""

    title: str
    sentences: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class Letter:
    """What is carried to a person."""

    id: str
    """The same however often it is carried."""
    written_at: datetime
    subject: str
    paragraphs: tuple[Paragraph, ...]
    closing: str
    case_id: str | None
    """The case it is about; nothing where there are several."""

    @property
    def text(self) -> str:
        """All of it but the subject, as plain text."""
        parts = ["\n".join((part.title, *part.sentences, part.link)) for part in self.paragraphs]
        return "\n\n".join((*parts, self.closing)) + "\n"


def letter(letter_id: str, written_at: datetime, lines: Sequence[Line], public_url: str) -> Letter:
    """The letter that tells *lines*, of which there is at least one."""
    cases = {line.case_id for line in lines}
    parts = dict.fromkeys(f"{in_words(line.role)} at {line.plant}" for line in lines)
    return Letter(
        id=letter_id,
        written_at=written_at,
        subject=_one_line(_subject(lines[0]) if len(lines) == 1 else _subject_of_several(lines)),
        paragraphs=tuple(_paragraph(line, public_url) for line in lines),
        closing=f"You are told as {', '.join(parts)}. {_PROMISE}",
        case_id=cases.pop() if len(cases) == 1 else None,
    )


def trial(letter_id: str, written_at: datetime, public_url: str) -> Letter:
    """A letter that tells nothing, to see whether letters arrive."""
    paragraph = Paragraph(
        title="This is a test",
        sentences=("Notices of Lockstep arrive here.", "Nothing waits for you."),
        link=public_url,
    )
    return Letter(
        id=letter_id,
        written_at=written_at,
        subject="[Lockstep] Test: notices arrive here",
        paragraphs=(paragraph,),
        closing="You are told because somebody who runs Lockstep wanted to know.",
        case_id=None,
    )


def local(at: datetime, zone: str) -> str:
    """The moment as the clocks of the plant show it: ``Mon 5 Oct 14:00``."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def _subject(line: Line) -> str:
    until = "since" if line.occasion is Occasion.OVERDUE else "until"
    due = f"{until} {local(line.due_at, line.zone)}: " if line.occasion.waits else ""
    # Most titles name the subject themselves, and a line of a list is short.
    about = "" if line.subject in line.title else f"{line.subject}: "
    return f"[{line.plant}] {_BEGINS[line.occasion]}{due}{about}{line.title}"


def _subject_of_several(lines: Sequence[Line]) -> str:
    plants = ", ".join(dict.fromkeys(line.plant for line in lines))
    waiting = sorted((line for line in lines if line.occasion.waits), key=lambda line: line.due_at)
    if not waiting:
        return f"[{plants}] {len(lines)} notices, nothing waits for you"
    first = waiting[0]
    asks = f"{len(waiting)} wait" if len(waiting) > 1 else "1 waits"
    return f"[{plants}] {asks} for you, {first.subject} until {local(first.due_at, first.zone)}"


def _paragraph(line: Line, public_url: str) -> Paragraph:
    return Paragraph(
        title=_one_line(f"{_BEGINS[line.occasion]}{line.title}"),
        sentences=(f"{line.process} {line.case_id} at {line.plant}, about {line.subject}.", *_said(line)),
        link=f"{public_url}/v1/questions/{line.question_id}",
    )


def _said(line: Line) -> tuple[str, ...]:
    if line.occasion is Occasion.SETTLED:
        return (f"It came to: {line.answer}. Settled by: {line.settled_by}.", "Nothing waits for you here any more.")
    if line.occasion is Occasion.WITHDRAWN:
        return ("The case went on without an answer; nobody needs to give one.",)
    roles = ", ".join(map(in_words, line.asked))
    due = f"{local(line.due_at, line.zone)} ({line.due_at.astimezone(ZoneInfo(line.zone)).tzname()})"
    return (
        f"Asked of {roles}; {'it was' if line.occasion is Occasion.OVERDUE else 'it is'} due {due}.",
        f"Answers: {'; '.join(line.answers)}.",
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
