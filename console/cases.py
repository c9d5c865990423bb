"""Cases: where they are, what was found, and how it came to that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from console.client import As, Client, calling
from console.findings import show_attachments, show_effects, show_evidence, show_options, show_questions
from console.force import show_forced_moves
from console.output import AsJson, moment, say, show_json, show_table
from domain.trail import TrailEntry
from domain.views import CaseDetail, CaseSummary, Chain, ChainedCase, Page
from domain.words import in_words

commands = typer.Typer()

Case = Annotated[str, typer.Argument(metavar="CASE", help="The number of a case, such as OC-12.")]


class ShownCase(CaseDetail):
    """A case, and where more of it is found."""

    links: dict[str, str]


@commands.command()
def cases(
    process: Annotated[str | None, typer.Option(help="Only of this process.")] = None,
    site: Annotated[str | None, typer.Option(help="Only at this site.")] = None,
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only those that wait for this role.")] = None,
    is_open: Annotated[bool | None, typer.Option("--open/--closed", help="Otherwise all.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    person: As = None,
    as_json: AsJson = False,
) -> None:
    """
    The cases you may see, newest first.

    Example: lockstep cases --open --owner planner --as mira.vogt
    """
    with calling(person) as api:
        wanted = {"process": process, "site": site, "state": state, "owner": owner, "open": is_open}
        found = api.get(Page[CaseSummary], "cases", **wanted, limit=limit)
    if as_json:
        show_json(found.model_dump(mode="json")["items"])
        return
    show_table(
        ("Case", "Process", "Site", "About", "State", "Waits for", "Until", "Why"),
        [
            (
                case.id,
                case.process,
                case.site,
                case.subject,
                in_words(case.state) + (" (queued)" if case.queued else ""),
                "" if case.closed_at else in_words(case.owner),
                moment(case.due_at),
                case.because,
            )
            for case in found.items
        ],
    )
    if found.next:
        say("There are more; narrow the list, or raise --limit.")


@commands.command()
def case(number: Case, person: As = None, as_json: AsJson = False) -> None:
    """
    One case: where it is, who is waited for, what was found and decided.

    Example: lockstep case OC-1 --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(ShownCase, "cases", number)
    if as_json:
        show_json(found.model_dump(mode="json"))
        return
    show_case(found)


def show_case(found: ShownCase) -> None:
    """Where it is, and all that led there."""
    since, requester = moment(found.since), found.requester
    say(f"{found.id}: {found.subject} at {found.site}, {in_words(found.state)} since {since}", "bold")
    if found.closed_at is None:
        say(f"Waits for {in_words(found.owner)}" + (f" until {moment(found.due_at)}." if found.due_at else "."))
    say(found.because)
    for correction in found.corrected_by:
        say(f"{correction.case_id} is to put {correction.question_id} right; it is {in_words(correction.state)}.")
    say(f"Asked by {requester.name or requester.id}, {found.reason}, at {moment(found.opened_at)}.")
    if found.also_asked:
        say(f"Asked for as well by {', '.join(found.also_asked)}.")
    if found.taken_back:
        say(f"Taken back by {', '.join(found.taken_back)}.")
    if found.evidence:
        say()
        show_evidence(found.evidence)
    if found.proposal is not None:
        show_options(found.proposal.options)
    if found.chosen_option is not None:
        say(f"\nChosen: {found.chosen_option.title}")
    if found.questions:
        say()
        show_questions(found.questions)
    if found.effects:
        say()
        show_effects(found.effects)
    if found.attachments:
        say()
        show_attachments(found.attachments)
    if found.forced_moves:
        say()
        show_forced_moves(found.forced_moves)
    if found.allowed_commands:
        say(f"\nIt can be told to {' or '.join(map(in_words, found.allowed_commands))}.")
    say(f"\nIn Temporal: {found.links['temporal_ui']}")


@commands.command()
def chain(number: Case, person: As = None, as_json: AsJson = False) -> None:
    """
    How a case came to be, and all that followed from it.

    Example: lockstep chain OC-1 --as olga.reuter
    """
    with calling(person) as api:
        found = api.get(Chain, "cases", number, "chain").cases
    if as_json:
        show_json([each.model_dump(mode="json") for each in found])
        return
    show_chain(found)


def show_chain(found: Sequence[ChainedCase]) -> None:
    """Each case with what it came of."""
    show_table(
        ("Case", "About", "Came of", "Why", "Found", "Is"),
        [
            (
                each.id,
                f"{in_words(each.process)} {each.subject}",
                each.caused_by or each.supersedes or in_words(each.reason.lower()),
                each.comment or in_words(each.reason.lower()),
                ", ".join(f"{in_words(found.check)} {found.verdict.upper()}" for found in each.evidence),
                f"{in_words(each.state)}: {each.because}{_attached(each.attachments)}",
            )
            for each in found
        ],
    )


def _attached(number: int) -> str:
    if not number:
        return ""
    return f" ({number} attachment{'s' if number > 1 else ''})"


@commands.command()
def trail(number: Case, person: As = None, as_json: AsJson = False) -> None:
    """
    The whole history of a case.

    Example: lockstep trail OC-1 --as olga.reuter
    """
    with calling(person) as api:
        lines = read_trail(api, number)
    if as_json:
        show_json([line.model_dump(mode="json") for line in lines])
    else:
        show_trail(lines)


def read_trail(api: Client, number: str) -> list[TrailEntry]:
    """Every line of the history of a case. Raises ApiRefusal."""
    lines: list[TrailEntry] = []
    after: str | None = "0"
    while after is not None:
        page = api.get(Page[TrailEntry], "cases", number, "trail", after=after, limit=500)
        lines += page.items
        after = page.next
    return lines


def show_trail(lines: list[TrailEntry]) -> None:
    """Who did what, when, by which way and why."""
    show_table(
        ("", "When", "Who", "What", "Why"),
        [
            (
                str(line.sequence),
                f"{line.at:%Y-%m-%d %H:%M:%S}",
                who_did(line),
                what_happened(line),
                line.reason,
            )
            for line in lines
        ],
    )


def who_did(line: TrailEntry) -> str:
    """Who did it, for whom, and in which role."""
    who = line.by.name or line.by.id
    if (absent := line.details.get("on_behalf_of")) is not None:
        who += f" for {absent}"
    if (claimed := line.details.get("claimed")) is not None:
        who += f", as from {claimed}"
    return f"{who} as {in_words(line.role)}" if line.role else who


def what_happened(line: TrailEntry) -> str:
    """What was done, and to what."""
    what = in_words(line.action)
    if line.to_state is not None:
        return f"{what} {in_words(line.to_state)}"
    told = ("choice", "key", "rung", "person", "name")
    about = next((line.details[name] for name in told if line.details.get(name)), None)
    beside = ", ".join(one["name"] for one in line.details.get("attachments", ()))
    return what + (f": {about}" if about else "") + (f", with {beside}" if beside else "")
