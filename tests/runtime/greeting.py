"""The smallest case there is: it asks one activity, then waits for a word."""

from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError


@activity.defn
async def greet(name: str) -> str:
    """A greeting."""
    activity.logger.info("greeting")
    return f"Hello {name}"


@workflow.defn
class Greeting:
    """Greets, and ends when it is told to."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._enough = False

    @workflow.run
    async def run(self, name: str) -> str:
        """The greeting."""
        workflow.logger.info("begun")
        said = await workflow.execute_activity(greet, name, start_to_close_timeout=timedelta(seconds=10))
        await workflow.wait_condition(lambda: self._enough)
        return said

    @workflow.signal
    def enough(self) -> None:
        """Let it end."""
        self._enough = True


@workflow.defn(name="order_change")
class OurCodeIsWrong:
    """Fails at every try if it is about *wrong*, as a case does that our code does not get on with."""

    @workflow.run
    async def run(self, wrong: bool) -> None:
        """Wait for ever, where nothing is wrong."""
        if wrong:
            raise KeyError("no_such_state")
        await workflow.wait_condition(lambda: False)


@workflow.defn
class LooksAtTheClock:
    """Does what no case may do, as it would come out differently at each replay."""

    @workflow.run
    async def run(self) -> str:
        """What came of it."""
        try:
            datetime.now(UTC)
        except RestrictedWorkflowAccessError:
            return "refused"
        return "allowed"
