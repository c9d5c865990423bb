"""What follows from a held lot in other cases: that it is missed, and that parts of it go on by themselves."""

from __future__ import annotations

from domain.case import CaseFile
from domain.held_lot.known import (
    agreed_on,
    defects,
    disposition,
    held,
    part_lots,
    parted,
    severity,
    since_it_came_back,
    suspected,
    used,
)
from domain.held_lot.requested import PartOfLot
from domain.process import Successor


def missed(file: CaseFile) -> tuple[Successor, ...]:
    """Whether anybody misses what is blocked: the item's shortage finds that out."""
    asked, since = suspected(file), since_it_came_back(file)
    if parted(file) is not None:
        return ()  # it was missed when the whole was blocked
    # It has been asked when the lot was blocked; and is asked anew when it is blocked again.
    if any(past.step > since and past.topic not in ("tests", "release") for past in file.answers):
        return ()
    why = f"{file.id} holds lot {asked.lot}: {defects(file)}"
    return (Successor("shortage", {"item": asked.item, "reason": "LOT_CHANGED", "comment": why, "reference": file.id}),)


def stops_loading(file: CaseFile) -> tuple[Successor, ...]:
    """A case for each shipment that is being loaded with it, where there is none: somebody says what then."""
    use = used(file)
    return tuple(
        Successor("dispatch_release", {"shipment": name, "reason": "HELD", "reference": file.id}, once="stops_loading")
        for name in (() if use is None else use.loading)
    )


def apart(file: CaseFile) -> tuple[Successor, ...]:
    """A case for each part that goes on beside, with what was agreed of it."""
    found, asked, so_far = held(file), suspected(file), disposition(file)
    if found is None:
        return ()
    before = parted(file)
    reworks = so_far.reworks + (0 if before is None else before.reworks)
    placed_by = file.requester.id if before is None else before.placed_by
    rests_on, defect = agreed_on(file), defects(file)[:300]
    if rests_on:
        # The part's own case begins with all that is suspected as one.
        rests_on["suspected"] = defect.rstrip(".")
    also = (*(() if before is None else before.also_placed_by), *file.also_asked)
    return tuple(
        Successor(
            "quality_hold",
            {
                "item": asked.item, "lot": name, "severity": asked.severity, "defect": defect,
                "reason": asked.reason, "comment": f"Parted from {asked.lot}: {part.in_words}.", "reference": file.id,
                "part": PartOfLot(
                    case=file.id, agreed=dict(part.said), placed_by=placed_by, also_placed_by=also, reworks=reworks,
                    rests_on=rests_on,
                ),
            },
        )
        for part, name in part_lots(file, so_far)
        if f"{asked.item}:{name}" in found.held_with
    )  # fmt: skip


def made_of_it(file: CaseFile) -> tuple[Successor, ...]:
    """A case for each lot that was made of it and is held with it: what becomes of it is decided by itself."""
    found, asked = held(file), suspected(file)
    if found is None:
        return ()
    parts = {f"{asked.item}:{name}" for _, name in part_lots(file, disposition(file))}
    return tuple(
        Successor(
            "quality_hold",
            {
                "item": item, "lot": lot, "severity": severity(file), "defect": defects(file)[:300],
                "reason": asked.reason,
                "rule": f"lot:{file.subject}", "comment": f"Made of {file.subject}.", "reference": file.id,
            },
        )
        for item, _, lot in (key.partition(":") for key in found.held_with if key not in parts)
    )  # fmt: skip


def beside(file: CaseFile) -> tuple[Successor, ...]:
    """A case for whatever is held with the lot and has none."""
    return (*apart(file), *made_of_it(file))


def when_contained(file: CaseFile) -> tuple[Successor, ...]:
    """What follows from the lot being stopped."""
    return (*stops_loading(file), *missed(file), *beside(file))
