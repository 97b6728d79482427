"""Weighted shares of the re-check and their intervals, against hand-worked figures, coverage and other programs."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from sipas_survey.tracking import short_form
from sipas_survey.tracking.comparison import Sample, differences, item_agreement, rate

SHORT = short_form.load().or_raise()
SIGNS = next(item for item in SHORT.items if item.code == "signs")


def test_a_weighted_share_by_hand() -> None:
    """Strata of 40 and 10 forms with two drawn each: weights 20 and 5, one of each pair not confirmed."""
    sample = Sample(
        tuple("abcd"), np.array([20.0, 20, 5, 5]), np.array([0, 0, 1, 1]), np.array([0.05, 0.2])
    )  # fmt: skip
    found = rate(sample, np.array([1.0, 0, 0, 0]), np.ones(4))
    assert found.value == pytest.approx(20 / 50)
    scores = np.array([20 * 0.6, -20 * 0.4]) / 50
    other = np.array([-5 * 0.4, -5 * 0.4]) / 50
    variance = 0.95 * 2 * ((scores - scores.mean()) ** 2).sum() + 0.8 * 2 * ((other - other.mean()) ** 2).sum()
    assert found.se == pytest.approx(np.sqrt(variance))
    assert found.small


def test_a_share_of_one_worker() -> None:
    """Each form counts once: 0 of 8 has the Clopper–Pearson limits of eight forms."""
    plain = Sample.unweighted([str(i) for i in range(8)])
    found = rate(plain, np.zeros(8), np.ones(8))
    assert (found.value, found.lower) == (0, 0)
    assert found.upper == pytest.approx(proportion_confint(0, 8, method="beta")[1])
    assert rate(plain, np.zeros(8), np.zeros(8)).value is None


def test_the_interval_covers() -> None:
    """Of 300 re-checks of one population about 95 in 100 intervals hold its share of forms not confirmed."""
    random = np.random.default_rng(7)
    stratum = np.repeat(np.arange(12), 40)
    bad = (random.random(480) < np.repeat(random.uniform(0.05, 0.4, 12), 40)).astype(float)
    covered = 0
    for _ in range(300):
        drawn = np.concatenate([h * 40 + random.choice(40, 8, replace=False) for h in range(12)])
        sample = Sample(tuple(map(str, drawn)), np.full(96, 5.0), stratum[drawn], np.full(12, 0.2))
        found = rate(sample, bad[drawn], np.ones(96))
        assert found.lower is not None
        assert found.upper is not None
        covered += found.lower <= bad.mean() <= found.upper
    assert 0.91 <= covered / 300 <= 0.99


def test_agreement_of_a_question_against_two_programs() -> None:
    """Kappa with quadratic weights, and its interval where every form has the same weight."""
    random = np.random.default_rng(3)
    first = random.integers(1, 6, 150)
    again = np.where(random.random(150) < 0.7, first, random.integers(1, 6, 150))
    sample = Sample.unweighted([str(i) for i in range(150)])
    found = item_agreement(sample, SIGNS, SHORT.satisfied, [str(x) for x in first], [str(y) for y in again])
    assert found.pairs == 150
    assert found.gdr == pytest.approx(np.mean(first != again))
    assert found.kappa == pytest.approx(cohen_kappa_score(first, again))
    assert found.weighted_kappa == pytest.approx(cohen_kappa_score(first, again, weights="quadratic"))
    assert found.round_kappa == pytest.approx(found.weighted_kappa)
    table = np.zeros((5, 5))
    np.add.at(table, (first - 1, again - 1), 1)
    theirs = cohens_kappa(table, wt="quadratic").std_kappa * np.sqrt(150 / 149)
    assert found.round_kappa_upper is not None
    assert (found.round_kappa_upper - found.weighted_kappa) / theirs == pytest.approx(1.976, abs=1e-3)
    assert found.change is not None
    before, after = first >= 4, again >= 4
    assert found.change.ndr == pytest.approx(before.mean() - after.mean())


def test_differences_of_a_form() -> None:
    """Facts must be the same, a neighbouring opinion passes, what was not answered is not compared."""
    first = {"sex": "F", "signs": "4", "polite": "5", "education": "primary"}
    again = {"sex": "M", "signs": "5", "polite": "3", "answered": "2"}
    assert differences(SHORT, first, again) == {1: (1, 1), 2: (0, 0), 3: (1, 2)}
