"""What attachments are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attachment import LONGEST_NAME, AttachmentKind, cleaned

PDF = AttachmentKind.PDF


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Prüfbericht 12.pdf", "Prüfbericht 12.pdf"),
        ("SCAN.PDF", "SCAN.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\mira\\photo.pdf", "photo.pdf"),
        ("/etc/", "attachment.pdf"),
        ("..", "attachment.pdf"),
        ("...pdf", "pdf.pdf"),
        (".pdf", "pdf.pdf"),
        ("", "attachment.pdf"),
        ("invoice.html", "invoice.html.pdf"),
        ("invoice.exe", "invoice.exe.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe.pdf"),
        ("a\x00b\r\nSet-Cookie: x.pdf", "ab Set-Cookie_ x.pdf"),
        ('"><script>.pdf', "___script_.pdf"),
        ("a\u200bb.pdf", "ab.pdf"),
        ("u\u0308.pdf", "ü.pdf"),
        ("half \ud800.pdf", "half.pdf"),
    ],
)
def test_a_name_is_shown_without_what_could_deceive(name: str, shown: str) -> None:
    assert cleaned(name, PDF) == shown


def test_a_long_name_keeps_its_ending() -> None:
    assert cleaned("x" * 500 + ".csv", AttachmentKind.TEXT) == "x" * (LONGEST_NAME - 4) + ".csv"


@given(st.text(), st.sampled_from(AttachmentKind))
def test_any_name_becomes_one_that_can_be_shown_and_saved(name: str, kind: AttachmentKind) -> None:
    shown = cleaned(name, kind)

    assert 0 < len(shown) <= LONGEST_NAME
    assert shown.isprintable()
    assert not set(shown) & set('/\\<>:"|?*')
    assert shown[0] not in ". "
    assert cleaned(shown, kind) == shown
    assert shown.encode()
