"""Whether keys, tokens and certificates are in force, and will be for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from domain.decision import PrincipalKind
from runtime.checkup.line import Line, broken, ok, warning
from runtime.settings import PREFIX, Settings, Tls
from storage.credentials import Credential, Credentials

if TYPE_CHECKING:
    from storage.database import Database

_SOON = timedelta(days=14)


async def of_keys(database: Database) -> list[Line]:
    """What callers show."""
    at = datetime.now(UTC)
    known = await Credentials(database).in_force(at)
    ending = [_ending(one) for one in known if one.expires_at is not None and one.expires_at < at + _SOON]
    return ending or [ok("keys and tokens", f"{len(known)} in force, none ends within {_SOON.days} days.")]


def of_certificate(settings: Settings) -> list[Line]:
    """What the API encrypts with, where it does so itself."""
    if settings.tls is not Tls.DIRECT or settings.tls_certificate is None:
        return []
    about = "certificate"
    try:
        ends = x509.load_pem_x509_certificate(settings.tls_certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as wrong:
        return [broken(about, f"It cannot be read: {wrong}", f"Name its file in {PREFIX}TLS_CERTIFICATE.")]
    left = ends - datetime.now(UTC)
    renew = "Renew it, and start the API again."
    if left < timedelta(0):
        return [broken(about, f"It ended on {ends:%Y-%m-%d}.", renew)]
    if left < _SOON:
        return [warning(about, f"It ends on {ends:%Y-%m-%d}.", renew)]
    return [ok(about, f"Good until {ends:%Y-%m-%d}.")]


def _ending(one: Credential) -> Line:
    machine = one.principal.kind is PrincipalKind.MACHINE
    sites = " ".join(f"--site {site}" for site in one.sites)
    another = f"machine {one.principal.id} {sites}" if machine else f"person {one.principal.id}"
    return warning(
        f"{'key' if machine else 'token'} {one.id}",
        f"That of {one.principal.id} ends on {one.expires_at:%Y-%m-%d}.",
        f"Give out another in time: lockstep credential {another}",
    )
