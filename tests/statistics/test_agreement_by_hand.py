"""Agreement at its edges, by hand."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.agreement import (
    agreement_table,
    change,
    gross_difference,
    inconsistency,
    interviewer_effect,
    kappa,
    reliability_ratio,
)


def test_a_table_of_three_answers() -> None:
    """First answers in rows; weights add up; what nobody said is 0."""
    first, second = np.array([0, 2, 2, 1]), np.array([1, 2, 2, 0])
    assert agreement_table(first, second, levels=3).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 2]]
    weighted = agreement_table(first, second, levels=3, weight=np.array([0.5, 2, 3, 1]))
    assert weighted.tolist() == [[0, 0.5, 0], [1, 0, 0], [0, 0, 5]]


def test_changes_where_the_exact_test_ends() -> None:
    """24 pairs that changed: binomial; 25: χ² = 9/25·… with one degree of freedom; the smaller side is counted."""
    assert change(5, 8, 16, 5).p_value == pytest.approx(2 * stats.binom.cdf(8, 24, 0.5))
    assert change(5, 16, 8, 5).p_value == pytest.approx(2 * stats.binom.cdf(8, 24, 0.5))
    assert change(5, 9, 16, 5).p_value == pytest.approx(stats.chi2.sf(49 / 25, 1))
    assert change(5, 12, 12, 5).p_value == 1.0
    assert change(0, 1, 0, 0).p_value == 1.0


def test_a_single_pair() -> None:
    """One pair that changed: rates 1, no error, index 1; one that stayed: nothing to test, no index."""
    moved = change(0, 1, 0, 0)
    assert (moved.n, moved.gdr, moved.ndr, moved.ndr_se, moved.mcnemar) == (1, 1.0, 1.0, 0.0, 1.0)
    stayed = change(1, 0, 0, 0)
    assert (stayed.n, stayed.gdr, stayed.inconsistency, stayed.kappa, stayed.mcnemar, stayed.p_value) == (
        1, 0.0, None, None, None, None,
    )  # fmt: skip
    nothing = change(0, 0, 0, 0)
    assert nothing == type(nothing)(0, None, None, None, None, None, None, None)


def test_net_difference_by_hand() -> None:
    """40, 7, 3, 50: gross 0.1, net 0.04, error √(10 − 16/100)/100."""
    found = change(40, 7, 3, 50)
    assert (found.gdr, found.ndr) == (0.1, 0.04)
    assert found.ndr_se == pytest.approx(np.sqrt(10 - 0.16) / 100)
    assert found.inconsistency == pytest.approx(0.1 / (0.47 * 0.57 + 0.43 * 0.53))
    assert found.kappa == pytest.approx(1 - 0.1 / (0.47 * 0.57 + 0.43 * 0.53))


def test_tables_without_anything() -> None:
    """Empty, or one and the same answer: nothing to say; a small sum of weights is a table too."""
    assert gross_difference(np.zeros((2, 2))) is None
    assert inconsistency(np.zeros((2, 2))) is None
    assert inconsistency(np.diag([3.0, 0.0])) is None
    assert gross_difference(np.array([[0.1, 0.1], [0.1, 0.1]])) == pytest.approx(0.5)
    assert inconsistency(np.array([[0.1, 0.1], [0.1, 0.1]])) == pytest.approx(1.0)
    for table in (np.zeros((3, 3)), np.diag([0.0, 4.0, 0.0])):
        found = kappa(table)
        assert (found.value, found.scores.tolist()) == (None, np.zeros((3, 3)).tolist())


def test_reliability_by_hand() -> None:
    """1, 2, 3 and 1, 3, 2: Σ(x − y)²/2n = 1/3 over 2/3; nobody differs, or nobody answers: none."""
    assert reliability_ratio(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(0.5)
    assert reliability_ratio(np.ones(3), np.ones(3)) is None
    assert reliability_ratio(np.zeros(0), np.zeros(0)) is None
    assert reliability_ratio(np.array([1.0, 1]), np.array([1.0, 3])) == pytest.approx(1 - (4 / 2 / 2) / 0.5)


def test_quadratic_kappa_by_hand() -> None:
    """Three points of a scale: neighbours agree by ¾, the ends not at all."""
    table = np.array([[10.0, 4, 1], [3, 12, 5], [0, 2, 8]])
    share, weights = table / 45, np.array([[1, 0.75, 0], [0.75, 1, 0.75], [0, 0.75, 1]])
    chance = np.outer(share.sum(axis=1), share.sum(axis=0))
    expected = 1 - ((1 - weights) * share).sum() / ((1 - weights) * chance).sum()
    found = kappa(table, quadratic=True)
    assert found.value == pytest.approx(expected)
    assert (found.scores * share).sum() == pytest.approx(0, abs=1e-12)


def test_scores_of_kappa_are_its_derivative() -> None:
    """Moving a little weight into a cell changes kappa by the cell's score times that share."""
    table = np.array([[10.0, 4, 1], [3, 12, 5], [0, 2, 8]])
    for quadratic in (False, True):
        found = kappa(table, quadratic=quadratic)
        for i in range(3):
            for j in range(3):
                more = table.copy()
                more[i, j] += 1e-5
                moved = kappa(more, quadratic=quadratic).value
                assert moved is not None
                assert found.value is not None
                assert (moved - found.value) * 45 / 1e-5 == pytest.approx(found.scores[i, j], rel=1e-4, abs=1e-5)


def test_interviewers_by_hand() -> None:
    """Loads 2, 3, 4 of means 2, 5, 8: the analysis of variance as it stands in a textbook."""
    value = np.array([1.0, 3, 4, 5, 6, 7, 8, 8, 9, np.nan])
    who = np.array([0, 0, 1, 1, 1, 3, 3, 3, 3, 2])
    found = interviewer_effect(value, who, size=4)
    groups = [value[:2], value[2:5], value[5:9]]
    grand = value[:9].mean()
    between = sum(len(g) * (g.mean() - grand) ** 2 for g in groups) / 2
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / 6
    usual = (9 - 29 / 9) / 2
    rho = (between - within) / (between + (usual - 1) * within)
    assert found.rho == pytest.approx(rho)
    assert found.load == pytest.approx(29 / 9)
    assert found.effect == pytest.approx(1 + rho * (29 / 9 - 1))


def test_interviewers_who_cannot_be_told_apart() -> None:
    """One interviewer, or one form each: nothing; all answers alike: no effect; a negative ρ multiplies by 1."""
    for value, who in (([1.0, 2], [0, 0]), ([1.0, 2], [0, 1]), ([], [])):
        found = interviewer_effect(np.array(value), np.array(who, dtype=np.int64), size=2)
        assert np.isnan([found.rho, found.load, found.effect]).all()
    alike = interviewer_effect(np.ones(4), np.array([0, 0, 1, 1]), size=2)
    assert (alike.rho, alike.load, alike.effect) == (0.0, 2.0, 1.0)
    opposed = interviewer_effect(np.array([1.0, 3, 3, 1]), np.array([0, 0, 1, 1]), size=2)
    assert (opposed.rho, opposed.effect) == (-1.0, 1.0)
    three = interviewer_effect(np.array([1.0, 2, 4]), np.array([0, 0, 1]), size=2)
    assert three.load == pytest.approx(5 / 3)
