"""Systems that sign what they send, as Standard Webhooks says, instead of showing a key."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from domain.subject import Identifier

_SECRET_SIZES: Final = range(24, 65)
# In bytes, as Standard Webhooks recommends.


class SignatureWrong(Exception):
    """What came was not signed by the sender just now. The sentence is for the log."""


def _signs(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        size = len(b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        size = 0
    if not text.startswith("whsec_") or size not in _SECRET_SIZES:
        raise ValueError("must be whsec_ followed by 24 to 64 random bytes in base64")
    return secret


WebhookSecret = Annotated[SecretStr, AfterValidator(_signs)]
"""``whsec_`` and 24 to 64 random bytes in base64."""


class Sender(BaseModel):
    """A system whose events are believed because they are signed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Identifier
    """Ends the address it sends to, ``/v1/webhooks/<name>``, and is what the trail calls it."""
    secrets: tuple[WebhookSecret, ...] = Field(min_length=1, max_length=2)
    """What it signs with; two while one takes the other's place."""
    sites: tuple[Identifier, ...] = Field(min_length=1)
    """The plants it may speak of."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Whose events it brings, each whole or up to a ``*``. Nobody else can bring them."""
    kinds: tuple[str, ...] = ()
    """The types of event it may bring, likewise; none named means any."""

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing, if *body* was signed by this sender within five minutes. Raises SignatureWrong."""
        for secret in self.secrets:
            try:
                Webhook(secret.get_secret_value()).verify(body, dict(headers), json_parse=False)
            except WebhookVerificationError as wrong:
                why = str(wrong)
            # The library stumbles over what is no signature at all.
            except ValueError:
                why = "The signature cannot be read"
            else:
                return
        raise SignatureWrong(f"{why}.")
