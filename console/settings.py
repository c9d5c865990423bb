"""What this installation is set to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import typer
from sqlalchemy.engine import make_url

from console.output import AsJson, refusing, show_json, show_table
from runtime.senders import Sender
from runtime.settings import PREFIX, ChatSettings, MailSettings, Settings, SettingsWrong, Webhook, read_settings

commands = typer.Typer()


def our_settings() -> Settings:
    """The settings of this process; the command ends if one of them cannot be used."""
    with refusing(SettingsWrong):
        return read_settings()


@commands.command()
def settings(
    as_json: AsJson = False,
) -> None:
    """
    What this installation is set to, without its secrets.

    Example: LOCKSTEP_API_PORT=9000 lockstep settings
    """
    values = {name: _shown(name, value) for name, value in our_settings()}
    if as_json:
        show_json({f"{PREFIX}{name.upper()}": value for name, value in values.items()})
        return
    meanings = {name: " ".join((field.description or "").split()) for name, field in Settings.model_fields.items()}
    show_table(
        ("Setting", "Value", "Meaning"),
        [(f"{PREFIX}{name.upper()}", value, meanings[name]) for name, value in values.items()],
    )


def _shown(name: str, value: Any) -> str:
    match value:
        case MailSettings():
            return f"{value.host}:{value.port} as {value.sender}"
        case timedelta():
            return f"{value.total_seconds():g}"
        case (ChatSettings(), *_):
            return ", ".join(f"{chat.name} ({'people' if chat.to_people else 'room'})" for chat in value)
        case tuple():
            return ", ".join(_named(one) for one in value)
        case dict():
            return ", ".join(f"{source} ({known.base_url})" for source, known in value.items())
    return make_url(value).render_as_string(hide_password=True) if name == "database_url" else str(value)


def _named(one: Any) -> str:
    match one:
        case Webhook():
            return f"{one.name} ({one.url})"
        case Sender():
            return one.name
    return str(one)
