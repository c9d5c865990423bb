"""One question, many who answer it in the same instant: exactly one decides. Not about speed, but about counting."""

from __future__ import annotations

import asyncio
import logging
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx2
import structlog
import typer
from rich.progress import track
from temporalio.client import Client

from api.app import create_app
from api.rate_limit import Pace
from api.services import Services
from benchmarks import races_on_temporal
from benchmarks.databases import Kind, two_of_each
from benchmarks.finish_line import DECIDED, REFUSED, Fared, Lost, check, on_the_line, told_by_the_api
from benchmarks.system import alone
from domain.decision import Answer, Channel, DecisionRefused
from domain.fact import Reading
from domain.facts import OrderLine
from domain.ports import SystemUnavailable
from domain.processes.order_change import ORDER_CHANGE
from domain.signalled import SignalledAnswer
from runtime.credentials import PERSON, credential, new_secret
from runtime.signatures import AnswerSignatures, new_signing_key
from storage.cases import Cases, CommandNotAllowed
from storage.credentials import Credentials
from storage.database import Database
from storage.decisions import Decisions
from storage.facts import FactStore
from storage.migration import upgrade
from storage.record import CaseRecord
from storage.signals import to_be_signed
from tests.storage.plant import (
    NOW,
    PLANNERS,
    SEEN,
    asked_to_decide,
    keep_the_plant,
    more_valves,
    move,
    person,
    question_of,
)
from tests.support.small_plant import SITE

_PLACES = 3
# As many programs as are at it at once: each has connections of its own.
_AT = NOW + timedelta(minutes=1)
_DOOR = "http://lockstep.test"


@dataclass(frozen=True)
class Place:
    """A program that takes answers."""

    database: Database
    door: httpx2.AsyncClient
    """Its API."""


def main(
    races: Annotated[int, typer.Option(min=0, help="How many questions are raced for.")] = 10_000,
    on_temporal: Annotated[int, typer.Option(min=0, help="How many more, of cases that a Temporal server runs.")] = 200,
    on: Annotated[Kind, typer.Option(help="The database.")] = Kind.SQLITE,
    seed: Annotated[int, typer.Option(help="The same seed has the same people enter.")] = 1,
) -> None:
    """Race for questions, and end with 1 at the first that has not exactly one winner."""
    # The API's line for each request is of no interest here.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with two_of_each([on]) as databases, TemporaryDirectory(prefix="lockstep-races-") as folder:
        first, second = databases[on]
        url = first or f"sqlite+aiosqlite:///{Path(folder) / 'lockstep.db'}"
        upgrade(url)
        try:
            print(asyncio.run(run(url, races, seed)))
            if on_temporal:
                print(asyncio.run(alone(partial(races_on_temporal.run, url=second, races=on_temporal, seed=seed))))
        except Lost as lost:
            print(lost)
            sys.exit(1)


async def run(url: str, races: int, seed: int) -> str:
    """What became of so many races. Raises Lost at the first that was won by nobody or by two."""
    chance = random.Random(seed)  # noqa: S311 - which people enter is no secret
    signatures = AnswerSignatures(new_signing_key())
    fared: Counter[str] = Counter()
    async with AsyncExitStack() as opened:
        places = [await opened.enter_async_context(_place(url)) for _ in range(_PLACES)]
        await keep_the_plant(places[0].database)
        tokens = {name: await _token(places[0].database, name) for name in PLANNERS}
        for number in track(range(races), description="races", transient=True):
            fared.update(await _race(places, tokens, signatures, chance, f"R-{number}"))
    what = ", ".join(f"{count} {name}" for name, count in sorted(fared.items()))
    return f"{races} races, each with exactly one outcome, of which all were told: {what}."


@asynccontextmanager
async def _place(url: str) -> AsyncIterator[Place]:
    database = Database(url)
    services = Services(
        database=database, temporal=_nobody, public_url=_DOOR, temporal_ui_url=_DOOR, now=lambda: _AT,
        # Six people answer ten thousand questions here in minutes.
        pace=Pace(per_second=100_000, at_once=100_000),
    )  # fmt: skip
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(services)), base_url=_DOOR) as door:
        yield Place(database, door)
    await database.close()


async def _nobody() -> Client:
    raise SystemUnavailable("Temporal is not needed to answer.")


async def _token(database: Database, name: str) -> str:
    shown = new_secret(PERSON)
    await Credentials(database).keep(credential(shown, person(name), (SITE,), ()), NOW)
    return shown


async def _race(
    places: list[Place], tokens: dict[str, str], signatures: AnswerSignatures, chance: random.Random, order: str
) -> list[str]:
    database = places[0].database
    await _new_line(database, order)
    case_id = await asked_to_decide(database, order=order)
    question = question_of(case_id)
    entrants: list[Coroutine[Any, Any, tuple[str, Fared]]] = []
    for by in chance.sample(PLANNERS, chance.randint(2, len(PLANNERS))):
        place = chance.choice(places)
        choice = chance.choice(("accept_as_asked", "accept_later"))
        way = chance.choice(("http", "command line", "signal"))
        match way:
            case "http":
                entrant = _by_http(place.door, question, choice, tokens[by])
            case "command line":
                entrant = _by_answer(place.database, question, choice, by)
            case _:
                said = await _signed(place.database, question, choice, by, signatures)
                entrant = _by_signal(CaseRecord(place.database, signatures=signatures), case_id, said)
        entrants.append(on_the_line(chance, way, entrant))
    # Told to stop meanwhile, the case is left by its workflow, which closes the question in the record.
    if chance.random() < 0.2:
        entrants.append(on_the_line(chance, "", _by_withdrawal(chance.choice(places).database, case_id)))
    elif chance.random() < 0.2:
        entrants.append(on_the_line(chance, "", _by_newer_request(chance.choice(places).database, case_id, order)))
    chance.shuffle(entrants)
    ended = await asyncio.gather(*entrants)
    await check(database, question, [fared for _, fared in ended])
    return [f"{fared.how} by {way}" if way else fared.how for way, fared in ended]


async def _by_http(door: httpx2.AsyncClient, question: str, choice: str, token: str) -> Fared:
    answer = await door.post(
        f"/v1/questions/{question}/answers",
        json={"choice": choice, "seen": SEEN},
        headers={"Authorization": f"Bearer {token}"},
    )
    return told_by_the_api(answer)


async def _by_answer(place: Database, question: str, choice: str, by: str) -> Fared:
    said = Answer(choice=choice, seen=SEEN)
    try:
        await Decisions(place).answer(question, said, person(by), Channel.COMMAND_LINE, _AT)
    except DecisionRefused as refusal:
        return Fared(REFUSED, str(refusal))
    return Fared(DECIDED)


async def _signed(
    place: Database, question: str, choice: str, by: str, signatures: AnswerSignatures
) -> SignalledAnswer:
    signed, _ = await to_be_signed(place, question, Answer(choice=choice, seen=SEEN), person(by), NOW)
    return SignalledAnswer(question=question, choice=choice, person=by, signature=signatures.sign(signed))


async def _by_signal(record: CaseRecord, case_id: str, said: SignalledAnswer) -> Fared:
    told = await record.answer_by_signal(case_id, said, _AT)
    accepted = told.startswith("accepted")
    return Fared(DECIDED) if accepted else Fared(REFUSED, told.removeprefix("refused: "))


async def _by_withdrawal(place: Database, case_id: str) -> Fared:
    try:
        await Cases(place).withdraw(case_id, "Enough.", person("anna"), Channel.API, _AT)
    except CommandNotAllowed:
        return Fared("not withdrawn")
    await move(place, case_id, 3, "withdrawn", at=_AT, seen=1_000_000)
    return Fared("withdrawn")


async def _by_newer_request(place: Database, case_id: str, order: str) -> Fared:
    wanted = more_valves(60, order)
    await Cases(place).open(ORDER_CHANGE, SITE, wanted, person("anna"), Channel.API, _AT)
    await move(place, case_id, 3, "superseded", at=_AT, seen=1_000_000)
    return Fared("superseded")


async def _new_line(database: Database, order: str) -> None:
    store = FactStore(database)
    like = (await store.read(OrderLine, SITE, "SO-1:10")).fact
    fact = like.model_copy(update={"order": order})
    await store.keep([Reading(fact=fact, source="erp", version="1", as_of=NOW)])


if __name__ == "__main__":
    typer.run(main)
