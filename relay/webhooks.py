"""From the outbox to those outside who want to know: CloudEvents, signed as Standard Webhooks says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import structlog
from standardwebhooks import Webhook

from storage.deliveries import Deliveries, Delivery

log = structlog.get_logger()

TIMEOUT = timedelta(seconds=15)
"""How long a receiver is given for its answer (Standard Webhooks: 15 to 30 seconds)."""
LONGEST_TEXT = 2000
"""Characters of one text in a message, so that it stays below 20 kB. What is cut stands behind the link."""
_ANSWER_IS_YES = range(200, 300)


@dataclass(frozen=True)
class Receiver:
    """Somebody outside who wants to know, by the operator's word."""

    name: str
    url: str
    secret: str = field(repr=False)
    """``whsec_`` and the key in base64."""
    sites: tuple[str, ...] = ()
    """The plants wanted; none named means all."""
    types: tuple[str, ...] = ()
    """The types wanted, such as ``lockstep.order_change.completed.v1``; none named means all."""

    def wants(self, body: Mapping[str, Any]) -> bool:
        """Whether a message with this body is for the receiver."""
        of_site = not self.sites or body["site"] in self.sites
        return of_site and (not self.types or type_of(body) in self.types)


class Spreader:
    """Decides once for each message who gets it; from then on every receiver is served at its own pace."""

    def __init__(self, deliveries: Deliveries, receivers: Sequence[Receiver]) -> None:
        self._deliveries = deliveries
        self._receivers = receivers
        self._begun = False

    async def once(self) -> int:
        """How many messages were spread. Without receivers they are settled at once."""
        now = datetime.now(UTC)
        if not self._begun:
            names = [receiver.name for receiver in self._receivers]
            if lost := await self._deliveries.give_up_on_others(names, now):
                log.error("webhook.receivers_gone", messages=lost)
            self._begun = True
        return await self._deliveries.spread(self._receivers_of, now)

    def _receivers_of(self, body: dict[str, Any]) -> tuple[str, ...]:
        return tuple(receiver.name for receiver in self._receivers if receiver.wants(body))


class WebhookRelay:
    """Sends one receiver its messages: at least once each, in order within a case, until it says 2xx."""

    def __init__(
        self,
        deliveries: Deliveries,
        receiver: Receiver,
        client: httpx2.AsyncClient,
        public_url: str,
        *,
        timeout: timedelta = TIMEOUT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._deliveries = deliveries
        self._receiver = receiver
        self._client = client
        self._public_url = public_url.rstrip("/")
        self._timeout = timeout
        self._now = now

    async def once(self) -> int:
        """How many messages were sent, whatever the answer."""
        now = self._now()
        # Longer than any answer takes: until then nobody else sends them.
        taken = await self._deliveries.take(self._receiver.name, now, now + 2 * self._timeout)
        await asyncio.gather(*(self._deliver(delivery) for delivery in taken))
        return len(taken)

    async def _deliver(self, delivery: Delivery) -> None:
        problem = await self._send(delivery)
        if problem is None:
            await self._deliveries.delivered(delivery.number, self._receiver.name, self._now())
            return
        lives = await self._deliveries.failed(delivery.number, self._receiver.name, self._now(), problem)
        of = {"receiver": self._receiver.name, "case": delivery.case_id, "message": delivery.number}
        if lives:
            log.warning("webhook.delayed", why=problem, **of)
        else:
            log.error("webhook.dead", why=problem, **of)

    async def _send(self, delivery: Delivery) -> str | None:
        """What is wrong; nothing if the receiver has acknowledged the message."""
        event = cloud_event(delivery, self._public_url)
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            async with (
                asyncio.timeout(self._timeout.total_seconds()),
                # A redirect could lead anywhere, also inside the plant.
                self._client.stream(
                    "POST", self._receiver.url, content=body, headers=self._headers(event["id"], body),
                    follow_redirects=False, timeout=self._timeout.total_seconds(),
                ) as answer,
            ):  # fmt: skip
                status = answer.status_code
        except TimeoutError:
            return f"No answer within {self._timeout.total_seconds():g} seconds."
        except (httpx2.HTTPError, httpx2.InvalidURL) as failure:
            return f"It could not be reached: {type(failure).__name__}."
        return None if status in _ANSWER_IS_YES else f"It answered {status}."

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        return {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "user-agent": "Lockstep",
            **signed(self._receiver.secret, message_id, self._now(), body),
        }


def signed(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers by which the receiver knows that the message is ours, whole and new."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at.astimezone(UTC), body.decode()),
    }


def cloud_event(delivery: Delivery, public_url: str) -> dict[str, Any]:
    """The message as a CloudEvent; the same however often it is sent."""
    body = delivery.body
    return {
        "specversion": "1.0",
        # No full stop: it separates the parts of what is signed.
        "id": f"{delivery.case_id}-{delivery.number}",
        "source": f"/lockstep/{body['site']}",
        "type": type_of(body),
        "subject": body["subject"],
        "time": delivery.happened_at.isoformat().replace("+00:00", "Z"),
        # Digits of one width, so that the order of the texts is the order of the events.
        "sequence": f"{delivery.number:020d}",
        "datacontenttype": "application/json",
        "data": {name: _short(value) for name, value in body.items()}
        | {"link": f"{public_url}/v1/cases/{delivery.case_id}"},
    }


def type_of(body: Mapping[str, Any]) -> str:
    """The CloudEvents type of a message."""
    return f"lockstep.{body['process']}.{body['happened']}.v1"


def _short(value: Any) -> Any:
    return value[: LONGEST_TEXT - 1] + "…" if isinstance(value, str) and len(value) > LONGEST_TEXT else value
