"""What happens in a case is told to those outside who want to know."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from domain.case import Step
from domain.catalog import PROCESSES
from domain.decision import Channel
from relay.webhooks import Receiver, Spreader, WebhookRelay, cloud_event, signed
from storage.cases import Cases
from storage.database import Database
from storage.deliveries import GIVE_UP_AFTER, Deliveries, Delivery
from storage.record import CaseRecord
from tests.relay.receiver import SILENT, ReceivingServer, receiving
from tests.relay.record import ERP, NOON, deliveries, messages
from tests.support.small_plant import SITE

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
PUBLIC = "http://lockstep.example"


class Clock:
    """The true time, and as much more as has been added: signatures are checked against the true time."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    """The relays'."""
    return Clock()


@pytest.fixture
def server() -> Iterator[ReceivingServer]:
    """The receiver."""
    with receiving() as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    """What is sent with."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


def receiver(server: ReceivingServer, name: str = "board", **wanted: Any) -> Receiver:
    return Receiver(name=name, url=server.url, secret=SECRET, **wanted)


async def opened(record: Database, order: str = "SO-2") -> str:
    """A case."""
    process = PROCESSES["order_change"]
    asked = process.request.model_validate({"order": order, "line": "10", "quantity": "14", "reason": "OTHER"})
    return (await Cases(record).open(process, SITE, asked, ERP, Channel.API, NOON)).case_id


async def moved(record: Database, case_id: str, *states: str, because: str = "") -> None:
    """The case has gone through *states*."""
    for number, state in enumerate(states, start=1):
        step = Step(case_id=case_id, sequence=number, at=NOON, state=state, because=because, assessment=1)
        await CaseRecord(record).enter(step)


async def spread(record: Database, *receivers: Receiver) -> int:
    return await Spreader(Deliveries(record), receivers).once()


def relay_to(
    record: Database, to: Receiver, client: httpx2.AsyncClient, clock: Clock, timeout: float = 5
) -> WebhookRelay:
    return WebhookRelay(Deliveries(record), to, client, PUBLIC, timeout=timedelta(seconds=timeout), now=clock)


async def states(record: Database) -> list[str]:
    return [row.state for row in await messages(record, "event")]


async def test_a_step_of_a_case_arrives_signed_as_a_cloud_event(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    case_id = await opened(record)
    await moved(record, case_id, "assessing", because="Müller called.")
    await spread(record, receiver(server))

    await relay_to(record, receiver(server), client, clock).once()

    (sent,) = server.sent
    event = Webhook(SECRET).verify(sent.body, sent.headers)
    assert sent.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event.pop("data") == {
        "happened": "assessing", "case_id": case_id, "process": "order_change", "site": SITE,
        "subject": "SO-2:10", "state": "assessing", "state_before": "received", "version": 1,
        "owner": "lockstep", "because": "Müller called.", "due_at": "2026-11-20T12:10:00+00:00",
        "chosen": None, "link": f"{PUBLIC}/v1/cases/{case_id}",
    }  # fmt: skip
    number = (await messages(record, "event"))[0].number
    assert event == {
        "specversion": "1.0", "id": f"{case_id}-{number}", "source": "/lockstep/north",
        "type": "lockstep.order_change.assessing.v1", "subject": "SO-2:10", "time": "2026-11-20T12:00:00Z",
        "sequence": f"{number:020d}", "datacontenttype": "application/json",
    }  # fmt: skip
    assert sent.headers["webhook-id"] == event["id"]
    assert await states(record) == ["delivered"]


def test_signs_the_published_example_as_published() -> None:
    # The example that the libraries of Standard Webhooks are tested with.
    at = datetime.fromtimestamp(1614265330, UTC)

    headers = signed(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}'
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


async def test_a_receiver_that_fails_gets_the_same_message_again(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))
    server.statuses = [500, 204]
    relay = relay_to(record, receiver(server), client, clock)

    await relay.once()
    too_early = await relay.once()
    after_first = await states(record)
    clock.ahead += timedelta(seconds=10)
    await relay.once()

    assert too_early == 0
    assert after_first == ["sending"]
    assert await states(record) == ["delivered"]
    first, second = server.sent
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_redirect_is_not_followed(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))
    server.statuses = [302]

    await relay_to(record, receiver(server), client, clock).once()

    assert [sent.path for sent in server.sent] == ["/hook"]
    (row,) = (await deliveries(record)).values()
    assert (row.state, row.error) == ("waiting", "It answered 302.")


async def test_a_receiver_that_hangs_or_is_gone_keeps_nobody_else_waiting(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    with receiving() as gone:
        pass
    with receiving() as hanging:
        hanging.statuses = [SILENT]
        slow, dead, good = receiver(hanging, "slow"), receiver(gone, "dead"), receiver(server, "good")
        await moved(record, await opened(record), "assessing")
        await spread(record, slow, dead, good)

        began = time.monotonic()
        for to in (good, dead, slow):
            await relay_to(record, to, client, clock, timeout=0.3).once()
        took = time.monotonic() - began

    said = {name: (row.state, row.error) for (_, name), row in (await deliveries(record)).items()}
    assert said == {
        "good": ("delivered", ""),
        "dead": ("waiting", "It could not be reached: ConnectError."),
        "slow": ("waiting", "No answer within 0.3 seconds."),
    }
    assert took < 5
    assert await states(record) == ["sending"]


async def test_the_messages_of_a_case_arrive_in_order_and_those_of_others_do_not_wait(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    stuck, other = await opened(record, "SO-2"), await opened(record, "SO-1")
    await moved(record, stuck, "assessing", "withdrawn")
    await spread(record, receiver(server))
    server.statuses = [500, 204]
    relay = relay_to(record, receiver(server), client, clock)
    await relay.once()

    await moved(record, other, "assessing", "withdrawn")
    await spread(record, receiver(server))
    while await relay.once():
        pass
    meanwhile = [sent.event["data"]["case_id"] for sent in server.sent]
    clock.ahead += timedelta(seconds=10)
    while await relay.once():
        pass

    assert meanwhile == [stuck, other, other]
    arrived = [sent.event for sent in server.sent[1:] if sent.event["data"]["case_id"] == stuck]
    assert [event["data"]["state"] for event in arrived] == ["assessing", "withdrawn"]
    assert arrived[0]["sequence"] < arrived[1]["sequence"]
    assert await states(record) == ["delivered"] * 4


async def test_a_message_that_is_never_taken_is_dead_and_shown_with_its_reason(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))
    server.statuses = [400]
    relay = relay_to(record, receiver(server), client, clock)

    while await relay.once():
        clock.ahead += timedelta(hours=8)

    assert len(server.sent) == GIVE_UP_AFTER
    (message,) = await messages(record, "event")
    assert (message.state, message.error) == ("dead", "board: It answered 400.")


async def test_pauses_grow_over_about_a_day_and_a_half(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))
    server.statuses = [500]
    relay = relay_to(record, receiver(server), client, clock)
    began = clock()

    while await relay.once():
        (row,) = (await deliveries(record)).values()
        if row.state == "dead":
            break
        clock.ahead += max(row.due_at - clock(), timedelta(0)) + timedelta(milliseconds=1)

    assert timedelta(hours=24) < clock() - began < timedelta(hours=48)


async def test_without_receivers_messages_are_settled_at_once(record: Database) -> None:
    await moved(record, await opened(record), "assessing")

    assert await spread(record) == 1

    assert await states(record) == ["delivered"]
    assert await deliveries(record) == {}


async def test_each_gets_only_the_plants_and_types_he_wants(record: Database, server: ReceivingServer) -> None:
    await moved(record, await opened(record), "assessing", "withdrawn")
    everything, elsewhere = receiver(server, "everything"), receiver(server, "elsewhere", sites=("south",))
    ends = receiver(server, "ends", sites=(SITE,), types=("lockstep.order_change.withdrawn.v1",))

    await spread(record, everything, elsewhere, ends)

    first, second = (message.number for message in await messages(record, "event"))
    assert set(await deliveries(record)) == {(first, "everything"), (second, "everything"), (second, "ends")}


async def test_what_a_receiver_who_was_taken_out_still_had_to_get_is_shown_as_dead(
    record: Database, server: ReceivingServer
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))

    await spread(record)

    (message,) = await messages(record, "event")
    assert message.state == "dead"
    assert message.error == "board: The receiver is not in the settings any more."


async def test_a_sender_that_died_half_way_is_followed_by_another(
    record: Database, server: ReceivingServer, client: httpx2.AsyncClient, clock: Clock
) -> None:
    await moved(record, await opened(record), "assessing")
    await spread(record, receiver(server))
    taken = await Deliveries(record).take("board", clock(), clock() + timedelta(seconds=10))
    relay = relay_to(record, receiver(server), client, clock)

    at_once = await relay.once()
    clock.ahead += timedelta(seconds=11)
    later = await relay.once()

    assert (len(taken), at_once, later) == (1, 0, 1)
    assert await states(record) == ["delivered"]


@example("\0" * 2000, "")
@example("😀" * 2000, "")
@given(st.text(min_size=0, max_size=20_000), st.text(max_size=500))
def test_no_message_is_larger_than_20_kb(because: str, chosen: str) -> None:
    body = {"process": "order_change", "happened": "completed", "site": "n" * 64, "subject": "s" * 129,
            "because": because * 5, "chosen": chosen}  # fmt: skip
    delivery = Delivery(number=1, case_id="OC-1", body=body, happened_at=NOON)

    event = cloud_event(delivery, PUBLIC)

    assert len(httpx2.Request("POST", PUBLIC, json=event).content) < 20_000
