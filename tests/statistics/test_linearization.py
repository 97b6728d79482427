"""Scores of ratios and of their means."""

import numpy as np
import pytest

from sipas_survey.statistics.linearization import mean_scores, ratio_scores


def test_ratio_by_hand() -> None:
    """y = 1, 3 over x = 2, 6: ratio ½, scores 0. y = 2, 2 over x = 2, 6: ratio ½, scores ±1/8."""
    found = ratio_scores(np.array([[1.0, 2.0], [3.0, 2.0]]), np.array([[2.0, 2.0], [6.0, 6.0]]))
    assert found.value.tolist() == [0.5, 0.5]
    assert found.scores.tolist() == [[0.0, 0.125], [0.0, -0.125]]


def test_nothing_counted_is_no_value() -> None:
    """A denominator of 0 gives NaN and scores of 0; so does an empty sample."""
    found = ratio_scores(np.zeros((2, 1)), np.zeros((2, 1)))
    assert np.isnan(found.value).all()
    assert not found.scores.any()
    assert np.isnan(ratio_scores(np.zeros((0, 1)), np.zeros((0, 1))).value).all()


def test_a_lonely_cluster_scores_exactly_zero() -> None:
    """A ratio from one cluster has score 0 without a rounding error, whatever its weight."""
    for w in (0.1, 1 / 3, 7.7):
        assert ratio_scores(np.array([[19 * w]]), np.array([[29 * w]])).scores[0, 0] == 0.0


def test_scores_are_the_slope_of_the_ratio() -> None:
    """Adding a little of cluster c changes the ratio by its score times that little."""
    y, x = np.array([[1.0], [4.0], [2.0]]), np.array([[3.0], [5.0], [2.0]])
    found, step = ratio_scores(y, x), 1e-6
    for c in range(3):
        weight = np.ones((3, 1))
        weight[c] += step
        moved = ratio_scores(y * weight, x * weight).value[0]
        assert (moved - found.value[0]) / step == pytest.approx(found.scores[c, 0], abs=1e-5)


def test_a_mean_is_over_what_has_a_value() -> None:
    """Mean of ½, none and ¼ is 3/8; of none alone there is none; scores are averaged alike."""
    ratios = ratio_scores(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 2.0], [1.0, 0.0, 2.0]]))
    found = mean_scores(ratios, np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]]))
    assert found.value[0] == 0.375
    assert np.isnan(found.value[1])
    assert found.scores[:, 0].tolist() == ((ratios.scores[:, 0] + ratios.scores[:, 2]) / 2).tolist()
    assert not found.scores[:, 1].any()
