"""How the caller of a request acts on what it is about."""

from typing import Any

from api.idempotency import request_key
from api.services import Services
from domain.decision import Channel
from storage.acting import Acting
from storage.identity import Caller


def acting(caller: Caller, services: Services, key: str | None, *asked: Any) -> Acting:
    """*caller*, now, by the API; under *key*, if one was sent, for what is *asked*."""
    return Acting(caller, Channel.API, services.now(), request_key(caller, key, *asked))
