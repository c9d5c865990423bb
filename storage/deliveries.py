"""Deliveries: which receiver outside still has to acknowledge which message."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import col, exists, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import Database
from storage.outbox import MessageKind
from storage.tables.messages import DeliveryRow, OutboxRow

GIVE_UP_AFTER = 14
"""Tries, over about a day and a half; then the delivery is dead and shown, never dropped."""
LONGEST_PAUSE = timedelta(hours=6)
"""Between two tries."""


@dataclass(frozen=True)
class Delivery:
    """A message for one receiver."""

    number: int
    """Of the message; grows within a case, and from a case to the next about the same subject."""
    case_id: str
    body: dict[str, Any]
    happened_at: datetime


class Deliveries:
    """Messages of kind EVENT on their way to receivers, each at its own pace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spread(
        self, receivers_of: Callable[[dict[str, Any]], Collection[str]], at: datetime, limit: int = 100
    ) -> int:
        """How many messages have their deliveries now; one that nobody wants is settled at once."""
        query = (
            select(OutboxRow)
            .where(OutboxRow.kind == MessageKind.EVENT, OutboxRow.state == "waiting")
            .order_by(col(OutboxRow.number))
            .limit(limit)
        )
        async with self._database.reading() as session:
            if (await session.exec(query.limit(1))).first() is None:
                return 0
        async with self._database.transaction() as session:
            messages = (await session.exec(query.with_for_update())).all()
            for message in messages:
                assert message.number is not None
                receivers = receivers_of(message.body)
                for name in receivers:
                    session.add(DeliveryRow(number=message.number, receiver=name, case_id=message.case_id, due_at=at))
                message.state, message.sent_at = ("sending", None) if receivers else ("delivered", at)
                session.add(message)
            return len(messages)

    async def take(self, receiver: str, at: datetime, until: datetime, limit: int = 10) -> tuple[Delivery, ...]:
        """
        The next message of each case for *receiver*, oldest first; nobody else takes them before *until*.

        A message waits for the one before it about the same case.
        """
        earlier = aliased(DeliveryRow)
        query = (
            select(DeliveryRow)
            .where(
                DeliveryRow.receiver == receiver,
                DeliveryRow.state == "waiting",
                col(DeliveryRow.due_at) <= at,
                ~exists().where(
                    col(earlier.receiver) == DeliveryRow.receiver,
                    col(earlier.case_id) == DeliveryRow.case_id,
                    col(earlier.state) == "waiting",
                    col(earlier.number) < DeliveryRow.number,
                ),
            )
            .order_by(col(DeliveryRow.number))
            .limit(limit)
        )
        async with self._database.reading() as session:
            if (await session.exec(query.limit(1))).first() is None:
                return ()
        async with self._database.transaction() as session:
            taken = []
            for row in (await session.exec(query.with_for_update(skip_locked=True))).all():
                row.due_at = until
                session.add(row)
                message = await session.get_one(OutboxRow, row.number)
                taken.append(Delivery(row.number, row.case_id, message.body, message.created_at))
            return tuple(taken)

    async def delivered(self, number: int, receiver: str, at: datetime) -> None:
        """The receiver has acknowledged the message."""
        async with self._database.transaction() as session:
            message, row = await _both(session, number, receiver)
            row.state, row.sent_at, row.error = "delivered", at, ""
            await _settle(session, message, at)

    async def failed(self, number: int, receiver: str, at: datetime, why: str) -> bool:
        """Whether the message is tried again, after a pause that grows with each try."""
        async with self._database.transaction() as session:
            message, row = await _both(session, number, receiver)
            row.due_at = at + _pause(row.attempts)
            row.attempts += 1
            row.error = why[:500]
            if row.attempts < GIVE_UP_AFTER:
                return True
            row.state = "dead"
            await _settle(session, message, at)
            return False

    async def give_up_on_others(self, receivers: Collection[str], at: datetime) -> int:
        """How many deliveries are dead because their receiver is none of *receivers* any more."""
        query = select(DeliveryRow).where(
            DeliveryRow.state == "waiting", col(DeliveryRow.receiver).not_in(list(receivers))
        )
        async with self._database.transaction() as session:
            rows = (await session.exec(query)).all()
            for row in rows:
                message, row = await _both(session, row.number, row.receiver)  # noqa: PLW2901 - now locked
                row.state, row.error = "dead", "The receiver is not in the settings any more."
                await _settle(session, message, at)
            return len(rows)


async def _both(session: AsyncSession, number: int, receiver: str) -> tuple[OutboxRow, DeliveryRow]:
    # The message first, always: the last two receivers to settle must see each other.
    message = await session.get_one(OutboxRow, number, with_for_update=True)
    return message, await session.get_one(DeliveryRow, (number, receiver))


async def _settle(session: AsyncSession, message: OutboxRow, at: datetime) -> None:
    """The message is settled with its last delivery."""
    await session.flush()
    query = select(DeliveryRow).where(DeliveryRow.number == message.number, DeliveryRow.state != "delivered")
    rest = (await session.exec(query)).all()
    if any(row.state == "waiting" for row in rest):
        return
    message.state = "dead" if rest else "delivered"
    message.sent_at = None if rest else at
    message.error = "; ".join(f"{row.receiver}: {row.error}" for row in rest)[:500]
    session.add(message)


def _pause(attempts: int) -> timedelta:
    """5 s, 15 s, 45 s … up to the longest pause, more or less."""
    # What failed together must not come back together.
    more_or_less = random.uniform(0.8, 1.2)  # noqa: S311 - nothing secret
    grown: int = 3 ** min(attempts, 10)
    return min(timedelta(seconds=5) * grown, LONGEST_PAUSE) * more_or_less
