"""Keys and tokens as they are kept: by their hash, for a while, two of a machine at most."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.decision import Principal, PrincipalKind
from runtime.credentials import MACHINE, PERSON, credential, new_secret
from storage.credentials import MOST_KEYS, Credential, Credentials, TooManyKeys
from storage.database import Database
from storage.identity import Identity
from storage.tables.access import CredentialRow
from storage.tables.cases import TrailRow
from tests.storage.plant import NOW, person, rows

ERP = Principal(kind=PrincipalKind.MACHINE, id="erp", name="ERP")
A_YEAR = timedelta(days=365)


def key(of: Principal = ERP, ends: datetime | None = None) -> tuple[str, Credential]:
    """What a machine shows, and what is kept of it."""
    shown = new_secret(MACHINE)
    kept = credential(shown, of, ("north",), ("events",))
    return shown, Credential(
        kept.id, kept.sha256, of, kept.sites, kept.scopes, sources=("/erp/*",), kinds=("lockstep.fact.*",),
        expires_at=ends,
    )  # fmt: skip


async def test_a_key_is_what_it_was_given_out_for_until_it_ends(database: Database) -> None:
    shown, kept = key(ends=NOW + A_YEAR)
    await Credentials(database).keep(kept, NOW)

    before = await Identity(database).caller(shown, NOW + A_YEAR - timedelta(seconds=1))
    after = await Identity(database).caller(shown, NOW + A_YEAR)

    assert before is not None
    assert (before.principal, before.sites, before.scopes) == (ERP, ("north",), ("events",))
    assert (before.sources, before.kinds) == (("/erp/*",), ("lockstep.fact.*",))
    assert after is None


async def test_only_the_hash_is_kept(database: Database) -> None:
    shown, kept = key()
    await Credentials(database).keep(kept, NOW)

    (row,) = await rows(database, CredentialRow)

    assert shown.split("_", 2)[2] not in row.model_dump_json()


async def test_another_secret_under_the_same_name_opens_nothing(database: Database) -> None:
    shown, kept = key()
    await Credentials(database).keep(kept, NOW)

    assert await Identity(database).caller(shown[:-1] + ("a" if shown[-1] != "a" else "b"), NOW) is None


async def test_a_machine_has_two_keys_so_that_one_takes_the_other_s_place_and_no_third(database: Database) -> None:
    credentials = Credentials(database)
    (old, first), (new, second), (_, third) = key(), key(), key()
    await credentials.keep(first, NOW)
    await credentials.keep(second, NOW)

    with pytest.raises(TooManyKeys, match="2 keys in force"):
        await credentials.keep(third, NOW)

    assert [await Identity(database).caller(shown, NOW) is not None for shown in (old, new)] == [True, True]
    await credentials.revoke(first.id, NOW)
    await credentials.keep(third, NOW)
    assert await Identity(database).caller(old, NOW) is None


async def test_of_keys_given_out_at_once_no_more_are_in_force_than_a_machine_may_have(
    several: tuple[Database, ...],
) -> None:
    for number in range(3):
        machine = Principal(kind=PrincipalKind.MACHINE, id=f"mes-{number}")
        given = (Credentials(place).keep(key(machine)[1], NOW) for place in several)

        told = await asyncio.gather(*given, return_exceptions=True)

        in_force = [one for one in await Credentials(several[0]).in_force(NOW) if one.principal == machine]
        assert len(in_force) == MOST_KEYS
        assert [type(one) for one in told if one is not None] == [TooManyKeys] * (len(several) - MOST_KEYS)


async def test_a_key_that_has_ended_and_those_of_others_do_not_count(database: Database) -> None:
    credentials = Credentials(database)
    for ends in (NOW, NOW - A_YEAR, None):
        await credentials.keep(key(ends=ends)[1], NOW)
    await credentials.keep(key(Principal(kind=PrincipalKind.MACHINE, id="mes"))[1], NOW)

    await credentials.keep(key()[1], NOW)

    assert [one.principal.id for one in await credentials.in_force(NOW)] == ["erp", "erp", "mes"]


async def test_a_person_may_have_tokens_on_several_desks(database: Database) -> None:
    for _ in range(3):
        await Credentials(database).keep(credential(new_secret(PERSON), person("boris"), (), ()), NOW)

    assert len(await Credentials(database).in_force(NOW)) == 3


async def test_what_was_given_and_taken_back_is_on_the_trail_once(database: Database) -> None:
    _, kept = key(ends=NOW + A_YEAR)
    credentials = Credentials(database)

    await credentials.keep(kept, NOW)
    await credentials.keep(kept, NOW)
    assert await credentials.revoke(kept.id, NOW)
    assert await credentials.revoke(kept.id, NOW)

    given, revoked = await rows(database, TrailRow, case_id=f"credential/{kept.id}")
    assert (given.action, given.details["to"]["id"], given.details["sources"]) == (
        "credential_given", "erp", ["/erp/*"],
    )  # fmt: skip
    assert revoked.action == "credential_revoked"
    assert kept.sha256 not in given.model_dump_json()
