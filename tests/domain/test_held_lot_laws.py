"""However a held lot is divided, no piece is made or lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.case import CaseFile, PastAnswer
from domain.decision import Principal, PrincipalKind
from domain.effect import LiftHold, PartLot, RegradeLot, ReleaseLot, WriteOffLot
from domain.fact import Fact, Reading
from domain.facts import Inspection, Lot, LotStatus
from domain.form import filled
from domain.held_lot import findings, questions
from domain.held_lot.disposition import CUSTOMER_CONSENT, REGULATOR_CONSENT, Disposition
from domain.held_lot.effects import effects
from domain.held_lot.known import offered
from domain.held_lot.parts import BY_CONCESSION, CODES, FURTHER, MOST_PARTS, WORK, Part, disposition_form, parts_of
from domain.held_lot.requested import PartOfLot, QualityHoldRequest
from domain.master_data import Item
from domain.option import Option
from domain.processes.quality_hold import QUALITY_HOLD, propose
from domain.release import Hold
from runtime.policies import FOLDER, read_policy
from tests.support.small_plant import SITE

NOW = datetime(2026, 10, 5, 9, tzinfo=UTC)
POLICY = read_policy(FOLDER / "quality_hold.yaml")
CONSENTS = (CUSTOMER_CONSENT, REGULATOR_CONSENT)
AGAIN = tuple(f"{code}_{number}" for code in FURTHER for number in range(2, MOST_PARTS + 1))
PARTS = st.dictionaries(st.sampled_from((*sorted(CODES), *AGAIN)), st.integers(1, 500), min_size=1)


def reading(fact: Fact) -> Reading[Fact]:
    """The fact as it is told now."""
    return Reading(fact=fact, source="erp", version="1", as_of=NOW)


def said(topic: str, choice: str, step: int, **values: str) -> PastAnswer:
    """What somebody answered."""
    return PastAnswer(step=step, state="", topic=topic, choice=choice, people=("quin",), values=values, at=NOW)


def case(
    quantity: int,
    *answers: PastAnswer,
    status: LotStatus = LotStatus.ON_HOLD,
    held: bool = True,
    failed: tuple[str, ...] = (),
    told: bool = True,
    made_by: tuple[str, ...] = (),
) -> CaseFile:
    """A case about a lot of so many, held or not any more, with what was answered so far."""
    lot = Lot(site=SITE, item="VALVE", lot="V1", quantity=Decimal(quantity), status=status, made_by=made_by)
    hold = Hold(site=SITE, item="VALVE", lot="V1", case="QH-1", active=held)
    bad = [reading(Inspection(site=SITE, item="VALVE", lot="V1", inspection=name, result="fail")) for name in failed]
    pump = reading(Item(site=SITE, item="PUMP"))
    found = findings.judge(reading(lot), reading(hold), None, bad, (), pump, (), NOW, told=told)  # type: ignore[arg-type]
    return CaseFile(
        id="QH-1", process=QUALITY_HOLD.name, site=SITE, subject="VALVE:V1", state="assessing", version=1,
        assessment=1, request=QualityHoldRequest(item="VALVE", lot="V1", defect="It leaks.", reason="OTHER"),
        before=reading(lot), requester=Principal(kind=PrincipalKind.PERSON, id="ines"), opened_at=NOW, policy=POLICY,
        evidence=(found,), answers=(said("segregation", "done", 1), *answers), at=NOW,
    )  # fmt: skip


def proposal_of(parts: dict[str, int], specified: str) -> dict[str, str]:
    """That the lot is divided so, with all that the parts want to be said, as the form takes it."""
    values = {code: str(quantity) for code, quantity in parts.items()} | {"instructions": "So."}
    for number in ("", *(f"_{number}" for number in range(2, MOST_PARTS + 1))):
        if any(name.endswith(number) if number else name in CODES for name in parts):
            values[f"instructions{number}"] = "So."
        if any(f"{code}{number}" in parts for code in BY_CONCESSION):
            values |= {f"concession{number}": "0.1 mm over.", f"customer_specified{number}": specified}
        if f"conditional{number}" in parts:
            ends = (NOW + timedelta(days=3)).isoformat()
            values |= {f"tests{number}": "Burst test", f"tested_by{number}": ends, f"customers{number}": "ACME"}
    if "downgrade" in parts:
        values |= {"other_item": "PUMP"}
    whole = Decimal(sum(parts.values()))
    return filled(disposition_form(whole, tuple(CODES)), values, NOW)


def agreed(parts: dict[str, int], specified: str = "no") -> tuple[PastAnswer, ...]:
    """That the lot is divided so was proposed, and agreed to."""
    return said("proposal", "propose", 2, **proposal_of(parts, specified)), said("disposition", "disposition", 3)


@settings(deadline=None)
@given(PARTS, st.sampled_from(["yes", "no"]))
def test_what_goes_back_what_is_gone_and_what_stays_come_to_the_whole(parts: dict[str, int], specified: str) -> None:
    whole = sum(parts.values())
    file = case(whole, *agreed(parts, specified))

    written = effects(file, Option(name="disposition", title="", expires_at=NOW))

    back = sum(effect.quantity for effect in written if isinstance(effect, ReleaseLot))
    other = sum(effect.quantity for effect in written if isinstance(effect, RegradeLot | PartLot))
    stays = Disposition(parts_of(agreed(parts, specified)[0].values)).stays
    kept = stays.quantity if stays is not None and stays.code != "conditional" else 0
    assert back + other + kept == whole
    assert not any(isinstance(effect, WriteOffLot) for effect in written)
    assert any(isinstance(effect, LiftHold) for effect in written) == (kept == 0)
    names = [effect.as_lot for effect in written if isinstance(effect, ReleaseLot | RegradeLot | PartLot)]
    assert len(set(names)) == len(names)
    assert kept == 0 or "V1" not in names


def test_a_lot_that_is_rejected_is_blocked_already() -> None:
    assert propose(case(10, status=LotStatus.REJECTED)).stage == "investigating"
    assert propose(case(10, status=LotStatus.IN_INSPECTION)).automatic == "contain"


def test_of_a_lot_that_no_system_has_told_of_somebody_is_asked_which_it_is_until_it_is_told() -> None:
    file = case(0, told=False)
    for_nothing = said("untold", "false_alarm", 2, instructions="It is V2.")

    assert propose(file).stage == "untold"
    assert [asked.topic for asked in questions.untold(file)] == ["untold"]
    unseen = file.model_copy(update={"answers": ()})
    assert [asked.topic for asked in questions.untold(unseen)] == ["segregation", "untold"]
    assert propose(case(0, for_nothing, told=False)).stage == "awaiting_disposition"
    assert propose(case(0, for_nothing, said("disposition", "reject", 3), told=False)).stage == "untold"
    assert propose(case(10)).stage == "investigating"


def test_whoever_made_the_lot_has_no_vote_on_it_where_its_source_says_who_that_is() -> None:
    made = {"carla": "made V1 and has no vote on it"}

    for makers, excluded in (((), {}), (("carla",), made)):
        file = case(10, said("proposal", "propose", 2, scrap="10", instructions="So."), made_by=makers)
        (asked,) = questions.board(file.model_copy(update={"proposal": propose(file)}))
        assert asked.excluded == excluded
        file = case(10, *agreed({"rework": 10}), said("rework", "done", 4, good="10"), said("reinspection", "pass", 5),
                    made_by=makers)  # fmt: skip
        (asked,) = questions.release(file.model_copy(update={"proposal": propose(file)}))
        assert asked.excluded == excluded


def a_part(part: Part, *answers: PastAnswer, caused_by: str | None = "QH-1") -> CaseFile:
    """The case about a part that was parted from V1 in QH-1, as it begins."""
    agreed = PartOfLot(case="QH-1", agreed=dict(part.said), placed_by="ines", reworks=1)
    file = case(int(part.quantity), *answers)
    request = file.request.model_copy(update={"part": agreed})
    return file.model_copy(update={"request": request, "caused_by": caused_by, "id": "QH-2"})


@settings(deadline=None)
@given(PARTS)
def test_each_part_goes_on_as_was_agreed_and_by_its_own_signatures(parts: dict[str, int]) -> None:
    for part in Disposition(parts_of(agreed(parts)[0].values)).apart:
        proposal = propose(a_part(part))

        if part.code == "conditional":
            assert proposal.automatic == "as_agreed"
        elif part.code in WORK:
            assert (proposal.stage, proposal.options) == ("reworking", ())
        else:
            assert proposal.stage == "executing"
            assert sum(need.count for need in proposal.options[0].ruling.require) == 2
            (asked,) = questions.execution(a_part(part).model_copy(update={"proposal": proposal}))
            assert asked.excluded == {"ines": "placed the hold"}
        # What anybody may write into a request gives nobody's agreement.
        assert propose(a_part(part, caused_by=None)).stage == "investigating"
        assert propose(a_part(part, caused_by="QH-7")).stage == "investigating"


@settings(deadline=None)
@given(st.data())
def test_no_piece_is_made_or_lost_however_often_it_is_parted(data: st.DataObject) -> None:
    assert ends_of(data, 1000) == 1000


def ends_of(data: st.DataObject, whole: int, depth: int = 0) -> Decimal:
    """How much there is in all at the ends, where what goes on is divided anew again and again."""
    codes = data.draw(st.lists(st.sampled_from((*sorted(CODES), *AGAIN)), min_size=1, max_size=5, unique=True))
    if depth == 3 or whole < 10:
        return Decimal(whole)
    cuts = sorted(data.draw(st.sets(st.integers(1, whole - 1), min_size=len(codes) - 1, max_size=len(codes) - 1)))
    parts = dict(zip(codes, (b - a for a, b in pairwise((0, *cuts, whole))), strict=True))
    written = effects(case(whole, *agreed(parts)), Option(name="disposition", title="", expires_at=NOW))
    ended = sum(effect.quantity for effect in written if isinstance(effect, ReleaseLot | RegradeLot))
    apart = [effect.quantity for effect in written if isinstance(effect, PartLot)]
    stays = Disposition(parts_of(agreed(parts)[0].values)).stays
    kept = [stays.quantity] if stays is not None and stays.code != "conditional" else []
    return ended + sum((ends_of(data, int(one), depth + 1) for one in (*apart, *kept)), Decimal(0))


def test_what_was_reworked_before_it_was_parted_counts() -> None:
    (part,) = parts_of({"rework": "10", "instructions": "So."})

    assert "rework" in offered(a_part(part, said("rework", "done", 2, good="10")).model_copy(update={"answers": ()}))
    assert "rework" not in offered(a_part(part, said("rework", "done", 2, good="10")))


@given(st.sampled_from(BY_CONCESSION), st.booleans(), st.booleans(), st.lists(st.sampled_from(CONSENTS), unique=True))
def test_nothing_is_used_by_concession_before_all_who_must_consent_do(
    code: str, specified: bool, safety: bool, given: list[str]
) -> None:
    proposed, vote = agreed({code: 10})
    values = {**proposed.values, "customer_specified": "yes" if specified else "no"}
    work = [said("rework", "done", 4, good="10"), said("reinspection", "pass", 5)] if code == "repair" else []
    there = [said(topic, "given", 6) for topic in given]
    file = case(10, proposed.model_copy(update={"values": values}), vote, *work, *there)
    asked = file.request.model_copy(update={"severity": "safety" if safety else "functional"})

    proposal = propose(file.model_copy(update={"request": asked}))

    wanted = {CUSTOMER_CONSENT: specified, REGULATOR_CONSENT: safety}
    missing = [topic for topic, needed in wanted.items() if needed and topic not in given]
    assert (proposal.stage == "awaiting_consent") == bool(missing)
    assert not missing or not proposal.options


@settings(deadline=None)
@given(PARTS)
def test_everybody_whom_any_part_needs_must_agree(parts: dict[str, int]) -> None:
    file = case(sum(parts.values()), *agreed(parts)[:1])

    proposal = propose(file)

    assert proposal.stage == "awaiting_disposition"
    asked = {need.role for need in proposal.options[0].ruling.require}
    assert len(asked) >= 2
    assert ("finance" in asked) <= ("scrap" in parts)


@given(
    st.lists(st.sampled_from(["agree", "pass", "fail", "lapsed", "confirm", "reject"])),
    st.sampled_from(list(LotStatus)),
    st.booleans(),
)
def test_what_is_released_on_conditions_is_never_forgotten(words: list[str], status: LotStatus, bad: bool) -> None:
    """Somebody has the next word, or it is held again at once: as long as no person has released it for good."""
    answers: list[PastAnswer] = [*agreed({"conditional": 10})]
    for step, word in enumerate(words, start=4):
        topic = {"confirm": "release", "reject": "release", "agree": "reinspection"}.get(word, "tests")
        answers.append(said(topic, word, step))
    file = case(10, *answers, status=status, held=False, failed=("burst",) if bad else ())

    proposal = propose(file)

    if status is LotStatus.UNRESTRICTED:
        assert proposal.settled == "released"
    else:
        waits = proposal.stage in ("on_conditions", "ready_to_release")
        assert proposal.settled is None
        assert waits == (proposal.automatic is None)
        assert not bad or proposal.automatic == "hold_again"


def test_what_is_found_after_it_was_called_a_false_alarm_is_not_let_go_with_it() -> None:
    answers = [said("segregation", "false_alarm", 2, instructions="Ten tested."), said("disposition", "false_alarm", 3)]

    assert Disposition.of(answers, NOW).false_alarm
    since = Disposition.of(answers, NOW + timedelta(minutes=1))
    assert not since.false_alarm
    assert "Something else was found" in since.why_open


WORDS = (
    "agree", "repair", "sort", "alarm", "reject", "good", "bad", "sorted", "pass", "fail", "released", "not_released",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS)))
def test_every_answer_leaves_somebody_with_the_next_word(words: list[str]) -> None:
    answers: list[PastAnswer] = []
    for word in words:
        step = len(answers) + 2
        answers += {
            "agree": [said("proposal", "propose", step, rework="10", instructions="So."),
                      said("disposition", "disposition", step + 1)],
            "repair": [said("proposal", "propose", step, repair="10", instructions="So."),
                       said("disposition", "disposition", step + 1)],
            "sort": [said("proposal", "propose", step, sort="10", instructions="So."),
                     said("disposition", "disposition", step + 1)],
            "alarm": [said("segregation", "false_alarm", step, instructions="Ten tested.")],
            "sorted": [said("sort", "done", step, good="9", bad="1")],
            "reject": [said("proposal", "propose", step, scrap="10", instructions="So."),
                       said("disposition", "reject", step + 1)],
            "good": [said("rework", "done", step, good="10")],
            "bad": [said("rework", "done", step, good="0", bad="10")],
            "pass": [said("reinspection", "pass", step)],
            "fail": [said("reinspection", "fail", step)],
            "released": [said("release", "release_reworked", step)],
            "not_released": [said("release", "reject", step)],
        }[word]  # fmt: skip

    proposal = propose(case(10, *answers))

    assert proposal.settled is None
    state = QUALITY_HOLD.state(proposal.stage)
    file = case(10, *answers).model_copy(update={"proposal": proposal, "decided_because": proposal.because})
    assert state.questions is not None
    assert state.questions(file)
    assert Disposition.of(answers, NOW).good in (0, 10)
