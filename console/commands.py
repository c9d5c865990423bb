"""Every command there is. The module of a command is loaded when it is called, so that listing is quick."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperGroup
from typer.main import get_group


class Command(NamedTuple):
    """A command as it is listed."""

    name: str
    room: str
    """The module of this package that has it."""
    summary: str


COMMANDS: dict[str, tuple[Command, ...]] = {
    "Run": (
        Command("dev", "development", "The whole system on this machine, with a sample plant, until Ctrl-C."),
        Command(
            "serve", "serving", "Lockstep in production: API and worker, unless anything about the settings is unsafe."
        ),
        Command("api", "serving", "The HTTP API, until it is told to stop."),
        Command("worker", "working", "A worker: runs cases and passes messages on, until it is told to stop."),
        Command(
            "migrate", "database", "Bring the database to the shape this version needs, with its approval policies."
        ),
        Command(
            "doctor",
            "checkup",
            "Whether the running installation is well, and what mends it; exit 1 if anything is broken.",
        ),
        Command(
            "check",
            "invariants",
            "Whether the record holds together: what must be so of every case, and where it is not; "
            "exit 1 if anything is.",
        ),
        Command("credential", "credentials", "Who may call: give out keys and tokens, and take them back."),
        Command("account", "accounts", "Passwords, for plants without an identity provider, and login links."),
        Command("group", "groups", "What groups of the identity provider mean: roles at sites."),
        Command("contact", "contacts", "Where people are told of what concerns them, when, and of what."),
        Command("notices", "notices", "What people could not be told: see it, send it again, try whether it arrives."),
        Command("settings", "settings", "What this installation is set to, without its secrets."),
    ),
    "Cases and questions": (
        Command("cases", "cases", "The cases you may see, newest first."),
        Command("case", "cases", "One case: where it is, who is waited for, what was found and decided."),
        Command("chain", "cases", "How a case came to be, and all that followed from it."),
        Command("trail", "cases", "The whole history of a case."),
        Command("comment", "comments", "Write a comment on a case."),
        Command("comments", "comments", "The comments on a case, oldest first."),
        Command("mentions", "comments", "The comments that call you, newest first."),
        Command("attach", "attachments", "Attach documents and pictures to a case."),
        Command("attachments", "attachments", "What is attached to a case, oldest first."),
        Command("download", "attachments", "Save an attachment of a case as a file."),
        Command("follow", "followings", "Hear what happens to a case, or to all cases about an order."),
        Command("unfollow", "followings", "Hear no more of a case or an order."),
        Command("news", "followings", "What happened to what you follow, the newest first."),
        Command("questions", "questions", "The questions that wait for you."),
        Command("question", "questions", "One question with its context and the answers it takes."),
        Command("answer", "questions", "Answer a question."),
        Command("answers", "questions", "Give several questions the same answer; each counts or is refused by itself."),
        Command(
            "sign",
            "questions",
            "Sign an answer, to be sent as a signal from Temporal's user interface or command line.",
        ),
        Command(
            "signatures", "signing", "Who signed which answer of a case, and whether each is still what was signed."
        ),
        Command("claim", "claims", "Say that you see to a question; the others see it."),
        Command("release", "claims", "Let go of a question that you, or somebody you lead, claimed."),
        Command("assign", "claims", "Give a question to somebody whose role you lead."),
        Command("ask", "asking_back", "Have something found out before you decide."),
        Command(
            "park",
            "parkings",
            "Park a question that waits for something.",
        ),
        Command("resume", "parkings", "Take a parked question up again before its time."),
        Command("snooze", "parkings", "Have a question out of your own list until some time."),
        Command("delegate", "delegations", "Have somebody answer a question for you."),
        Command("return", "delegations", "Take a question back that you delegated, or give one back."),
        Command("substitutes", "substitutions", "Who stands in for whom at a site, now or later."),
        Command(
            "substitute",
            "substitutions",
            "Name who answers for you while you are away, or for somebody whose role you lead.",
        ),
        Command("unsubstitute", "substitutions", "End a substitution at once."),
        Command(
            "status",
            "order_lines",
            "Where an order line is, who has to act next, and when it will be there.",
        ),
        Command(
            "board",
            "board",
            "Where the order lines, lots, jobs or shipments of a site are, who has to act, and how late they are.",
        ),
        Command(
            "not-ready",
            "readiness",
            "The jobs that cannot start and the shipments that cannot leave, why, and who can mend it.",
        ),
        Command("readiness", "readiness", "What is ready, what is in the way, and by what a site judges."),
        Command(
            "waiver",
            "waivers",
            "What may go on although it is not ready: ask for it, agree to it, take it back.",
        ),
        Command(
            "shipment",
            "shipments",
            "What happens to a shipment at the dock, and after it has left: stop it, its vehicle, scans, its arrival.",
        ),
        Command("bypasses", "bypasses", "What was changed in other systems with no decision behind it, and how often."),
        Command(
            "report",
            "reports",
            "What people go through together about a site: what happened on a day, what is on hold.",
        ),
        Command("change", "changes", "Ask for a change of an order line."),
        Command("withdraw", "changes", "Take a request back."),
        Command("retry", "force", "Have a case look again now at what it waits for."),
        Command("force", "force", "Move a stuck case by hand; it is put back unless the plant manager confirms it."),
    ),
    "Facts and rules": (
        Command("load", "facts", "Take facts from files in NDJSON or CSV."),
        Command("convert", "facts", "Write what another system exported as facts that can be loaded."),
        Command(
            "policy",
            "policies",
            "Who must agree to what: show, check, compare, try, publish and confirm approval policies.",
        ),
        Command("schedule", "schedule", "By what a site makes and compares its plans."),
        Command("processes", "processes", "The processes there are, or the states of one."),
    ),
    "Understand": (
        Command("story", "story", "Play a situation through on a running development system."),
        Command("docs", "documents", "Write the documents that are made from the program."),
        Command("replay", "histories", "Check that recorded cases still run as they did."),
    ),
}
"""The commands by the heading they are listed under."""


class _Commands(TyperGroup):
    """Puts the real command in the place of its listing when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        for command in (command for group in COMMANDS.values() for command in group):
            if args and command.name == args[0]:
                room = import_module(f"console.{command.room}")
                self.add_command(get_group(room.commands).commands[command.name], command.name)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Lockstep: durable coordination for manufacturing plants. One change, one case, every team in step.",
)


@app.callback()
def _lockstep() -> None:
    """Nothing by itself: it keeps the commands a group."""


def _listing() -> None:
    raise AssertionError("The real command stands in for its listing.")


for _heading, _listed in COMMANDS.items():
    for _command in _listed:
        app.command(_command.name, help=_command.summary, rich_help_panel=_heading)(_listing)
