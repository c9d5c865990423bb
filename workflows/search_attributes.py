"""What an operator can search and sort cases by in the engine's own user interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from temporalio.common import SearchAttributeKey

if TYPE_CHECKING:
    from datetime import datetime

PROCESS: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("LockstepProcess")
"""Which kind of coordination, such as ``order_change``."""
SITE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("LockstepSite")
"""The plant."""
SUBJECT: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("LockstepSubject")
"""The order, lot or shipment the case is about."""
STATE: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("LockstepState")
"""Where the case is."""
OWNER: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("LockstepOwner")
"""Who is waited for."""
DUE: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime("LockstepDue")
"""When the state is late."""

SEARCH_ATTRIBUTES: tuple[SearchAttributeKey[Any], ...] = (PROCESS, SITE, SUBJECT, STATE, OWNER, DUE)
"""All of them. A case sets nothing else: an attribute the server does not know would stop it for good."""
