"""Letters as mail, handed to the plant's own mail server."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime
from enum import StrEnum
from html import escape

import aiosmtplib

from domain.letter import Letter
from domain.ports import NotDeliverable, SystemUnavailable

TIMEOUT = timedelta(seconds=30)
"""How long the mail server is given for one letter."""


class Security(StrEnum):
    """How the connection to the mail server is kept from others."""

    STARTTLS = "starttls"
    """Encrypted once both have agreed; a server that will not is not spoken to."""
    TLS = "tls"
    """Encrypted from the first byte."""
    NONE = "none"
    """Open to whoever listens: for a relay on the same machine."""


@dataclass(frozen=True)
class MailServer:
    """The mail server, and in whose name mail is sent."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    certificates: str | None = None
    """A file with those that are trusted; nothing means those this machine trusts."""


class Mail:
    """Satisfies the port ``Carrier`` over SMTP."""

    def __init__(self, server: MailServer, host: str, *, timeout: timedelta = TIMEOUT) -> None:
        """*host* is the name this installation is known by; it ends every id."""
        self._server = server
        self._host = host
        self._timeout = timeout
        secure = server.security is not Security.NONE
        self._trust = ssl.create_default_context(cafile=server.certificates) if secure else None

    async def carry(self, letter: Letter, to: str) -> None:
        """Return once the server has taken the letter. Raises SystemUnavailable, NotDeliverable."""
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=self._host,
            use_tls=server.security is Security.TLS,
            start_tls=server.security is Security.STARTTLS,
            tls_context=self._trust,
            username=server.user or None,
            password=server.password or None,
            timeout=self._timeout.total_seconds(),
        )
        try:
            async with asyncio.timeout(self._timeout.total_seconds()), connection:
                await connection.send_message(self._message(letter, to), sender=server.sender, recipients=[to])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _refusal(refused.recipients[0], to) from None
        except aiosmtplib.SMTPDataError as refused:
            raise _refusal(refused, to) from None
        except aiosmtplib.SMTPResponseException as refused:
            # Greeting, login, sender: whatever it says, no other letter would fare better, and an operator mends it.
            raise SystemUnavailable(_said(refused, to)) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as failure:
            why = str(failure).replace(to, "the address") or type(failure).__name__
            raise SystemUnavailable(f"The mail server could not be spoken to: {why}") from None

    def _message(self, letter: Letter, to: str) -> EmailMessage:
        message = EmailMessage(policy=MAIL)
        message["From"] = f"Lockstep <{self._server.sender}>"
        message["To"] = to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(letter.written_at.astimezone(UTC))
        message["Message-ID"] = f"<{letter.id}@{self._host}>"
        if letter.case_id is not None:
            # A message that was never sent, as the root of all that are about the case.
            message["In-Reply-To"] = message["References"] = f"<{letter.case_id}@{self._host}>"
        message["List-Id"] = f"Lockstep <notices.{self._host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(_html(letter), subtype="html")
        return message


def _html(letter: Letter) -> str:
    parts = (
        f"<h3>{escape(part.title)}</h3><p>{'<br>'.join(map(escape, part.sentences))}</p>"
        f'<p><a href="{escape(part.link)}">{escape(part.link)}</a></p>'
        for part in letter.paragraphs
    )
    return f"<html><body>{''.join(parts)}<p><small>{escape(letter.closing)}</small></p></body></html>\n"


def _refusal(answer: aiosmtplib.SMTPResponseException, to: str) -> Exception:
    """A refusal of this one letter: for good, or for now."""
    return NotDeliverable(_said(answer, to)) if answer.code >= 500 else SystemUnavailable(_said(answer, to))


def _said(answer: aiosmtplib.SMTPResponseException, to: str) -> str:
    # The address stays where it is kept, and out of everything else.
    message = " ".join(str(answer.message).replace(to, "the address").split())
    return f"The mail server answered {answer.code} {message}"
