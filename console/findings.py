"""What was found and what could be done, as tables: for cases, questions and stories alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from console.output import moment, say, show_table
from domain.attachment import Attachment
from domain.diagram import asked_of
from domain.effect import KeptEffect
from domain.evidence import Evidence
from domain.option import Option, RuledOption
from domain.policy import Requirement, Ruling
from domain.views import QuestionSummary
from domain.words import in_words

SHORT = 12
"""Characters of a digest that are shown: enough to tell the attachments of a case apart."""


def show_evidence(pack: Iterable[Evidence]) -> None:
    """What each check says, why, from where, and how long it is good."""
    show_table(
        ("Check", "Says", "Why", "From", "As of", "Good until"),
        [
            (
                in_words(found.check),
                found.verdict.upper(),
                " ".join(reason.text for reason in found.reasons),
                found.told_by,
                moment(found.as_of),
                moment(found.valid_until),
            )
            for found in pack
        ],
        title="Evidence",
    )


def show_options(options: Iterable[RuledOption]) -> None:
    """Each way with what it rests on, delivers, costs and disturbs, and who must agree; none if titles say all."""
    options = tuple(options)
    if not any(ruled.option.to_weigh for ruled in options):
        return
    say()
    show_table(
        ("Option", "What", "Delivers", "Costs", "Disturbs", "Who must agree"),
        [
            (
                ruled.option.name,
                _what(ruled.option),
                _delivers(ruled.option),
                f"{ruled.option.cost:,.2f}",
                _disturbs(ruled.option),
                _who(ruled.ruling),
            )
            for ruled in options
        ],
        title="Options",
    )


def show_effects(effects: Iterable[KeptEffect]) -> None:
    """What was written into other systems, and whether it was read back."""
    show_table(
        ("Written", "About", "State", "Their reference"),
        [(in_words(kept.effect.kind), _about(kept), in_words(kept.state), kept.answer) for kept in effects],
        title="Written into the plant's systems",
    )


def show_questions(questions: Iterable[QuestionSummary]) -> None:
    """Each question with who is asked until when, or what was answered."""
    show_table(
        ("Question", "Case", "About", "Asked", "Until", "Answer"),
        [
            (
                asked.id,
                asked.case_id,
                asked.title,
                ", ".join(in_words(role) for role in (*asked.roles, *asked.further_roles)),
                moment(asked.due_at),
                _answer(asked),
            )
            for asked in questions
        ],
    )


def show_attachments(attached: Iterable[Attachment]) -> None:
    """Each with what it is, who attached it and when."""
    show_table(
        ("Attachment", "Name", "Is", "Size", "By", "When"),
        [
            (one.digest[:SHORT], one.name, one.kind, _size(one.size), one.by.name or one.by.id, moment(one.at))
            for one in attached
        ],
        title="Attachments",
    )


def show_paragraphs(text: str) -> None:
    """Markdown as it is read aloud: without its stars."""
    say(text.replace("**", ""))


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} kB"


def _answer(asked: QuestionSummary) -> str:
    if asked.closed_at is None:
        late = f", {asked.escalation} % of the time gone" if asked.escalation else ""
        if asked.parked is not None:
            return f"parked until {moment(asked.parked.until)}, {asked.parked.cause}"
        to_sign = ", to be signed" if asked.signed else ""
        return f"open{late}{to_sign}" + (f", with {asked.claim.person}" if asked.claim else "")
    return f"{asked.choice or 'none: the case went on'}{f' by {asked.closed_by}' if asked.closed_by else ''}"


def _what(option: Option) -> str:
    title = option.title + ("" if option.feasible else " (not possible)")
    return "\n".join((title, *(f"{in_words(name)}: {shown}" for name, shown in option.rests_on.items())))


def _delivers(option: Option) -> str:
    parts = [f"{part.quantity:f} × {part.item}, {part.at:%Y-%m-%d}" for part in option.deliveries]
    return "\n".join(parts) or "nothing"


def _disturbs(option: Option) -> str:
    return "\n".join(
        f"{line.line_key} of {line.customer}, {line.promised_at:%Y-%m-%d} to {line.new_at:%Y-%m-%d}"
        for line in option.disturbed
    )


def _who(ruling: Ruling) -> str:
    if ruling.automatic:
        return f"nobody (rule {ruling.rules[0]})"
    return f"{who(ruling.require)} (rule {', '.join(ruling.rules)})"


def who(require: Iterable[Requirement]) -> str:
    """Who must say so: so many people of each role, in the order in which they are asked."""
    return asked_of(automatic=False, require=require)


def _about(kept: KeptEffect) -> str:
    unsaid = {"kind", "site", "expected"}
    return _written(kept.effect.model_dump(exclude_none=True, exclude_defaults=True, exclude=unsaid))


def _written(value: object) -> str:
    match value:
        case datetime():
            return moment(value)
        case Decimal():
            return f"{value:f}"
        case dict():
            return ", ".join(f"{in_words(name)} {_written(said)}" for name, said in value.items())
        case tuple() | list():
            return "; ".join(_written(one) for one in value)
    return str(value)
