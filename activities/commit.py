"""Writing a decision into other systems: looked at once more, keyed, read back, and undone if it cannot be whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from temporalio import activity

from activities.evidence import Inquiry, look_safely
from activities.snapshot import Snapshot
from domain.asking import REPAIR, RETRY
from domain.case import CaseFile, CommitCall, CommitOutcome, CommitResult
from domain.catalog import PROCESSES
from domain.effect import BEGUN, Capability, Effect, EffectState, KeptEffect, key_of
from domain.force import MovedByForce
from domain.option import Option, still_stands
from domain.ports import CaseFiles, EffectRefused, Effects, Facts, OutcomeUnknown, SystemUnavailable
from domain.words import in_words


class CommitActivities:
    """Effects of decisions."""

    def __init__(self, facts: Facts, files: CaseFiles, effects: Effects, inquiries: Mapping[str, Inquiry]) -> None:
        self._facts = facts
        self._files = files
        self._effects = effects
        self._inquiries = inquiries

    @activity.defn(name="commit")
    async def commit(self, call: CommitCall) -> CommitOutcome:
        """
        What became of the chosen option.

        Raises SystemUnavailable as long as a system does not answer; called again it goes on where it was. Raises
        MovedByForce where this run of the case is over.
        """
        async with _heard_of():
            file = await self._files.load(call.case_id)
            chosen = _chosen(file)
            kept = await self._plan(call, "1-write", PROCESSES[file.process].effects(file, chosen))
            begun = any(effect.state in BEGUN for effect in kept)
            if not begun and (moved := await self._moved(file, chosen, _now(call))):
                await self._files.choice_lapses(file.id, moved, _now(call))
                return CommitOutcome(result=CommitResult.STALE, because=" ".join(moved))
            return await self._write(file, kept)

    @activity.defn(name="hold")
    async def hold(self, call: CommitCall) -> CommitOutcome:
        """What became of holding supply for an offer."""
        async with _heard_of():
            file = await self._files.load(call.case_id)
            kept = await self._plan(call, "0-hold", PROCESSES[file.process].holds(file, _chosen(file)))
            return await self._write(file, kept)

    @activity.defn(name="undo")
    async def undo(self, call: CommitCall) -> CommitOutcome:
        """What became of taking back all that the case has written. Raises MovedByForce."""
        async with _heard_of():
            file = await self._files.load(call.case_id)
            if file.forced != call.forced:
                raise MovedByForce(f"{call.case_id} was moved by force; what ran before takes nothing back.")
            return await self._undo(file) or CommitOutcome(result=CommitResult.COMMITTED)

    async def _plan(self, call: CommitCall, what: str, effects: tuple[Effect, ...]) -> list[KeptEffect]:
        return [
            await self._files.plan_effect(
                call.case_id, key_of(call.case_id, call.assessment, what, number), effect, call.forced
            )
            for number, effect in enumerate(effects, start=1)
        ]

    async def _moved(self, file: CaseFile, chosen: Option, at: datetime) -> tuple[str, ...]:
        """How the chosen option differs on evidence read now; empty if it stands."""
        if not _said(file, chosen):
            # This may have run before, and have found it otherwise then.
            return (f"{chosen.title}: what was agreed to counts no more.",)
        facts, file = Snapshot(self._facts), file.model_copy(update={"at": at})
        names = [check.name for check in PROCESSES[file.process].checks]
        evidence = tuple([await look_safely(name, self._inquiries[name], facts, file, at) for name in names])
        proposal = PROCESSES[file.process].propose(file.model_copy(update={"evidence": evidence}))
        if proposal.settled is not None:
            return (proposal.because,)
        today = {ruled.option.name: ruled for ruled in proposal.options}
        now = today.get(chosen.name)
        if moved := still_stands(chosen, None if now is None else now.option):
            return moved
        assert now is not None
        assert file.proposal is not None
        before = next(ruled for ruled in file.proposal.options if ruled.option.name == chosen.name)
        if set(now.ruling.require) - set(before.ruling.require) or (
            before.ruling.automatic and not now.ruling.automatic
        ):
            return ("By the policy, other people would have to agree to it now.",)
        if set(now.ruling.signed) - set(before.ruling.signed):
            return ("By the policy, it would have to be signed otherwise now.",)
        return ()

    async def _write(self, file: CaseFile, kept: list[KeptEffect]) -> CommitOutcome:
        for effect in kept:
            if effect.state is EffectState.CONFIRMED:
                continue
            try:
                found = await self._apply(effect)
            except EffectRefused as no:
                await self._files.settle_effect(effect.key, EffectState.REFUSED, str(no))
                return await self._undo(file) or CommitOutcome(result=CommitResult.REFUSED, because=str(no))
            if found is None:
                why = f"Nobody can tell whether {in_words(effect.effect.kind)} happened; please look and say."
                await self._files.settle_effect(effect.key, EffectState.UNKNOWN, why)
                return CommitOutcome(result=CommitResult.UNKNOWN, because=why)
            await self._files.settle_effect(effect.key, EffectState.CONFIRMED, found)
        return CommitOutcome(result=CommitResult.COMMITTED)

    async def _apply(self, kept: KeptEffect) -> str | None:
        """
        The other system's reference, read back; nothing if nobody can tell.

        Raises EffectRefused, SystemUnavailable.
        """
        can = self._effects.capability(kept.effect)
        again = kept.state in (EffectState.SENT, EffectState.UNKNOWN)
        if again and can is not Capability.KEY:
            found = await self._effects.read_back(kept.effect, kept.key)
            if found is not None or can is Capability.NONE:
                return found
        await self._files.settle_effect(kept.key, EffectState.SENT, "")
        try:
            await self._effects.apply(kept.effect, kept.key)
        except OutcomeUnknown as unclear:
            if can is Capability.NONE:
                return await self._effects.read_back(kept.effect, kept.key)
            raise SystemUnavailable(str(unclear)) from unclear
        return await self._effects.read_back(kept.effect, kept.key)

    async def _undo(self, file: CaseFile) -> CommitOutcome | None:
        """Take back, last first, what is in force; an outcome only if that cannot be said to have worked."""
        said = file.answered(REPAIR)
        again = said is not None and said.choice == RETRY
        for effect in reversed(await self._files.effects_of(file.id)):
            # What could not be taken back is tried again where somebody says so; else he has seen to it himself.
            tried = effect.state is EffectState.UNKNOWN and again
            if tried and self._effects.capability(effect.effect) is Capability.NONE:
                continue
            if not tried and effect.state not in (EffectState.CONFIRMED, EffectState.SENT):
                continue
            try:
                answer = await self._effects.undo(effect.effect, effect.key)
            except (EffectRefused, OutcomeUnknown) as no:
                await self._files.settle_effect(effect.key, EffectState.UNKNOWN, str(no))
                return CommitOutcome(result=CommitResult.UNKNOWN, because=str(no))
            await self._files.settle_effect(effect.key, EffectState.COMPENSATED, answer)
        return None


_EVERY = 3.0
# Seconds; workflows.process says after how many a worker is missed.


@asynccontextmanager
async def _heard_of() -> AsyncIterator[None]:
    """Meanwhile the engine hears every few seconds that somebody is at it: a worker that died is missed by that."""

    async def say() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(_EVERY)

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        saying.cancel()


def _chosen(file: CaseFile) -> Option:
    if file.chosen is None:
        raise ValueError(f"{file.id} is to be written and nothing was chosen.")
    return file.chosen


def _said(file: CaseFile, chosen: Option) -> bool:
    """Whether somebody's answer in favour of it counts, or nobody's is needed."""
    automatic = file.proposal is not None and file.proposal.automatic == chosen.name
    return automatic or any(past.choice == chosen.name for past in file.answers)


def _now(call: CommitCall) -> datetime:
    """The case's own clock, as much later as this attempt is than the first."""
    told = activity.info()
    return call.at + (told.current_attempt_scheduled_time - told.scheduled_time)
