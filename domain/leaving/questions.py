"""Who is asked what about a shipment that is to leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, cast

from domain import asking
from domain.calendar import Duration
from domain.case import CaseFile
from domain.facts import AT_THE_RAMP, OrderLine, Shipment, ShipmentLine
from domain.form import FieldKind, Form, FormField
from domain.ladder import Ladder, LadderStep
from domain.leaving.cancelled import PUT_AWAY, TAKE_OUT
from domain.leaving.content import CHANGES, CONTENT, MOVE_SLOT, SLOT_FORM, SWAP_LOT, swap_form
from domain.leaving.hold import lifting, not_lifted_by
from domain.leaving.known import (
    DEPARTURE,
    LOADED,
    LOADED_LESS,
    SEAL,
    SHORT,
    UNAPPROVED,
    VEHICLE,
    in_the_way,
    leaves_by,
    leaving,
    loaded_less,
    sealed_with,
    to_put_away,
    untold_slip,
)
from domain.leaving.portions import loaded_form, partial_form
from domain.leaving.rest import LEAVE_SHORT, PARTIAL, rest_fields
from domain.leaving.waiving import or_waived, to_agree
from domain.question import Choice, QuestionDraft
from domain.readiness.shipments import CANCELLED, STOPPED
from domain.roles import Role
from domain.words import in_words


def tasks(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What each owner has to mend or put away, whether what was stopped goes on, and what could leave instead."""
    in_way = (reason for reason in in_the_way(file) if reason.code not in _ASKED_BY_THEMSELVES)
    reasons = (*in_way, *to_agree(file))
    mended = asking.what_to_mend(file, reasons, otherwise=Role.DISPATCH, within=_in_time(file))
    mended = tuple(or_waived(file, one, otherwise=Role.DISPATCH) for one in mended)
    return (*mended, *_lifts(file), *_taking_out(file), *put_away(file), *_changes(file))


AT_ONCE: Final = Duration(clock=timedelta(minutes=15))
"""How long a vehicle may stand there half loaded before others hear of it."""
_ASKED_BY_THEMSELVES = (STOPPED, CANCELLED, PUT_AWAY)


def _taking_out(file: CaseFile) -> Iterator[QuestionDraft]:
    """That what is cancelled is taken out, where something else is to leave."""
    for ruled in () if file.proposal is None else file.proposal.options:
        if ruled.option.name == TAKE_OUT:
            title = f"Take out of {file.subject} what is cancelled"
            draft = asking.next_step(file, TAKE_OUT, title=title, among=(TAKE_OUT,))
            yield draft.model_copy(update={"context": ruled.option.because[0], "within": _in_time(file)})


def put_away(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the warehouse puts away what was picked for order lines that are cancelled."""
    title = f"Put away what was picked for {file.subject}"
    return tuple(
        _handed_over(Role.WAREHOUSE, one.topic, title, *(f"- {text}" for text in one.texts))
        for one in to_put_away(file)
    )


def _in_time(file: CaseFile) -> Duration:
    left = cast(Shipment, file.before.fact).ship_by - file.timing.buffer - file.at
    return Duration(clock=max(left, timedelta(minutes=30)))


def _lifts(file: CaseFile) -> Iterator[QuestionDraft]:
    """Whether those who stopped it let it go on, each function by itself."""
    found = leaving(file)
    for hold in () if found is None else found.stopped:
        draft = asking.next_step(
            file, f"hold_{hold.role}", title=f"Let {file.subject} go on?", among=(lifting(hold),),
            excluded=not_lifted_by(hold),
        )  # fmt: skip
        yield draft.model_copy(update={"context": hold.because, "within": _in_time(file)})


def _changes(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What else could leave. It may be said and need not be, so that nobody is reminded of it."""
    found = leaving(file)
    if found is None or file.proposal is None or not any(one.option.name in CHANGES for one in file.proposal.options):
        return ()
    forms = {SWAP_LOT: swap_form(found), PARTIAL: partial_form(found), MOVE_SLOT: SLOT_FORM}
    draft = asking.next_step(file, CONTENT, title=f"Change what leaves in {file.subject}", forms=forms, among=CHANGES)
    return (draft.model_copy(update={"within": _in_time(file), "ladder": _NEVER}),)


_NEVER: Ladder = (LadderStep(percent=1000),)


def slip(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That the customer knows that it has not left; and what each owner has to mend, so that it can."""
    found = untold_slip(file)
    assert found is not None
    promises = (f"{late.line_key} was promised for {late.promised_at:%Y-%m-%d}." for late in found.late)
    told = asking.task(
        Role.SALES, found.topic, title=f"{file.subject} has not left: tell the customer", done="Told",
        context="\n".join(f"- {text}" for text in (file.decided_because, *promises)),
        within=Duration(working=timedelta(hours=2)),
    )  # fmt: skip
    return told, *tasks(file)


def approval(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Whether the shipment may leave, which whoever picked it does not say; and what could leave instead."""
    title = f"Release {file.subject} for dispatch?"
    draft = asking.next_step(
        file, "release", title=title, no="Not yet", excluded=_not_by_pickers(file), among=("release",)
    )  # fmt: skip
    return _with_what_leaves(file, draft).model_copy(update={"needed_by": leaves_by(file)}), *_changes(file)


def _with_what_leaves(file: CaseFile, draft: QuestionDraft) -> QuestionDraft:
    """*draft*, which also says what leaves, for whom, and until when."""
    found = leaving(file)
    assert found is not None
    ordered = {line.key: line for line in found.ordered}
    lines = [
        _in_words(entry, line)
        for entry in found.shipment.lines
        if entry.quantity and (line := ordered.get(entry.line_key)) is not None
    ]
    by = f"With {found.carrier or 'no carrier yet'}, until {leaves_by(file):%Y-%m-%d %H:%M} UTC."
    return draft.model_copy(update={"context": "\n".join((draft.context, *lines, by))})


def _in_words(entry: ShipmentLine, line: OrderLine) -> str:
    lots = ", ".join(entry.lots) or "no lot yet"
    return f"- {entry.quantity.normalize():f} of {line.item} from {lots} for {line.key}, {line.customer}"


def _not_by_pickers(file: CaseFile) -> dict[str, str]:
    """Who does not approve the shipment because he picked it, each with why."""
    pickers = cast(Shipment, file.before.fact).picked_by
    return dict.fromkeys(pickers, f"picked {file.subject} and cannot approve it")


def loading(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That loading begins, while the approval is good."""
    found = leaving(file)
    assert found is not None
    assert found.approval is not None
    draft = asking.next_step(
        file, "load", title=f"Load {file.subject}", forms={"load": _VEHICLE},
        lapses_after=Duration(clock=max(found.approval.valid_until - file.at, timedelta(minutes=1))),
    )  # fmt: skip
    return (_with_what_leaves(file, draft),)


_VEHICLE = Form(
    fields=(
        FormField(name=VEHICLE, title="Vehicle", kind=FieldKind.TEXT),
        FormField(name="driver", title="Driver, by his identity card", kind=FieldKind.TEXT, required=False),
        FormField(name="vehicle_fit", title="Clean, dry and as required", kind=FieldKind.WORD, words=("yes",)),
        FormField(name=SEAL, title="Seal number", kind=FieldKind.TEXT, required=False),
        FormField(name="picture", title="Picture of the seal", kind=FieldKind.ATTACHMENT, required=False),
    )
)


def loaded(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That all is on the vehicle, or how much of it."""
    found = leaving(file)
    assert found is not None
    draft = asking.next_step(file, LOADED, title=f"Is all of {file.subject} loaded?")
    less = Choice(
        name=LOADED_LESS, title="Not all of it can be loaded", require=draft.choices[0].require, reason_needed=True,
        form=loaded_form(found),
    )  # fmt: skip
    return (draft.model_copy(update={"choices": (*draft.choices, less)}),)


def loaded_short(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What becomes of a shipment of which less is loaded than was approved; whoever picked it does not say."""
    said = loaded_less(file)
    assert said is not None
    draft = asking.next_step(
        file, SHORT, title=f"Not all of {file.subject} is loaded: what then?", again="Go on loading",
        among=(LEAVE_SHORT, "unload"),
        forms={LEAVE_SHORT: Form(fields=rest_fields(required=False))}, excluded=_not_by_pickers(file),
    )  # fmt: skip
    parts = (f"- {name}: {quantity} are loaded" for name, quantity in said.values.items())
    context = "\n".join(line for line in (said.reason, *parts) if line)
    return (draft.model_copy(update={"context": context}),)


def stopped(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What becomes of a shipment that must not leave as it stands on the ramp."""
    title, unload = f"Stop loading {file.subject}", ("unload",)
    draft = asking.next_step(file, "stopped", title=title, again="Mended: go on", among=unload)
    return draft.model_copy(update={"within": AT_ONCE}), *_lifts(file)


def departure(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """That it leaves, with the seal that it was loaded with, which whoever looks at the vehicle reads off it."""
    seal = FormField(name=SEAL, title="Seal number on the vehicle", kind=FieldKind.TEXT)
    form = Form(fields=(seal,)) if sealed_with(file) else Form()
    draft = asking.next_step(file, DEPARTURE, title=f"Let {file.subject} leave?", forms={"depart": form})
    return (_with_what_leaves(file, draft),)


def handoffs(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """Who must know that it has left, and has its papers; and that somebody sees to what was left behind."""
    found = leaving(file)
    assert found is not None
    papers = [f"- {in_words(one.document)}{f': {one.uri}' if one.uri else ''}" for one in found.papers]
    late = [f"- {one.text}, leaves later: the order is being changed." for one in found.rest if one.late]
    drafts = [
        _handed_over(
            Role.SALES, Role.SALES, f"Tell the customer: {file.subject} has left",
            f"{file.subject} has left with what was approved. These papers are for the customer:", *papers, *late,
        ),
        _handed_over(
            Role.DISPATCH, "carrier", f"Give {found.carrier or 'the carrier'} the papers of {file.subject}",
            f"{file.subject} has left. These papers go with it:", *papers,
        ),
    ]  # fmt: skip
    if in_time := [f"- {one.text}" for one in found.rest if not one.late]:
        drafts.append(
            _handed_over(
                Role.DISPATCH, Role.DISPATCH, f"Plan another shipment for the rest of {file.subject}", *in_time
            )
        )  # fmt: skip
    return tuple(drafts)


def left_unapproved(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """How it came that it left although nobody had let it go, and what follows; whoever picked it does not say."""
    lacks = [f"- {reason.text}" for reason in in_the_way(file)]
    draft = asking.task(
        Role.SHIPPING_MANAGER, UNAPPROVED, title=f"{file.subject} has left, and nobody had let it go", done="Settled",
        context="\n".join([file.decided_because, *(["As far as is known now:", *lacks] if lacks else ())]),
        within=Duration(working=timedelta(hours=2)), form=_SETTLED,
    )  # fmt: skip
    return (draft.model_copy(update={"excluded": _not_by_pickers(file)}),)


_SETTLED = Form(fields=(FormField(name="settled", title="How that came, and what follows", kind=FieldKind.TEXT),))


def _handed_over(role: Role, topic: str, title: str, *context: str) -> QuestionDraft:
    within = Duration(working_days=1)
    draft = asking.handoff(role, title=title, context="\n".join(context), within=within, may_refuse=False)
    return draft.model_copy(update={"topic": topic})


def repair(file: CaseFile) -> tuple[QuestionDraft, ...]:
    """What to do about a write that failed; what stands on the vehicle is not put back by writing so."""
    found = leaving(file)
    at_the_ramp = found is not None and found.shipment.status in AT_THE_RAMP
    return (asking.how_to_repair(file, Role.DISPATCH, may_abandon=not at_the_ramp),)
