"""What is counted of cases: each thing that happened once, whatever way it came and however often it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from domain.decision import Channel, QuestionClosed
from domain.effect import EffectState, Reserve
from domain.processes.order_change import ORDER_CHANGE
from domain.question import RungKind
from domain.roles import Role
from domain.signalled import SignalledAnswer
from runtime.measures import Measures, OutboxAge, measure
from storage.alone import alone
from storage.asking_back import AskingBack
from storage.cases import open_case
from storage.database import Database
from storage.outbox import MessageKind, Outbox
from storage.record import CaseRecord
from storage.requests import RequestKey
from tests.storage.plant import (
    NOW,
    acting,
    answer,
    ask,
    asked_to_decide,
    found_out,
    keep_the_plant,
    minutes,
    more_valves,
    move,
    person,
    question_of,
    rung,
    seen_now,
)
from tests.support.small_plant import SITE

OF_ORDER_CHANGE = {"process": "order_change"}


class Figures:
    """What would have been sent to a collector."""

    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.measures = Measures(MeterProvider(metric_readers=[self._reader]).get_meter("test"))

    def _point(self, name: str, attributes: Mapping[str, object]) -> NumberDataPoint | HistogramDataPoint | None:
        read = self._reader.get_metrics_data()
        for resource in read.resource_metrics if read else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    for point in metric.data.data_points:
                        if metric.name == name and point.attributes == attributes:
                            assert isinstance(point, NumberDataPoint | HistogramDataPoint)
                            return point
        return None

    def count(self, name: str, **attributes: object) -> float:
        """How many there were."""
        point = self._point(name, attributes)
        return 0 if point is None else point.value if isinstance(point, NumberDataPoint) else point.count

    def latency(self, choice: str) -> timedelta:
        """How long all answers *choice* together took."""
        point = self._point("lockstep.questions.latency", OF_ORDER_CHANGE | {"choice": choice})
        assert isinstance(point, HistogramDataPoint)
        return timedelta(seconds=point.sum)


@pytest.fixture
def figures() -> Figures:
    """Nothing counted yet."""
    return Figures()


@pytest.fixture
async def database(tmp_path: Path, figures: Figures) -> AsyncIterator[Database]:
    """The small plant's record, of which everything is counted."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'lockstep.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await keep_the_plant(database)
    measure(database, figures.measures)
    yield database
    await database.close()


async def test_a_case_counts_when_it_opens_and_when_it_ends_and_not_again_when_either_is_repeated(
    database: Database, figures: Figures
) -> None:
    key = RequestKey(caller="anna", key="7f1c", fingerprint="50 more")
    opened = await ask(database, key=key)
    await ask(database, key=key)
    await ask(database, by="boris")
    await move(database, opened.case_id, 1, "assessing", assessment=1)

    assert figures.count("lockstep.cases.opened", **OF_ORDER_CHANGE) == 1
    assert figures.count("lockstep.cases.closed", **OF_ORDER_CHANGE, outcome="rejected") == 0

    await move(database, opened.case_id, 2, "rejected", assessment=1)
    await move(database, opened.case_id, 2, "rejected", assessment=1)

    assert figures.count("lockstep.cases.closed", **OF_ORDER_CHANGE, outcome="rejected") == 1


async def test_a_case_that_is_overtaken_before_it_ran_ends_too(database: Database, figures: Figures) -> None:
    await asked_to_decide(database)
    await ask(database, more_valves(60))
    await ask(database, more_valves(70))

    assert figures.count("lockstep.cases.opened", **OF_ORDER_CHANGE) == 3
    assert figures.count("lockstep.cases.closed", **OF_ORDER_CHANGE, outcome="superseded") == 1


async def test_an_answer_counts_once_with_the_time_since_the_question(database: Database, figures: Figures) -> None:
    question = question_of(await asked_to_decide(database))
    key = RequestKey(caller="boris", key="7f1c", fingerprint="accept")

    for at in (25, 90):
        await answer(database, question, "accept_as_asked", "boris", at=minutes(at), key=key)
    with pytest.raises(QuestionClosed):
        await answer(database, question, "accept_as_asked", "petra", at=minutes(95))

    assert figures.count("lockstep.questions.latency", **OF_ORDER_CHANGE, choice="accept_as_asked") == 1
    assert figures.latency("accept_as_asked") == timedelta(minutes=25)


async def test_of_two_people_who_must_agree_the_second_is_the_answer(database: Database, figures: Figures) -> None:
    question = question_of(await asked_to_decide(database, Role.PLANNER, Role.PRODUCTION))

    await answer(database, question, "accept_as_asked", "boris", at=minutes(10))
    await answer(database, question, "accept_as_asked", "carla", at=minutes(40))

    assert figures.latency("accept_as_asked") == timedelta(minutes=40)


async def test_an_answer_by_signal_counts_like_any_other(database: Database, figures: Figures) -> None:
    case_id = await asked_to_decide(database)
    seen = await seen_now(database, question_of(case_id))
    said = SignalledAnswer(question=question_of(case_id), choice="accept_as_asked", person="boris", seen=seen)

    for at in (5, 6):
        await CaseRecord(database, unsigned_signals_count=True).answer_by_signal(case_id, said, minutes(at))

    assert figures.latency("accept_as_asked") == timedelta(minutes=5)


async def test_a_signal_without_a_signature_counts_as_an_alarm(database: Database, figures: Figures) -> None:
    case_id = await asked_to_decide(database)
    said = SignalledAnswer(question=question_of(case_id), choice="accept_as_asked", person="boris")

    await CaseRecord(database).answer_by_signal(case_id, said, minutes(5))

    assert figures.count("lockstep.signatures.refused", **OF_ORDER_CHANGE) == 1


async def test_each_rung_of_a_ladder_counts_once(database: Database, figures: Figures) -> None:
    case_id = await asked_to_decide(database)
    record = CaseRecord(database)

    for _ in range(2):
        await record.escalate(rung(case_id, RungKind.REMIND, 50))
        await record.escalate(rung(case_id, RungKind.ESCALATE, 100, Role.PLANT_MANAGER))

    assert figures.count("lockstep.questions.escalated", **OF_ORDER_CHANGE, percent=50) == 1
    assert figures.count("lockstep.questions.escalated", **OF_ORDER_CHANGE, percent=100) == 1


async def test_the_lead_whom_somebody_brings_in_by_asking_back_counts_without_any_time(
    database: Database, figures: Figures
) -> None:
    case_id = await asked_to_decide(database)
    question, asking_back = question_of(case_id), AskingBack(database)
    for step in (3, 6):
        await asking_back.ask_back(question, "Which revision?", acting("boris", 1))
        question = await found_out(database, case_id, step)

    third = await asking_back.ask_back(question, "Which revision?", acting("boris", 1))

    assert third.further_roles == ("plant_manager",)
    assert figures.count("lockstep.questions.escalated", **OF_ORDER_CHANGE) == 1


async def test_what_cannot_be_counted_is_kept_all_the_same_and_whoever_did_it_hears_so(database: Database) -> None:
    heard: list[SQLModel] = []

    def fail(_: SQLModel) -> None:
        raise KeyError("percent")

    database.listen(fail)
    database.listen(heard.append)

    opened = await ask(database)

    assert opened.result == "opened"
    assert heard


async def test_an_effect_counts_in_each_state_it_reaches(database: Database, figures: Figures) -> None:
    case_id = await asked_to_decide(database)
    record = CaseRecord(database)
    effect = Reserve(site=SITE, item="VALVE", order="SO-1", line="10", quantity=Decimal(50))

    await record.plan_effect(case_id, "k", effect)
    for state in (EffectState.SENT, EffectState.SENT, EffectState.CONFIRMED, EffectState.CONFIRMED):
        await record.settle_effect("k", state, "R-1")

    assert figures.count("lockstep.effects", kind="reserve", state="sent") == 1
    assert figures.count("lockstep.effects", kind="reserve", state="confirmed") == 1


async def test_what_was_not_kept_does_not_count_whether_all_was_taken_back_or_a_part(
    database: Database, figures: Figures
) -> None:
    async def open_in_vain(session: AsyncSession) -> None:
        await alone(session)
        await open_case(session, ORDER_CHANGE, SITE, more_valves(), person("anna"), Channel.API, NOW)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with database.transaction() as session:
            await open_in_vain(session)
    async with database.transaction() as session:
        with pytest.raises(ConnectionError):
            async with session.begin_nested():
                await open_in_vain(session)

    assert figures.count("lockstep.cases.opened", **OF_ORDER_CHANGE) == 0


async def test_the_outbox_is_as_old_as_the_message_that_waits_longest(database: Database, figures: Figures) -> None:
    await ask(database, at=datetime.now(UTC) - timedelta(hours=2))
    await ask(database, more_valves(order="SO-2"), at=datetime.now(UTC) - timedelta(hours=1))
    outbox, age = Outbox(database), OutboxAge(Outbox(database), figures.measures)

    await age.once()
    waited = figures.count("lockstep.outbox.age")
    for message in await outbox.due(MessageKind.START, datetime.now(UTC)):
        await outbox.delivered(message, datetime.now(UTC))
    await age.once()

    assert 7200 <= waited < 7260
    assert figures.count("lockstep.outbox.age") == 0
