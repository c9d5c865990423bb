"""Shipments at the command line: stopping one by hand."""

from __future__ import annotations

from typing import Annotated

import typer

from console.client import As, calling
from console.output import say
from domain.diagram import in_words
from domain.release import ShipmentHold

commands = typer.Typer()
shipment = typer.Typer(
    no_args_is_help=True,
    help="What happens to a shipment at the dock: stop it by hand.\n\n"
    'Example: lockstep shipment stop north SH-4003 --reason "Wait for the customer." --as greta.pohl',
)
commands.add_typer(shipment, name="shipment")

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is.")]
Name = Annotated[str, typer.Argument(metavar="SHIPMENT", help="The shipment.")]


# The callback keeps the commands a group.
@shipment.callback()
def _shipment() -> None:
    pass


@shipment.command()
def stop(
    site: Site, name: Name, reason: Annotated[str, typer.Option(help="Why; it is kept.")], person: As = None
) -> None:
    """
    Stop a shipment at once. Its approval is good for nothing any more, and loading stops.

    Example: lockstep shipment stop north SH-4003 --reason "Wait for the customer." --as greta.pohl
    """
    with calling(person) as api:
        hold = api.post(ShipmentHold, "sites", site, "shipments", name, "holds", body={"reason": reason})
    say(f"{hold.shipment} is stopped, until {in_words(hold.role)} lets it go on: answer what its case asks.")
