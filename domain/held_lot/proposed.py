"""The next step with a held lot, by how far it has come: what it takes, and who must agree to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType

from domain.case import CaseFile, PastAnswer
from domain.fact import plain_number
from domain.facts import LotStatus
from domain.held_lot.disposition import CUSTOMER_CONSENT, REGULATOR_CONSENT, Disposition
from domain.held_lot.findings import HeldLotFound
from domain.held_lot.known import agreed_on, answers, defects, let_go, suspected, suspicions, urgency, used
from domain.held_lot.parts import GIVING_BACK, WORK, Part, parts_in_words, parts_of
from domain.option import Option, Proposal, RuledOption, still_stands
from domain.policy import PolicyInputs, Requirement, Ruling, together
from domain.roles import Role
from domain.words import in_words


def not_held(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """The end; or, where it was let go on conditions, what becomes of these."""
    if found.lot.status is not LotStatus.UNRESTRICTED and so_far.on_conditions:
        return _on_conditions(file, found, so_far)
    return Proposal(settled=_end(file, so_far), because=f"Nothing of {found.lot.lot} is held any more.")


def _on_conditions(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """Held again by itself when a result is bad or does not come in time; free when all are good."""
    failed = so_far.failed or (f"It failed {', '.join(found.failed)}." if found.failed else "")
    if failed:
        again = _option(file, "hold_again", "Hold it again")
        return _step(file, "", failed, again.model_copy(update={"because": (failed,)}))
    if so_far.tested is None:
        assert so_far.stays is not None
        tests = so_far.stays.said["tests"]
        return Proposal(stage="on_conditions", because=f"It may be used on conditions; tests: {tests}")
    # Some of it may be used meanwhile: how much is left is not what is decided on.
    confirm = _option(file, "confirm", "Release it without conditions", _judged_by(file, found))
    return _step(file, "ready_to_release", "All tests came out well.", confirm)


def _end(file: CaseFile, so_far: Disposition) -> str:
    if (so_far.false_alarm and so_far.agreed) or let_go(file):
        return "false_alarm"
    said = answers(file)
    kept = any(past.topic in ("disposition", "release") and _gives_back(said, past) for past in said)
    return "released" if kept else "disposed"


def _gives_back(said: Sequence[PastAnswer], past: PastAnswer) -> bool:
    if past.topic == "release":
        return past.choice in ("release_reworked", "release_repaired", "confirm")
    proposed = [one for one in said if one.topic == "proposal" and one.choice != "narrow" and one.step < past.step]
    if past.choice != "disposition":
        return False
    return any(part.code in (*GIVING_BACK, "downgrade") for part in parts_of(proposed[-1].values))


def not_concerned(file: CaseFile, found: HeldLotFound) -> Proposal:
    """It is let go: it fits none of the rules that stopped it."""
    nothing = f"What stopped {suspected(file).lot} does not concern it."
    return _step(file, "ready_to_release", nothing, _option(file, "let_go", "Let it go", _as_shown(file, found)))


def blocked(file: CaseFile, found: HeldLotFound) -> Proposal:
    """It is blocked in the stock system, too, by itself: there it may still be used."""
    lot = found.lot
    because = f"{lot.lot} is blocked in the stock system, too."
    if found.let_go_by:
        status = f"{found.let_go_by} says that {lot.lot} is {in_words(lot.status)}."
        because = f"{status} The hold stays in force, and it is blocked there."
    return _step(file, "", because, _option(file, "contain", "Block it"))


def narrowed(file: CaseFile, found: HeldLotFound, said: PastAnswer) -> Proposal:
    """Lots that were made of it are let go, once a second one agrees."""
    who, lots = ", ".join(said.people), said.values["lots"]
    why = f"{who} says that {lots} is not concerned: {said.values['evidence']}"
    narrow = _option(file, "narrow", "Let these lots go", {"lots": lots, **_as_shown(file, found)})
    return _step(file, "awaiting_second", why, narrow)


def for_nothing(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """All of it is let go, once those who must agree that nothing is wrong with it."""
    why = f"{so_far.proposed_by} says that nothing is wrong with it: {so_far.instructions}"
    use = used(file)
    # What was made of it goes with it.
    rests_on = {**_as_shown(file, found), "made_of_it": _listed(() if use is None else use.made_of)}
    return _step(file, "awaiting_disposition", why, _option(file, "false_alarm", "Let all of it go", rests_on))


def contained(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """It is set apart, and whoever got of it is told; where no system has told of it, as soon as one does."""
    if found.told:
        return Proposal(stage="contained", because=defects(file))
    because = f"No system has told of {found.lot.lot} yet; the hold is in force."
    return Proposal(stage="untold", because=f"{because} {so_far.why_open}".rstrip())


def disposed(file: CaseFile, found: HeldLotFound, so_far: Disposition) -> Proposal:
    """What becomes of it: found out, agreed to, carried out and released."""
    quantity = found.lot.quantity
    if not quantity:
        lift = _option(file, "lift", "Lift the hold", {"quantity": plain_number(quantity)})
        return _step(file, "ready_to_release", "Nothing of it is left.", lift)
    goes_on = so_far.stays if so_far.agreed and not _dividing(file) else None
    if goes_on is not None and quantity == goes_on.quantity:
        return _going_on(file, found, so_far, goes_on)
    into = next((part.said["other_item"] for part in so_far.parts if part.code == "downgrade"), "")
    if into and found.other_item in (None, found.lot.item):
        return Proposal(stage="investigating", because=f"It cannot become {into}: the site has no such other item.")
    if so_far.proposed and so_far.total == quantity and not so_far.refused:
        parts = parts_in_words(so_far.parts)
        option = _option(file, "disposition", parts, _as_shown(file, found))
        value = {part.code: Decimal(0) for part in so_far.parts}
        for part in so_far.parts:
            value[part.code] += part.quantity * found.value
        ruling = together(_ruling(file, code, cost) for code, cost in value.items())
        return Proposal(
            stage="awaiting_disposition", because=f"{so_far.proposed_by} proposes: {parts}",
            options=(RuledOption(option=option, ruling=ruling),),
        )  # fmt: skip
    return Proposal(stage="investigating", because=so_far.why_open or "What becomes of it has to be found out.")


def _dividing(file: CaseFile) -> bool:
    """Whether what was agreed is just being written."""
    return file.state == "committing" and file.chosen is not None and file.chosen.name == "disposition"


def _going_on(file: CaseFile, found: HeldLotFound, so_far: Disposition, part: Part) -> Proposal:
    """What follows where all that is still held becomes the same in the same way."""
    if part.code in WORK:
        return _worked_on(file, found, so_far, part)
    if part.code in _CARRIED_OUT:
        name, title, _ = _CARRIED_OUT[part.code]
        # That it was done is no less so for what is found of it later.
        done = _option(file, name, title, _as_told(found))
        return Proposal.of_step("executing", part.instructions, done, _by_two(file, part.code))
    as_agreed = _option(file, "as_agreed", "Release it as agreed", _as_shown(file, found))
    agreed = as_agreed.model_copy(update={"rests_on": agreed_on(file)})
    if differs := still_stands(agreed, as_agreed):
        return Proposal(stage="investigating", because=f"Since it was agreed to: {' '.join(differs)}")
    if so_far.waiting_for:
        return _without_consent(so_far)
    return _step(file, "ready_to_release", "All it takes is there.", as_agreed)


_CARRIED_OUT = {
    "scrap": ("scrapped", "Scrap it", (Role.WAREHOUSE, Role.FINANCE)),
    "return_to_vendor": ("returned", "Return it to the vendor", (Role.BUYER, Role.WAREHOUSE)),
}


def _by_two(file: CaseFile, code: str) -> Ruling:
    """Who carries it out and who sees it: two people, also where a table says nothing of it."""
    option, _, two = _CARRIED_OUT[code]
    ruling = _ruling(file, option)
    if file.policy.names(option):
        return ruling
    require = tuple(Requirement(role=role) for role in two)
    return ruling.model_copy(update={"require": require, "automatic": False})


def _worked_on(file: CaseFile, found: HeldLotFound, so_far: Disposition, part: Part) -> Proposal:
    done = WORK[part.code]
    if so_far.reworked is None:
        return Proposal(stage="reworking", because=f"{part.quantity.normalize():f} are to be {done}.")
    if so_far.inspected is None:
        return Proposal(stage="reinspection", because=f"It has been {done}.")
    if so_far.waiting_for:
        return _without_consent(so_far)
    rests_on = {"good": plain_number(so_far.good), **_as_shown(file, found)}
    release = _option(file, f"release_{done}", f"Release what was {done}", rests_on)
    return _step(file, "ready_to_release", "It passed.", release)


def _without_consent(so_far: Disposition) -> Proposal:
    missing = " and ".join(_WHOSE[topic] for topic in so_far.waiting_for)
    return Proposal(stage="awaiting_consent", because=f"It waits for the consent of {missing}.")


_WHOSE = {CUSTOMER_CONSENT: "the customer", REGULATOR_CONSENT: "the authority"}


def _as_shown(file: CaseFile, found: HeldLotFound) -> dict[str, str]:
    """
    What a decision about the lot rests on: so much of it, as its source tells it, judged by what was found of it.

    Who counts on it is shown, too, and decides nothing: once it is free it may go to anybody within its limits.
    """
    return {**_as_told(found), **_judged_by(file, found)}


def _as_told(found: HeldLotFound) -> dict[str, str]:
    return {"quantity": plain_number(found.lot.quantity), "owner": found.lot.owner or "the plant"}


def _judged_by(file: CaseFile, found: HeldLotFound) -> dict[str, str]:
    expires_at = found.lot.expires_at
    return {
        "revision": found.lot.revision or "none",
        "good_through": "no end" if expires_at is None else f"{expires_at:%Y-%m-%d %H:%M} UTC",
        "inspections": _listed(found.inspected),
        "suspected": _listed(suspicions(file)),
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _option(file: CaseFile, name: str, title: str, rests_on: Mapping[str, str] = MappingProxyType({})) -> Option:
    """One step. What only stops the lot rests on nothing: no news makes it wait."""
    return Option(name=name, title=title, expires_at=file.at + timedelta(days=1), rests_on=dict(rests_on))


def _ruling(file: CaseFile, option: str, cost: Decimal = Decimal(0)) -> Ruling:
    return file.policy.rule(PolicyInputs(option=option, zone=urgency(file), cost=cost))


def _step(file: CaseFile, stage: str, because: str, option: Option) -> Proposal:
    return Proposal.of_step(stage, because, option, _ruling(file, option.name))
