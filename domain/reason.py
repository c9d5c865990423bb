"""Why something is asked for: a reason of the process's list, or, where none fits, in words."""

from __future__ import annotations

from domain.case import Request

NONE_OF_THE_LIST = "OTHER"
SHORTEST_COMMENT = 10
"""Characters, of what is said where no reason of the list fits (processes 1.0.3)."""


class ReasonUnexplained(Exception):
    """No reason of the list fits, and nothing says what it is then. Nothing was opened."""


def check_reason(request: Request) -> None:
    """Nothing, if *request* says why it is made. Raises ReasonUnexplained."""
    if request.reason == NONE_OF_THE_LIST and len(request.comment.strip()) < SHORTEST_COMMENT:
        raise ReasonUnexplained(
            f"{NONE_OF_THE_LIST} alone tells nobody why: say it in the comment, "
            f"in {SHORTEST_COMMENT} characters or more."
        )
