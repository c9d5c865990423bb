from __future__ import annotations

import pytest

from tests.support.required import required


def test_what_is_absent_skips_a_developers_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="no Docker here"):
        required("no Docker here")


def test_what_is_absent_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="no Docker here"):
        required("no Docker here")
