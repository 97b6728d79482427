"""Dispositions of cases and the response rate."""

import pytest

from sipas_survey.cases import Outcome
from sipas_survey.formats import Share
from sipas_survey.tracking.forms import FormState, State
from sipas_survey.tracking.outcomes import outcome_of, rr1
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
