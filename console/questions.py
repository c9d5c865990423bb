"""Questions: finding one's own, and answering them."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer
from pydantic import BaseModel

from console.attachments import attach_files
from console.client import ApiRefusal, As, Client, calling
from console.findings import show_attachments, show_evidence, show_options, show_paragraphs, show_questions, who
from console.output import AsJson, moment, refuse, say, show_json, show_table
from console.signing import FromStdin, say_signed, signed
from domain.electronic_signature import ElectronicSignature
from domain.form import FieldKind, FormField
from domain.question import RungKind
from domain.views import Page, QuestionDetail, QuestionInList, SignalToSend
from domain.words import in_words

commands = typer.Typer()

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The name of a question, as lists show it.")]


class Answered(BaseModel):
    """An answer that stands."""

    case_id: str
    choice: str
    role: str
    settled: str | None
    """The choice the question came to; nothing while more people are needed."""
    on_behalf_of: str | None = None
    """Whom it was given for; nothing where somebody answered for himself."""
    signature: ElectronicSignature | None = None
    """With which it was signed; nothing where it was not to be."""


class Outcome(BaseModel):
    """What became of one answer of several."""

    question: str
    problem: dict[str, Any] | None
    """Why it was refused; nothing if it stands."""


class Outcomes(BaseModel):
    """What became of several answers."""

    outcomes: tuple[Outcome, ...]


@commands.command()
def questions(
    site: Annotated[str | None, typer.Option(help="Only at this site.")] = None,
    process: Annotated[str | None, typer.Option(help="Only of this process.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Also those that wait for others.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    The questions that wait for you.

    Example: lockstep questions --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(Page[QuestionInList], "questions", site=site, process=process, mine=not everybody, limit=limit)
    if as_json:
        show_json(found.model_dump(mode="json")["items"])
        return
    show_questions(found.items)
    if found.next:
        say("There are more; narrow the list, or raise --limit.")


@commands.command()
def question(name: Question, person: As = None, as_json: AsJson = False) -> None:
    """
    One question with its context and the answers it takes.

    Example: lockstep question OC-1-2-1 --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(QuestionDetail, "questions", name)
    if as_json:
        show_json(found.model_dump(mode="json"))
    else:
        show_question(found)


@commands.command()
def answer(  # noqa: PLR0913, PLR0917 - each is an option
    name: Question,
    choice: Annotated[str, typer.Argument(help="The name of the answer.")],
    reason: Annotated[str, typer.Option(help="Why; some answers need it.")] = "",
    seen: Annotated[str | None, typer.Option(help="The evidence you decided on: it counts only for that.")] = None,
    absent: Annotated[str | None, typer.Option("--for", help="Who is away and you are the substitute of.")] = None,
    said: Annotated[
        list[str] | None, typer.Option("--set", help="A field of the answer's form: name=value, or name=@file.")
    ] = None,
    files: Annotated[list[Path] | None, typer.Option("--attach", help="A file that goes with the answer.")] = None,
    stdin: FromStdin = False,
    person: As = None,
) -> None:
    """
    Answer a question.

    Where the answer must be signed, it says what you sign, and asks for your password.

    Example: lockstep answer OC-1-2-1 reject --reason "The foundry is closed." --as mira.vogt
    """
    with calling(person) as api:
        asked = api.get(QuestionDetail, "questions", name)
        evidence = seen or asked.evidence_digest
        body: dict[str, Any] = {"choice": choice, "reason": reason, "seen": evidence, "on_behalf_of": absent}
        if files:
            body["attachments"] = [one.digest for one in attach_files(api, asked.case_id, files)]
        body["values"] = _values(said or [], api, asked, choice)
        body |= signed(api, asked, choice, evidence, stdin=stdin)
        given = api.post(Answered, "questions", name, "answers", body=body)
    then = f"The question is settled: {given.settled}." if given.settled else "More people are needed."
    whose = f" for {given.on_behalf_of}" if given.on_behalf_of else ""
    say(f"Your answer {given.choice} stands{whose}, as {in_words(given.role)}. {then}")
    if given.signature is not None:
        say_signed(given.signature)


@commands.command()
def answers(
    choice: Annotated[str, typer.Argument(help="The name of the answer.")],
    names: Annotated[list[str], typer.Argument(metavar="QUESTION...", help="The questions it is given to.")],
    reason: Annotated[str, typer.Option(help="Why; some answers need it.")] = "",
    person: As = None,
) -> None:
    """
    Give several questions the same answer; each counts or is refused by itself.

    Example: lockstep answers acknowledge OC-1-5-1 OC-2-5-1 --as jon.berg
    """
    with calling(person) as api:
        said = [
            {"question": name, "choice": choice, "reason": reason, "seen": _evidence_of(api, name)} for name in names
        ]
        outcomes = api.post(Outcomes, "answers", body={"answers": said}).outcomes
    show_table(
        ("Question", "Stands", "Why not"),
        [
            (one.question, "no", str(one.problem["detail"])) if one.problem else (one.question, "yes", "")
            for one in outcomes
        ],
    )
    if any(one.problem for one in outcomes):
        raise typer.Exit(1)


@commands.command()
def sign(
    name: Question,
    choice: Annotated[str, typer.Argument(help="The name of the answer.")],
    reason: Annotated[str, typer.Option(help="Why; some answers need it.")] = "",
    seen: Annotated[str | None, typer.Option(help="The evidence you decided on: it counts only for that.")] = None,
    stdin: FromStdin = False,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    Sign an answer, to be sent as a signal from Temporal's user interface or command line.

    Example: lockstep sign OC-1-2-1 expedite --as mira.vogt
    """
    with calling(person) as api:
        asked = api.get(QuestionDetail, "questions", name)
        evidence = seen or asked.evidence_digest
        body = {"choice": choice, "reason": reason, "seen": evidence}
        body |= signed(api, asked, choice, evidence, stdin=stdin)
        sent = api.post(SignalToSend, "questions", name, "signatures", body=body)
    argument = sent.argument.model_dump_json()
    if as_json:
        show_json(sent.model_dump(mode="json"))
        return
    say(f"Send this to {sent.workflow_id} as the signal {sent.signal}, until {moment(sent.expires_at)}:")
    typer.echo(argument)
    say()
    say("Or by command:")
    typer.echo(
        f"temporal workflow signal --workflow-id {sent.workflow_id} --name {sent.signal} --input {quote(argument)}"
    )


def _evidence_of(api: Client, question: str) -> str | None:
    """The digest of what the question rests on; nothing where there is no such question, as its outcome says then."""
    try:
        return api.get(QuestionDetail, "questions", question).evidence_digest
    except ApiRefusal as refusal:
        if refusal.status != HTTPStatus.NOT_FOUND:
            raise
        return None


def _values(said: list[str], api: Client, asked: QuestionDetail, choice: str) -> dict[str, str]:
    """What is filled in; a file is attached to the case where the choice asks for an attachment."""
    pairs = [pair.partition("=") for pair in said]
    if wrong := [pair for pair, (name, given, _) in zip(said, pairs, strict=True) if not name or not given]:
        refuse(f"{wrong[0]} sets nothing; write --set name=value.")
    fields = [field for one in asked.choices if one.name == choice for field in one.form.fields]
    attached = {field.name for field in fields if field.kind is FieldKind.ATTACHMENT}
    return {name: _attachment(value, api, asked) if name in attached else value for name, _, value in pairs}


def _attachment(value: str, api: Client, asked: QuestionDetail) -> str:
    """The digest of the file after an ``@``, or of the attachment of the case whose digest begins so."""
    if value.startswith("@"):
        return attach_files(api, asked.case_id, [Path(value[1:])])[0].digest
    meant = [one.digest for one in asked.attachments if one.digest.startswith(value)]
    return meant[0] if len(meant) == 1 else value


def show_question(found: QuestionDetail) -> None:
    """All that is needed to answer."""
    say(f"{found.id}: {found.title}", "bold")
    asked = ", ".join(in_words(role) for role in (*found.roles, *found.further_roles))
    if found.closed_at is None:
        say(f"For {asked}, until {moment(found.due_at)}.")
        if found.waited_since is not None and found.waited_since > found.asked_at:
            who_now = ", ".join(map(in_words, found.waited_for))
            say(f"Others have agreed; since {moment(found.waited_since)} it waits for {who_now}.")
    else:
        say(f"Settled at {moment(found.closed_at)}: {found.choice or 'the case went on without it'}.")
    if found.claim is not None:
        say(f"{found.claim.person} sees to it until {moment(found.claim.until)}; others may answer all the same.")
    if found.parked is not None:
        say(f"Parked until {moment(found.parked.until)} for the cause {found.parked.cause}: {found.parked.reason}")
    for one in found.delegations:
        until = f" until {moment(one.until)}" if one.until else ""
        say(f"{one.delegator} has delegated it to {one.delegate}{until}: {one.reason}")
    if found.may_answer_for:
        say(f"You may answer it for {', '.join(found.may_answer_for)}, with --for.")
    say()
    show_paragraphs(found.context)
    show_options(found.options)
    if found.evidence:
        say()
        show_evidence(found.evidence)
    say()
    show_table(
        ("Answer", "Means", "Takes"),
        [
            (
                choice.name,
                choice.title
                + (" (with a reason)" if choice.reason_needed else "")
                + (f" (you sign: {choice.signed})" if choice.signed else ""),
                who(choice.require),
            )
            for choice in found.choices
        ],
        title="Answers",
    )
    fields = [(choice.name, field) for choice in found.choices for field in choice.form.fields]
    if fields:
        show_table(
            ("With", "Field", "Is", "Written as"),
            [(choice, field.name, field.title, _written(field)) for choice, field in fields],
            title="To be filled in (--set field=value)",
        )
    _show_answers(found)
    for rung in found.rungs:
        if rung.kind is RungKind.SILENCE:
            say(f"If nobody answers until {moment(rung.at)}: {found.on_silence}.")
    say(f"Evidence: {found.evidence_digest}")


def _written(field: FormField) -> str:
    if field.kind is FieldKind.ATTACHMENT:
        return "@file, or the digest of an attachment"
    return ", ".join(field.words) or field.kind.value


def _show_answers(found: QuestionDetail) -> None:
    """Those that stand so far, and what is attached."""
    if found.attachments:
        say()
        show_attachments(found.attachments)
    names = {one.digest: one.name for one in found.attachments}
    for given in found.answers:
        whose = f" for {given.on_behalf_of}" if given.on_behalf_of else ""
        beside = f", with {', '.join(names[one] for one in given.attachments)}" if given.attachments else ""
        say(f"{given.person}{whose} said {given.choice} as {in_words(given.role)} at {moment(given.at)}{beside}.")
