"""A shortage in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from domain.draft import days
from domain.fact import plain_number
from domain.master_data import Item
from domain.option import Gap, Option
from domain.shortage.balance import Balance
from domain.shortage.combination import Combination, Part

MOST_NAMED = 8
"""So many are named; the rest is counted."""


def missing(item: str, gap: Gap) -> str:
    """What is missing, in one sentence."""
    until = "and nothing known makes up for it" if gap.until is None else f"until {gap.until:%Y-%m-%d %H:%M} UTC"
    return f"{plain_number(gap.quantity)} {item} are missing from {gap.since:%Y-%m-%d %H:%M} UTC, {until}."


def below(item: Item, used: Gap, now: datetime) -> str:
    """What is used of the safety stock, and what would fill it up again."""
    much, until = plain_number(used.quantity), "" if used.until is None else f", until {used.until:%Y-%m-%d %H:%M} UTC"
    text = (
        f"From {used.since:%Y-%m-%d %H:%M} UTC{until} {much} of the {plain_number(item.safety_stock)} {item.item} "
        "kept for safety are used; nothing is missing."
    )
    if item.made:
        return f"{text} A job for {much} fills it up."
    if not item.suppliers:
        return text
    first = item.suppliers[0]
    by = max(used.since - days(first.lead_time_days), now)
    return f"{text} {much} ordered from {first.supplier} by {by:%Y-%m-%d} fill it up."


def title(combination: Combination) -> str:
    """What is done, with how much of each, and what stays missing."""
    parts = [f"{part.way.title}: {plain_number(part.quantity)}, {part.way.at:%Y-%m-%d}" for part in combination.parts]
    if combination.fills_up:
        parts.append("keep the safety stock")
    if (gap := combination.residual) is not None:
        parts.append(f"{'leave' if parts else 'Leave'} {plain_number(gap.quantity)} short from {gap.since:%Y-%m-%d}")
    return "; ".join(parts)


def safety_stock(part: Part) -> str:
    """How much of it is taken from what is kept for safety."""
    return f"{part.way.title}: {plain_number(part.safety_stock)} of {plain_number(part.quantity)} are kept for safety."


def own_safety_stock(item: str, combination: Combination) -> str:
    """How much of what the item itself keeps for safety is used."""
    used, kept = plain_number(combination.safety_stock), plain_number(combination.balance.kept)
    return f"{used} of the {kept} {item} kept for safety are used."


def context(item: str, balance: Balance, gap: Gap | None, options: tuple[Option, ...] = ()) -> str:
    """What is missing, who waits for it, what is there and comes, and what each way leaves: Markdown."""
    lines = [f"**What**: {'Nothing is missing.' if gap is None else missing(item, gap)}"]
    lines += [
        f"**There**: {plain_number(balance.on_hand)} usable and free, of {plain_number(balance.recorded)} in all."
    ]
    lines += _listed(
        "Comes", [f"{plain_number(c.quantity)} {c.at:%Y-%m-%d}, {c.kind} {c.source}" for c in balance.coming]
    )
    late = [f"{plain_number(c.quantity)} {c.at:%Y-%m-%d}, {c.kind} {c.source}" for c in balance.overdue]
    lines += _listed("Should have come, and has not", late)
    lines += _listed("Waits", list(_waiting(balance)))
    for option in options:
        if option.residual is not None:
            lines.append(f"- {option.title}: {missing(item, option.residual)}")
    return "\n".join(lines)


def _waiting(balance: Balance) -> Iterator[str]:
    for need, quantity, at in balance.served():
        if at is None or at > need.at:
            when = "never" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
            yield f"{need.owner} needs {plain_number(quantity)} {need.at:%Y-%m-%d %H:%M} UTC and gets it {when}"


def _listed(what: str, entries: list[str]) -> Iterator[str]:
    for entry in entries[:MOST_NAMED]:
        yield f"- {what}: {entry}"
    if len(entries) > MOST_NAMED:
        yield f"- {what}: and {len(entries) - MOST_NAMED} more"
