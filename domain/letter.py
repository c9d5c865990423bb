"""What a notice says, in the words and times of the plant, whichever way it is carried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.notice import Occasion
from domain.roles import Role
from domain.words import in_words

_BEGINS = {
    Occasion.ASKED: "",
    Occasion.ASSIGNED: "Given to you: ",
    Occasion.RETURNED: "Back with you: ",
    Occasion.TAKEN_BACK: "No longer in your hands: ",
    Occasion.RESUMED: "Taken up again: ",
    Occasion.REMINDED: "Reminder: ",
    Occasion.OVERDUE: "Overdue: ",
    Occasion.SETTLED: "Answered: ",
    Occasion.WITHDRAWN: "No longer asked: ",
    Occasion.LATE: "Your answer came too late: ",
    Occasion.MENTIONED: "",
    Occasion.MOVED: "Moved on: ",
    Occasion.DECIDED: "Your request is decided: ",
    Occasion.ENDED: "Your request is over: ",
    Occasion.REPORTED: "",
    Occasion.LISTED: "",
    Occasion.AGED: "Still on hold: ",
    Occasion.UNTOLD: "No ship notice sent: ",
}
_WHY = {
    Occasion.MOVED: "You follow it.",
    Occasion.DECIDED: "You asked for it.",
    Occasion.ENDED: "You asked for it.",
    Occasion.AGED: "You are told of it once.",
    Occasion.UNTOLD: "You are told of it once.",
}
_A_STEP = "Your request goes on: "
_PROMISE = "Opening a link decides nothing."
_WITHOUT = "The case went on without an answer."


@dataclass(frozen=True)
class Line:
    """One thing that somebody is told."""

    occasion: Occasion
    role: Role
    """In which he is told."""
    plant: str
    zone: str
    """IANA time zone of the plant's clocks."""
    process: str = ""
    case_id: str = ""
    """Empty where it tells of a day of the plant."""
    subject: str = ""
    title: str = ""
    """What is asked; of a case, where it stands, or what was decided; of a report, of which day it is."""
    question_id: str = ""
    """Empty where it tells of the case itself, and then nothing is asked."""
    asked: tuple[Role, ...] = ()
    due_at: datetime | None = None
    answers: tuple[str, ...] = ()
    """As they may be given."""
    answer: str = ""
    """The one it came to."""
    settled_by: str = ""
    by: str = ""
    """Who did what is told; empty where time did."""
    said: str = ""
    """What he said with it, or why the case is where it is."""
    attachments: int = 0
    """How many documents and pictures the case has."""
    report: tuple[str, ...] = ()
    """The sentences of a report, which is of no case."""
    goes_on: bool = False
    """Whether what was decided is a step, after which the case goes on."""
    place: str = ""
    """Where the report is found."""


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
        case_id=(cases.pop() or None) if len(cases) == 1 else None,
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
    due = f"{until} {local(line.due_at, line.zone)}: " if line.occasion.waits and line.due_at is not None else ""
    # Most titles name the subject themselves, and a line of a list is short.
    about = "" if line.subject in line.title else f"{line.subject}: "
    return f"[{line.plant}] {_begins(line)}{due}{about}{line.title}"


def _begins(line: Line) -> str:
    return _A_STEP if line.goes_on else _BEGINS[line.occasion]


def _subject_of_several(lines: Sequence[Line]) -> str:
    plants = ", ".join(dict.fromkeys(line.plant for line in lines))
    waiting = [(line.due_at, line) for line in lines if line.occasion.waits and line.due_at is not None]
    if not waiting:
        return f"[{plants}] {len(lines)} notices, nothing waits for you"
    due_at, first = min(waiting, key=lambda one: one[0])
    asks = f"{len(waiting)} wait" if len(waiting) > 1 else "1 waits"
    return f"[{plants}] {asks} for you, {first.subject} until {local(due_at, first.zone)}"


def _paragraph(line: Line, public_url: str) -> Paragraph:
    if line.occasion.about_site:
        return Paragraph(title=line.title, sentences=line.report, link=f"{public_url}/v1/{line.place}")
    return Paragraph(
        title=_one_line(f"{_begins(line)}{line.title}"),
        sentences=(f"{line.process} {line.case_id} at {line.plant}, about {line.subject}.", *_said(line)),
        link=f"{public_url}/{_place(line)}",
    )


def _place(line: Line) -> str:
    if line.question_id:
        return f"questions/{line.question_id}"
    return f"cases/{line.case_id}#comments" if line.occasion is Occasion.MENTIONED else f"cases/{line.case_id}"


def _said(line: Line) -> tuple[str, ...]:
    match line.occasion:
        case Occasion.SETTLED:
            return (_outcome(line), "Nothing waits for you here any more.")
        case Occasion.WITHDRAWN:
            return (f"{_WITHOUT} Nobody needs to give one.",)
        case Occasion.LATE:
            return (f"You answered: {line.said}.", _outcome(line) if line.answer else _WITHOUT)
        case Occasion.TAKEN_BACK:
            return (f"{line.by} took it back. You may still answer for yourself, if you are asked.",)
        case Occasion.MENTIONED:
            return (f"{line.by} writes: {_one_line(line.said)}",)
        case Occasion.MOVED | Occasion.DECIDED | Occasion.ENDED | Occasion.AGED | Occasion.UNTOLD:
            return (_one_line(line.said), _WHY[line.occasion], *_then(line))
        case _:
            return (*_how(line), *_asked(line), *_attached(line.attachments))


def _then(line: Line) -> tuple[str, ...]:
    """What comes after what is told, where it might be taken for the end."""
    return ("This step is decided; the case is not over: you are told once it is.",) if line.goes_on else ()


def _how(line: Line) -> tuple[str, ...]:
    """How it came into his hands, where somebody or something put it there."""
    match line.occasion:
        case Occasion.ASSIGNED if line.by:
            return (f"{line.by} gave it to you: {_one_line(line.said)}",)
        case Occasion.RETURNED:
            return (f"{line.by} gave it back." if line.by else "The time you delegated it for is over.",)
        case Occasion.RESUMED:
            return (f"You parked it; {line.by} took it up." if line.by else _one_line(line.said),)
        case _:
            return ()


def _asked(line: Line) -> tuple[str, ...]:
    assert line.due_at is not None
    roles = ", ".join(map(in_words, line.asked))
    due = f"{local(line.due_at, line.zone)} ({line.due_at.astimezone(ZoneInfo(line.zone)).tzname()})"
    return (
        f"Asked of {roles}; {'it was' if line.occasion is Occasion.OVERDUE else 'it is'} due {due}.",
        f"Answers: {'; '.join(line.answers)}.",
    )


def _attached(number: int) -> tuple[str, ...]:
    if not number:
        return ()
    return ("One document or picture is attached." if number == 1 else f"{number} documents or pictures are attached.",)


def _outcome(line: Line) -> str:
    return f"It came to: {line.answer}. Settled by: {line.settled_by}."


def _one_line(text: str) -> str:
    return " ".join(text.split())
