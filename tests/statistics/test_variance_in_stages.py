"""The variance of totals drawn in stages, of lonely units and of moments: against loops over the definition."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from sipas_survey.statistics.arrays import Floats, Groups
from sipas_survey.statistics.choices import Lonely
from sipas_survey.statistics.totals import Cells
from sipas_survey.statistics.variance import (
    DomainVariance,
    Stage,
    covariance_of_moments,
    degrees_by_domain,
    degrees_of_freedom,
    variance_in_stages,
    variance_of_total,
)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


# Two strata with 2 and 3 communes; 2, 3, 1, 2, 2 hamlets; 18 households in all.
FIRST = Stage(ints(0, 0, 1, 1, 1), np.array([0.5, 0.25]))
SECOND = Stage(ints(0, 0, 1, 1, 1, 2, 3, 3, 4, 4), np.array([0.4, 0.6, 1.0, 0.2, 0.5]))
THIRD = Stage(ints(0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 7, 7, 8, 8, 9), np.full(10, 0.1) + 0.05 * np.arange(10))
STAGES = (FIRST, SECOND, THIRD)
SCORES = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3])


def by_loops(scores: Sequence[float], stages: Sequence[Stage]) -> float:
    """Σ over stages of Σ_g F_g (1 − f_g) · n_g/(n_g − 1) · Σ_u (z_gu − z̄_g)², a later lonely unit adding 0."""
    found, z = 0.0, list(scores)
    for j in reversed(range(len(stages))):
        members: dict[int, list[float]] = defaultdict(list)
        for unit, group in enumerate(stages[j].group.tolist()):
            members[group].append(z[unit])
        for group, values in members.items():
            above, at = 1.0, group
            for i in reversed(range(j)):
                parent = int(stages[i].group[at])
                above *= float(stages[i].fraction[parent])
                at = parent
            n, mean = len(values), sum(values) / len(values)
            if n > 1:
                spread = sum((v - mean) ** 2 for v in values)
                found += above * (1 - float(stages[j].fraction[group])) * n / (n - 1) * spread
        z = [sum(members[g]) for g in range(len(stages[j].fraction))]
    return found


def test_three_stages_are_the_loops_over_the_definition() -> None:
    """Two scores at once; households and hamlets that are alone add nothing of theirs."""
    scores = np.column_stack([SCORES, SCORES**2 - 7])
    expected = [by_loops(column.tolist(), STAGES) for column in scores.T]
    assert variance_in_stages(scores, STAGES) == pytest.approx(expected, rel=1e-12)


def test_two_stages_by_hand() -> None:
    """Communes with totals 4 and 10, f = ½: ½·2·18 = 18; within, F = ½, f = ¼: ½·¾·2·(2 + 2) = 3."""
    stages = (Stage(ints(0, 0), np.array([0.5])), Stage(ints(0, 0, 1, 1), np.array([0.25, 0.25])))
    assert variance_in_stages(np.array([[1.0], [3.0], [4.0], [6.0]]), stages) == pytest.approx([21.0])


def test_a_stratum_with_one_commune_has_no_variance() -> None:
    """One commune drawn of several: nan; one hamlet in a commune: nothing is added."""
    alone = (Stage(ints(0), np.array([0.5])), Stage(ints(0, 0), np.array([0.5])))
    assert np.isnan(variance_in_stages(np.array([[1.0], [3.0]]), alone)).all()
    whole = (Stage(ints(0), np.array([1.0])), Stage(ints(0, 0), np.array([0.5])))
    assert variance_in_stages(np.array([[1.0], [3.0]]), whole) == pytest.approx([0.5 * 2 * 2])


@pytest.mark.parametrize("domain", [None, ints(0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1)])
def test_every_domain_is_zero_outside(domain: np.ndarray | None) -> None:
    """The variance in a domain is that of scores that are 0 outside; units without a cell count."""
    cells = Cells.of(np.arange(18), units=18, domain=domain, domains=1 if domain is None else 2)
    variance = DomainVariance.of(cells, STAGES, lonely=Lonely.REMOVE)
    order = cells.unit
    expected = [
        by_loops(np.where(inside, SCORES, 0.0).tolist(), STAGES)
        for inside in ([np.ones(18, dtype=bool)] if domain is None else [domain == 0, domain == 1])
    ]
    assert variance(SCORES[order]) == pytest.approx(expected, rel=1e-12)


def test_degrees_by_domain_are_those_of_the_first_stage() -> None:
    """Communes with a used row, less the strata that hold them; a row that is not used does not count."""
    domain = ints(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1)
    cells = Cells.of(np.arange(18), units=18, domain=domain, domains=2)
    used = np.ones(18)
    assert degrees_by_domain(used, cells, STAGES).tolist() == [1 + 0, 1]
    used[10:12] = 0.0
    assert degrees_by_domain(used, cells, STAGES).tolist() == [1, 1]
    used[-3:] = 0.0  # the last commune
    assert degrees_by_domain(used, cells, STAGES).tolist() == [1, 0]


def test_degrees_by_domain_of_one_stage() -> None:
    """Rows that are units: 2 + 3 of two strata in one domain are 3; of the other 2 of one stratum are 1."""
    stage = Stage(ints(0, 0, 1, 1, 1, 0, 0), np.zeros(2))
    cells = Cells.of(np.arange(7), units=7, domain=ints(0, 0, 0, 0, 0, 1, 1), domains=2)
    assert degrees_by_domain(np.ones(7), cells, [stage]).tolist() == [3, 1]
    assert degrees_by_domain(np.array([1.0, 1, 0, 0, 0, 1, 1]), cells, [stage]).tolist() == [1, 1]


def test_degrees_by_domain_with_many_clusters() -> None:
    """Each commune is one unit however many rows it has, under any domain code."""
    first = Stage(ints(0, 0, 0, 1, 1), np.zeros(2))
    second = Stage(ints(0, 0, 1, 2, 3, 3, 4), np.zeros(5))
    cells = Cells.of(np.arange(7), units=7, domain=ints(2, 2, 2, 2, 0, 0, 0), domains=3)
    assert degrees_by_domain(np.ones(7), cells, [first, second]).tolist() == [1, 0, 2]
    assert degrees_of_freedom(np.ones((5, 1)), first.group, strata=2).tolist() == [3]


# ---------------------------------------------------------------- lonely units
LONELY = ints(0, 0, 1, 2, 2)  # stratum 1 has one cluster
OPEN = np.array([0.5, 0.25, 0.0])
FIVE = np.array([[2.0, 1], [4, 1], [9, 0], [1, 3], [4, 5]])
OTHERS = np.array([0.5 * 2 * 2 + 2 * 4.5, 0 + 2 * 2])  # what strata 0 and 2 add


def lonely(rule: Lonely) -> Floats:
    """The variances with stratum 1 treated by a rule."""
    return variance_of_total(FIVE, LONELY, OPEN, lonely=rule)


def test_what_a_lonely_cluster_adds() -> None:
    """Nothing; its distance from the mean of all clusters times 1 − f; the mean of the other strata; no variance."""
    means = FIVE.sum(axis=0) / 5
    assert lonely(Lonely.REMOVE) == pytest.approx(OTHERS)
    assert lonely(Lonely.ADJUST) == pytest.approx(OTHERS + 0.75 * (np.array([9.0, 0.0]) - means) ** 2)
    assert lonely(Lonely.AVERAGE) == pytest.approx(1.5 * OTHERS)
    assert np.isnan(lonely(Lonely.FAIL)).tolist() == [True, False]
    assert lonely(Lonely.FAIL)[1] == pytest.approx(OTHERS[1])


def test_an_average_of_no_strata_is_none() -> None:
    """Where every stratum has one cluster, none can lend."""
    assert np.isnan(variance_of_total(FIVE[:2], ints(0, 1), np.zeros(2), lonely=Lonely.AVERAGE)).all()


def test_lonely_clusters_of_domains() -> None:
    """The mean of all clusters divides by the clusters of the design, in each domain the same number."""
    domain = ints(0, 1, 0, 0, 1)
    cells = Cells.of(np.arange(5), units=5, domain=domain, domains=2)
    scores = FIVE[:, 0]
    stage = Stage(LONELY, OPEN)
    for rule in (Lonely.ADJUST, Lonely.AVERAGE, Lonely.REMOVE):
        found = DomainVariance.of(cells, [stage], lonely=rule)(scores[cells.unit])
        expected = [
            variance_of_total(np.where(domain == d, scores, 0.0)[:, None], LONELY, OPEN, lonely=rule)[0] for d in (0, 1)
        ]
        assert found == pytest.approx(expected)


def test_a_unit_that_was_sure_is_not_lonely() -> None:
    """With f = 1, or with probability 1, one unit is all there is; with probability ½ it is lonely."""
    assert Stage(ints(0, 1, 1), np.array([1.0, 0.5])).lonely().tolist() == []
    assert Stage(ints(0, 1, 1), np.array([0.99, 0.5])).lonely().tolist() == [0]
    assert Stage(ints(0, 1), np.zeros(2), np.array([1.0, 0.5])).lonely().tolist() == [1]
    assert Stage(ints(0, 1), np.array([0.5, 0.5])).lonely(ints(2, 1)).tolist() == [1]


def test_brewers_variance_by_hand() -> None:
    """Scores 2, 4, 9 with π = ½, ¼, 1: 3/2 · (½·9 + ¾·1 + 0·16) about the mean 5."""
    found = variance_of_total(np.array([[2.0], [4.0], [9.0]]), ints(0, 0, 0), np.zeros(1),
                              probability=np.array([0.5, 0.25, 1.0]))  # fmt: skip
    assert found == pytest.approx([1.5 * (4.5 + 0.75)])


def test_a_lonely_unit_with_a_probability_is_adjusted_by_it() -> None:
    """π = 0.2 alone in its stratum: 0.8 times its squared distance from the mean of all three."""
    found = variance_of_total(np.array([[6.0], [1.0], [2.0]]), ints(0, 1, 1), np.zeros(2),
                              probability=np.array([0.2, 0.5, 0.5]), lonely=Lonely.ADJUST)  # fmt: skip
    assert found == pytest.approx([0.8 * 9 + 2 * 0.5 * (0.25 + 0.25)])


def test_probabilities_of_units_without_a_cell_count() -> None:
    """In a domain the unit outside has score 0 and weighs 1 − π about the mean."""
    probability = np.array([0.5, 0.25, 0.8, 0.4])
    stage = Stage(ints(0, 0, 0, 0), np.zeros(1), probability)
    cells = Cells.of(np.arange(4), units=4, domain=ints(0, 1, 0, 1), domains=2)
    z = np.array([2.0, 4.0, 9.0, 1.0])
    expected = []
    for d in (0, 1):
        inside = np.where(np.arange(4) % 2 == d, z, 0.0)
        expected.append(4 / 3 * float(((1 - probability) * (inside - inside.mean()) ** 2).sum()))
    assert DomainVariance.of(cells, [stage])(z[cells.unit]) == pytest.approx(expected)


# ---------------------------------------------------------------- moments
def test_variances_from_moments_are_those_from_rows() -> None:
    """Σ z and Σ z² of each stratum say what the rows say; lonely strata as well."""
    cells = Cells.of(np.arange(5), units=5)
    z = FIVE[:, 0]
    for rule in Lonely:
        variance = DomainVariance.of(cells, [Stage(LONELY, OPEN)], lonely=rule)
        sums, squares = (np.bincount(LONELY, weights=x) for x in (z, z**2))
        expected = variance(z)
        assert variance.of_moments(sums, squares) == pytest.approx(expected, nan_ok=True)
        assert isinstance(variance.strata, Groups)
        assert variance.strata.code.tolist() == LONELY.tolist()


def test_covariances_from_moments() -> None:
    """Of rows: Σ (1 − f) n/(n − 1) Σ (x − x̄)(y − ȳ); the diagonal is the variance of each."""
    stratum, fraction = ints(0, 0, 1, 1, 1), np.array([0.5, 0.2])
    sums = np.array([FIVE[stratum == h].sum(axis=0) for h in (0, 1)])
    products = np.array([FIVE[stratum == h].T @ FIVE[stratum == h] for h in (0, 1)])
    found = covariance_of_moments(sums, products, fraction, clusters=ints(2, 3))
    expected = 0.5 * 2 * np.cov(FIVE[:2].T) + 0.8 * 3 * np.cov(FIVE[2:].T)
    assert found == pytest.approx(expected)
    assert np.diag(found) == pytest.approx(variance_of_total(FIVE, stratum, fraction))


def test_a_lonely_stratum_breaks_the_estimates_that_have_a_score_in_it() -> None:
    """Rows and columns of the first are nan, the second keeps its variance; with f = 1 nothing is broken."""
    sums = np.array([[6.0, 4.0], [9.0, 0.0]])
    products = np.array([[[20.0, 14.0], [14.0, 10.0]], [[81.0, 0.0], [0.0, 0.0]]])
    found = covariance_of_moments(sums, products, np.array([0.5, 0.25]), clusters=ints(2, 1))
    assert np.isnan(found).tolist() == [[True, True], [True, False]]
    assert found[1, 1] == pytest.approx(0.5 * 2 * (10 - 8))
    whole = covariance_of_moments(sums, products, np.array([0.5, 1.0]), clusters=ints(2, 1))
    assert whole[0, 0] == pytest.approx(0.5 * 2 * (20 - 18))


def test_clusters_all_alike_have_no_variance() -> None:
    """Three clusters of 0.1: what rounding leaves of 3 · 0.01 − 0.3²/3 is 0 exactly; more than that stays."""
    z = np.full(3, 0.1)
    sums, products = np.array([[z.sum()]]), np.array([[[float(z @ z) + 1e-18]]])
    assert covariance_of_moments(sums, products, np.zeros(1), clusters=ints(3))[0, 0] == 0.0
    products = np.array([[[float(z @ z) + 1e-12]]])
    assert covariance_of_moments(sums, products, np.zeros(1), clusters=ints(3))[0, 0] == pytest.approx(
        1.5e-12, rel=1e-3
    )
