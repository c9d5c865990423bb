"""Who is asked what about a held lot."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.form import FieldKind, Form, FormField
from domain.held_lot.disposition import CUSTOMER_CONSENT, REGULATOR_CONSENT
from domain.held_lot.known import (
    defects,
    disposition,
    held,
    narrowing,
    offered,
    other_item,
    parted,
    still_to_do,
    suspected,
    telling,
    urgency,
    used,
)
from domain.held_lot.parts import WORK, disposition_form
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import Role


def _in_time(file: CaseFile, usual: Duration) -> Duration:
    """*usual*, or sooner: by the clock where people may come to harm, within half a day where a shipment waits."""
    return {"frozen": Duration(clock=asking.HALF_A_DAY), "slushy": Duration(working=asking.HALF_A_DAY)}.get(
        urgency(file), usual
    )


def containment(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the lot is set apart and, where some of it has left, that those who got it know."""
    asked, due = suspected(file), still_to_do(file)
    drafts = []
    if "segregation" in due:
        apart = asking.task(
            Role.WAREHOUSE, "segregation", title=f"Tag lot {asked.lot} and set it apart", done="Set apart",
            context=defects(file), within=_in_time(file, Duration(working=asking.HALF_A_DAY)), form=_COUNTED,
        )  # fmt: skip
        found = held(file)
        # Of a lot that no system has told of, that is said where it is asked which lot it is.
        drafts.append(apart if found is not None and not found.told else _or_false_alarm(file, apart))
    use = used(file)
    customers = () if use is None else use.customers
    drafts += [_told(file, customer) for customer in customers if telling(customer) in due]
    return tuple(drafts)


def untold(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Which lot it is, of which no system has told, or that it was a false alarm; and that it is set apart."""
    lot = suspected(file).lot
    question = asking.task(
        Role.QUALITY_ENGINEER, "untold", title=f"Which lot is {lot}? No system has told of it", done="It is told now",
        context=f"{defects(file)}\nIt goes on by itself as soon as a system tells of the lot.",
        within=_in_time(file, Duration(working_days=1)), choice="told",
    )  # fmt: skip
    return (*containment(file), _or_false_alarm(file, question))


def _told(file: CaseFile, customer: str) -> QuestionDraft:
    """That a customer who has of the lot knows; sales tells him, quality says what."""
    asked, use = suspected(file), used(file)
    assert use is not None
    shipments = use.shipments_to(customer)
    got = "\n".join(
        f"- {one.quantity.normalize():f} of {one.item}, lot {one.lot}, in {one.shipment} for {one.order}:{one.line}"
        for one in use.about(customer)
    )
    form = Form(
        fields=(
            FormField(name="shipments", title="About what was shipped in", kind=FieldKind.WORD, words=(shipments,)),
            FormField(name="told", title="Who was told, and how", kind=FieldKind.TEXT),
        )
    )
    both = (Requirement(role=Role.SALES), Requirement(role=Role.QUALITY_ENGINEER))
    return QuestionDraft(
        kind=QuestionKind.STEP, topic=telling(customer), title=f"Tell {customer}: lot {asked.lot} is suspect",
        context=f"{defects(file)}\n{got}", choices=(Choice(name="done", title="Told", require=both, form=form),),
        within=Duration(clock=timedelta(hours=24)),
    )  # fmt: skip


_COUNTED = Form(
    fields=(
        FormField(name="counted", title="Counted", kind=FieldKind.QUANTITY),
        FormField(name="place", title="Where it is now", kind=FieldKind.TEXT),
        FormField(name="tag", title="Picture of the tag", kind=FieldKind.ATTACHMENT, required=False),
    )
)


def investigation(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What is to become of the lot, part by part; or that it was stopped for nothing."""
    found = held(file)
    assert found is not None
    much = f"{found.lot.quantity.normalize():f} of {found.lot.item} are held: {defects(file)}"
    question = asking.task(
        Role.QUALITY_ENGINEER, "proposal", title=f"What becomes of lot {found.lot.lot}?", done="Proposed",
        context=f"{file.decided_because}\n{much}", within=_in_time(file, Duration(working_days=1)),
        form=disposition_form(found.lot.quantity, offered(file)), choice="propose",
    )  # fmt: skip
    return (_or_false_alarm(file, question),)


def _or_false_alarm(file: CaseFile, question: QuestionDraft) -> QuestionDraft:
    """The question, to which a quality engineer may also say that the lot was stopped for nothing."""
    if not file.policy.names("false_alarm"):
        return question
    asked = (Requirement(role=Role.QUALITY_ENGINEER),)
    for_nothing = Choice(name="false_alarm", title="It was a false alarm", require=asked, form=_TESTED_AGAIN)
    use = used(file)
    narrow = Choice(name="narrow", title="What was made of it is not concerned", require=asked, form=_NOT_CONCERNED)
    narrower = (narrow,) if use is not None and use.made_of else ()
    return question.model_copy(update={"choices": (*question.choices, for_nothing, *narrower)})


_NOT_CONCERNED = Form(
    fields=(
        FormField(name="lots", title="Lots, such as PUMP:P1", kind=FieldKind.NAMES),
        FormField(name="evidence", title="What shows it", kind=FieldKind.TEXT),
        asking.REPORT,
    )
)


def second(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether another quality engineer agrees that what was made of it is let go."""
    said = narrowing(file)
    assert said is not None
    return (
        asking.next_step(
            file, "narrowing", title=f"Let go what was made of {suspected(file).lot}?", no="It stays held",
            excluded={**dict.fromkeys(said.people, "asked for it"), **_no_vote(file)},
        ),
    )  # fmt: skip


_TESTED_AGAIN = Form(
    fields=(
        FormField(name="instructions", title="What was tested again, and how it came out", kind=FieldKind.TEXT),
        asking.REPORT,
    )
)


def on_conditions(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What came of the tests outstanding; whoever says nothing in time has it held again."""
    lot, part = suspected(file).lot, disposition(file).stays
    assert part is not None
    said = part.said
    left = datetime.fromisoformat(said["tested_by"]) - file.at
    return (
        asking.verdict(
            Role.QUALITY_INSPECTOR, "tests", title=f"What came of the tests of lot {lot}?", yes=("pass", "All good"),
            no=("fail", "One is bad"), context=f"Outstanding: {said['tests']}. {part.instructions}",
            within=Duration(clock=max(left, timedelta(minutes=1))), form=_RESULTS, lapses=True,
        ),
    )  # fmt: skip


_RESULTS = Form(fields=(FormField(name="results", title="Results", kind=FieldKind.TEXT), asking.REPORT))


def board(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether those who must agree do; whoever placed the hold, or made the lot, is not among them."""
    lot = suspected(file).lot
    return (
        asking.next_step(
            file, "disposition", title=f"Lot {lot}: agreed?", no="It needs more tests", excluded=_no_vote(file)
        ),
    )


def _no_vote(file: CaseFile) -> dict[str, str]:
    """Who has none on what becomes of the lot: who made it, where its source says so, and who stopped it."""
    found = held(file)
    assert found is not None
    makers = dict.fromkeys(found.lot.made_by, f"made {found.lot.lot} and has no vote on it")
    return {**makers, **_placed_it(file)}


def _placed_it(file: CaseFile) -> dict[str, str]:
    """Who stopped the lot that this is a part of; whoever stops a lot decides nothing of it."""
    part = parted(file)
    if part is None:
        return {}
    return {person: "placed the hold" for person in (part.placed_by, *part.also_placed_by) if person}


def execution(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That it was scrapped or returned, by which papers: two say so, who did it and who saw it."""
    lot = suspected(file).lot
    return (
        asking.next_step(
            file, "execution", title=f"Carry out what was agreed of lot {lot}", no="It cannot be done",
            forms={"scrapped": _scrapped(file), "returned": _RETURNED}, excluded=_placed_it(file),
        ),
    )  # fmt: skip


def consents(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What a customer, and an authority, says to it; entered by who speaks with them, with where it is written."""
    so_far, lot = disposition(file), suspected(file).lot
    assert so_far.stays is not None
    part = so_far.stays
    context = f"{part.in_words}: {part.said.get('concession', '')}\n{part.instructions}"
    return tuple(
        asking.verdict(
            role, topic, title=f"Does {whose} consent to lot {lot} as it is?", yes=("given", "Consent is given"),
            no=("reject", "It is refused"), context=context, within=Duration(working_days=5),
            excluded=_placed_it(file), form=_CONSENT,
        )
        for topic, role, whose in (
            (CUSTOMER_CONSENT, Role.SALES, "the customer"),
            (REGULATOR_CONSENT, Role.QUALITY_ENGINEER, "the authority"),
        )
        if topic in so_far.waiting_for
    )  # fmt: skip


_CONSENT = Form(
    fields=(
        FormField(name="given_by", title="Who gave it", kind=FieldKind.TEXT),
        FormField(name="reference", title="Where it is written, such as a letter or a number", kind=FieldKind.TEXT),
        FormField(name="letter", title="The letter", kind=FieldKind.ATTACHMENT, required=False),
    )
)


def _scrapped(file: CaseFile) -> Form:
    found = held(file)
    assert found is not None
    ticket = (
        FormField(name="ticket", title="Scrap ticket", kind=FieldKind.NAME),
        FormField(name="picture", title="Picture of what was destroyed", kind=FieldKind.ATTACHMENT, required=False),
    )
    if found.lot.owner is None:
        return Form(fields=ticket)
    whose = f"Offered back to {found.lot.owner}, whose it is: when, and what he said"
    return Form(fields=(FormField(name="offered_back", title=whose, kind=FieldKind.TEXT), *ticket))


_RETURNED = Form(
    fields=(
        FormField(name="rma", title="RMA number", kind=FieldKind.NAME),
        FormField(name="claim", title="Supplier claim", kind=FieldKind.NAME),
    )
)


def work(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the rework, repair or sorting is done, and what came of it."""
    part = disposition(file).stays
    assert part is not None
    form = Form(
        fields=(
            FormField(name="good", title="Good", kind=FieldKind.QUANTITY),
            FormField(name="bad", title="Bad", kind=FieldKind.QUANTITY, required=False),
            FormField(name="work_order", title="Work order", kind=FieldKind.TEXT, required=False),
        ),
        total=part.quantity,
    )
    return (
        asking.task(
            Role.PRODUCTION, "sort" if part.code == "sort" else "rework", form=form,
            title=f"{part.code.capitalize()} lot {suspected(file).lot}", done=WORK[part.code].capitalize(),
            context=part.instructions, within=Duration(working_days=2),
        ),
    )  # fmt: skip


def reinspection(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether what was reworked is good; whoever reworked it does not say."""
    so_far, lot = disposition(file), suspected(file).lot
    reworkers = so_far.reworked.people if so_far.reworked is not None else ()
    return (
        asking.verdict(
            Role.QUALITY_INSPECTOR, "reinspection", title=f"Inspect lot {lot} again", yes=("pass", "It passes"),
            no=("fail", "It fails"), context=file.decided_because, within=Duration(working_days=1),
            excluded=dict.fromkeys(reworkers, f"reworked {lot} and does not inspect it"),
        ),
    )  # fmt: skip


def release(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether what was reworked, or came well out of its tests, goes back."""
    title = f"Release {suspected(file).lot}?"
    return (asking.next_step(file, "release", title=title, no="Not yet", excluded=_no_vote(file)),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who counted on the lot and must know what became of it."""
    use, lot, within = used(file), suspected(file).lot, Duration(working_days=1)
    told, roles = file.decided_because, [Role.PLANNER]
    if (other := other_item(file)) is not None:
        # What was counted on is another item now: who promised it, and who planned with it, look again.
        told, roles = (
            f"{told} Part of it is {other} from now on: what counted on it needs something else.",
            [Role.PLANNER, Role.SALES],
        )
    if use is not None and use.shipments:
        roles.append(Role.DISPATCH)
    if use is not None and use.jobs:
        roles.append(Role.PRODUCTION)
    return tuple(
        asking.handoff(role, title=f"Lot {lot} is held no more", context=told, within=within, may_refuse=False)
        for role in roles
    )


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed; the hold itself is never given up."""
    return (asking.how_to_repair(file, Role.QUALITY_ENGINEER, may_abandon=False),)
