"""What can be set, and what is said about settings that cannot be used."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from runtime.settings import Profile, Settings, SettingsWrong, read_settings

if TYPE_CHECKING:
    from pathlib import Path

WEBHOOKS = (
    '[{"name": "boards", "url": "https://boards.plant.example/lockstep",'
    ' "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "sites": ["HAL"]}]'
)


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("LOCKSTEP_"):
            monkeypatch.delenv(name)


def test_runs_for_production_on_this_machine_only_unless_told_otherwise() -> None:
    settings = read_settings()

    assert settings.profile is Profile.PRODUCTION
    assert settings.api_host == "127.0.0.1"
    assert settings.log_format == "json"
    assert settings.database_url == "sqlite+aiosqlite:///.lockstep/lockstep.db"


def test_the_database_moves_with_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_HOME", "/srv/lockstep")

    assert read_settings().database_url == "sqlite+aiosqlite:////srv/lockstep/lockstep.db"


def test_the_public_address_follows_the_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_API_PORT", "8080")

    assert read_settings().public_url == "http://127.0.0.1:8080"


@pytest.mark.parametrize("written", ["0.5", "PT0.5S", "00:00:00.5"])
def test_a_span_of_time_is_seconds_or_iso_8601(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("LOCKSTEP_OUTBOX_INTERVAL", written)

    assert read_settings().outbox_interval == timedelta(seconds=0.5)


def test_further_hosts_are_a_list_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_FURTHER_HOSTS", '["api", "Lockstep.Plant.Example"]')

    assert read_settings().further_hosts == ("api", "lockstep.plant.example")


def test_an_address_is_no_host_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_FURTHER_HOSTS", '["api", "http://api:8000"]')

    with pytest.raises(SettingsWrong, match=r"^LOCKSTEP_FURTHER_HOSTS\[1\]: "):
        read_settings()


def test_what_may_be_attached_is_a_list_of_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = read_settings()
    monkeypatch.setenv("LOCKSTEP_ATTACHMENT_KINDS", '["pdf", "jpeg"]')
    monkeypatch.setenv("LOCKSTEP_ATTACHMENT_LIMIT", "5000000")

    settings = read_settings()

    assert (usual.attachment_limit, len(usual.attachment_kinds)) == (10_000_000, 6)
    assert (settings.attachment_limit, settings.attachment_kinds) == (5_000_000, ("pdf", "jpeg"))


def test_webhooks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_WEBHOOKS", WEBHOOKS)

    (webhook,) = read_settings().webhooks
    assert (webhook.name, webhook.sites, webhook.types) == ("boards", ("HAL",), ())


def test_webhooks_are_read_from_a_mounted_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounted = tmp_path / "webhooks.json"
    mounted.write_text(WEBHOOKS)
    monkeypatch.setenv("LOCKSTEP_WEBHOOKS_FILE", str(mounted))

    (webhook,) = read_settings().webhooks
    assert str(webhook.url) == "https://boards.plant.example/lockstep"


def test_a_database_password_is_read_from_a_mounted_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounted = tmp_path / "database"
    mounted.write_text("postgresql+psycopg://lockstep:s3cret@db/lockstep\n")
    monkeypatch.setenv("LOCKSTEP_DATABASE_URL_FILE", str(mounted))

    settings = read_settings()
    assert settings.database_url == "postgresql+psycopg://lockstep:s3cret@db/lockstep"
    assert "s3cret" not in repr(settings)


def test_a_mounted_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKSTEP_WEBHOOKS_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(SettingsWrong, match=r"LOCKSTEP_WEBHOOKS_FILE names .*nowhere"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOCKSTEP_API_PORT", "eight thousand"),
        ("LOCKSTEP_API_PORT", "70000"),
        ("LOCKSTEP_PROFILE", "staging"),
        ("LOCKSTEP_OUTBOX_INTERVAL", "0"),
        ("LOCKSTEP_ATTACHMENT_LIMIT", "200000000"),
        ("LOCKSTEP_DATABASE_URL", "mysql://db/lockstep"),
        ("LOCKSTEP_PUBLIC_URL", "lockstep.plant.example"),
        ("LOCKSTEP_SOLVER", "oracle"),
        ("LOCKSTEP_LOG_LEVEL", "loud"),
        ("LOCKSTEP_TASK_QUEUE", ""),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsWrong) as refused:
        read_settings()

    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name}: ")


def test_json_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_SAP", "{")

    with pytest.raises(SettingsWrong, match="sap"):
        read_settings()


def test_a_webhook_secret_that_signs_nothing_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCKSTEP_WEBHOOKS", WEBHOOKS.replace("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "plain"))

    with pytest.raises(SettingsWrong) as refused:
        read_settings()

    assert "LOCKSTEP_WEBHOOKS[0][secret]" in str(refused.value)
    assert "plain" not in str(refused.value)


def test_settings_do_not_change_while_the_system_runs() -> None:
    settings = Settings()

    with pytest.raises(ValueError, match="frozen"):
        settings.api_port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "changed",
    [{"secrets": []}, {"secrets": ["whsec_short"]}, {"secrets": ["plain"] * 2}, {"sources": []}, {"sites": []},
     {"name": "../mes"}],
)  # fmt: skip
def test_a_sender_that_could_not_be_told_from_others_is_refused_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    sender = {"name": "mes", "secrets": [f"whsec_{'A' * 43}="], "sites": ["north"], "sources": ["/mes/*"]}
    monkeypatch.setenv("LOCKSTEP_SENDERS", json.dumps([sender]))
    assert read_settings().senders[0].name == "mes"
    monkeypatch.setenv("LOCKSTEP_SENDERS", json.dumps([sender | changed]))

    with pytest.raises(SettingsWrong) as refused:
        read_settings()

    assert str(refused.value).startswith("LOCKSTEP_SENDERS[0]")
    assert "plain" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "written", "complaint"),
    [
        ("MAIL", '{"host": "m", "sender": "l@p", "security": "none", "user": "l", "password": "hush"}', "in the open"),
        ("MAIL", '{"host": "m", "sender": "l@p", "certificates": "/nowhere.pem"}', "LOCKSTEP_MAIL[certificates]"),
        ("MAIL", '{"host": "m", "sender": "lockstep"}', "LOCKSTEP_MAIL[sender]"),
        ("CHATS", '[{"name": "mail", "url": "slack://hush"}]', "give the chat another name"),
        ("CHATS", '[{"name": "a", "url": "ntfy://hush/{to}", "sites": ["north"]}]', "sites and roles are for rooms"),
        ("CHATS", '[{"name": "a", "url": "a://hush"}, {"name": "a", "url": "b://hush"}]', "two chats have one name"),
    ],
)
def test_a_way_of_telling_people_that_cannot_be_meant_is_refused_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, complaint: str
) -> None:
    monkeypatch.setenv(f"LOCKSTEP_{name}", written)

    with pytest.raises(SettingsWrong) as refused:
        read_settings()

    assert complaint in str(refused.value)
    assert "hush" not in str(refused.value)
