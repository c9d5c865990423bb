"""A change of an order line in words."""

from __future__ import annotations

from typing import cast

from domain.asking import option_in_words
from domain.case import CaseFile
from domain.facts import OrderLine
from domain.need import Need
from domain.words import in_words


def change(wanted: Need, line: OrderLine) -> str:
    """What is to be different, on one line."""
    parts = []
    if wanted.quantity == 0:
        parts.append("cancel")
    elif wanted.quantity != line.quantity:
        parts.append(f"{line.quantity} to {wanted.quantity}")
    if wanted.item != line.item:
        parts.append(f"{line.item} to {wanted.item}")
    if wanted.by != line.due_at:
        parts.append(f"{line.due_at:%Y-%m-%d} to {wanted.by:%Y-%m-%d}")
    if wanted.revision is not None and wanted.revision != line.revision:
        parts.append(f"revision {line.revision or 'as released'} to {wanted.revision}")
    return f"{line.key} {line.item}, {', '.join(parts) or 'no difference'}"


def context(file: CaseFile, wanted: Need) -> str:
    """What, why, who, and what the evidence says, as Markdown: the same for everybody who is asked or told."""
    line = cast(OrderLine, file.before.fact)
    why = file.request.comment or in_words(file.request.reason).lower()
    lines = [
        f"**What**: {change(wanted, line)}, for {line.customer}, due {line.due_at:%Y-%m-%d %H:%M} UTC.",
        f"**Why**: {why}, asked by {file.requester.name or file.requester.id}.",
    ]
    if file.chosen is not None:
        lines.append(f"**Decided**: {option_in_words(file.chosen)}. {file.decided_because}")
    lines += [f"- {reason.text}" for evidence in file.evidence for reason in evidence.reasons]
    return "\n".join(lines)
