"""Final dispositions of cases and the response rates that follow, after AAPOR Standard Definitions."""

from collections.abc import Mapping

from sipas_survey.cases import Outcome
from sipas_survey.formats import Share
from sipas_survey.tracking.forms import FormState, State

INCOMPLETE = "incomplete"

_OUTCOME: Mapping[State, Outcome] = {
    State.PLANNED: Outcome.UNKNOWN,
    State.PRINTED: Outcome.UNKNOWN,
    State.OUT: Outcome.UNKNOWN,
    State.WITH_RESPONDENT: Outcome.UNKNOWN,
    State.NOT_MET: Outcome.UNKNOWN,
    State.RETURNED: Outcome.UNKNOWN,
    State.VALID: Outcome.COMPLETE,
    State.INVALID: Outcome.OTHER,
    State.REFUSED: Outcome.REFUSAL,
    State.NOT_MET_FINAL: Outcome.NON_CONTACT,
    State.MOVED: Outcome.UNKNOWN,
    State.INELIGIBLE: Outcome.NOT_ELIGIBLE,
    State.DECEASED: Outcome.NOT_ELIGIBLE,
    State.LOST: Outcome.UNKNOWN,
    State.VOID: Outcome.UNKNOWN,
    State.ANNULLED: Outcome.NON_CONTACT,
}


def outcome_of(form: FormState) -> Outcome:
    """The disposition of a case from its last form. An invalid form is partial when rejected as `incomplete`."""
    if form.in_question:
        return Outcome.UNKNOWN
    if form.state is State.INVALID and form.reason == INCOMPLETE:
        return Outcome.PARTIAL
    return _OUTCOME[form.state]


def rr1(counts: Mapping[Outcome, int]) -> Share:
    """AAPOR response rate 1: I / (I + P + R + NC + O + UO); cases that are not eligible are left out."""
    asked = sum(n for outcome, n in counts.items() if outcome is not Outcome.NOT_ELIGIBLE)
    return Share(counts.get(Outcome.COMPLETE, 0), asked)
