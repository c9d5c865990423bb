"""Shipments at the command line: stopping one by hand, its vehicle, what is loaded, what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from console.client import As, calling
from console.output import say
from domain.release import ShipmentHold, Slot
from domain.words import in_words
from storage.arrivals import Arrived
from storage.scans import Scanned

commands = typer.Typer()
shipment = typer.Typer(
    no_args_is_help=True,
    help="What happens to a shipment at the dock, and after it has left: stop it, its vehicle, scans, its arrival.\n\n"
    'Example: lockstep shipment stop north SH-4003 --reason "Wait for the customer." --as greta.pohl',
)
commands.add_typer(shipment, name="shipment")

Site = Annotated[str, typer.Argument(metavar="SITE", help="Where it is.")]
Name = Annotated[str, typer.Argument(metavar="SHIPMENT", help="The shipment.")]


class Vehicle(StrEnum):
    """What can be said of a vehicle."""

    CONFIRMED = "confirmed"
    CAME = "came"
    NO_SHOW = "no_show"


class Became(StrEnum):
    """What can become of a shipment."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    DAMAGED = "damaged"


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


@shipment.command()
def scan(
    site: Site,
    name: Name,
    handling_unit: Annotated[str, typer.Argument(metavar="UNIT", help="The number of the handling unit.")],
    item: Annotated[str, typer.Argument(help="What it holds.")],
    lot: Annotated[str, typer.Argument(help="Of which lot.")],
    quantity: Annotated[str | None, typer.Option(help="How much of it.")] = None,
    for_line: Annotated[
        str | None, typer.Option("--for", metavar="ORDER:LINE", help="For which line, where the lot is for several.")
    ] = None,
    person: As = None,
) -> None:
    """
    Say which handling unit goes on the vehicle. It is refused if it was not approved, or may not leave any more.

    Example: lockstep shipment scan north SH-4002 P-17 PUMP-100 L-1002 --quantity 10 --as greta.pohl
    """
    order, _, line = (for_line or "").partition(":")
    said = {
        "handling_unit": handling_unit,
        "item": item,
        "lot": lot,
        "quantity": quantity,
        "order": order,
        "line": line,
    }
    with calling(person) as api:
        body = {field: value for field, value in said.items() if value}
        so_far = api.post(Scanned, "sites", site, "shipments", name, "scans", body=body)
    say(f"{handling_unit} may leave. {so_far.loaded} scanned so far, {so_far.refused} refused.")
    for one in so_far.lines if quantity else ():
        say(f"{one.order}:{one.line} has {one.loaded:f} of {one.approved:f} from lot {one.lot}.")


@shipment.command()
def vehicle(
    site: Site,
    name: Name,
    outcome: Annotated[Vehicle, typer.Argument(help="Whether it is here, or will be.")],
    reason: Annotated[str, typer.Option(help="Why it does not come, or who says that it will.")] = "",
    person: As = None,
) -> None:
    """
    Say that the vehicle for a shipment comes, came, or does not: then its slot is missed, and who must know is told.

    Example: lockstep shipment vehicle north SH-4003 no_show --reason "It broke down." --as greta.pohl
    """
    with calling(person) as api:
        slot = api.post(
            Slot, "sites", site, "shipments", name, "vehicle", body={"outcome": outcome.value, "reason": reason}
        )
    came = "" if slot.came_at is None else f" Its vehicle came at {slot.came_at:%Y-%m-%d %H:%M} UTC."
    confirmed = "" if slot.confirmed_at is None else f", last at {slot.confirmed_at:%Y-%m-%d %H:%M} UTC"
    say(f"The slot of {name} is {slot.status}{confirmed if slot.status == 'confirmed' else ''}.{came}")


@shipment.command()
def arrival(
    site: Site,
    name: Name,
    outcome: Annotated[Became, typer.Argument(help="What became of it.")],
    reason: Annotated[str, typer.Option(help="Why it was refused, or what is damaged.")] = "",
    back: Annotated[
        list[str] | None, typer.Option(metavar="ITEM:LOT", help="A lot of which something comes back; also several.")
    ] = None,
    person: As = None,
) -> None:
    """
    Say what became of a shipment that has left. Each lot of which something comes back is on hold at once.

    Example: lockstep shipment arrival north SH-4001 refused --reason "Wet." --back PUMP-250:L-2501 --as ida.brandt
    """
    returned = [dict(zip(("item", "lot"), lot.split(":", 1), strict=False)) for lot in back or ()]
    body = {"outcome": outcome.value, "reason": reason, "returned": returned}
    with calling(person) as api:
        arrived = api.post(Arrived, "sites", site, "shipments", name, "arrival", body=body)
    say(f"{name} is {arrived.status}." + (f" On hold: {', '.join(arrived.holds)}." if arrived.holds else ""))
