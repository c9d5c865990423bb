"""Who parked a question is told when it is taken up again, and who is asked by then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.calendar import Duration
from domain.contact import Concern
from domain.decision import Channel
from domain.fact import Reading
from domain.master_data import Person
from domain.parking import Cause
from domain.policy import Requirement
from domain.roles import Role
from storage.acting import Acting
from storage.database import Database
from storage.facts import FactStore
from storage.identity import Caller
from storage.parkings import Parkings
from tests.relay.record import Clock
from tests.relay.telling import reached, subjects, tell
from tests.storage.plant import answer, asked_to_decide, person, question_of
from tests.support.mail_server import MailBox
from tests.support.small_plant import SITE

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    """The relay's."""
    return Clock()


def does(name: str, clock: Clock) -> Acting:
    return Acting(Caller(person(name), (SITE,), ()), Channel.API, clock())


async def test_who_parked_it_is_told_that_another_took_it_up_and_not_that_he_did(
    record: Database, box: MailBox, clock: Clock
) -> None:
    await reached(record, "boris", "petra", without=[Concern.QUESTIONS])
    question = question_of(await asked_to_decide(record, at=clock()))

    for who in ("petra", "boris"):
        await Parkings(record).park(question, Cause.CUSTOMER, clock() + HOUR, "He asks.", does("petra", clock))
        await Parkings(record).resume(question, does(who, clock))
        await tell(record, box, clock)

    assert [who for who, _ in subjects(box)] == ["petra"]
    assert "You parked it; Boris took it up." in box.taken[0].as_string()


async def test_who_parked_it_and_who_is_asked_next_are_told_when_its_turn_is_over(
    record: Database, box: MailBox, clock: Clock
) -> None:
    both = Person(site=SITE, person="bea", name="Bea", roles=(Role.DISPATCH, Role.QUALITY_ENGINEER))
    await FactStore(record).keep([Reading(fact=both, source="/erp", version="1", as_of=clock())])
    await reached(record, "bea", "emma", "quin", "sven")
    dispatch, quality = (
        Requirement(role=Role.DISPATCH),
        Requirement(role=Role.QUALITY_ENGINEER, stage=2, within=Duration(clock=2 * HOUR)),
    )
    question = question_of(await asked_to_decide(record, dispatch, quality, at=clock()))
    await tell(record, box, clock)
    asked = sorted(who for who, _ in subjects(box))
    box.taken.clear()

    await Parkings(record).park(question, Cause.CARRIER, clock() + HOUR, "He looks.", does("sven", clock))
    await answer(record, question, "accept_as_asked", "emma", at=clock())
    await tell(record, box, clock)

    assert asked == ["bea", "emma"]
    told = {who: subject.partition("until")[0] for who, subject in subjects(box)}
    # Who knew of it as one of dispatch is asked as one of quality now.
    assert told == {"bea": "[North] Reminder: ", "quin": "[North] ", "sven": "[North] Taken up again: "}
    (to_sven,) = [one for one in box.taken if "Taken up again" in one["Subject"]]
    assert "Others are asked now, in time of their own." in " ".join(to_sven.as_string().split())
