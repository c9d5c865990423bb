"""Where a policy asks for a signature, and what a signature binds."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.decision import GivenAnswer, OpenQuestion
from domain.diagram import policy_table
from domain.electronic_signature import FRESH_FOR, KeptSignature, Method, Proof, Reauthentication, sign
from domain.policy import Condition, PolicyInputs, PolicyTable, Requirement, Row, together
from domain.policy_publishing import ruled_differently
from domain.policy_review import review
from domain.roles import Role
from runtime.policies import FOLDER, read_policy
from tests.domain.asked import NOW, PLANNER, draft, person, question

MEANING = "released for dispatch"
SHIPPED = {path.stem: read_policy(path) for path in FOLDER.glob("*.yaml")}


def test_tables_that_ask_for_no_signature_have_the_version_they_had() -> None:
    assert SHIPPED["order_change"].version == "7645065e085a"
    assert all("signed" not in table.model_dump_json() for table in SHIPPED.values())


def asking(signed: str | None, *further: Row) -> PolicyTable:
    """The table for dispatch, whose last row asks for a signature."""
    table = SHIPPED["dispatch_release"]
    return table.model_copy(
        update={"rows": (*table.rows[:-1], table.rows[-1].model_copy(update={"signed": signed})), "further": further}
    )


def test_a_row_says_what_a_signature_means_and_a_further_one_adds_to_it() -> None:
    costly = Row(
        rule="costly", when=Condition(cost_over=Decimal(100)), require=(Requirement(role=Role.FINANCE),),
        signed="paid for",
    )  # fmt: skip
    table = asking(MEANING, costly)

    release, expensive, unload = (
        table.rule(PolicyInputs(option=option, cost=Decimal(cost)))
        for option, cost in (("release", 0), ("release", 200), ("unload", 0))
    )

    assert (release.signed, expensive.signed, unload.signed) == ((MEANING,), (MEANING, "paid for"), ())
    assert together([release, expensive, release]).signed == (MEANING, "paid for")


def test_a_table_that_differs_only_in_what_is_signed_is_shown_as_different() -> None:
    (difference, *_) = ruled_differently(asking(None), asking(MEANING))

    assert (MEANING in difference.before, MEANING in difference.after) == (False, True)
    assert f"signed: “{MEANING}”" in policy_table(asking(MEANING))


def test_a_table_that_spares_a_signature_where_things_are_worse_is_found_out() -> None:
    table = asking(MEANING)
    hurry = table.rows[-1].model_copy(update={"rule": "hurry", "signed": None, "when": Condition(zone=("frozen",))})

    (found,) = review(table.model_copy(update={"rows": (hurry, table.rows[-1])})).relaxations

    assert (found.worse, found.spared) == ("zone", ("a signature",))


@pytest.mark.parametrize(
    "row",
    [{"automatic": True, "signed": MEANING}, {"signed": ""}, {"signed": "two\nlines"}, {"signed": " as agreed"},
     {"signed": "x" * 201}],
)  # fmt: skip
def test_nobody_signs_what_nobody_agrees_to_or_what_says_nothing(row: dict[str, Any]) -> None:
    required = {} if "automatic" in row else {"require": [{"role": "planner"}]}

    with pytest.raises(ValidationError):
        Row.model_validate({"rule": "release", **required, **row})


def asked() -> OpenQuestion:
    """Whether to expedite, which is to be signed."""
    plain = draft(PLANNER)
    choices = (plain.choices[0].model_copy(update={"signed": MEANING}), *plain.choices[1:])
    return question().model_copy(update={"draft": plain.model_copy(update={"choices": choices})})


def signed(**instead: Any) -> KeptSignature:
    """What Boris signs, or what stands *instead*."""
    given: dict[str, Any] = {
        "person": "boris", "role": PLANNER, "choice": "expedite", "reason": "Soon.", "at": NOW, "values": {"a": "1"},
    }  # fmt: skip
    shown = Reauthentication(
        person="boris", question="OC-1-2-1", choice="expedite", evidence="shown",
        proof=Proof(id="1", method=Method.PASSWORD, at=NOW - FRESH_FOR + timedelta(seconds=1)),
    )  # fmt: skip
    case, version = instead.pop("case", "OC-1"), instead.pop("version", 2)
    kept = sign(asked(), GivenAnswer(**given | instead), person("boris"), case, version, shown)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    "instead",
    [{"case": "OC-2"}, {"version": 3}, {"reason": "Later."}, {"values": {"a": "2"}}, {"on_behalf_of": "petra"},
     {"attachments": ("0" * 64,)},
     {"at": NOW - timedelta(microseconds=1)}, {"role": Role.PRODUCTION}],
)  # fmt: skip
def test_the_digest_is_over_all_that_was_signed(instead: dict[str, Any]) -> None:
    assert signed(**instead).digest != signed().digest == signed().digest


def test_a_signature_that_was_kept_and_read_back_has_its_digest() -> None:
    kept = signed(at=NOW.replace(microsecond=120))

    assert KeptSignature.model_validate_json(kept.model_dump_json()).signature.digest == kept.digest
