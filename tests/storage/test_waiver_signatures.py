"""Consents to waivers that are signed: by who proved anew who he is, for that waiver and no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.decision import Channel, DecisionRefused, NotAllowed
from domain.electronic_signature import FRESH_FOR, Method, Proof, ReauthenticationWrong, SignatureNeeded
from domain.readiness.waiver import Waiver, WaiverDraft
from storage.acting import Acting
from storage.database import Database
from storage.identity import Caller
from storage.invariants import broken_invariants
from storage.tables.cases import TrailRow
from storage.tables.readiness import WaiverRow
from storage.waiver_signatures import WaiverSignatures
from storage.waivers import Waivers
from tests.storage.plant import NOW, minutes, person, rows, sign_waivers
from tests.support.small_plant import SITE

MEANING = "started short at my word"
DRAFT = WaiverDraft(
    site=SITE, predicate="materials_ready", subject="J-2", reason="They come in an hour.", expires_at=minutes(60)
)


@pytest.fixture
async def signed(database: Database) -> Database:
    """A plant that has waivers of material signed; Boris, who plans, has asked for two."""
    await sign_waivers(database, MEANING, NOW)
    for _ in range(2):
        await Waivers(database).ask(DRAFT, person("boris"), Channel.API, NOW)
    return database


async def proven(database: Database, by: str, *, waiver: str = "WV-1", at: datetime = NOW, proof: str = "once") -> str:
    """What *by* is given for proving who he is."""
    acting = Acting(Caller(person(by), (SITE,), ()), Channel.API, at)
    shown = Proof(id=f"{proof} {by}", method=Method.PASSWORD, at=at)
    given = await WaiverSignatures(database).keep(SITE, waiver, Method.PASSWORD, shown, acting)
    return given.reauthentication


async def agree(
    database: Database, by: str, shown: str | None, *, waiver: str = "WV-1", at: datetime = NOW
) -> Waiver:  # fmt: skip
    return await Waivers(database).agree(SITE, waiver, person(by), Channel.API, at, shown)


async def test_each_who_must_agree_signs_who_asked_too_and_every_signature_is_checked(signed: Database) -> None:
    agreed = [await agree(signed, by, await proven(signed, by)) for by in ("boris", "carla")]

    assert [one.agreed for one in agreed] == [False, True]
    found = await WaiverSignatures(signed).of_waiver(SITE, "WV-1")
    assert [(one.signature.person, one.signature.role, one.signature.meaning, one.intact) for one in found] == [
        ("boris", "planner", MEANING, True), ("carla", "production", MEANING, True),
    ]  # fmt: skip
    assert found[0].signature.values["in_the_way"] == "10 of HOUSING are missing for J-2."
    assert (found[0].signature.case, found[0].signature.reason) == ("WV-1", DRAFT.reason)
    lines = [line.action for line in await rows(signed, TrailRow, case_id="WV-1")]
    assert lines == ["waiver_asked", *["reauthenticated", "waiver_agreed"] * 2]


async def test_without_a_signature_for_this_waiver_of_this_person_nothing_is_agreed(signed: Database) -> None:
    carlas, of_another = await proven(signed, "carla"), await proven(signed, "boris", waiver="WV-2")

    for shown, why in ((None, SignatureNeeded), (carlas, NotAllowed), (of_another, ReauthenticationWrong)):
        with pytest.raises(why):
            await agree(signed, "boris", shown)
    with pytest.raises(SignatureNeeded, match=f"must be signed: “{MEANING}”"):
        await agree(signed, "boris", None)

    assert [row.waived_by for row in await rows(signed, WaiverRow)] == [[], []]


async def test_it_is_signed_within_five_minutes_and_once(signed: Database) -> None:
    late = await proven(signed, "carla")
    with pytest.raises(SignatureNeeded, match="more than 5 minutes"):
        await agree(signed, "carla", late, at=NOW + FRESH_FOR)
    in_time = await proven(signed, "carla", at=NOW + FRESH_FOR, proof="again")

    await agree(signed, "carla", in_time, at=NOW + 2 * FRESH_FOR - timedelta(seconds=1))

    with pytest.raises(SignatureNeeded, match="each signature takes its own"):
        await agree(signed, "carla", in_time, waiver="WV-2", at=NOW + FRESH_FOR)


async def test_who_may_not_agree_or_did_not_prove_who_he_is_gets_nothing_to_sign_with(signed: Database) -> None:
    acting = Acting(Caller(person("carla"), (SITE,), ()), Channel.API, NOW)

    with pytest.raises(NotAllowed, match="planner or production"):
        await proven(signed, "anna")
    with pytest.raises(SignatureNeeded):
        await WaiverSignatures(signed).keep(SITE, "WV-1", Method.PASSWORD, None, acting)

    refused = [line for line in await rows(signed, TrailRow, case_id="WV-1") if "refused" in line.action]
    assert [line.by["id"] for line in refused] == ["anna", "carla"]
    assert {line.details["method"] for line in refused} == {"password"}


async def test_where_no_signature_is_asked_none_is_taken(database: Database) -> None:
    await Waivers(database).ask(DRAFT, person("boris"), Channel.API, NOW)

    with pytest.raises(ReauthenticationWrong, match="WV-1 is not signed"):
        await agree(database, "carla", "anything")
    with pytest.raises(DecisionRefused, match="WV-1 is not signed"):
        await proven(database, "carla")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": "Because."}, "The record was altered since it was signed: reason."),
        ({"subject": "J-3"}, "The record was altered since it was signed: asked, values."),
        ({"waived_by": [{"person": "carla", "role": "production"}]}, "The signature is gone from the answer"),
    ],
)
async def test_what_was_altered_since_is_found(signed: Database, change: dict[str, Any], said: str) -> None:
    await agree(signed, "carla", await proven(signed, "carla"))
    async with signed.transaction() as session:
        row = await session.get_one(WaiverRow, 1)
        for field, value in change.items():
            setattr(row, field, value)
        session.add(row)

    (found,) = await WaiverSignatures(signed).of_waiver(SITE, "WV-1")

    assert not found.intact
    assert said in " ".join(found.altered)
    broken = [one async for one in broken_invariants(signed, NOW)]
    assert {(one.invariant, one.row) for one in broken} == {("I12", "waiver WV-1")}
