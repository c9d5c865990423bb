"""What things in the plant are called, and what a case is about."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# An allow-list, because identifiers travel into workflow ids, URLs, queries and file names.
# Slash and colon are left out: they separate the parts of a workflow id.
Identifier = Annotated[
    str,
    StringConstraints(
        strict=True,
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9 ._#+@()&,\-]*[A-Za-z0-9._)#+\-])?$",
    ),
    AfterValidator(_plain),
]


Country = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""A country by its two letters, as ISO 3166-1 has them."""

Mode = Annotated[str, StringConstraints(pattern="^(road|rail|sea|air|inland_waterway|post)$")]
"""A mode of transport."""


def line_key(order: str | None, line: str | None) -> str:
    """The key of an order line, such as ``SO-1001:10``; empty where there is none."""
    return "" if order is None or line is None else f"{order}:{line}"


class _NamesLine(Protocol):
    @property
    def order(self) -> str | None: ...
    @property
    def line(self) -> str | None: ...


class OfOrderLine:
    """What is for an order line, or may be."""

    @property
    def line_key(self: _NamesLine) -> str:
        """The key of the order line; empty where it is for none."""
        return line_key(self.order, self.line)


class Subject(BaseModel):
    """What a case is about: one thing at one site. No two open cases of a process share one."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    site: Identifier
    key: str
    """The parts of the thing's name joined by ``:``, such as ``SO-1001:10`` for an order line."""

    @classmethod
    def order_line(cls, site: str, order: str, line: str) -> Subject:
        """The order line as a subject."""
        return cls(site=site, key=line_key(order, line))

    def workflow_id(self, process: str) -> str:
        """The one Temporal workflow id under which this subject's cases of *process* run."""
        return f"{process}/{self.site}/{self.key}"
