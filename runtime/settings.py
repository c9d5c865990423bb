"""Everything that can be set about a running Lockstep, and how it is read."""

from __future__ import annotations

import os
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FilePath,
    HttpUrl,
    PositiveInt,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from domain.attachment import LARGEST_LIMIT, AttachmentKind, AttachmentRules
from domain.contact import CHAT_NAME, MAIL, TO, MailAddress
from domain.roles import Role
from runtime.identity_provider import OpenIdProvider
from runtime.senders import Sender, WebhookSecret
from runtime.signatures import AnswerSignatures

PREFIX = "LOCKSTEP_"
"""Begins the name of every setting in the environment."""


class SettingsWrong(Exception):
    """A setting cannot be used. The sentence names it; nothing was started."""


class Profile(StrEnum):
    """What the system is run for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def _seconds(value: Any) -> Any:
    try:
        return timedelta(seconds=float(value))
    except (TypeError, ValueError, OverflowError):
        return value


def _some_time(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be more than 0 seconds")
    return value


class Tls(StrEnum):
    """What keeps what people and systems tell the API from others on its way."""

    PROXY = "proxy"
    DIRECT = "direct"
    NONE = "none-i-know"


Interval = Annotated[timedelta, BeforeValidator(_seconds), AfterValidator(_some_time)]
"""A span of time, written as seconds (``0.5``) or in ISO 8601 (``PT0.5S``)."""


HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=253), AfterValidator(str.lower)]
"""A name or address without scheme and port; in lower case, as names are compared."""


class Webhook(BaseModel):
    """Somewhere that messages about cases are sent to, signed as Standard Webhooks says."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(min_length=1)
    """Tells receivers apart, in the log and on the trail."""
    url: HttpUrl
    """Where to send."""
    secret: WebhookSecret
    """Signs every message: ``whsec_`` and 24 to 64 random bytes in base64."""
    sites: tuple[str, ...] = ()
    """The plants whose messages are wanted; none named means all."""
    types: tuple[str, ...] = ()
    """The message types wanted; none named means all."""


class SapSource(BaseModel):
    """An SAP system that order lines are read from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    base_url: HttpUrl
    """The address of the sales order service."""
    sites: dict[str, str] = Field(min_length=1)
    """Our name of the plant, by SAP's."""
    user: str = ""
    """Who reads; empty where the network decides."""
    password: SecretStr = SecretStr("")
    """His password."""


class MailSettings(BaseModel):
    """The mail server that notices to people are handed to."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    host: HostName
    """Its name; the certificate must be for it."""
    port: int = Field(default=587, ge=1, le=65535)
    sender: MailAddress
    """In whose name mail is sent; complaints that it cannot be delivered come back there."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``starttls``, ``tls``, or ``none`` for a relay on the same machine."""
    user: str = ""
    """Who logs in; empty where the network decides."""
    password: SecretStr = SecretStr("")
    """His password."""
    certificates: FilePath | None = None
    """A PEM file with the authorities to be trusted, where the plant has its own."""

    @model_validator(mode="after")
    def _password_stays_secret(self) -> MailSettings:
        if self.user and self.security == "none":
            raise ValueError("a password is never sent in the open: use starttls or tls")
        return self


class ChatSettings(BaseModel):
    """A chat, or another service, that people are told by: each by himself, or all in one room."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=f"^{CHAT_NAME}$")
    """Begins the addresses of people there."""
    url: SecretStr
    """As Apprise writes it. ``{to}`` stands for a person's address; without it, it is a room."""
    sites: tuple[str, ...] = ()
    """Of a room: the plants it is told of; none named means all."""
    roles: tuple[Role, ...] = ()
    """Of a room: the roles whose questions it is told; none named means all."""

    @property
    def to_people(self) -> bool:
        """Whether each is told by himself."""
        return TO in self.url.get_secret_value()

    @model_validator(mode="after")
    def _room_or_people(self) -> ChatSettings:
        if self.name == MAIL:
            raise ValueError("mail is what mail is called: give the chat another name")
        if self.to_people and (self.sites or self.roles):
            raise ValueError("sites and roles are for rooms: with {to} in the url everybody is told by himself")
        return self


class Settings(BaseSettings):
    """
    Everything that can be set. How Temporal is reached is not here: its own environment variables say that.

    Each setting is read from the environment variable of its name, or from the file that the variable with
    ``_FILE`` behind its name points to, which is how secrets are mounted.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", use_attribute_docstrings=True)

    profile: Profile = Profile.PRODUCTION
    """``development`` accepts sample people and unsigned answers from Temporal's user interface."""
    home: Path = Path(".lockstep")
    """The folder for the local database, logs and development secrets."""
    database_url: str = Field(
        default_factory=lambda known: f"sqlite+aiosqlite:///{known['home']}/lockstep.db", repr=False
    )
    """Our own database, ``postgresql+psycopg://…`` or ``sqlite+aiosqlite:///…``; by default in the home."""
    task_queue: str = Field(default="lockstep", min_length=1)
    """The Temporal task queue that workers of this system share."""
    api_host: str = "127.0.0.1"
    """The address the API listens on."""
    api_port: int = Field(default=8000, ge=1, le=65535)
    """The port the API listens on."""
    public_url: str = Field(default_factory=lambda known: f"http://{known['api_host']}:{known['api_port']}")
    """How people reach the API; begins every link that is handed out."""
    further_hosts: tuple[HostName, ...] = ()
    """Names besides that of the public URL under which other systems reach the API, as a JSON list of host names."""
    tls: Tls | None = None
    """What encrypts the way to the API: a ``proxy`` before it, itself (``direct``), or nothing, ``none-i-know``."""
    tls_certificate: Path | None = None
    """Where its TLS is ``direct``: the file with the certificate and those it rests on, in PEM."""
    tls_key: Path | None = None
    """Where its TLS is ``direct``: the file with the certificate's private key, in PEM."""
    single_node: bool = False
    """Whether you know that SQLite, ours or Temporal's, has room for one machine only and no second to take over."""
    temporal_ui_url: str = "http://127.0.0.1:8233"
    """How people reach Temporal's user interface."""
    log_format: Literal["console", "json"] = Field(
        default_factory=lambda known: "console" if known["profile"] is Profile.DEVELOPMENT else "json"
    )
    """``console`` is for eyes, ``json`` for machines; console by default in development only."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least urgent lines that are written."""
    intake_interval: Interval = timedelta(seconds=0.2)
    """How long events that arrived wait at most before they are taken up, in seconds."""
    outbox_interval: Interval = timedelta(seconds=0.2)
    """How long messages that are due wait at most before they are sent, in seconds."""
    signing_key: SecretStr | None = None
    """The private Ed25519 key, in PEM, that the API signs answers with which are to be sent as signals."""
    signature_keys: tuple[str, ...] = ()
    """Public Ed25519 keys, as a JSON list of PEM texts, by which the worker proves signed answers."""
    oidc: OpenIdProvider | None = None
    """The identity provider, as JSON: ``{"issuer", "audience", "client_id", "client_secret", …}``: access.md."""
    session_idle: Interval = timedelta(minutes=30)
    """After how many seconds without a click a browser is asked to log in again."""
    session_longest: Interval = timedelta(hours=12)
    """After how many seconds it is asked in any case."""
    groups_interval: Interval = timedelta(minutes=1)
    """How many seconds lie at least between two questions to the identity provider about who is in with a browser."""
    groups_longest: Interval = timedelta(minutes=15)
    """After how many seconds without an answer of the identity provider its groups give no roles in browsers."""
    senders: tuple[Sender, ...] = ()
    """Systems that sign their events, as a JSON list of ``{"name", "secrets", "sites", "sources", "kinds"}``."""
    attachment_limit: int = Field(default=AttachmentRules().largest, ge=1, le=LARGEST_LIMIT)
    """How many bytes an attachment may have."""
    attachment_kinds: tuple[AttachmentKind, ...] = AttachmentRules().kinds
    """What may be attached, as a JSON list; what a file is, its content says."""
    webhooks: tuple[Webhook, ...] = ()
    """Receivers of messages, as a JSON list of ``{"name", "url", "secret", "sites", "types"}``."""
    mail: MailSettings | None = None
    """The mail server for notices, as JSON: ``{"host", "port", "sender", "security", "user", "password"}``."""
    chats: tuple[ChatSettings, ...] = ()
    """Chats for notices, as a JSON list of ``{"name", "url", "sites", "roles"}``, with URLs of Apprise."""
    sap: dict[str, SapSource] = {}
    """SAP systems, as JSON: CloudEvents source to ``{"base_url", "sites", "user", "password"}``."""
    sticky_timeout: Interval = timedelta(seconds=2)
    """After how many seconds another worker takes over a case whose worker does not respond."""
    max_cached_workflows: PositiveInt = 500
    """How many cases a worker keeps in memory; the others are replayed when something happens to them."""
    max_concurrent_workflow_tasks: int = Field(default=16, ge=2)
    """How many cases a worker moves on at the same moment; more would only keep each other from ending in time."""
    solver: Literal["rules", "cp_sat"] = "rules"
    """What computes options: the plant's rules, or constraint programming from the ``solver`` extra."""

    @field_validator("groups_longest")
    @classmethod
    def _provider_is_asked_in_time(cls, longest: timedelta, known: ValidationInfo) -> timedelta:
        if longest <= known.data.get("groups_interval", timedelta(0)):
            raise ValueError(f"must be more than {PREFIX}GROUPS_INTERVAL")
        return longest

    @field_validator("chats")
    @classmethod
    def _chats_have_names_of_their_own(cls, chats: tuple[ChatSettings, ...]) -> tuple[ChatSettings, ...]:
        if len({chat.name for chat in chats}) < len(chats):
            raise ValueError("two chats have one name")
        return chats

    @field_validator("signing_key")
    @classmethod
    def _key_signs(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None:
            AnswerSignatures(key.get_secret_value())
        return key

    @field_validator("signature_keys")
    @classmethod
    def _keys_prove(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        AnswerSignatures(further_keys=keys)
        return keys

    @field_validator("database_url")
    @classmethod
    def _database_can_be_used(cls, url: str) -> str:
        if not url.startswith(("sqlite+aiosqlite://", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must begin with postgresql+psycopg:// or sqlite+aiosqlite://")
        return url

    @property
    def signatures(self) -> AnswerSignatures:
        """Signs and proves with the keys that are set."""
        signing_key = None if self.signing_key is None else self.signing_key.get_secret_value()
        return AnswerSignatures(signing_key, self.signature_keys)

    @field_validator("public_url", "temporal_ui_url")
    @classmethod
    def _address_is_of_the_web(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then the environment, then the files the environment names."""
        return init_settings, env_settings, _Files(settings_cls)


class _Files(EnvSettingsSource):
    """Settings from files that ``LOCKSTEP_…_FILE`` names."""

    def _load_env_vars(self) -> dict[str, str | None]:
        contents: dict[str, str | None] = {}
        for name in self.settings_cls.model_fields:
            variable = f"{PREFIX}{name.upper()}_FILE"
            if path := os.environ.get(variable):
                try:
                    contents[f"{PREFIX}{name}".lower()] = Path(path).read_text(encoding="utf-8").strip()
                except OSError as problem:
                    why = problem.strerror
                    raise SettingsWrong(f"{variable} names {path}, which cannot be read: {why}.") from None
        return contents


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsWrong with every setting that cannot be used."""
    try:
        return Settings()
    except SettingsError as problem:
        raise SettingsWrong(f"A setting is not valid JSON: {problem}.") from None
    except ValidationError as problem:
        # The values stay out of the message, as some are secret; so do defaults that hang on a wrong value.
        wrong = [error for error in problem.errors() if error["type"] != "default_factory_not_called"]
        raise SettingsWrong("\n".join(_complaint(error["loc"], error["msg"]) for error in wrong)) from None


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    field, *inside = location
    where = "".join(f"[{part}]" for part in inside)
    return f"{PREFIX}{str(field).upper()}{where}: {message.removeprefix('Value error, ')}."
