"""Attachments: documents and pictures that belong to a case, what they may be, and what they are called."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.decision import DecisionRefused, Principal

MOST_ATTACHMENTS = 200
"""Of one case."""
LARGEST_LIMIT = 100_000_000
"""Bytes that an installation may allow for one: each is written in one transaction."""
LONGEST_NAME = 120
"""Characters."""

# What Windows takes in no name, and what web pages read as more than a letter.
_NO_PART_OF_A_NAME = re.compile(r'[<>:"|?*]')


Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""


class AttachmentKind(StrEnum):
    """What an attachment is."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    TEXT = "text"
    """Plain text in UTF-8, CSV included."""
    XLSX = "xlsx"
    DOCX = "docx"


class _Known(NamedTuple):
    title: str
    media_type: str
    endings: tuple[str, ...]
    """Of its name; the usual one first."""


_OFFICE = "application/vnd.openxmlformats-officedocument"
_KNOWN = {
    AttachmentKind.PDF: _Known("PDF", "application/pdf", (".pdf",)),
    AttachmentKind.PNG: _Known("PNG", "image/png", (".png",)),
    AttachmentKind.JPEG: _Known("JPEG", "image/jpeg", (".jpg", ".jpeg")),
    AttachmentKind.TEXT: _Known("text or CSV in UTF-8", "text/plain; charset=utf-8", (".txt", ".csv", ".log")),
    AttachmentKind.XLSX: _Known("XLSX", f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",)),
    AttachmentKind.DOCX: _Known("DOCX", f"{_OFFICE}.wordprocessingml.document", (".docx",)),
}


class Attachment(BaseModel):
    """A document or picture that belongs to a case."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    case_id: str
    digest: str
    """SHA-256 of what it holds, in hexadecimal; names it within its case."""
    name: str
    kind: AttachmentKind
    size: int
    """Bytes."""
    by: Principal
    at: AwareDatetime

    @property
    def media_type(self) -> str:
        """As HTTP calls its kind."""
        return _KNOWN[self.kind].media_type


@dataclass(frozen=True)
class AttachmentRules:
    """What an installation lets people attach."""

    largest: int = 10_000_000
    """Bytes."""
    kinds: tuple[AttachmentKind, ...] = tuple(AttachmentKind)

    @property
    def in_words(self) -> str:
        """What may be attached."""
        if not self.kinds:
            return "Nothing may be attached here."
        return f"These may be attached: {', '.join(_KNOWN[kind].title for kind in self.kinds)}."

    @property
    def too_large(self) -> AttachmentTooLarge:
        """What is told of something larger."""
        return AttachmentTooLarge(f"An attachment may have {self.largest / 1_000_000:g} MB here.")


class AttachmentTooLarge(Exception):
    """There is more of it than may be attached. Nothing was kept."""


class AttachmentEmpty(Exception):
    """There is nothing in it. Nothing was kept."""


class KindRefused(Exception):
    """It is nothing that may be attached, or more than one thing at once. Nothing was kept."""


class DigestWrong(Exception):
    """What arrived is not what was sent. Nothing was kept."""


class AttachmentNotWithCase(DecisionRefused):
    """An answer names an attachment that its case does not have."""


class TooManyAttachments(DecisionRefused):
    """The case has as many as it may have. Nothing was kept."""


def cleaned(name: str, kind: AttachmentKind) -> str:
    """
    *name* as it may be shown and offered for saving: no folder, nothing unseen, and an ending that fits *kind*.

    A name that says something else than the content is keeps what it says, before the right ending.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    # Controls, marks that turn letters around, and half characters could make it look like another name.
    seen = "".join(" " if letter.isspace() else letter for letter in last if letter.isprintable() or letter.isspace())
    plain = " ".join(_NO_PART_OF_A_NAME.sub("_", seen).split()).strip(". ")
    endings = _KNOWN[kind].endings
    ending = next((known for known in endings if plain.lower().endswith(known)), "")
    stem = plain[: len(plain) - len(ending)] if ending else plain
    ending = plain[len(stem) :] or endings[0]
    return (stem[: LONGEST_NAME - len(ending)].rstrip(". ") or "attachment") + ending
