"""Whether a race ended as every race must: with one outcome, of which everybody was told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any

import httpx2
from sqlmodel import select

from storage.database import Database
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow

_MOMENT = 0.03
# In seconds; about what the longest way to the record takes.

DECIDED, REFUSED = "decided", "refused"
LEFT = frozenset({"withdrawn", "superseded"})
"""How a case goes on without its question."""


@dataclass(frozen=True)
class Fared:
    """How it went for one who entered."""

    how: str
    told: str = ""
    """Why he was refused."""


class Lost(AssertionError):
    """A race that did not end as every race must."""


async def on_the_line(chance: Random, way: str, entrant: Coroutine[Any, Any, Fared]) -> tuple[str, Fared]:
    """How it went for one who entered by *way* and started within the same moment as all others."""
    # By none is one always first: they take different times until they reach the record.
    await asyncio.sleep(chance.random() * _MOMENT)
    return way, await entrant


def told_by_the_api(answer: httpx2.Response) -> Fared:
    """How it went for somebody whom the API gave *answer*. Raises Lost if that is no answer to give in a race."""
    if answer.status_code == HTTPStatus.OK:
        return Fared(DECIDED)
    if answer.status_code == HTTPStatus.CONFLICT and answer.json()["type"] == "/problems/question-closed":
        return Fared(REFUSED, answer.json()["detail"])
    raise Lost(f"{answer.status_code}: {answer.text}")


async def check(database: Database, question: str, fared: Collection[Fared]) -> None:
    """Nothing, if one decided, or the case left, and the record and everybody who was refused say so. Raises Lost."""
    async with database.reading() as session:
        row = await session.get_one(QuestionRow, question)
        answers = (await session.exec(select(AnswerRow).where(AnswerRow.question_id == question))).all()
        lines = (await session.exec(select(TrailRow).where(TrailRow.case_id == row.case_id))).all()
    about = [line for line in lines if line.details.get("question") == question]
    decided = sum(1 for one in fared if one.how == DECIDED)
    refused = [one.told for one in fared if one.how == REFUSED]
    left = bool(LEFT & {one.how for one in fared})
    who_and_when = f"{row.closed_by} answered {row.choice} at {row.closed_at:%Y-%m-%d %H:%M:%S} UTC."
    holds = {
        "one decides, or the case left": decided == 1 or (decided == 0 and left),
        "the question is closed": row.closed_at is not None,
        "the record has who decided, once": len(answers) == decided,
        "the question came to what was decided": all(row.choice == answer.choice for answer in answers),
        "the trail has who decided, once": sum(1 for line in about if line.action == "answered") == decided,
        "the trail has who was refused, and why": sorted(
            line.reason for line in about if line.action == "answer_refused"
        )
        == sorted(refused),
        "who was refused was told by whom and when it was decided": left or set(refused) <= {who_and_when},
    }
    if broken := [what for what, so in holds.items() if not so]:
        raise Lost(f"{question}: not so: {', '.join(broken)}. {who_and_when} {list(fared)}")
