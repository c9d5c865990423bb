"""A mail server on loopback that answers as it is told and remembers what it took."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SILENT = ""
"""Instead of an answer: the letter is read and nothing said."""
USER, PASSWORD = "lockstep", "valve-and-pump"


@dataclass
class MailBox:
    """What came, and what the server says to the next ones; the last answer holds from then on."""

    host: str = "localhost"
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    tries: int = 0
    to_recipients: list[str] = field(default_factory=lambda: ["250 OK"])
    to_letters: list[str] = field(default_factory=lambda: ["250 OK"])
    logged_in: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """The answer to a recipient."""
        self.tries += 1
        answer = _next(self.to_recipients)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - the name is the library's
        self, _server: Any, _session: Any, envelope: Envelope
    ) -> str:
        """The answer to a letter."""
        answer = _next(self.to_letters)
        if answer == SILENT:
            await asyncio.sleep(10)
        if answer.startswith("2"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
            self.recipients += envelope.rcpt_tos
        return answer


@asynccontextmanager
async def mail_server(
    *, certificate: Path | None = None, from_the_first_byte: bool = False, port: int = 0
) -> AsyncIterator[MailBox]:
    """The server, until the end of the block; with a *certificate* it wants encryption and a login."""
    box = MailBox()
    trust = None
    if certificate is not None:
        trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trust.load_cert_chain(certificate)

    def authenticated(_server: Any, _session: Any, _envelope: Any, _mechanism: str, shown: Any) -> AuthResult:
        right = shown == LoginPassword(USER.encode(), PASSWORD.encode())
        if right:
            box.logged_in.append(shown.login.decode())
        return AuthResult(success=right, handled=False)

    def door() -> SMTP:
        starts = trust is not None and not from_the_first_byte
        return SMTP(
            box, hostname="mail.plant.example", loop=asyncio.get_running_loop(), authenticator=authenticated,
            tls_context=trust if starts else None, require_starttls=starts, auth_required=starts,
            auth_require_tls=not from_the_first_byte,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(
        door, "127.0.0.1", port, ssl=trust if from_the_first_byte else None
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()


def new_certificate(folder: Path) -> Path:
    """A file with a key and a certificate for localhost, which nobody trusts who is not told to."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return file


def _next(answers: list[str]) -> str:
    return answers.pop(0) if len(answers) > 1 else answers[0]
