"""Keys by which a repeated request is told from a new one."""

from typing import Annotated, Any

from fastapi import Header

from domain.evidence import digest
from storage.identity import Caller
from storage.requests import RequestKey

_HEADER: Any = Header(
    alias="Idempotency-Key",
    min_length=1,
    max_length=200,
    pattern=r"^[!-~]+$",
    description="The caller's own name for this request, such as a UUID. "
    "Repeated with the same key, it gets its first answer again.",
)

IdempotencyKey = Annotated[str, _HEADER]
OptionalKey = Annotated[str | None, _HEADER]


def request_key(caller: Caller, key: str | None, *asked: Any) -> RequestKey | None:
    """The key of *caller* for what is *asked*; nothing where none was sent."""
    if key is None:
        return None
    who = caller.principal
    return RequestKey(caller=f"{who.kind}:{who.id}", key=key, fingerprint=digest(list(asked)))
