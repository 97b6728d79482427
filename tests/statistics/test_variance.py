"""The one variance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.statistics.variance import degrees_of_freedom, variance_of_total

scores_of = st.lists(st.tuples(st.integers(0, 2), st.integers(-50, 50)), min_size=1, max_size=30)
FRACTION = np.array([0.0, 0.25, 1.0])


def naive(scores: list[float], stratum: list[int], fraction: list[float]) -> float:
    """The definition, stratum by stratum."""
    variance = 0.0
    for h, f in enumerate(fraction):
        z = [score for score, code in zip(scores, stratum, strict=True) if code == h]
        if f == 1 or not any(z):
            continue
        if len(z) == 1:
            return float("nan")
        mean = sum(z) / len(z)
        variance += (1 - f) * len(z) / (len(z) - 1) * sum((x - mean) ** 2 for x in z)
    return variance


def test_by_hand() -> None:
    """Scores 1, 3 with f = ½ and 2, 2, 5 with f = 0: ½·2·2 + 3/2·6 = 11."""
    scores = np.array([[1.0], [3.0], [2.0], [2.0], [5.0]])
    found = variance_of_total(scores, np.array([0, 0, 1, 1, 1]), np.array([0.5, 0.0]))
    assert found.tolist() == [11.0]


@given(scores_of)
def test_it_equals_the_naive_loop(rows: list[tuple[int, int]]) -> None:
    """Any strata, lonely ones and complete ones included."""
    stratum, z = [r[0] for r in rows], [float(r[1]) for r in rows]
    found = variance_of_total(np.array([z]).T, np.array(stratum), FRACTION)
    assert found[0] == pytest.approx(naive(z, stratum, FRACTION.tolist()), nan_ok=True, abs=1e-9)


@given(scores_of, st.integers(-5, 5), st.integers(-3, 3))
def test_it_ignores_a_shift_and_scales_by_the_square(rows: list[tuple[int, int]], shift: int, times: int) -> None:
    """V(a + b z) = b² V(z) where every stratum has two clusters or more."""
    stratum = np.array([r[0] for r in rows] * 2)
    z = np.array([[float(r[1])] for r in rows] * 2)
    before, after = (variance_of_total(x, stratum, FRACTION)[0] for x in (z, shift + times * z))
    assert after == pytest.approx(times**2 * before, abs=1e-8)


@given(scores_of, st.lists(st.integers(0, 4), min_size=3, max_size=3))
def test_clusters_with_score_zero_may_be_left_out(rows: list[tuple[int, int]], outside: list[int]) -> None:
    """Saying how many clusters there are is the same as giving those outside a domain a score of 0."""
    stratum = np.array([r[0] for r in rows] + [h for h, n in enumerate(outside) for _ in range(n)])
    z = np.array([[float(r[1])] for r in rows] + [[0.0]] * sum(outside))
    clusters, inside = np.bincount(stratum, minlength=3), slice(0, len(rows))
    short = variance_of_total(z[inside], stratum[inside], FRACTION, clusters=clusters)
    assert short[0] == pytest.approx(variance_of_total(z, stratum, FRACTION)[0], nan_ok=True, abs=1e-9)


def test_a_lonely_cluster_has_no_variance_unless_it_is_zero_or_taken_whole() -> None:
    """One cluster: NaN for a score, 0 for a score of 0, and 0 where f = 1."""
    one = np.array([0])
    assert np.isnan(variance_of_total(np.array([[2.0, 0.0]]), one, np.array([0.5]))).tolist() == [True, False]
    assert variance_of_total(np.array([[2.0]]), one, np.array([1.0])).tolist() == [0.0]


def test_no_clusters_no_variance() -> None:
    """An empty sample has variance 0 and no degrees of freedom."""
    empty = np.zeros(0, dtype=np.int64)
    assert variance_of_total(np.zeros((0, 2)), empty, np.zeros(1)).tolist() == [0.0, 0.0]
    assert degrees_of_freedom(np.zeros((0, 2)), empty, strata=1).tolist() == [0, 0]


def test_degrees_of_freedom_count_what_was_used() -> None:
    """Five clusters in two strata, one of them unused: 5 − 2 = 3, without it 2 − 1 = 1."""
    used = np.array([[1.0, 0.0], [1.0, 0.0], [2.0, 0.5], [1.0, 3.0], [1.0, 0.0]])
    assert degrees_of_freedom(used, np.array([0, 0, 1, 1, 1]), strata=3).tolist() == [3, 1]


def test_the_variance_is_unbiased_for_a_total() -> None:
    """Over all 20 samples of 3 from 6, the mean estimate is the true variance of the estimated total."""
    from itertools import combinations

    population = np.array([1.0, 2.0, 4.0, 4.0, 7.0, 9.0])
    samples = [population[list(chosen)] for chosen in combinations(range(6), 3)]
    zero, half = np.zeros(3, dtype=np.int64), np.array([0.5])
    estimates = [variance_of_total(2 * sample[:, None], zero, half)[0] for sample in samples]
    assert np.mean(estimates) == pytest.approx(np.var([2 * sample.sum() for sample in samples]))
