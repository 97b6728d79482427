"""Dispositions of cases and the response rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.cases import Outcome
from sipas_survey.formats import Share
from sipas_survey.tracking.forms import FormState, State
from sipas_survey.tracking.outcomes import RATES, outcome_of, rates, rr1
from tests.tracking.told import state_of

OUT = "print 1\n issue 2\n"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", Outcome.UNKNOWN),
        ("print 1", Outcome.UNKNOWN),
        (OUT, Outcome.UNKNOWN),
        (OUT + "deliver 3", Outcome.UNKNOWN),
        (OUT + "not_met 3", Outcome.UNKNOWN),
        (OUT + "return 3", Outcome.UNKNOWN),
        (OUT + "return 3\n accept 4", Outcome.COMPLETE),
        (OUT + "return 3\n reject 4 reason=incomplete", Outcome.PARTIAL),
        (OUT + "return 3\n reject 4 reason=incomplete\n recheck 5", Outcome.PARTIAL),
        (OUT + "return 3\n reject 4 reason=copied", Outcome.OTHER),
        (OUT + "return 3\n reject 4 reason=incomplete\n accept 5", Outcome.COMPLETE),
        (OUT + "refuse 3", Outcome.REFUSAL),
        (OUT + "not_met 3 reason=final", Outcome.NON_CONTACT),
        (OUT + "moved 3", Outcome.UNKNOWN),
        (OUT + "ineligible 3", Outcome.NOT_ELIGIBLE),
        (OUT + "deceased 3", Outcome.NOT_ELIGIBLE),
        (OUT + "lose 3", Outcome.UNKNOWN),
        (OUT + "void 3", Outcome.UNKNOWN),
        (OUT + "return 3\n annul 4", Outcome.NON_CONTACT),
        (OUT + "return 3\n refuse 4", Outcome.UNKNOWN),
    ],
)
def test_the_table_of_dispositions(text: str, outcome: Outcome) -> None:
    """Each way a case can end has the disposition that the method gives it."""
    assert outcome_of(state_of(text)) is outcome


def test_every_state_has_a_disposition() -> None:
    """No state is forgotten."""
    assert all(isinstance(outcome_of(FormState(state)), Outcome) for state in State)


def test_the_golden_rate() -> None:
    """I4 P2 R1 NC1 O1 UH1 UO1 NE1 gives RR1 = 4/11 = .364."""
    counts = {
        Outcome.COMPLETE: 4, Outcome.PARTIAL: 2, Outcome.REFUSAL: 1, Outcome.NON_CONTACT: 1, Outcome.OTHER: 1,
        Outcome.UNKNOWN: 2, Outcome.NOT_ELIGIBLE: 1,
    }  # fmt: skip
    assert rr1(counts) == Share(4, 11)
    assert round(rr1(counts).value or 0, 3) == 0.364


def test_no_rate_of_nobody() -> None:
    """Where nobody was eligible there is no rate."""
    assert rr1({Outcome.NOT_ELIGIBLE: 3}).value is None
    assert rr1({}).value is None


GOLDEN = {
    Outcome.COMPLETE: 4, Outcome.PARTIAL: 2, Outcome.REFUSAL: 1, Outcome.NON_CONTACT: 1, Outcome.OTHER: 1,
    Outcome.UNKNOWN: 2, Outcome.NOT_ELIGIBLE: 1,
}  # fmt: skip


def test_the_golden_rates() -> None:
    """I4 P2 R1 NC1 O1 UH1 UO1 NE1: the rates that the method's check prints, to three places; e is 0.9."""
    told = {
        "rr": ".364 .545 .370 .556 .444 .667", "coop": ".500 .750 .571 .857", "ref": ".091 .093 .111",
        "con": ".727 .741 .889",
    }  # fmt: skip
    expected = {f"{n}{i}": float(x) for n, row in told.items() for i, x in enumerate(row.split(), start=1)}
    found = rates(GOLDEN)
    assert {name: round(float(share or -1), 3) for name, share in found.items()} == expected
    assert tuple(found) == RATES


@given(st.fixed_dictionaries({outcome: st.integers(0, 50) for outcome in Outcome}))
def test_rates_are_what_a_hand_count_gives(counts: dict[Outcome, int]) -> None:
    """RR1 and RR5 enclose RR3; every rate is a share; without unknown cases the three of a kind agree."""
    found = rates(counts)
    eligible = sum(counts.values()) - counts[Outcome.NOT_ELIGIBLE]
    assert found["rr1"] == (counts[Outcome.COMPLETE] / eligible if eligible else None)
    assert all(share is None or 0 <= share <= 1 for share in found.values())
    if None not in (found["rr3"], found["rr5"]):
        assert found["rr1"] <= found["rr3"] <= found["rr5"]  # type: ignore[operator]
    known = rates({**counts, Outcome.UNKNOWN: 0})
    assert known["rr1"] == known["rr5"]
    assert known["con1"] == known["con3"]


def test_no_rate_without_a_case() -> None:
    """Of nobody there is no rate; where nobody is known to be eligible there is no estimate of it."""
    assert set(rates({}).values()) == {None}
    assert rates({Outcome.UNKNOWN: 3})["rr3"] is None
    assert rates({Outcome.UNKNOWN: 3})["rr1"] == 0
