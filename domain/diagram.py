"""Processes and the things they speak of, drawn and written out for people: Mermaid and Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from domain.calendar import Duration
from domain.field_table import fields_table, markdown_table
from domain.ladder import Ladder, LadderStep
from domain.policy import Condition, Limit, PolicyInputs, PolicyTable, Requirement, Row, soonest
from domain.process import SYSTEM, Process, State
from domain.roles import lead_of
from domain.words import in_words

STATE_COLUMNS = ("State", "Meaning", "Owner", "Late after", "Asks", "Can be stopped", "Then")


def state_diagram(process: Process) -> str:
    """The states of *process* and what may follow each, as a Mermaid diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {process.first.name}"]
    for state in process.states:
        owner = "" if state.final or state.owner == SYSTEM else f"<br/>({in_words(state.owner)})"
        lines.append(f'    state "{in_words(state.name)}{owner}" as {state.name}')
    for state in process.states:
        lines += [f"    {state.name} --> {following}" for following in state.next]
        if state.final:
            lines.append(f"    {state.name} --> [*]")
    lines.append("    classDef waiting fill:#fff3c4,color:#000,stroke:#b7791f")
    waiting = ",".join(state.name for state in process.states if state.questions is not None)
    if waiting:
        lines.append(f"    class {waiting} waiting")
    return "\n".join(lines) + "\n"


def state_table(process: Process) -> str:
    """What each state of *process* means, who owns it, when it is late, and what may follow."""
    return markdown_table(STATE_COLUMNS, [state_row(state) for state in process.states])


def state_row(state: State) -> tuple[str, ...]:
    """What there is to say of *state*, a cell for each of STATE_COLUMNS."""
    owner = "" if state.final else "Lockstep" if state.owner == SYSTEM else in_words(state.owner)
    return (
        state.name,
        state.meaning,
        owner,
        "" if state.within is None else length(state.within),
        "" if state.questions is None else _first_line(state.questions.__doc__),
        "yes" if state.interruptible else "",
        ", ".join(state.next) or "the end",
    )


def process_page(process: Process, policies: Sequence[PolicyTable] = ()) -> str:
    """Everything the definition of *process* and its approval policies say, as a page."""
    checks = [(f"`{check.name}`", check.title, check.system) for check in process.checks]
    parts = [
        f"# {process.title}",
        process.purpose,
        f"A case is about one {in_words(process.about.kind)}; its number begins with `{process.prefix}`. "
        f"It is opened with `POST /v1/processes/{process.name}/cases`.",
        "## States",
        "States in which somebody is asked are marked.",
        f"```mermaid\n{state_diagram(process)}```",
        state_table(process),
        "## What is looked at",
        "All checks run at once. Each says `pass`, `warn`, `fail` or `unknown`, from where it knows, and how "
        "long that is good.",
        markdown_table(("Check", "Finds out", "Asks the"), checks),
        "## What a request says",
        fields_table(process.request),
        "Reasons: " + ", ".join(f"`{reason}`" for reason in process.reasons) + ".",
    ]
    for policy in policies:
        parts += _policy(policy)
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def policy_table(policy: PolicyTable) -> str:
    """The rows of *policy*: when each applies and who must agree then."""
    return markdown_table(("Rule", "When", "Then"), [*policy_rows(policy.rows), *policy_rows(policy.further, "and ")])


def policy_rows(rows: Iterable[Row], before: str = "") -> list[tuple[str, str, str]]:
    """The name of each row, when it applies, and what then, in words."""
    return [(row.rule, _when(row.when), before + _then(row)) for row in rows]


def asked_of(*, automatic: bool, require: Iterable[Requirement]) -> str:
    """Who must agree, in words, in the order in which they are asked."""
    if automatic:
        return "nobody need be asked"
    by_turn: dict[int, list[Requirement]] = {}
    for need in require:
        by_turn.setdefault(need.turn, []).append(need)
    return ", then ".join(_in_turn(needs) for _, needs in sorted(by_turn.items()))


def _in_turn(needs: Sequence[Requirement]) -> str:
    said = " and ".join(map(_required, needs))
    timed = soonest(needs)
    if timed is None or timed.within is None:
        return said
    ladder = "" if timed.ladder is None else f" ({ladder_in_words(timed.ladder)})"
    return f"{said} within {length(timed.within)}{ladder}"


def signed_as(meanings: Iterable[str]) -> str:
    """That it has to be signed, and what that means; nothing where it has not."""
    said = "; ".join(meanings)
    return f", signed: “{said}”" if said else ""


def ruled_case(inputs: PolicyInputs) -> str:
    """What a policy is asked about, in words; what is no or nothing is left out."""
    said = [f"{inputs.zone} zone"]
    for field, value in inputs:
        if isinstance(value, bool):
            # Of all that is asked, only this is good news.
            if value != (field == "all_pass"):
                said.append(in_words(field) if value else "not all pass")
        elif isinstance(value, Decimal) and value:
            said.append(f"{in_words(field)} {value.normalize():f}")
        elif field == "severity" and value is not None:
            said.append(f"severity {value}")
    return ", ".join(said)


def where(policy: PolicyTable) -> str:
    """Where *policy* holds."""
    return "every site without a table of its own" if policy.site == "*" else policy.site


def time_to_decide(policy: PolicyTable) -> str:
    """How long a decision may take under *policy*, and who hears of it when it takes longer, in sentences."""
    spans = ", ".join(f"{zone} {length(span)}" for zone, span in policy.within.items())
    ladder = "" if policy.ladder is None else f" Of any question: {ladder_in_words(policy.ladder)}."
    return f"Time to decide: {spans}.{ladder}"


def ladder_in_words(steps: Ladder) -> str:
    """What happens at which share of the time."""
    return ", ".join(f"at {step.percent} % {_step(step)}" for step in steps)


def _step(step: LadderStep) -> str:
    who = "a reminder" if step.to is None else in_words(step.to)
    return f"{who} (red)" if step.red else who


def length(duration: Duration) -> str:
    """A duration as it is said: ``1 working day``, ``4 working hours``, ``30 minutes``."""
    if duration.working_days is not None:
        return _counted(duration.working_days, "working day")
    measure, span = ("working ", duration.working) if duration.working is not None else ("", duration.clock)
    minutes = int((span or timedelta(0)) / timedelta(minutes=1))
    if duration.clock is not None and minutes > 24 * 60 and minutes % (24 * 60) == 0:
        return _counted(minutes // (24 * 60), "day")
    if minutes and minutes % 60 == 0:
        return _counted(minutes // 60, f"{measure}hour")
    return _counted(minutes, f"{measure}minute")


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _policy(policy: PolicyTable) -> Iterator[str]:
    yield f"## Who must agree at {where(policy)}"
    yield (
        f"Version `{policy.version}`, in force from {policy.effective_from:%Y-%m-%d}. The first row that "
        "applies decides; each row that begins with “and” adds its people where it applies."
    )
    yield policy_table(policy)
    yield time_to_decide(policy)


def _when(condition: Condition) -> str:
    return "; ".join(_conditions(condition)) or "always"


def _conditions(condition: Condition) -> Iterator[str]:
    for field, value in condition.model_dump(exclude_none=True).items():
        if isinstance(value, bool):
            yield in_words(field) if value else f"not {in_words(field)}"
        elif isinstance(value, tuple):
            yield f"{in_words(field)} {' or '.join(value)}"
        else:
            yield f"{in_words(field)} {value.normalize():f}"


def _then(row: Row) -> str:
    within = "" if row.within is None else f", within {length(row.within)}"
    ladder = "" if row.ladder is None else f"; {ladder_in_words(row.ladder)}"
    signed = "" if row.signed is None else signed_as([row.signed])
    return asked_of(automatic=row.automatic, require=row.require) + within + signed + ladder


def _required(need: Requirement) -> str:
    roles = " or ".join(map(in_words, need.roles))
    who = roles if need.count <= 1 else f"{need.count} × {roles}" if not need.others else f"{need.count} of {roles}"
    said = (
        [f"up to {_measured(need.up_to)}, beyond it {in_words(need.beyond or lead_of(need.role))}"]
        if need.up_to
        else []
    )
    if not need.count:
        said.append("need not agree, may refuse")
    elif not need.veto:
        said.append("a no does not end it")
    return f"{who} ({'; '.join(said)})" if said else who


def _measured(limit: Limit) -> str:
    return " and ".join(f"{in_words(name)} {value.normalize():f}" for name, value in limit if value is not None)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
