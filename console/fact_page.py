"""The page about facts: what a file of them may say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pydantic import BaseModel

from connectors.plant.sample import sample_plant
from domain.fact import Fact
from domain.facts import KINDS
from domain.field_table import fields_table, parts_of

_EXAMPLE_DAY = datetime(2026, 3, 2, 7, tzinfo=UTC)
# Any day does; a fixed one keeps the page the same.

_INTRODUCTION = """
Everything Lockstep knows of a plant is a fact: one thing that is so at a site. Facts come as events, from
connectors, or from files with `lockstep load FILE…`, which takes two formats.

**NDJSON** (UTF-8): one object a line, with its `kind` and the fields below. **CSV** (UTF-8): the names of
the fields in the first line; the file is named after the kind (`order_line.csv`) or has a column `kind`. A
cell for more than one value, or for one with parts, holds JSON. An empty cell says nothing.

Every line may also say `source` (the system that says so; otherwise `--source`), `version` (the source's
own version of the fact; otherwise its content) and `as_of` (when it was so; otherwise now). A fact is known
by its kind, site and key: of one source, the later word counts, and a version that is known changes nothing.

Names are 1 to 64 letters, digits and ` ._#+@()&,-`. Quantities and money have at most 15 digits, 4 of them
behind the point. Times carry an offset, such as `2026-03-02T08:00:00+01:00`. Fields that are not listed are
ignored in NDJSON and refused in CSV.
""".strip()


def fact_page() -> str:
    """Every kind of fact with its fields and an example."""
    parts: dict[str, type[BaseModel]] = {}
    sections = ["# Facts", _INTRODUCTION]
    plant = sample_plant(_EXAMPLE_DAY)
    for name, kind in KINDS.items():
        sections += _section(name, kind, plant)
        parts.update({part.__name__: part for part in parts_of(kind)})
    sections += ["# Parts of facts", "What fields hold that have parts themselves."]
    for name, part in sorted(parts.items()):
        sections += [f"## {name}", _meaning(part), fields_table(part)]
    return "\n\n".join(section.strip("\n") for section in sections) + "\n"


def _section(name: str, kind: type[Fact], plant: Iterable[Fact]) -> Iterator[str]:
    yield f"## {name}"
    yield _meaning(kind)
    key = [field for field in kind.key_fields if field != "site"]
    named = ", ".join(f"`{field}`" for field in key)
    yield f"Its key at a site: {named}." if key else "There is one at each site."
    yield fields_table(kind)
    yield f"```json\n{_example(kind, plant)}\n```"


def _meaning(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0]


def _example(kind: type[Fact], plant: Iterable[Fact]) -> str:
    """One of *plant*, with what it says beyond the usual: neither bare nor too long to take in."""
    said = (
        {"kind": kind.kind, **fact.model_dump(mode="json", exclude_defaults=True)}
        for fact in plant
        if type(fact) is kind
    )
    return min((json.dumps(each, ensure_ascii=False) for each in said), key=lambda text: abs(len(text) - 350))
