"""Whom a comment calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.comment import MOST_MENTIONS, MentionWrong, admit_comment, mentioned


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@mira.vogt please look.", ("mira.vogt",)),
        ("Ask @jon.berg.", ("jon.berg",)),
        ("(@anna, @boris; @anna!)", ("anna", "boris")),
        ("@x_1-y", ("x_1-y",)),
        ("Write to anna@plant.example or a.b@c", ()),
        ("@@anna 5@3 @", ()),
        ("Nobody.", ()),
        ("\n@anna\n", ("anna",)),
    ],
)
def test_a_name_behind_an_at_sign_calls_somebody_and_an_address_does_not(text: str, called: tuple[str, ...]) -> None:
    assert mentioned(text) == called


def test_who_is_not_there_cannot_be_called() -> None:
    assert admit_comment("@anna @boris", {"anna", "boris", "petra"}) == ("anna", "boris")
    with pytest.raises(MentionWrong, match="Nobody here is called borsi, x"):
        admit_comment("@anna @borsi @x", {"anna", "boris"})


def test_a_comment_does_not_call_everybody() -> None:
    people = [f"p{number}" for number in range(MOST_MENTIONS + 1)]

    with pytest.raises(MentionWrong, match="at most"):
        admit_comment(" ".join(f"@{name}" for name in people), people)


@given(
    st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z0-9]{1,8})?", fullmatch=True)),
    st.sampled_from([" ", ", ", ". ", "\n"]),
)
def test_whoever_is_called_is_found_once_each(names: list[str], between: str) -> None:
    text = between.join(f"@{name}" for name in names)

    assert mentioned(text) == tuple(dict.fromkeys(names))
