"""What somebody had filled in when he went to the identity provider to prove who he is, and finds when he is back."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict
from starlette.datastructures import ImmutableMultiDict

from api.services import Services
from domain.electronic_signature import FRESH_FOR
from domain.readiness.waiver import is_waiver
from storage.identity import Caller
from storage.reauthentications import Reauthenticated
from storage.tickets import TicketKind
from web.forms import Said

_COOKIE = "lockstep-signing"


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    person: str
    question: str
    choice: str
    typed: tuple[tuple[str, str], ...]
    good_until: AwareDatetime


@dataclass(frozen=True)
class Draft:
    """An answer that waits to be signed and given."""

    choice: str
    said: Said
    reauthentication: str
    good_until: datetime
    """From when on it is signed no more."""

    @property
    def form(self) -> str:
        """Where on the page it belongs."""
        return f"answer/{self.choice}"


async def keep_draft(
    came: Response, typed: tuple[tuple[str, str], ...], person: str, given: Reauthenticated, services: Services
) -> None:
    """Let the browser that gets *came* find what was *typed*, with what was *given* to sign it, for a few minutes."""
    kept = _Kept(person=person, question=given.question, choice=given.choice, typed=typed, good_until=given.good_until)
    ticket = await services.tickets.give(TicketKind.DRAFT, kept.model_dump(mode="json"), services.now())
    # No script reads it, no address names it, and of what it signs with our rows have the hash alone.
    shown = f"{given.reauthentication}.{ticket}"
    came.set_cookie(
        _COOKIE, shown, max_age=int(FRESH_FOR.total_seconds()), path=_path(given.question),
        httponly=True, samesite="lax", secure=services.public_url.startswith("https:"),
    )  # fmt: skip


async def draft_of(request: Request, services: Services, question_id: str, caller: Caller) -> Draft | None:
    """What *caller* came back to the question or waiver with, if he did."""
    reauthentication, _, ticket = request.cookies.get(_COOKIE, "").partition(".")
    body = await services.tickets.look(TicketKind.DRAFT, ticket, services.now()) if ticket else None
    if body is None:
        return None
    kept = _Kept.model_validate(body)
    if (kept.person, kept.question) != (caller.principal.id, question_id) or services.now() >= kept.good_until:
        return None
    return Draft(kept.choice, ImmutableMultiDict(kept.typed), reauthentication, kept.good_until)


def forget_draft(came: Response, question_id: str) -> None:
    """The answer was given."""
    came.delete_cookie(_COOKIE, path=_path(question_id))


def _path(name: str) -> str:
    return f"/waivers/{name}" if is_waiver(name) else f"/questions/{name}"
