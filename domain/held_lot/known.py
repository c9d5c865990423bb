"""What a case about a held lot knows: what was asked, what was found, and what is still to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from domain.case import CaseFile, PastAnswer
from domain.form import names_in
from domain.held_lot.disposition import Disposition, came_back
from domain.held_lot.findings import HeldLotFound
from domain.held_lot.parts import CODES, MOST_REWORKS, Part
from domain.held_lot.requested import PartOfLot, QualityHoldRequest
from domain.held_lot.where_used import WhereUsedFound
from domain.policy import Zone


def held(file: CaseFile) -> HeldLotFound | None:
    """The lot as it is now."""
    return file.finding("lot", HeldLotFound)


def used(file: CaseFile) -> WhereUsedFound | None:
    """Who counts on the lot."""
    return file.finding("where_used", WhereUsedFound)


def suspected(file: CaseFile) -> QualityHoldRequest:
    """What was asked for last."""
    return cast(QualityHoldRequest, (file.request, *file.further)[-1])


def suspicions(file: CaseFile) -> tuple[str, ...]:
    """What is wrong with it, as each said who asked for it."""
    said = (cast(QualityHoldRequest, asked).defect.rstrip(".") for asked in (file.request, *file.further))
    return tuple(dict.fromkeys(said))


def defects(file: CaseFile) -> str:
    """The same in one sentence."""
    return f"{'; '.join(suspicions(file))}."


def rules(file: CaseFile) -> tuple[str, ...]:
    """The rules that stopped it; with an empty one where somebody also stopped the lot itself."""
    return tuple(dict.fromkeys(cast(QualityHoldRequest, asked).rule for asked in (file.request, *file.further)))


def narrowing(file: CaseFile) -> PastAnswer | None:
    """Which lots that were made of it are said not to be concerned; nothing if that is done, or was refused."""
    said = next(
        (past for past in reversed(file.answers) if past.choice == "narrow" and past.topic != "narrowing"), None
    )
    found = held(file)
    if said is None or found is None or set(names_in(said.values["lots"])) <= set(found.without):
        return None
    no = file.answered("narrowing", since=said.step)
    return None if no is not None and no.choice == "reject" else said


def other_item(file: CaseFile) -> str | None:
    """What is proposed to make of a part, where that is another item."""
    said = (past for past in reversed(file.answers) if past.topic == "proposal" and past.choice == "propose")
    return next((past.values.get("other_item") for past in said), None)


def let_go(file: CaseFile) -> bool:
    """Whether nothing stopped it but rules of which it is known that they do not concern it."""
    found = held(file)
    return found is not None and set(rules(file)) <= set(found.cleared)


def parted(file: CaseFile) -> PartOfLot | None:
    """What was agreed of the lot before it was one of its own; nothing where it always was."""
    part = cast(QualityHoldRequest, file.request).part
    return part if part is not None and part.case == file.caused_by else None


def answers(file: CaseFile) -> tuple[PastAnswer, ...]:
    """What was answered so far; what was agreed of a part before counts from when it is set apart."""
    part = parted(file)
    apart = next((past for past in file.answers if past.topic == "segregation" and past.choice == "done"), None)
    if part is None or apart is None:
        return file.answers
    before = {"topic": "proposal", "choice": "propose", "people": (part.case,), "values": part.agreed}
    proposal = apart.model_copy(update={**before, "step": apart.step - 1})
    vote = apart.model_copy(update={"topic": "disposition", "choice": "disposition", "values": {}})
    known = file.answers.index(apart) + 1
    return (*file.answers[:known], proposal, vote, *file.answers[known:])


def disposition(file: CaseFile) -> Disposition:
    """How far those who decide have come."""
    return Disposition.of(answers(file), _placed_at(file), safety=severity(file) == "safety")


def agreed_on(file: CaseFile) -> dict[str, str]:
    """By what the lot was judged when what it goes on with was agreed to; empty where nobody kept that."""
    if file.chosen is not None and file.chosen.name == "disposition":
        rested_on = file.chosen.rests_on
    else:
        part = parted(file)
        rested_on = {} if part is None else part.rests_on
    # Parts have gone their own ways with the agreement: there is less of it.
    return {name: shown for name, shown in rested_on.items() if name != "quantity"}


def severity(file: CaseFile) -> str:
    """How severe it is: the worst that was said, where people may come to harm."""
    said = [cast(QualityHoldRequest, asked).severity for asked in (file.request, *file.further)]
    return "safety" if "safety" in said else said[-1]


def part_lot(file: CaseFile, step: int, number: int) -> str:
    """What a part is called that was decided on at *step*: as no other part of any lot is."""
    return f"{suspected(file).lot}-{file.id.rpartition('-')[2]}.{step}.{number}"


def part_lots(file: CaseFile, so_far: Disposition) -> tuple[tuple[Part, str], ...]:
    """What each part is called where it becomes a lot of its own."""
    return tuple((part, part_lot(file, so_far.step, part.number)) for part in so_far.parts)


def execution(file: CaseFile) -> PastAnswer | None:
    """Who carried out what was agreed, and by which papers."""
    return file.answered("execution", since=disposition(file).step)


def offered(file: CaseFile) -> tuple[str, ...]:
    """What can become of a part: what the policy of the case says who must agree to, and no rework too many."""
    part = parted(file)
    reworks = disposition(file).reworks + (0 if part is None else part.reworks)
    return tuple(
        code
        for code in CODES
        if file.policy.names(code) and (code not in ("rework", "repair") or reworks < MOST_REWORKS)
    )


def still_to_do(file: CaseFile) -> tuple[str, ...]:
    """What containing the lot still takes, by topic; all of it anew where it came back."""
    since = since_it_came_back(file)
    # Who got of a lot that was made of one on hold is told in the case about that one.
    use = None if all(rule.startswith("lot:") for rule in rules(file)) else used(file)
    said = file.answered("segregation", since=since)
    found = held(file)
    gone = found is not None and found.told and not found.lot.quantity
    apart = () if gone or (said is not None and said.choice == "done") else ("segregation",)
    return (*apart, *(telling(name) for name in (() if use is None else _untold(file, use, since))))


def since_it_came_back(file: CaseFile) -> int:
    """After which step it was released on conditions that did not hold; 0 if it never was."""
    return came_back(answers(file), _placed_at(file))


def telling(customer: str) -> str:
    """The topic of what *customer* is told."""
    return f"customer:{customer}"


def _untold(file: CaseFile, use: WhereUsedFound, since: int) -> Iterator[str]:
    """Customers who have of it and do not know, or who have got more of it than they were told of."""
    for customer in use.customers:
        said = file.answered(telling(customer), since=since)
        if said is None or said.values.get("shipments") != use.shipments_to(customer):
            yield customer


def _placed_at(file: CaseFile) -> datetime | None:
    found = held(file)
    return None if found is None else found.placed_at


def urgency(file: CaseFile) -> Zone:
    """How urgent it is: the most where people may come to harm, then where a shipment waits."""
    if severity(file) == "safety":
        return "frozen"
    use = used(file)
    return "slushy" if use is not None and use.shipments else "liquid"
