"""From evidence to options and rulings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from temporalio import activity

from activities.evidence import Inquiry, gather
from activities.snapshot import Snapshot
from domain.case import AssessCall, Assessed, CaseFile, ProposeCall, Ruled
from domain.catalog import PROCESSES
from domain.checks.finding import unknown
from domain.evidence import Evidence
from domain.option import Proposal
from domain.ports import CaseFiles, Facts

AT_ONCE = timedelta(seconds=4)
"""How long a check may take to count as answered at once."""


_NO_ANSWER = "The system that knows did not answer in time."


class AssessmentActivities:
    """What an assessment comes to, by the rules of the process and the policy the case is pinned to."""

    def __init__(self, facts: Facts, files: CaseFiles, inquiries: Mapping[str, Inquiry]) -> None:
        self._facts = facts
        self._files = files
        self._inquiries = inquiries

    @activity.defn(name="assess")
    async def assess(self, call: AssessCall) -> Assessed:
        """Every check that answers at once, kept; and if they all do, what they come to."""
        file = await self._file(call)
        known = file.proposal
        if file.assessment != call.assessment:
            known = await self._files.proposal_of(call.case_id, call.assessment)
        if known is not None:
            # A worker died before it could say so. People may have answered since what it led to: looked at anew, their
            # answers would count for what comes after.
            return Assessed(verdicts={found.check: found.verdict for found in file.evidence}, ruled=_ruled(known))
        # In the order in which the record gives them back, so that what is found is always told the same way.
        checks = sorted(check.name for check in PROCESSES[file.process].checks)
        facts = Snapshot(self._facts)
        answers = await asyncio.gather(*(self._look(check, facts, file, call) for check in checks))
        found = tuple(answer for answer in answers if answer is not None)
        await self._files.keep_evidence(call.case_id, call.assessment, *found)
        whole = len(found) == len(checks)
        return Assessed(
            verdicts={evidence.check: evidence.verdict for evidence in found},
            ruled=await self._rule(file.model_copy(update={"evidence": found}), call.assessment) if whole else None,
        )

    @activity.defn(name="propose")
    async def propose(self, call: ProposeCall) -> Ruled:
        """The proposal, kept; and as much of it as the workflow needs."""
        if (known := await self._files.proposal_of(call.case_id, call.assessment)) is not None:
            return _ruled(known)
        unanswered = (unknown(check, _NO_ANSWER, check, call.at, code="no_answer") for check in call.missing)
        await self._files.keep_evidence(call.case_id, call.assessment, *unanswered)
        return await self._rule(await self._file(call), call.assessment)

    async def _file(self, call: AssessCall | ProposeCall) -> CaseFile:
        """The case as it is looked at now, by its own clock."""
        return (await self._files.load(call.case_id)).model_copy(update={"at": call.at})

    async def _look(self, check: str, facts: Facts, file: CaseFile, call: AssessCall) -> Evidence | None:
        try:
            async with asyncio.timeout(AT_ONCE.total_seconds()):
                return await gather(check, self._inquiries[check], facts, self._files, file, call.at)
        except Exception as failure:
            # Whatever it is, it is this check's own: it is asked again by itself, with more time.
            activity.logger.warning("check.not_answered_at_once", extra={"check": check, "failure": repr(failure)})
            return None

    async def _rule(self, file: CaseFile, assessment: int) -> Ruled:
        proposal = PROCESSES[file.process].propose(file)
        await self._files.keep_proposal(file.id, assessment, proposal)
        return _ruled(proposal)


def _ruled(proposal: Proposal) -> Ruled:
    """As much of the proposal as the workflow needs."""
    return Ruled(
        settled=proposal.settled,
        lacking=bool(proposal.lacking),
        automatic=proposal.automatic,
        offers=tuple(ruled.option.name for ruled in proposal.options if ruled.option.offer),
        because=proposal.because,
        stage=proposal.stage,
        options=tuple(ruled.option.name for ruled in proposal.options),
        refused=proposal.refused,
    )
