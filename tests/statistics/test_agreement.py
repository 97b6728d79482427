"""Agreement of two answers: the worked check, naive loops, scikit-learn and statsmodels."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa

from sipas_survey.statistics.agreement import (
    agreement_table,
    change,
    gross_difference,
    inconsistency,
    interviewer_effect,
    kappa,
    reliability_ratio,
)


def pairs(seed: int, *, n: int = 80, levels: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Answers that agree more often than not."""
    random = np.random.default_rng(seed)
    first = random.integers(0, levels, n)
    second = np.where(random.random(n) < 0.6, first, random.integers(0, levels, n))
    return first, second


def test_the_worked_check() -> None:
    """a40 b10 c5 d45: GDR ,15 NDR ,05 se ,0384 IOI ,30 kappa ,70 McNemar 1,667."""
    found = change(40, 10, 5, 45)
    assert (found.n, found.gdr, found.ndr) == (100, pytest.approx(0.15), pytest.approx(0.05))
    assert found.ndr_se == pytest.approx(0.0384, abs=5e-5)
    assert (found.inconsistency, found.kappa) == (pytest.approx(0.30), pytest.approx(0.70))
    assert found.mcnemar == pytest.approx(1.667, abs=5e-4)


@pytest.mark.parametrize(("b", "c"), [(10, 5), (40, 12), (3, 0), (7, 7)])
def test_mcnemar_against_statsmodels(b: int, c: int) -> None:
    """Exact for few changed pairs, χ² without correction for many."""
    table = [[40, b], [c, 45]]
    few = b + c < 25
    assert change(40, b, c, 45).p_value == pytest.approx(mcnemar(table, exact=few, correction=False).pvalue)
    assert change(40, b, c, 45).mcnemar == pytest.approx(mcnemar(table, exact=False, correction=False).statistic)


def test_nothing_to_compare() -> None:
    """No pairs, or one and the same answer: no index, no kappa, no test."""
    assert change(0, 0, 0, 0).gdr is None
    same = change(12, 0, 0, 0)
    assert (same.gdr, same.ndr, same.ndr_se) == (0, 0, 0)
    assert (same.inconsistency, same.kappa, same.mcnemar, same.p_value) == (None, None, None, None)
    assert gross_difference(np.zeros((3, 3))) is None
    assert inconsistency(np.zeros((3, 3))) is None
    assert kappa(np.zeros((3, 3))).value is None
    assert kappa(np.diag([5.0, 0, 0])).value is None
    assert reliability_ratio(np.array([]), np.array([])) is None
    assert reliability_ratio(np.ones(4), np.ones(4)) is None


@pytest.mark.parametrize("quadratic", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_kappa_and_its_error_against_two_programs(seed: int, quadratic: bool) -> None:
    """scikit-learn has the value, statsmodels the value and the standard error of Fleiss, Cohen and Everitt."""
    first, second = pairs(seed)
    table = agreement_table(first, second, levels=5)
    found = kappa(table, quadratic=quadratic)
    assert found.value == pytest.approx(
        cohen_kappa_score(first, second, labels=range(5), weights="quadratic" if quadratic else None)
    )
    theirs = cohens_kappa(table, wt="quadratic" if quadratic else None)
    assert found.value == pytest.approx(theirs.kappa)
    scores = found.scores[first, second]
    assert scores.mean() == pytest.approx(0, abs=1e-12)
    assert np.sqrt((scores**2).sum()) / len(first) == pytest.approx(theirs.std_kappa)


def test_kappa_of_weights() -> None:
    """A pair of weight two counts like two pairs."""
    first, second = pairs(9)
    weight = np.where(np.arange(80) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(80), weight.astype(int))
    weighted = kappa(agreement_table(first, second, levels=5, weight=weight))
    repeated = kappa(agreement_table(first[twice], second[twice], levels=5))
    assert weighted.value == pytest.approx(repeated.value)
    assert weighted.scores == pytest.approx(repeated.scores)


@pytest.mark.parametrize("levels", [2, 3, 6])
def test_the_index_against_a_naive_loop(levels: int) -> None:
    """GDR over the difference rate of every first answer with every second one; kappa is what is left."""
    first, second = pairs(levels, levels=levels)
    table = agreement_table(first, second, levels=levels)
    gross = sum(x != y for x, y in zip(first, second, strict=True)) / 80
    independent = sum(x != y for x in first for y in second) / 80**2
    assert gross_difference(table) == pytest.approx(gross)
    assert inconsistency(table) == pytest.approx(gross / independent)
    assert kappa(table).value == pytest.approx(1 - gross / independent)


def test_the_reliability_ratio() -> None:
    """Perfect agreement is 1; with answers by hand: differences 0 1 1 0, variances 1,25 and 0,25."""
    x, y = np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 2, 2])
    assert reliability_ratio(x, x) == 1
    simple = (0 + 1 + 1 + 4) / 8
    assert reliability_ratio(x, y) == pytest.approx(1 - simple / ((1.25 + 0.25) / 2))


def test_the_interviewer_effect_by_hand() -> None:
    """Two interviewers with three forms each: 1 2 3 and 3 4 5; between 6, within 1, ρ = 5/8, effect 1 + 2 · 5/8."""
    found = interviewer_effect(np.array([1.0, 2, 3, 3, 4, 5]), np.array([0, 0, 0, 1, 1, 1]), size=3)
    assert (found.rho, found.load, found.effect) == (pytest.approx(5 / 8), 3, pytest.approx(2.25))


def test_no_interviewer_effect() -> None:
    """One interviewer, or one form each: nothing can be told; equal means: no effect below 1."""
    assert np.isnan(interviewer_effect(np.ones(4), np.zeros(4, dtype=int), size=1).rho)
    assert np.isnan(interviewer_effect(np.ones(4), np.arange(4), size=4).effect)
    found = interviewer_effect(np.array([1.0, 3, 1, 3, np.nan]), np.array([0, 0, 1, 1, 1]), size=2)
    assert found.rho < 0
    assert found.effect == 1
    assert interviewer_effect(np.ones(6), np.repeat([0, 1], 3), size=2).rho == 0
