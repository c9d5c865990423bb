"""What a policy says of every case there can be: proven by trying them all, and held against another policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import Any, Final, get_args

from domain.case import CaseFile
from domain.option import Proposal
from domain.policy import Condition, Limit, PolicyInputs, PolicyTable, Row, Ruling, Severity, Zone

_MEASURES: Final = {
    "cost": ("cost_up_to", "cost_over"),
    "quantity_change": ("quantity_change_up_to", "quantity_change_over"),
    "value_change": ("value_change_up_to",),
    "value_change_ratio": ("value_change_ratio_up_to",),
    "work_in_process_value": ("work_in_process_value_over",),
    "value": ("value_up_to",),
    "overtime_hours": ("overtime_hours_over",),
}
# What is measured, and the conditions that set a limit to it.
_ADVERSE: Final = {
    "promises_broken": True,
    "all_pass": False,
    "offer": True,
    "specification_with_work_in_process": True,
    "over_credit_limit": True,
    "cancel_after_start": True,
    "specification": True,
    "export": True,
    "special_handling": True,
    "safety_stock": True,
}
# What is a matter of yes or no, and which of the two is the worse.
_LATER: Final = ("specification", "export", "special_handling", "safety_stock")
# Those that came later: where no table looks at them, they tell no cases apart.
_ZONES: Final[tuple[Zone, ...]] = get_args(Zone)[::-1]
_SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)[::-1]
# The harmless first.


@dataclass(frozen=True)
class Relaxation:
    """Where a change that is worse in one way needs fewer people."""

    worse: str
    """The field in which it is worse."""
    before: PolicyInputs
    after: PolicyInputs
    spared: tuple[str, ...]
    """Roles of which more people are asked before it gets worse than after; or a signature."""


@dataclass(frozen=True)
class Difference:
    """One way in which two policies rule differently, and in how many of all cases."""

    before: Ruling
    after: Ruling
    cases: int
    example: PolicyInputs


@dataclass(frozen=True)
class Review:
    """What trying every case has shown of a table."""

    cases: int
    """How many kinds of cases its limits make."""
    decides: dict[str, int]
    """For each row, in how many of them it decides or adds; 0 means that it never applies."""
    shadowed: tuple[tuple[str, str, int], ...]
    """Two rows that both apply and say different things, the one that decides first; and in how many cases."""
    relaxations: tuple[Relaxation, ...]
    """One example for each way and each rules between which worse needs fewer people."""

    @property
    def dead(self) -> tuple[str, ...]:
        """Rows that never apply: those before them leave them nothing."""
        return tuple(rule for rule, count in self.decides.items() if count == 0)


def every_case(*tables: PolicyTable) -> Iterator[PolicyInputs]:
    """One case of each kind that the limits of *tables* tell apart: within a kind they say the same."""
    sides = _sides(tables)
    return (_case(sides, values) for values in product(*sides.values()))


def cases_told_apart(*tables: PolicyTable) -> int:
    """How many kinds of cases the limits of *tables* make."""
    return prod(map(len, _sides(tables).values()))


def review(table: PolicyTable) -> Review:
    """What *table* comes to, case by case."""
    decides = dict.fromkeys((row.rule for row in (*table.rows, *table.further)), 0)
    shadowed: Counter[tuple[str, str]] = Counter()
    relaxations: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Relaxation] = {}
    sides = _sides((table,))
    rulings = {values: table.rule(_case(sides, values)) for values in product(*sides.values())}
    for values, ruling in rulings.items():
        for rule in ruling.rules:
            decides[rule] += 1
        case = _case(sides, values)
        first, *others = (row for row in table.rows if row.when.holds(case))
        shadowed.update((first.rule, other.rule) for other in others if _says(first) != _says(other))
        for name, worse in _worse(sides, values):
            after = rulings[worse]
            if spared := _spared(ruling, after):
                known = (name, ruling.rules, after.rules)
                relaxations.setdefault(known, Relaxation(name, case, _case(sides, worse), spared))
    # The last row catches what is left; that it says something else than those before it is what it is for.
    last = table.rows[-1].rule
    pairs = tuple((first, other, times) for (first, other), times in shadowed.items() if other != last)
    return Review(len(rulings), decides, pairs, tuple(relaxations.values()))


def differences(before: PolicyTable, after: PolicyTable) -> tuple[Difference, ...]:
    """How the rulings of two tables differ over every case either tells apart, the commonest first."""
    found: dict[tuple[Ruling, Ruling], list[PolicyInputs]] = {}
    for case in every_case(before, after):
        rulings = before.rule(case), after.rule(case)
        if _comes_to(rulings[0]) != _comes_to(rulings[1]):
            found.setdefault(rulings, []).append(case)
    told = (Difference(*rulings, len(cases), cases[0]) for rulings, cases in found.items())
    return tuple(sorted(told, key=lambda difference: -difference.cases))


@dataclass(frozen=True)
class Trial:
    """How a case that was ruled by one table would have been ruled by another, on the same evidence."""

    case: str
    option: str
    before: Ruling
    after: Ruling

    @property
    def differs(self) -> bool:
        """Whether other people would have been asked, or within another time."""
        return _comes_to(self.before) != _comes_to(self.after)


def tried(file: CaseFile, propose: Callable[[CaseFile], Proposal], table: PolicyTable) -> Trial | None:
    """
    The case in *file* by *table*, for the option it took, or the first it had.

    Nothing if it came to no options. *propose* is what its process makes of evidence.
    """
    if file.proposal is None or not file.proposal.options:
        return None
    before = {ruled.option.name: ruled.ruling for ruled in file.proposal.options}
    after = {ruled.option.name: ruled.ruling for ruled in propose(file.model_copy(update={"policy": table})).options}
    name = file.chosen.name if file.chosen is not None else next(iter(before))
    return Trial(file.id, name, before[name], after[name]) if name in before and name in after else None


def _sides(tables: tuple[PolicyTable, ...]) -> dict[str, tuple[Any, ...]]:
    """What a policy may look at, with a value on each side of every limit, the harmless first."""
    named = {option for table in tables for condition in _conditions(table) for option in condition.option or ()}
    looked_at = {name for table in tables for when in _conditions(table) for name in when.model_fields_set}
    return {
        "option": ("", *sorted(named)),
        "zone": _ZONES,
        "severity": (None, *_SEVERITIES) if "severity" in looked_at else (None,),
        **{
            name: (not worse, worse) if name not in _LATER or name in looked_at else (not worse,)
            for name, worse in _ADVERSE.items()
        },
        **{name: _values(tables, name, limits) for name, limits in _MEASURES.items()},
    }


def _case(sides: Iterable[str], values: Iterable[Any]) -> PolicyInputs:
    case: dict[str, Any] = dict(zip(sides, values, strict=True))
    return PolicyInputs.model_construct(**case)


def _values(tables: tuple[PolicyTable, ...], measure: str, limits: tuple[str, ...]) -> tuple[Decimal, ...]:
    """The limits set to a measure, which belong to what is below them, and a value beyond the last."""
    given = {getattr(when, limit) for table in tables for when in _conditions(table) for limit in limits}
    given |= {getattr(limit, measure, None) for table in tables for limit in _limits_of_roles(table)}
    known = sorted(given - {None})
    return (*known, known[-1] + 1) if known else (Decimal(0),)


def _limits_of_roles(table: PolicyTable) -> Iterator[Limit]:
    needs = (need for row in (*table.rows, *table.further) for need in row.require)
    return (need.up_to for need in needs if need.up_to is not None)


def _conditions(table: PolicyTable) -> Iterator[Condition]:
    return (row.when for row in (*table.rows, *table.further))


def _worse(sides: Mapping[str, tuple[Any, ...]], values: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The case, one step worse in each way in which it can be."""
    for at, (name, known) in enumerate(sides.items()):
        # No option is worse than another.
        if name != "option" and values[at] != known[-1]:
            worse = known[known.index(values[at]) + 1]
            yield name, (*values[:at], worse, *values[at + 1 :])


def _spared(before: Ruling, after: Ruling) -> tuple[str, ...]:
    needed = {frozenset(need.roles): need.count for need in after.require}
    # Whose word does not go so far is not spared: somebody else agrees in his place.
    roles = (
        str(need.role)
        for need in before.require
        if needed.get(frozenset(need.roles), 0) < need.count and need.role not in after.over_limit
    )
    return (*roles, *(("a signature",) if before.signed and not after.signed else ()))


def _says(row: Row) -> tuple[object, ...]:
    return row.automatic, row.require, row.within, row.ladder, row.signed


def _comes_to(ruling: Ruling) -> tuple[object, ...]:
    return ruling.automatic, frozenset(ruling.require), ruling.within, ruling.ladder, ruling.signed
