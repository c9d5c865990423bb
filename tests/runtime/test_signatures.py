"""Keys for signatures: made once, for their owner only, and refused where they are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.settings import SettingsWrong, read_settings
from runtime.signatures import AnswerSignatures, KeyUnusable, development_signing_key, new_signing_key, public_part


def test_a_development_system_makes_its_key_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = development_signing_key(tmp_path)
    made = path.read_text(encoding="utf-8")

    again = development_signing_key(tmp_path)

    assert again.read_text(encoding="utf-8") == made
    assert path.stat().st_mode & 0o777 == 0o600
    AnswerSignatures(made)


@pytest.mark.parametrize("text", ["", "no key", public_part(new_signing_key())])
def test_what_is_no_private_key_cannot_sign(text: str) -> None:
    with pytest.raises(KeyUnusable):
        AnswerSignatures(text)


def test_a_private_key_is_not_taken_for_a_public_one() -> None:
    with pytest.raises(KeyUnusable):
        AnswerSignatures(further_keys=(new_signing_key(),))


def test_settings_name_the_key_that_cannot_be_used_and_do_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKSTEP_SIGNING_KEY", "a secret, but no key")

    with pytest.raises(SettingsWrong) as wrong:
        read_settings()

    assert "LOCKSTEP_SIGNING_KEY" in str(wrong.value)
    assert "a secret" not in str(wrong.value)
