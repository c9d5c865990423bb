"""One question, many who answer it in the same instant: exactly one decides. Not about speed, but about counting."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.progress import track
from sqlmodel import select

from domain.case import SignalledAnswer
from domain.decision import Answer, Channel, DecisionRefused, Principal
from domain.fact import Reading
from domain.facts import OrderLine
from domain.processes.order_change import ORDER_CHANGE
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.cases import Cases, CommandNotAllowed
from storage.database import Database
from storage.decisions import Decisions
from storage.facts import FactStore
from storage.migration import upgrade
from storage.record import CaseRecord
from storage.signals import to_be_signed
from storage.tables.cases import TrailRow
from storage.tables.questions import AnswerRow, QuestionRow
from tests.storage.plant import NOW, PLANNERS, asked_to_decide, keep_the_plant, more_valves, move, person, question_of
from tests.support.small_plant import SITE

_PLACES = 3
# As many programs as are at it at once: each has connections of its own.
_AT = NOW + timedelta(minutes=1)


class Lost(AssertionError):
    """A race that did not end as every race must."""


def main(
    races: Annotated[int, typer.Option(min=1, help="How many questions are raced for.")] = 10_000,
    database: Annotated[str, typer.Option(help="URL of an empty database; by default SQLite in a new folder.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed has the same people enter.")] = 1,
) -> None:
    """Race for questions, and end with 1 at the first that has not exactly one winner."""
    with TemporaryDirectory(prefix="lockstep-races-") as folder:
        url = database or f"sqlite+aiosqlite:///{Path(folder) / 'lockstep.db'}"
        upgrade(url)
        try:
            print(asyncio.run(run(url, races, seed)))
        except Lost as lost:
            print(lost)
            sys.exit(1)


async def run(url: str, races: int, seed: int) -> str:
    """What became of so many races. Raises Lost at the first that was won by nobody or by two."""
    chance = random.Random(seed)  # noqa: S311 - which people enter is no secret
    places = [Database(url) for _ in range(_PLACES)]
    signatures = AnswerSignatures(new_signing_key())
    fared: Counter[str] = Counter()
    started = datetime.now(UTC)
    try:
        await keep_the_plant(places[0])
        for number in track(range(races), description="races", transient=True):
            fared.update(await _race(places, signatures, chance, f"R-{number}"))
    finally:
        for place in places:
            await place.close()
    seconds = (datetime.now(UTC) - started).total_seconds()
    what = ", ".join(f"{count} {name}" for name, count in sorted(fared.items()))
    return f"{races} races in {seconds:.0f} s, each with exactly one outcome: {what}."


async def _race(places: list[Database], signatures: AnswerSignatures, chance: random.Random, order: str) -> list[str]:
    await _new_line(places[0], order)
    case_id = await asked_to_decide(places[0], order=order)
    question = question_of(case_id)
    entrants: list[Coroutine[Any, Any, str]] = []
    for by in chance.sample(PLANNERS, chance.randint(2, len(PLANNERS))):
        place = chance.choice(places)
        if chance.random() < 0.3:
            signed, _ = await to_be_signed(place, question, Answer(choice="accept_as_asked"), person(by), NOW)
            said = SignalledAnswer(
                question=question, choice=signed.choice, person=by, signature=signatures.sign(signed)
            )
            entrants.append(_by_signal(CaseRecord(place, signatures=signatures), case_id, said))
        else:
            channel = chance.choice((Channel.API, Channel.COMMAND_LINE))
            choice = chance.choice(("accept_as_asked", "accept_later"))
            entrants.append(_by_answer(place, question, choice, person(by), channel))
    # Told to stop meanwhile, the case is left by its workflow, which closes the question in the record.
    if chance.random() < 0.2:
        entrants.append(_by_withdrawal(chance.choice(places), case_id))
    elif chance.random() < 0.2:
        entrants.append(_by_newer_request(chance.choice(places), case_id, order))
    chance.shuffle(entrants)
    fared = await asyncio.gather(*entrants)
    await _check(places[0], question, fared)
    return fared


async def _by_answer(place: Database, question: str, choice: str, by: Principal, channel: Channel) -> str:
    try:
        await Decisions(place).answer(question, Answer(choice=choice), by, channel, _AT)
    except DecisionRefused:
        return "refused"
    return "decided"


async def _by_signal(record: CaseRecord, case_id: str, said: SignalledAnswer) -> str:
    told = await record.answer_by_signal(case_id, said, _AT)
    return "decided" if told.startswith("accepted") else "refused"


async def _by_withdrawal(place: Database, case_id: str) -> str:
    try:
        await Cases(place).withdraw(case_id, "Enough.", person("anna"), Channel.API, _AT)
    except CommandNotAllowed:
        return "not withdrawn"
    await move(place, case_id, 3, "withdrawn", at=_AT, seen=1_000_000)
    return "withdrawn"


async def _by_newer_request(place: Database, case_id: str, order: str) -> str:
    wanted = more_valves(60, order)
    await Cases(place).open(ORDER_CHANGE, SITE, wanted, person("anna"), Channel.API, _AT)
    await move(place, case_id, 3, "superseded", at=_AT, seen=1_000_000)
    return "superseded"


async def _check(database: Database, question: str, fared: list[str]) -> None:
    async with database.reading() as session:
        row = await session.get(QuestionRow, question)
        answers = (await session.exec(select(AnswerRow).where(AnswerRow.question_id == question))).all()
        lines = (await session.exec(select(TrailRow).where(TrailRow.case_id == question.rsplit("-", 2)[0]))).all()
    assert row is not None
    decided = fared.count("decided")
    left = {"withdrawn", "superseded"} & set(fared)
    refused = sum(1 for line in lines if line.action == "answer_refused")
    named = [line for line in lines if line.action == "answered"]
    wrong = (
        len(answers) != decided
        or len(named) != decided
        or decided > 1
        or (decided == 0 and not left)
        or row.closed_at is None
        or refused != fared.count("refused")
        or (decided == 1 and row.choice != answers[0].choice)
    )
    if wrong:
        kept = f"{len(answers)} answers, {refused} refusals on the trail, closed at {row.closed_at}"
        raise Lost(f"{question}: {fared}; {kept}")


async def _new_line(database: Database, order: str) -> None:
    store = FactStore(database)
    like = (await store.read(OrderLine, SITE, "SO-1:10")).fact
    fact = like.model_copy(update={"order": order})
    await store.keep([Reading(fact=fact, source="erp", version="1", as_of=NOW)])


if __name__ == "__main__":
    typer.run(main)
