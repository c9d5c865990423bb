"""Log lines: what must never be in them, and what always is."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from runtime.logs import HIDDEN, clean

if TYPE_CHECKING:
    import io

HORSE = "correct-horse-battery"


def cleaned(**event: Any) -> dict[str, Any]:
    return dict(clean(None, "info", event))


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "password",
        "client_secret",
        "Authorization",
        "api-key",
        "erpKey",
        "APIKey",
        "x-api-key",
        "COOKIE",
    ],
)
def test_a_value_with_the_name_of_a_secret_is_hidden(name: str) -> None:
    assert cleaned(**{name: HORSE}) == {name: HIDDEN}


def test_a_secret_is_hidden_however_deep_it_lies() -> None:
    event = cleaned(request={"headers": [{"Authorization": f"Bearer {HORSE}", "Accept": "text/plain"}]})

    assert event == {"request": {"headers": [{"Authorization": HIDDEN, "Accept": "text/plain"}]}}


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {HORSE}",
        f"cannot reach postgresql+psycopg://lockstep:{HORSE}@db/lockstep",
        f"refused lsk_erp_{HORSE}",
        f"refused lsp_anna_{HORSE} twice",
        f"signed with whsec_{HORSE}",
    ],
)
def test_a_secret_inside_a_sentence_is_hidden(text: str) -> None:
    shown = cleaned(event=text, exception=f"Traceback\n{text}")

    assert HORSE not in str(shown)
    assert HIDDEN in shown["event"]


@pytest.mark.parametrize("name", ["keyboard", "monkey", "tokenless", "subject", "broken"])
def test_a_name_that_only_contains_the_letters_hides_nothing(name: str) -> None:
    assert cleaned(**{name: "seen"}) == {name: "seen"}


def test_a_secret_of_a_model_stays_its_own() -> None:
    assert cleaned(webhook=SecretStr(HORSE)) == {"webhook": "**********"}


@given(st.text())
def test_no_value_can_pass_for_a_line_of_its_own(text: str) -> None:
    event = cleaned(event=text, comment=text)

    assert len(event["event"].splitlines()) <= 1
    assert len(event["comment"].splitlines()) <= 1
    assert "\x1b" not in event["event"]


def test_an_exception_keeps_its_lines() -> None:
    assert cleaned(exception="Traceback\n  line\r\nError: \x1b[2J")["exception"].splitlines() == [
        "Traceback",
        "  line\\r",
        "Error: \\x1b[2J",
    ]


def test_every_line_says_when_how_urgent_and_from_where(lines: io.StringIO) -> None:
    structlog.stdlib.get_logger("storage.outbox").warning("not delivered", attempts=3)

    line = json.loads(lines.getvalue())
    assert line["event"] == "not delivered"
    assert (line["level"], line["logger"], line["attempts"]) == ("warning", "storage.outbox", 3)
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_look_like_ours(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("token %s", "lsk_erp_" + HORSE)

    line = json.loads(lines.getvalue())
    assert (line["event"], line["logger"]) == (f"token lsk_erp_{HIDDEN}", "uvicorn.error")


def test_lines_less_urgent_than_wanted_are_not_written(lines: io.StringIO) -> None:
    structlog.stdlib.get_logger("storage.outbox").debug("looked")

    assert lines.getvalue() == ""
