"""What can become of parts of a held lot, and how that is said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from domain.form import FieldKind, Form, FormField
from domain.words import in_words

CODES: Final = {
    "release": "Release: it conforms",
    "use_as_is": "Use as it is, by concession",
    "conditional": "Release on conditions: tests are outstanding",
    "rework": "Rework",
    "scrap": "Scrap",
    "return_to_vendor": "Return to the vendor",
    "repair": "Repair: it can be used, but is not as specified",
    "sort": "Sort: each piece is looked at",
    "downgrade": "Downgrade to another item",
}
"""What can become of a part (processes 1.5)."""

WORK: Final = {"rework": "reworked", "repair": "repaired", "sort": "sorted"}
"""What production does with a part before anything else becomes of it, and what it is then."""

GOING_ON: Final = ("conditional", *WORK, "use_as_is", "scrap", "return_to_vendor")
"""What may take more than that people agree: tests, work, a consent, or that somebody carries it out and says so."""

GIVING_BACK: Final = ("release", "use_as_is", "conditional")
"""What may be used and sent again."""

MOST_REWORKS = 2
"""How often a lot is reworked at most."""

BY_CONCESSION: Final = ("use_as_is", "repair")
"""What is not as specified and used all the same."""

FURTHER: Final = ("conditional", *WORK, "use_as_is")
"""What can become of several parts, each in its own way."""

MOST_PARTS = 3
"""How many parts can become the same, each in its own way."""


def disposition_form(held: Decimal, codes: Collection[str]) -> Form:
    """How much becomes which of *codes*, and which parts become the same in another way; in all, what is held."""
    further = [code for code in codes if code in FURTHER]
    return Form(
        fields=(
            *_part_fields(codes),
            *(
                _in_another_way(part_field, number, further)
                for number in range(2, MOST_PARTS + 1)
                for part_field in _part_fields(further)
                if further
            ),
        ),
        total=held,
    )


def _part_fields(codes: Collection[str]) -> Iterator[FormField]:
    for code, title in CODES.items():
        if code in codes:
            yield FormField(name=code, title=title, kind=FieldKind.QUANTITY, required=False)
    yield FormField(name="instructions", title="Instructions and limits", kind=FieldKind.TEXT)
    yield from (limit for limit in _LIMITS if "conditional" in codes and _matters(limit, codes))


def _in_another_way(asked: FormField, number: int, codes: Collection[str]) -> FormField:
    """The field once more, for further parts."""
    needed_with = tuple(codes) if asked.required else asked.needed_with
    return asked.model_copy(
        update={
            "name": f"{asked.name}_{number}", "title": f"{asked.title} ({number})", "required": False,
            "needed_with": tuple(f"{name}_{number}" for name in needed_with),
        }
    )  # fmt: skip


def _matters(limit: FormField, codes: Collection[str]) -> bool:
    return not limit.needed_with or not set(codes).isdisjoint(limit.needed_with)


_LIMITS: Final = (
    FormField(
        name="tests", title="Tests outstanding", kind=FieldKind.TEXT, required=False, needed_with=("conditional",)
    ),
    FormField(
        name="tested_by", title="Tested by", kind=FieldKind.TIME, required=False, needed_with=("conditional",),
        ahead=True,
    ),
    FormField(
        name="customers", title="Customers it may go to meanwhile; none: own sites only", kind=FieldKind.NAMES,
        required=False,
    ),
    FormField(
        name="other_item", title="Which other item it becomes", kind=FieldKind.NAME, required=False,
        needed_with=("downgrade",),
    ),
    FormField(
        name="concession_for", title="Customers the concession is for; none: all", kind=FieldKind.NAMES,
        required=False,
    ),
    FormField(
        name="concession_orders", title="Orders the concession is for", kind=FieldKind.NAMES, required=False
    ),
    FormField(
        name="concession_until", title="The concession ends", kind=FieldKind.TIME, required=False, ahead=True
    ),
    FormField(
        name="concession", title="Concession, as the certificate of conformity says it", kind=FieldKind.TEXT,
        required=False, needed_with=BY_CONCESSION,
    ),
    FormField(
        name="customer_specified", title="Is what it does not meet specified by the customer", kind=FieldKind.WORD,
        words=("yes", "no"), required=False, needed_with=BY_CONCESSION,
    ),
)  # fmt: skip
"""On what conditions, and as what, parts are given back."""


@dataclass(frozen=True)
class Part:
    """So many of what is held that all become the same in one way."""

    number: int
    """Which of the parts; two may be alike in all else."""
    code: str
    quantity: Decimal
    said: Mapping[str, str]
    """What the proposal says of it."""

    @property
    def in_words(self) -> str:
        """Such as ``20 scrap``."""
        return f"{self.quantity.normalize():f} {in_words(self.code)}"

    @property
    def instructions(self) -> str:
        """What is to be done, and within which limits."""
        return self.said.get("instructions", "")


def parts_of(said: Mapping[str, str]) -> tuple[Part, ...]:
    """How much is to become what, as was *said*."""
    found = (
        (code, of_it)
        for number in range(1, MOST_PARTS + 1)
        for of_it in (_in_one_way(said, number),)
        for code in CODES
        if Decimal(of_it.get(code, 0))
    )
    return tuple(
        Part(
            number,
            code,
            Decimal(of_it[code]),
            {name: of_it[name] for name in of_it if name == code or name not in CODES},
        )
        for number, (code, of_it) in enumerate(found, start=1)
    )


def _in_one_way(said: Mapping[str, str], number: int) -> dict[str, str]:
    """What was said of the parts with this number."""
    endings = tuple(f"_{other}" for other in range(2, MOST_PARTS + 1))
    if number == 1:
        return {name: value for name, value in said.items() if not name.endswith(endings)}
    ending = f"_{number}"
    return {name.removesuffix(ending): value for name, value in said.items() if name.endswith(ending)}


def parts_in_words(parts: Iterable[Part]) -> str:
    """Such as ``80 release, 20 scrap``."""
    return ", ".join(part.in_words for part in parts)
