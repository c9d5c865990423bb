"""What holds however people substitute: four eyes, the separation of duties, and nothing that is passed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise, permutations, product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from domain.calendar import Duration
from domain.decision import (
    Answer,
    DecisionRefused,
    GivenAnswer,
    NotAllowed,
    OpenQuestion,
    admit,
    settled,
)
from domain.policy import Requirement
from domain.question import Choice, QuestionDraft, QuestionKind
from domain.roles import LEAD, Role
from domain.substitution import (
    PeriodWrong,
    Substitution,
    SubstitutionDraft,
    admit_ending,
    admit_substitution,
    authority,
)
from tests.domain.substituted import (
    NOW,
    PLANNER,
    PLANT_MANAGER,
    PROCESS,
    SALES,
    SALES_MANAGER,
    days,
    draft,
    kept,
    person,
)

# Two planners must agree, or one of them say no.
BOTH = Choice(name="expedite", title="Expedite", require=(Requirement(role=PLANNER, count=2),))
NO = Choice(name="reject", title="No", require=(Requirement(role=PLANNER),), ends=True)


def question(requester: str = "anna", kind: QuestionKind = QuestionKind.DECISION) -> OpenQuestion:
    asked = QuestionDraft(kind=kind, topic="x", title="?", choices=(BOTH, NO), within=Duration(working_days=1))
    return OpenQuestion(id="OC-1-2-1", draft=asked, evidence="shown", requester=requester)


WAYS = [
    (person, behalf)
    for person, behalf in product(["boris", "petra", "prem"], [None, "boris", "petra", "prem"])
    if person != behalf
]
"""Every way in which one of three planners may answer: for himself, or for one of the others."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("requester", ["anna", "boris", "petra", "prem"])
@pytest.mark.parametrize("joint", [False, True])
def test_who_asked_for_a_change_decides_it_neither_himself_nor_for_another_nor_by_another(
    way: tuple[str, str | None], requester: str, joint: bool
) -> None:
    by, behalf = way
    answer = Answer(choice="expedite", seen="shown", on_behalf_of=behalf)
    asked = question().model_copy(update={"also_asked": {requester: 4}}) if joint else question(requester)

    why, heard = "", None
    try:
        heard = admit(asked, answer, person(by), frozenset({PLANNER}), NOW)
    except NotAllowed as refusal:
        why = str(refusal)

    if heard is not None:
        assert requester not in way
        assert (heard.person, heard.on_behalf_of) == way
    else:
        assert requester in way
        assert ("asked for this as well" in why) is joint


@pytest.mark.parametrize(("first", "second"), list(product(WAYS, WAYS)))
def test_two_answers_are_of_people_none_of_whom_has_part_in_both(
    first: tuple[str, str | None], second: tuple[str, str | None]
) -> None:
    asked = question()
    answers: list[GivenAnswer] = []
    for by, behalf in (first, second):
        asked = asked.model_copy(update={"given": tuple(answers)})
        try:
            said = Answer(choice="expedite", seen="shown", on_behalf_of=behalf)
            answers.append(admit(asked, said, person(by), frozenset({PLANNER}), NOW))
        except NotAllowed:
            continue

    apart = {*first} - {None} and not ({*first} & {*second} - {None})
    assert len(answers) == (2 if apart else 1)
    assert (settled(asked, tuple(answers)) == "expedite") == bool(apart)


def test_a_substitute_helps_with_what_is_no_decision_for_whoever_asked() -> None:
    asked = question("boris", QuestionKind.HANDOFF).model_copy(update={"also_asked": {"petra": 4}})
    given = admit(
        asked, Answer(choice="expedite", seen="shown", on_behalf_of="boris"), person("petra"),
        frozenset({PLANNER}), NOW,
    )  # fmt: skip

    assert given.people == {"boris", "petra"}


PEOPLE = ("anna", "boris", "petra", "prem", "fritz", "paul")
ROLES = (PLANNER, SALES, SALES_MANAGER, PLANT_MANAGER)
somebody = st.sampled_from(PEOPLE)
some_roles = st.frozensets(st.sampled_from(ROLES), min_size=1)
planner_and_more = some_roles.map(lambda roles: roles | {PLANNER})
numbers = st.integers(0, 5)
choices = st.sampled_from(["expedite", "reject"])
QUESTIONS = 3


@dataclass(frozen=True)
class Gives:
    by: str | None
    """Nobody named is the absent one himself."""
    absent: str
    substitute: str
    roles: frozenset[Role]
    process: str | None
    first: int
    length: int


@dataclass(frozen=True)
class Ends:
    by: str
    which: int


@dataclass(frozen=True)
class Becomes:
    who: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Answers:
    """Somebody for whom he likes, as *behalf* says; nobody named is for himself."""

    which: int
    by: str
    behalf: str | None
    choice: str


@dataclass(frozen=True)
class AnswersBy:
    """The substitute of a substitution that was given, whatever has become of it."""

    which: int
    substitution: int
    choice: str


happenings = st.one_of(
    st.builds(
        Gives, by=st.one_of(st.none(), st.none(), somebody), absent=somebody, substitute=somebody,
        roles=st.one_of(st.just(frozenset[Role]()), st.just(frozenset({PLANNER})), some_roles),
        process=st.sampled_from([None, PROCESS, "dispatch"]), first=st.integers(-1, 2), length=st.integers(0, 4),
    ),
    st.builds(Ends, by=somebody, which=numbers),
    st.builds(Becomes, who=somebody, roles=st.frozensets(st.sampled_from(ROLES))),
    st.builds(
        Answers, which=st.integers(0, QUESTIONS - 1), by=somebody, behalf=st.one_of(st.none(), somebody),
        choice=choices,
    ),
    st.builds(AnswersBy, which=st.integers(0, QUESTIONS - 1), substitution=numbers, choice=choices),
)  # fmt: skip


@dataclass
class Plant:
    """What happens in it, and, told apart from the rules, why each substitution was a good one."""

    roles: dict[str, frozenset[Role]]
    day: int = 0
    kept: list[Substitution] = field(default_factory=list)
    asked: list[OpenQuestion] = field(default_factory=lambda: [question()] * QUESTIONS)
    behalves: int = 0
    """How many answers for others stand."""

    def happen(self, what: object) -> None:
        match what:
            case Gives():
                self._give(what)
            case Ends():
                self._end(what)
            case Becomes():
                self.roles[what.who] = what.roles
            case Answers():
                self._answer(what)
            case AnswersBy() if self.kept:
                one = self.kept[what.substitution % len(self.kept)]
                self._answer(Answers(what.which, one.substitute, one.absent, what.choice))

    def _give(self, what: Gives) -> None:
        by = what.by or what.absent
        wanted = SubstitutionDraft(
            site="north", process=what.process, absent=what.absent, substitute=what.substitute,
            roles=tuple(sorted(what.roles)), first_day=days(what.first), last_day=days(what.first + what.length),
            reason="Away.",
        )  # fmt: skip
        try:
            roles = admit_substitution(
                wanted, person(by), absent=self.roles[what.absent], substitute=self.roles[what.substitute],
                giver=self.roles[by], today=days(self.day),
            )  # fmt: skip
        except (NotAllowed, PeriodWrong):
            return
        assert roles
        assert by != what.substitute != what.absent
        for role in roles:
            assert role in self.roles[what.absent] & self.roles[what.substitute]
            assert by == what.absent or LEAD.get(role, PLANT_MANAGER) in self.roles[by]
        self.kept.append(kept(wanted, *roles, name=f"SUB-{len(self.kept) + 1}"))

    def _end(self, what: Ends) -> None:
        if not self.kept:
            return
        number = what.which % len(self.kept)
        try:
            admit_ending(self.kept[number], person(what.by), self.roles[what.by])
        except NotAllowed:
            return
        self.kept[number] = self.kept[number].model_copy(update={"ended_by": what.by, "ended_at": NOW})

    def _answer(self, what: Answers) -> None:
        roles = self.roles[what.by]
        if what.behalf is not None:
            standing = [
                one
                for one in self.kept
                if (one.absent, one.substitute) == (what.behalf, what.by) and one.stands(PROCESS, days(self.day))
            ]
            roles = authority(standing, absent=self.roles[what.behalf], substitute=roles)
        try:
            answer = Answer(choice=what.choice, reason="So.", seen="shown", on_behalf_of=what.behalf)
            asked = self.asked[what.which]
            given = admit(asked, answer, person(what.by), roles, NOW)
        except DecisionRefused:
            return
        self._account_for(given)
        self.asked[what.which] = asked.model_copy(update={"given": (*asked.given, given)})

    def _account_for(self, given: GivenAnswer) -> None:
        assert given.role in self.roles[given.person]
        if given.on_behalf_of is None:
            return
        self.behalves += 1
        assert given.role in self.roles[given.on_behalf_of]
        assert any(
            one.absent == given.on_behalf_of
            and one.substitute == given.person
            and given.role in one.roles
            and one.first_day <= days(self.day) <= one.last_day
            and one.process in (None, PROCESS)
            and one.ended_at is None
            for one in self.kept
        )


@settings(max_examples=400)
@given(
    st.fixed_dictionaries(dict.fromkeys(PEOPLE, some_roles)),
    st.lists(st.tuples(st.sampled_from([0, 0, 0, 1]), happenings), min_size=20, max_size=40),
)
def test_whatever_is_given_ended_and_answered_each_word_has_its_people_and_nobody_has_two(
    roles: dict[str, frozenset[Role]], story: list[tuple[int, object]]
) -> None:
    plant = Plant(roles)
    # Some are away from the beginning, in a row, so that much of what is tried could succeed.
    for absent, substitute in pairwise(PEOPLE):
        plant.happen(Gives(None, absent, substitute, frozenset({PLANNER}), None, -1, 9))
    for later, what in story:
        plant.day += later
        plant.happen(what)

    event(f"{min(plant.behalves, 3)} answers for others")
    for asked in plant.asked:
        people = [name for given in asked.given for name in given.people]
        assert len(people) == len(set(people))
        assert "anna" not in people
        if settled(asked, asked.given) == "expedite":
            assert len({given.person for given in asked.given if given.choice == "expedite"}) >= 2


@given(st.permutations(PEOPLE), st.integers(2, 5))
def test_a_chain_of_substitutes_reaches_no_further_than_one_step(people: list[str], length: int) -> None:
    chain = people[: length + 1]
    everybody = frozenset({PLANNER})
    links = [
        kept(draft().model_copy(update={"absent": absent, "substitute": substitute}), PLANNER)
        for absent, substitute in pairwise(chain)
    ]

    for absent, substitute in permutations(chain, 2):
        standing = [one for one in links if (one.absent, one.substitute) == (absent, substitute)]
        reached = authority(standing, absent=everybody, substitute=everybody)
        assert bool(reached) == (chain.index(substitute) == chain.index(absent) + 1)
