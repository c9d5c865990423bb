"""Working time held against a watcher who looks at the clock on the wall every minute. Not about speed either."""

from __future__ import annotations

import random
import sys
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, product
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import track

from domain.calendar import DayException, Shift, WorkingCalendar

MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_BEFORE, _WATCHED = 9 * _DAY, 55 * _DAY
# How long before a change of the clocks the watcher begins, and how long he stays, in minutes.

# Days on which clocks change: by an hour, half an hour and two, at night and at midnight, back into the day before
# (St. John's until 2011), over a whole day that never was (Samoa), and where summer time is the one put back (Dublin).
_CHANGES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "Europe/Dublin": ("2027-03-28", "2027-10-31"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "America/Havana": ("2012-04-01", "2012-11-04"),
    "America/St_Johns": ("2010-03-14", "2010-11-07"),
    "America/Scoresbysund": ("2024-03-31", "2024-10-27"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Pacific/Chatham": ("2026-04-05", "2026-09-27"),
    "Pacific/Apia": ("2011-04-02", "2011-12-30"),
    "Asia/Beirut": ("2010-03-28", "2010-10-31"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
    "Antarctica/Troll": ("2026-03-29", "2026-10-25"),
    "Asia/Kolkata": ("2028-02-29", "2026-12-31"),
    "UTC": ("2028-02-29", "2026-12-31"),
}

_HABITS: dict[str, tuple[tuple[int, ...], tuple[tuple[str, str], ...]]] = {
    "office": ((0, 1, 2, 3, 4), (("08:00", "12:00"), ("12:30", "17:00"))),
    "two shifts": ((0, 1, 2, 3, 4), (("06:00", "14:00"), ("14:00", "22:00"))),
    "nights": ((0, 1, 2, 3, 4, 5, 6), (("22:00", "06:00"),)),
    "nights before working days": ((6, 0, 1, 2, 3), (("23:30", "07:15"),)),
    "three shifts": ((0, 1, 2, 3, 4, 5), (("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"))),
    "weekends": ((5, 6), (("01:30", "02:45"), ("18:00", "18:00"))),
    "always": ((0, 1, 2, 3, 4, 5, 6), (("00:00", "00:00"),)),
}
# How plants work, by the days of the week and the hours of each.


class Disagreement(AssertionError):
    """The calendar says something else than the watcher saw."""


def main(
    cases: Annotated[int, typer.Option(min=1, help="How many calendars are asked, each about one moment.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed asks the same.")] = 1,
) -> None:
    """Ask calendars what a watcher has seen, and end with 1 at the first that says something else."""
    try:
        print(run(cases, seed))
    except Disagreement as wrong:
        print(wrong)
        sys.exit(1)


def run(cases: int, seed: int) -> str:
    """What became of so many cases. Raises Disagreement at the first in which the two differ."""
    chance = random.Random(seed)  # noqa: S311 - which cases are asked is no secret
    fared: Counter[bool] = Counter()
    for number in track(range(cases), description="cases", transient=True):
        zone = chance.choice(tuple(_CHANGES))
        change = chance.choice(_CHANGES[zone])
        calendar = _calendar(chance, zone, date.fromisoformat(change))
        seen = Watched(calendar, watch_around(zone, change))
        away = round(chance.gauss(0, chance.choice((120, 2 * _DAY))))
        start = _BEFORE + min(max(away, -6 * _DAY), 6 * _DAY)
        amount = chance.choice((1, chance.randint(1, 240), chance.randint(1, 40 * 60)))
        days = chance.choice((1, 1, 2, chance.randint(3, 8)))
        for question, said, found in _answers(seen, start, amount, days):
            fared[found is None] += 1
            if found is not None and said != found:
                raise Disagreement(
                    f"Case {number} of seed {seed}: {question} is {said}, and {found} to the watcher.\n"
                    f"{calendar.model_dump_json(indent=2)}"
                )
    return (
        f"{cases} cases: {fared[False]} answers, all as the watcher saw it; {fared[True]} lay beyond what he watched."
    )


class Watch:
    """What the clock on the wall showed, minute by minute."""

    def __init__(self, zone: str, change: date) -> None:
        self._clock = ZoneInfo(zone)
        midnight = datetime.combine(change, time(), self._clock)
        self.since = midnight.astimezone(UTC) - _BEFORE * MINUTE
        self.first_day = self.since.astimezone(self._clock).date()
        # The latest it has shown up to each minute: where it is put back, nothing is reached a second time.
        self._latest = array("q", accumulate((self.shown(minute) for minute in range(_WATCHED)), max))

    def shown(self, minute: int) -> int:
        """What it showed in a minute, in minutes since midnight of the first day."""
        now = (self.since + minute * MINUTE).astimezone(self._clock)
        return self.reading(now.date(), now.time())

    def reading(self, day: date, at: time) -> int:
        """What it shows at *at* on *day*."""
        return (day - self.first_day).days * _DAY + at.hour * 60 + at.minute

    def reached(self, reading: int) -> int:
        """The minute in which it first showed *reading*, or more."""
        return bisect_left(self._latest, reading)


@cache
def watch_around(zone: str, change: str) -> Watch:
    """The watch around a day on which the clocks of *zone* change."""
    return Watch(zone, date.fromisoformat(change))


class Watched:
    """The minutes in which work is done by a calendar: a bit for each, as the watcher saw them."""

    def __init__(self, calendar: WorkingCalendar, watch: Watch) -> None:
        self.calendar, self.watch = calendar, watch
        self.worked = 0
        self._of_day: list[tuple[date, int]] = []
        # By day, without what was worked already in a shift of the days before.
        special = {exception.date: exception.shifts for exception in calendar.exceptions}
        for number in range(-2, _WATCHED // _DAY + 2):
            day = watch.first_day + timedelta(days=number)
            usual = [(shift.start, shift.end) for shift in calendar.shifts if shift.weekday == day.weekday()]
            minutes = 0
            for start, end in special.get(day, usual):
                begins, ends = watch.reading(day, start), watch.reading(day, end) + (_DAY if end <= start else 0)
                minutes |= (1 << watch.reached(ends)) - (1 << watch.reached(begins))
            self._of_day.append((day, minutes & ~self.worked))
            self.worked |= minutes

    def between(self, start: int, end: int) -> int:
        """How many minutes are worked."""
        return (self.worked >> start & ((1 << (end - start)) - 1)).bit_count()

    def next_working(self, start: int) -> int | None:
        """The first minute of work from *start* on; nothing where the watcher has left before."""
        left = self.worked >> start
        return start + _lowest(left) if left else None

    def added(self, start: int, amount: int) -> int | None:
        """The minute by which so many have been worked."""
        if self.between(start, _WATCHED) < amount:
            return None
        return start + bisect_left(range(_WATCHED), amount, key=lambda length: self.between(start, start + length))

    def days_later(self, start: int, days: int) -> int | None:
        """The same time so many working days later, else the next work of that day, else its end."""
        begin = self.next_working(start)
        if begin is None:
            return None
        at = next(n for n, (_, minutes) in enumerate(self._of_day) if minutes >> begin & 1)
        into = self.watch.shown(begin) - self.watch.reading(self._of_day[at][0], time())
        later = [entry for entry in self._of_day[at + 1 :] if entry[1]]
        if len(later) < days:
            return None
        day, minutes = later[days - 1]
        same_time = self.watch.reached(self.watch.reading(day, time()) + into)
        left = minutes >> same_time
        return same_time + _lowest(left) if left else minutes.bit_length()


def _answers(seen: Watched, start: int, amount: int, days: int) -> Iterator[tuple[str, object, object]]:
    """What is asked, what the calendar says and what the watcher found, which is nothing where he has left before."""
    calendar, since = seen.calendar, seen.watch.since

    def moment(minute: int | None) -> datetime | None:
        return None if minute is None or minute >= _WATCHED else since + minute * MINUTE

    asked, until = since + start * MINUTE, start + 4 * _DAY
    yield (
        f"{amount} minutes after {asked}",
        calendar.add_working_time(asked, amount * MINUTE),
        moment(seen.added(start, amount)),
    )
    yield (
        f"{days} working days after {asked}",
        calendar.add_working_days(asked, days),
        moment(seen.days_later(start, days)),
    )
    yield f"the next work from {asked}", calendar.next_working_moment(asked), moment(seen.next_working(start))
    yield f"being at work at {asked}", calendar.is_working(asked), bool(seen.worked >> start & 1)
    yield (
        f"the work from {asked} on",
        _minutes(calendar, since, start, until),
        seen.worked >> start & ((1 << (until - start)) - 1),
    )


def _minutes(calendar: WorkingCalendar, since: datetime, start: int, until: int) -> int:
    """The minutes of the spans of work, as bits."""
    bits = 0
    for begin, end in calendar.spans(since + start * MINUTE, since + until * MINUTE):
        first, last = (begin - since) // MINUTE - start, (end - since) // MINUTE - start
        bits |= (1 << last) - (1 << first)
    return bits


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _calendar(chance: random.Random, zone: str, change: date) -> WorkingCalendar:
    """Some calendar: as plants have them, or as nobody would, with holidays and special days near the change."""
    name = chance.choice((*_HABITS, "any"))
    if name == "any":
        hours = [(chance.randrange(7), *_hours(chance)) for _ in range(chance.randint(1, 9))]
    else:
        weekdays, shifts = _HABITS[name]
        hours = [
            (day, time.fromisoformat(start), time.fromisoformat(end)) for day, (start, end) in product(weekdays, shifts)
        ]
    near = [change + timedelta(days=days) for days in range(-6, 8)]
    special = [
        DayException(date=day, shifts=tuple(_hours(chance) for _ in range(chance.choice((0, 0, 1, 2)))))
        for day in chance.sample(near, chance.choice((0, 0, 1, 2, 5)))
    ]
    shutdown = [DayException(date=day) for day in near] if chance.random() < 0.05 else []
    return WorkingCalendar(
        name=name,
        zone=zone,
        shifts=tuple(Shift(weekday=day, start=start, end=end) for day, start, end in hours),
        exceptions=(*shutdown, *special),
    )


def _hours(chance: random.Random) -> tuple[time, time]:
    """From some minute to another; half of them begin or end where clocks change."""
    start, end = (divmod(chance.choice((chance.randrange(_DAY), chance.randrange(4 * 60))), 60) for _ in range(2))
    return time(*start), time(*end)


if __name__ == "__main__":
    typer.run(main)
