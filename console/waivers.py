"""Waivers: asking that something goes on although it is not ready, agreeing to it, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from console.client import ApiRefusal, As, calling
from console.output import AsJson, moment, say, show_json, show_table
from console.signing import FromStdin, proven, say_signed, show_checked, to_be_signed
from domain.electronic_signature import CheckedSignature
from domain.readiness.waiver import Waiver
from domain.views import Page
from domain.words import in_words

commands = typer.Typer()
waiver = typer.Typer(
    no_args_is_help=True,
    help="What may go on although it is not ready: ask for it, agree to it, take it back.\n\n"
    "Example: lockstep waiver list north --as mira.vogt",
)
commands.add_typer(waiver, name="waiver")

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is.")]
Name = Annotated[str, typer.Argument(metavar="WAIVER", help="Its name, as the list shows it.")]
Why = Annotated[str, typer.Option(help="Why; it is kept.")]


@waiver.command(name="list")
def list_waivers(site: Site, person: As = None, as_json: AsJson = False) -> None:
    """
    The waivers at a site that are not over, agreed or not, the one that expires first first.

    Example: lockstep waiver list north --as mira.vogt
    """
    with calling(person) as api:
        found = api.get(Page[Waiver], "sites", site, "waivers").items
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
        return
    show_table(
        ("Name", "For", "Is not so", "In the way", "Agreed", "Must agree", "Until", "Why"),
        [
            (
                one.id,
                one.subject,
                in_words(one.predicate),
                " ".join(reason.text for reason in one.scope),
                ", ".join(consent.person for consent in one.waived_by),
                ", ".join(in_words(role) for role in sorted(one.missing)),
                moment(one.expires_at),
                one.reason,
            )
            for one in found
        ],
    )


@waiver.command()
def ask(
    site: Site,
    subject: Annotated[str, typer.Argument(metavar="NAME", help="The job or shipment.")],
    predicate: Annotated[str, typer.Argument(metavar="WHAT", help="What is not so, such as materials_ready.")],
    reason: Why,
    hours: Annotated[float, typer.Option(min=0.1, help="For how long from now.")] = 8,
    person: As = None,
) -> None:
    """
    Ask that a job or shipment goes on although it is not ready. If you are one who must agree, you have by that.

    Example: lockstep waiver ask north J-2014 materials_ready --reason "Seals come at noon." --as mira.vogt
    """
    expires_at = datetime.now(UTC) + timedelta(hours=hours)
    body = {"predicate": predicate, "subject": subject, "reason": reason, "expires_at": expires_at.isoformat()}
    with calling(person) as api:
        _tell(api.post(Waiver, "sites", site, "waivers", body=body))


@waiver.command()
def agree(site: Site, name: Name, person: As = None, stdin: FromStdin = False) -> None:
    """
    Agree to a waiver, in a role that must. Each role takes a person of its own.

    Where that is to be signed, you are told what you sign, and asked for your password.

    Example: lockstep waiver agree north WV-1 --as anja.seidel
    """
    of = ("sites", site, "waivers", name)
    with calling(person) as api:
        try:
            agreed = api.post(Waiver, *of, "consents", body={})
        except ApiRefusal as refusal:
            if not to_be_signed(refusal):
                raise
            say(str(refusal), "bold")
            signing = {"reauthentication": proven(api, *of, stdin=stdin)}
            agreed = api.post(Waiver, *of, "signatures", body=signing)
    for consent in agreed.waived_by[-1:]:
        if consent.signature is not None:
            say_signed(consent.signature.signature)
    _tell(agreed)


@waiver.command()
def signatures(site: Site, name: Name, person: As = None, as_json: AsJson = False) -> None:
    """
    Who signed that he agrees to a waiver, and whether each signature is still what was signed.

    Ends with 1 if anything was altered.

    Example: lockstep waiver signatures north WV-1 --as anja.seidel
    """
    with calling(person) as api:
        found = api.get(Page[CheckedSignature], "sites", site, "waivers", name, "signatures").items
    show_checked(found, as_json=as_json)


@waiver.command()
def end(site: Site, name: Name, reason: Why, person: As = None) -> None:
    """
    Take a waiver back at once. What went on under it stands.

    Example: lockstep waiver end north WV-1 --reason "They do not come." --as mira.vogt
    """
    with calling(person) as api:
        ended = api.post(Waiver, "sites", site, "waivers", name, "end", body={"reason": reason})
    say(f"{ended.id} has ended: {in_words(ended.predicate)} of {ended.subject} is no longer waived.")


def _tell(told: Waiver) -> None:
    about = f"{told.id}: {in_words(told.predicate)} of {told.subject}"
    if told.agreed:
        say(f"{about} is waived until {moment(told.expires_at)}. It is for this, and for nothing on top:")
    else:
        say(f"{about} is not waived yet; {' and '.join(in_words(role) for role in sorted(told.missing))} must agree.")
    for reason in told.scope:
        say(f"- {reason.text}")
