"""Letters in chats and by other services, through the one library that speaks to them all."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins.base import NotifyBase

from domain.contact import TO
from domain.letter import Letter
from domain.ports import NotDeliverable, SystemUnavailable

TIMEOUT = timedelta(seconds=30)
"""How long a service is given for one letter."""
_STATUS = re.compile(r"error=(\d{3})")
# Both write the addresses of services and of people into their logs; what went wrong is told by the notice.
for _name in ("apprise", "urllib3"):
    logging.getLogger(_name).propagate = False
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Chat:
    """Satisfies the port ``Carrier`` for whatever service the URL names."""

    def __init__(self, url: str, *, timeout: timedelta = TIMEOUT) -> None:
        """Raises NotDeliverable where the URL names no service."""
        self._url = url
        self._timeout = timeout
        # A redirect could lead anywhere, also inside the plant; and nothing is kept on disk.
        self._asset = AppriseAsset(app_id="Lockstep", http_redirects=False, storage_mode="memory", async_mode=False)
        self._service("somebody")

    async def carry(self, letter: Letter, to: str) -> None:
        """Return once the service has taken the letter. Raises SystemUnavailable, NotDeliverable."""
        # In a thread: the library waits where it stands.
        await asyncio.to_thread(self._notify, self._service(to), letter)

    def _service(self, to: str) -> NotifyBase:
        service = Apprise.instantiate(self._url.replace(TO, to), asset=self._asset)
        if service is None:
            raise NotDeliverable("The URL names no service that is known, or lacks a part of what the service needs.")
        return service

    def _notify(self, service: NotifyBase, letter: Letter) -> None:
        told = Apprise(asset=self._asset)
        told.add(service)
        result = told.notify(
            letter.text, title=letter.subject, body_format=NotifyFormat.TEXT, timeout=self._timeout.total_seconds()
        )
        if not result:
            statuses = {found for entry in result.logs() for found in _STATUS.findall(str(entry))}
            said = f"It answered {', '.join(sorted(statuses))}." if statuses else "It could not be reached."
            raise SystemUnavailable(f"The service did not take it. {said}")
