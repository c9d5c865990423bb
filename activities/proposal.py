"""From evidence to options and rulings."""

from temporalio import activity

from domain.case import ProposeCall, Ruled
from domain.catalog import PROCESSES
from domain.evidence import Evidence, Reason, Verdict
from domain.ports import CaseFiles


class ProposalActivities:
    """What an assessment comes to, by the rules of the process and the policy the case is pinned to."""

    def __init__(self, files: CaseFiles) -> None:
        self._files = files

    @activity.defn(name="propose")
    async def propose(self, call: ProposeCall) -> Ruled:
        """The proposal, kept; and as much of it as the workflow needs."""
        for check in call.missing:
            await self._files.keep_evidence(call.case_id, call.assessment, _unanswered(check, call))
        file = await self._files.load(call.case_id)
        proposal = PROCESSES[file.process].propose(file)
        await self._files.keep_proposal(call.case_id, call.assessment, proposal)
        return Ruled(
            settled=proposal.settled,
            lacking=bool(proposal.lacking),
            automatic=proposal.automatic,
            offers=tuple(ruled.option.name for ruled in proposal.options if ruled.option.offer),
            because=proposal.because,
        )


def _unanswered(check: str, call: ProposeCall) -> Evidence:
    reason = Reason(code="no_answer", thing=check, text="The system that knows did not answer in time.")
    return Evidence(
        check=check,
        verdict=Verdict.UNKNOWN,
        reasons=(reason,),
        source="none",
        source_version="",
        as_of=call.at,
        valid_until=call.at,
    )
