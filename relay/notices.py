"""From the outbox to people: what waits for them, and what no longer does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from domain.letter import letter
from domain.ports import Carrier, NotDeliverable, SystemUnavailable
from storage.addressing import Addressing
from storage.notices import DueNotice, Notices

log = structlog.get_logger()

TAKEN_FOR = timedelta(minutes=2)
"""Longer than any carrier takes; after that the notice is somebody else's to send."""


def _now() -> datetime:
    return datetime.now(UTC)


class NoticeSpreader:
    """Decides for each message who is told; from then on every notice goes its own way."""

    def __init__(self, addressing: Addressing, *, now: Callable[[], datetime] = _now) -> None:
        self._addressing = addressing
        self._now = now
        self._begun = False

    async def once(self) -> int:
        """How many messages were spread. Where nobody can be told they are settled at once."""
        if not self._begun:
            if lost := await self._addressing.set_aside_others(self._now()):
                log.error("notice.ways_gone", notices=lost)
            self._begun = True
        return await self._addressing.spread(self._now())


class NoticeRelay:
    """Has one carrier bring people their notices; one that is lost loses nothing, as the question stays."""

    def __init__(
        self, notices: Notices, channel: str, carrier: Carrier, public_url: str, *, now: Callable[[], datetime] = _now
    ) -> None:
        self._notices = notices
        self._channel = channel
        self._carrier = carrier
        self._public_url = public_url.rstrip("/")
        self._now = now

    async def once(self) -> int:
        """How many notices were tried, whatever came of it."""
        now = self._now()
        notice = await self._notices.take(self._channel, now, now + TAKEN_FOR)
        if notice is None:
            return 0
        if not notice.lines:
            await self._notices.overtaken(notice.number)
            return 1
        try:
            await self._carry(notice)
        except NotDeliverable as refused:
            await self._notices.give_up(notice.number, self._now(), str(refused))
            self._log_dead(notice)
        except SystemUnavailable as away:
            if await self._notices.later(notice.number, self._now(), str(away)):
                log.warning("notice.delayed", notice=notice.number, channel=self._channel, why=str(away))
            else:
                self._log_dead(notice)
        else:
            await self._notices.delivered(notice, self._now())
        return 1

    async def _carry(self, notice: DueNotice) -> None:
        if notice.to is None:
            raise NotDeliverable("The person has no address any more.")
        letter_id = f"notice-{notice.number}-{int(notice.created_at.timestamp())}"
        await self._carrier.carry(letter(letter_id, self._now(), notice.lines, self._public_url), notice.to)

    def _log_dead(self, notice: DueNotice) -> None:
        # Neither who nor where: the notice knows, and the log goes further than the record.
        log.error("notice.dead", notice=notice.number, channel=self._channel, cases=_cases(notice))


def _cases(notice: DueNotice) -> list[str]:
    return sorted({line.case_id for line in notice.lines})
