"""How a person is told that something waits for him, and when he wants to be left alone."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from domain.calendar import Shift, WallTime, WorkingCalendar

# Narrower than what mail allows: without spaces, quotes and control characters nothing in it can be a second header.
MailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9.!#$%&'*+/=?^_`{|}~\-]*@[A-Za-z0-9][A-Za-z0-9\-]*(\.[A-Za-z0-9\-]+)*$",
    ),
]


MAIL = "mail"
"""The way of telling that every installation with a mail server has; the others are chats, each by its name."""
TO = "{to}"
"""Where a person's address goes in the URL of a chat that tells each by himself."""
CHAT_NAME = r"[a-z][a-z0-9\-]{0,31}"
# What a chat calls somebody: a handle, an id, a number. Nothing that could lead elsewhere in an address of the web.
ChatAddress = Annotated[str, StringConstraints(pattern=rf"^{CHAT_NAME}:[A-Za-z0-9@+][A-Za-z0-9@+._\-]{{0,199}}$")]


class Concern(StrEnum):
    """What somebody may be told of, each of which he may do without."""

    QUESTIONS = "questions"
    """What waits for his role, and that it waits no more."""
    GIVEN = "given"
    """What comes into his own hands, leaves them, or is taken up again."""
    MENTIONS = "mentions"
    """Comments that call him."""
    FOLLOWED = "followed"
    """How the cases and orders go on that he follows."""
    REQUESTS = "requests"
    """What was decided of what he asked for, and how it ended."""
    LATE = "late"
    """That his answer came too late, and who decided."""
    REPORT = "report"
    """The daily report of a site."""
    HOLDS = "holds"
    """The week's list of lots on hold."""


class Contact(BaseModel):
    """Where a person is told, and when. Times are what the clocks at the site show."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    mail: MailAddress | None = None
    chat: ChatAddress | None = None
    """The name of a chat of this installation and what he is called there, such as ``mattermost:@mira``."""
    quiet_from: WallTime | None = None
    """From then on only what is urgent reaches him; nothing means outside his working hours."""
    quiet_until: WallTime | None = None
    digest_at: WallTime | None = None
    """When what asks nothing of him comes, once a day and together; nothing means as it happens."""
    without: tuple[Concern, ...] = ()
    """What he does not want to hear of; none named means that he hears of everything."""

    @model_validator(mode="after")
    def _hours_make_sense(self) -> Contact:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours need a beginning and an end")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours from one time to the same would never end")
        return self

    def address(self, channel: str) -> str | None:
        """Where he is reached by *channel*; nothing if he is not."""
        if channel == MAIL:
            return self.mail
        name, _, address = (self.chat or "").partition(":")
        return address if name == channel else None

    def hours(self, working: WorkingCalendar) -> WorkingCalendar:
        """When he may be told what can wait: outside his quiet hours, or in the *working* ones of his role."""
        if self.quiet_from is None or self.quiet_until is None:
            return working
        awake = tuple(Shift(weekday=day, start=self.quiet_until, end=self.quiet_from) for day in range(7))
        return WorkingCalendar(name="outside the quiet hours", zone=working.zone, shifts=awake)
