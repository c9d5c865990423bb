"""Correction: a decision that turned out wrong is not changed; a new one refers to it."""

from __future__ import annotations

from domain.decision import OpenQuestion
from domain.question import QuestionKind


class CorrectionWrong(Exception):
    """What is to be corrected is no decision that could be. Nothing was changed."""


def admit_correction(corrected: OpenQuestion | None, *, same: bool) -> None:
    """
    Nothing, if *corrected* was decided; *same* is whether it is about the same thing as what is asked for now.

    Raises CorrectionWrong.
    """
    if corrected is None or not same or corrected.draft.kind is not QuestionKind.DECISION:
        raise CorrectionWrong("This was no decision about the same thing. Name the question that was decided wrongly.")
    if corrected.choice is None:
        raise CorrectionWrong("This was not decided, so there is nothing to correct.")
