"""Comments on a case, and whom they mention."""

from __future__ import annotations

import re
from collections.abc import Collection

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.decision import Principal

LONGEST_COMMENT = 2000
"""Characters."""
MOST_MENTIONS = 20

# An address of a mail is no mention: what stands before the sign tells.
_MENTION = re.compile(r"(?<![\w.@+-])@([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?)")


class MentionWrong(Exception):
    """A comment mentions somebody who is not there. Nothing was kept."""


class Comment(BaseModel):
    """What somebody wrote about a case."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    number: int
    """Grows; over all cases."""
    case_id: str
    by: Principal
    at: AwareDatetime
    text: str
    mentions: tuple[str, ...]
    """The people it calls, in the order it names them."""
    attachments: tuple[str, ...] = ()
    """Digests of attachments of the case that go with it."""


def mentioned(text: str) -> tuple[str, ...]:
    """Whom *text* calls with an @, each once, in the order they are named."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def admit_comment(text: str, people: Collection[str]) -> tuple[str, ...]:
    """Whom the comment calls, all of whom are among the *people* at the site. Raises MentionWrong."""
    called = mentioned(text)
    if unknown := [name for name in called if name not in people]:
        raise MentionWrong(f"Nobody here is called {', '.join(unknown)}. Write a name without the @ to call nobody.")
    if len(called) > MOST_MENTIONS:
        raise MentionWrong(f"A comment calls {MOST_MENTIONS} people at most.")
    return called
