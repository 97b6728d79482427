"""Whether forms still out can change a verdict: exact at the ends, and against a simulation."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, estimate
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.stopping import outlook
from sipas_survey.satisfaction.verdict import Verdict
from tests.satisfaction.answers_table import sipas

TARGET = Fraction(85, 100)
NOTHING = estimate(Responses.none(sipas()), FormDesign.simple(0))[0]


def row(satisfied: int, valid: int, *, forms: int = 0, se: float | None = None) -> IndexEstimate:
    """An index so far, with a normal interval."""
    value = Fraction(satisfied, valid)
    half = None if se is None else 1.959963984540054 * se
    lower, upper = (None, None) if half is None else (float(value) - half, float(value) + half)
    return replace(
        NOTHING, satisfied=satisfied, valid=valid, value=value, forms=forms or valid, se=se, lower=lower, upper=upper
    )


@pytest.mark.parametrize(
    ("satisfied", "remaining", "settled"),
    [(90, 5, True), (90, 6, False), (84, 1, True), (84, 6, True), (84, 7, False), (85, 0, True), (85, 1, False)],
)
def test_settled_whatever_comes(satisfied: int, remaining: int, settled: bool) -> None:
    """90 of 100 stay at 85 % with 5 dissatisfied answers more, not with 6; 84 need 7 satisfied ones to get there."""
    assert outlook(row(satisfied, 100), Verdict.UNDECIDED, TARGET, remaining=remaining, answers=1).settled is settled


def test_effective_size_and_design_effect() -> None:
    """p(1-p)/se^2 independent answers; 400 answers that are worth 100 have a design effect of 4."""
    seen = outlook(row(320, 400, forms=40, se=0.04), Verdict.UNDECIDED, TARGET, remaining=10, answers=10)
    assert (seen.effective, seen.deff) == (pytest.approx(100), pytest.approx(4))
    assert seen.margin == pytest.approx(0.0784, abs=1e-4)


@pytest.mark.parametrize(("p", "se"), [(0.88, 0.02), (0.85, 0.02), (0.80, 0.03), (0.90, 0.02)])
def test_the_chance_that_a_verdict_stays(p: float, se: float) -> None:
    """Against 40,000 continuations of the field, with the unknown true share drawn too."""
    n, m = 100, 60
    so_far = row(round(p * 1000), 1000, forms=n, se=se)
    verdict = Verdict.MET if so_far.lower >= TARGET else Verdict.NOT_MET if so_far.upper < TARGET else Verdict.UNDECIDED
    random = np.random.default_rng(3)
    truth = random.normal(p, se, 40_000)
    final = (n * p + m * random.normal(truth, se * np.sqrt(n / m))) / (n + m)
    half = 1.96 * se * np.sqrt(n / (n + m))
    ends = {Verdict.MET: final - half >= 0.85, Verdict.NOT_MET: final + half < 0.85}
    ends[Verdict.UNDECIDED] = ~(ends[Verdict.MET] | ends[Verdict.NOT_MET])
    seen = outlook(so_far, verdict, TARGET, remaining=m, answers=10)
    assert seen.stays == pytest.approx(ends[verdict].mean(), abs=0.01)


def test_when_to_stop() -> None:
    """Nothing is out any more; or the verdict is as good as sure. Without a spread nothing is said."""
    assert outlook(row(85, 100, se=0.03), Verdict.UNDECIDED, TARGET, remaining=0, answers=1).stop
    assert outlook(row(970, 1000, se=0.01), Verdict.MET, TARGET, remaining=100, answers=10).stop
    assert not outlook(row(880, 1000, se=0.014), Verdict.MET, TARGET, remaining=1000, answers=10).stop
    spotless = outlook(row(20, 20), Verdict.UNDECIDED, TARGET, remaining=10, answers=1)
    assert (spotless.stays, spotless.effective, spotless.margin, spotless.stop) == (None, None, None, False)
    assert outlook(NOTHING, Verdict.NO_DATA, TARGET, remaining=5, answers=1).stop is False
