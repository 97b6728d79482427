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


RATES = (
    "rr1", "rr2", "rr3", "rr4", "rr5", "rr6", "coop1", "coop2", "coop3", "coop4", "ref1", "ref2", "ref3",
    "con1", "con2", "con3",
)  # fmt: skip
"""Response rates, cooperation rates, refusal rates and contact rates, by their AAPOR names."""


def rates(counts: Mapping[Outcome, int]) -> dict[str, float | None]:
    """All rates of AAPOR Standard Definitions that a mail or face-to-face round has; None of nobody.

    With e, the share of eligible cases among those whose eligibility is known, RR3, RR4, REF2 and CON2 count e of the
    unknown cases; RR5, RR6, REF3 and CON3 none; the others all.
    """
    i, p, r, nc, o, unknown, not_eligible = [counts.get(outcome, 0) for outcome in Outcome]
    known, asked = i + p + r + nc + o, i + p + r + o
    eligible = _share(known, known + not_eligible)
    everyone, likely = known + unknown, None if eligible is None else known + eligible * unknown
    fractions = (
        (i, everyone), (i + p, everyone), (i, likely), (i + p, likely), (i, known), (i + p, known),  # rr
        (i, asked), (i + p, asked), (i, asked - o), (i + p, asked - o),  # coop
        (r, everyone), (r, likely), (r, known),  # ref
        (asked, everyone), (asked, likely), (asked, known),  # con
    )  # fmt: skip
    return {name: _share(part, whole) for name, (part, whole) in zip(RATES, fractions, strict=True)}


def _share(part: int, whole: float | None) -> float | None:
    return part / whole if whole else None
