"""Stories: situations played through on a running development system."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer

from console.cast import NobodyThere
from console.client import ApiRefusal, known_people
from console.narrator import StoryStuck
from console.order_change_story import order_change
from console.output import refuse, refusing, show_table
from console.worst_day_story import worst_day
from runtime.development import DevelopmentFile

commands = typer.Typer()


class Story(NamedTuple):
    """What can be played."""

    about: str
    play: Callable[[DevelopmentFile], None]


STORIES = {
    "order-change": Story("A customer wants more pumps than were planned, and the plant decides.", order_change),
    "worst-day": Story(
        "A bad lot at the ramp, a test bench without people, missing kits and a customer, all on one day.", worst_day
    ),
}


@commands.command()
def story(
    name: Annotated[str | None, typer.Argument(help="Which one; without it, they are listed.")] = None,
) -> None:
    """
    Play a situation through on a running development system.

    Start it first, in another terminal: lockstep dev

    Example: lockstep story order-change
    """
    if name is None:
        show_table(("Story", "What happens"), [(each, told.about) for each, told in STORIES.items()])
        return
    told = STORIES.get(name.replace("_", "-"))
    if told is None:
        refuse(f"There is no story {name}; there are {', '.join(STORIES)}.")
    people = known_people()
    if people is None:
        refuse("No development system was ever started here. Start it with: lockstep dev")
    with refusing(ApiRefusal, NobodyThere, StoryStuck):
        told.play(people)
