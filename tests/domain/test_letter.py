"""What a notice says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.letter import Letter, Line, letter
from domain.notice import Occasion
from domain.roles import Role

DUE = datetime(2026, 10, 5, 12, tzinfo=UTC)
PUBLIC = "https://lockstep.plant.example"
ASKED = Line(
    occasion=Occasion.ASKED, role=Role.PLANNER, plant="North", zone="Europe/Berlin", process="Order change",
    case_id="OC-1", subject="SO-1:10", question_id="OC-1-2-1", title="50 valves instead of 40: which way?",
    asked=(Role.PLANNER, Role.SALES_MANAGER), due_at=DUE, answers=("As asked", "Keep the order as it was"),
)  # fmt: skip


def written(*lines: Line) -> Letter:
    return letter("notice-1", DUE, lines, PUBLIC)


def test_the_subject_says_the_plant_what_it_is_about_and_until_when_by_its_clocks() -> None:
    named = replace(ASKED, title="SO-1:10 VALVE, 40 to 50: which way?")

    assert written(named).subject == "[North] until Mon 5 Oct 14:00: SO-1:10 VALVE, 40 to 50: which way?"
    assert written(ASKED).subject == "[North] until Mon 5 Oct 14:00: SO-1:10: 50 valves instead of 40: which way?"


def test_says_who_is_asked_what_can_be_answered_and_where() -> None:
    told = written(ASKED)

    (paragraph,) = told.paragraphs
    assert paragraph.sentences == (
        "Order change OC-1 at North, about SO-1:10.",
        "Asked of planner, sales manager; it is due Mon 5 Oct 14:00 (CEST).",
        "Answers: As asked; Keep the order as it was.",
    )
    assert paragraph.link == f"{PUBLIC}/questions/OC-1-2-1"
    assert told.closing == "You are told as planner at North. Opening a link decides nothing."
    assert told.case_id == "OC-1"


def test_says_how_much_is_attached_to_what_is_asked() -> None:
    def last(**more: Any) -> str:
        return written(replace(ASKED, **more)).paragraphs[0].sentences[-1]

    assert last(attachments=0).startswith("Answers: ")
    assert last(attachments=1) == "One document or picture is attached."
    assert last(attachments=3) == "3 documents or pictures are attached."
    assert last(attachments=3, occasion=Occasion.SETTLED) == "Nothing waits for you here any more."


def test_what_is_over_says_what_it_came_to_and_that_nothing_waits() -> None:
    settled = replace(ASKED, occasion=Occasion.SETTLED, answer="As asked", settled_by="Petra")

    told = written(settled)

    assert told.subject == "[North] Answered: SO-1:10: 50 valves instead of 40: which way?"
    assert told.paragraphs[0].sentences[1:] == (
        "It came to: As asked. Settled by: Petra.",
        "Nothing waits for you here any more.",
    )


MOVED = Line(
    occasion=Occasion.MOVED, role=Role.SALES, plant="North", zone="Europe/Berlin", process="Order change",
    case_id="OC-1", subject="SO-1:10", title="awaiting decision", said="Three ways are possible.",
)  # fmt: skip


def test_a_case_that_moved_on_says_where_it_is_and_why_and_links_to_it() -> None:
    told = written(MOVED)

    assert told.subject == "[North] Moved on: SO-1:10: awaiting decision"
    assert told.paragraphs[0].sentences[1:] == ("Three ways are possible.", "You follow it.")
    assert told.paragraphs[0].link == f"{PUBLIC}/cases/OC-1"
    assert written(replace(MOVED, occasion=Occasion.ENDED)).paragraphs[0].sentences[-1] == "You asked for it."
    assert written(replace(MOVED, occasion=Occasion.MENTIONED)).paragraphs[0].link == f"{PUBLIC}/cases/OC-1#comments"


def test_a_step_of_what_somebody_asked_for_says_that_it_goes_on_and_only_the_end_that_it_is_over() -> None:
    decided = replace(MOVED, occasion=Occasion.DECIDED, process="Dispatch release", title="Release it")

    assert written(decided).subject == "[North] Your request is decided: SO-1:10: Release it"
    step = written(replace(decided, goes_on=True))
    assert step.subject == "[North] Your request goes on: SO-1:10: Release it"
    assert step.paragraphs[0].title.startswith("Your request goes on: Release it")
    assert step.paragraphs[0].sentences[-2:] == (
        "You asked for it.", "This step is decided; the case is not over: you are told once it is."
    )  # fmt: skip
    over = replace(decided, occasion=Occasion.ENDED, title="dispatched")
    assert written(over).subject == "[North] Your request is over: SO-1:10: dispatched"


def test_what_comes_into_ones_hands_says_how_and_what_is_asked() -> None:
    given = replace(ASKED, occasion=Occasion.ASSIGNED, by="Paul", said="Boris is away.")

    def how(occasion: Occasion, by: str) -> str:
        return written(replace(ASKED, occasion=occasion, by=by)).paragraphs[0].sentences[1]

    assert written(given).paragraphs[0].sentences[1:] == (
        "Paul gave it to you: Boris is away.",
        "Asked of planner, sales manager; it is due Mon 5 Oct 14:00 (CEST).",
        "Answers: As asked; Keep the order as it was.",
    )
    assert how(Occasion.RETURNED, "Jon") == "Jon gave it back."
    assert how(Occasion.RETURNED, "") == "The time you delegated it for is over."
    assert how(Occasion.RESUMED, "Jon") == "You parked it; Jon took it up."
    over = replace(ASKED, occasion=Occasion.RESUMED, said="The time it was parked for is over.")
    assert written(over).paragraphs[0].sentences[1] == "The time it was parked for is over."
    assert how(Occasion.TAKEN_BACK, "Jon").startswith("Jon took it back.")


def test_an_answer_that_came_too_late_says_what_it_was_and_what_stands() -> None:
    late = replace(ASKED, occasion=Occasion.LATE, said="Later", answer="As asked", settled_by="Petra")
    without = replace(late, answer="", settled_by="")

    assert written(late).subject.startswith("[North] Your answer came too late: SO-1:10")
    assert written(late).paragraphs[0].sentences[1:] == (
        "You answered: Later.", "It came to: As asked. Settled by: Petra.",
    )  # fmt: skip
    assert written(without).paragraphs[0].sentences[-1] == "The case went on without an answer."


def test_several_things_say_how_many_wait_and_which_is_first() -> None:
    later = replace(ASKED, case_id="OC-2", question_id="OC-2-2-1", subject="SO-2:10", due_at=DUE + timedelta(hours=2))
    over = replace(ASKED, occasion=Occasion.WITHDRAWN, case_id="OC-3", question_id="OC-3-2-1")

    assert written(later, over, ASKED).subject == "[North] 2 wait for you, SO-1:10 until Mon 5 Oct 14:00"
    assert written(over, over).subject == "[North] 2 notices, nothing waits for you"
    assert written(later, ASKED).case_id is None


@given(st.text(), st.text(), st.sampled_from(Occasion))
def test_no_name_makes_a_second_line_of_a_subject(title: str, subject: str, occasion: Occasion) -> None:
    told = written(replace(ASKED, title=title, subject=subject, occasion=occasion))

    assert len(told.subject.splitlines()) == 1
