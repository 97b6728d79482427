"""Changes between rounds: against definitions, closed forms and simulation."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from sipas_survey.satisfaction.change import (
    Pairing,
    independent_change,
    paired_change,
    published_change,
    same_criteria,
    unit_scores,
)
from sipas_survey.satisfaction.indices import FormDesign, IndexEstimate, estimate
from sipas_survey.satisfaction.questionnaire import load
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.satisfaction.rollup import Aggregation, rollup
from tests.satisfaction.answers_table import sipas
from tests.satisfaction.test_indices import found, responses


def access(answers: list[list[int]]) -> tuple[Responses, IndexEstimate]:
    asked = responses(answers, ("q15", "q16"))
    return asked, found(estimate(asked, FormDesign.simple(len(answers))), "access")


def test_independent_rounds_by_hand() -> None:
    """Variances add up; df after Welch; the interval says whether 0 is inside."""
    _, now = access([[5, 5]] * 80 + [[1, 1]] * 20)
    _, before = access([[5, 5]] * 30 + [[1, 1]] * 20)
    change = independent_change(now, before, same=True, level=0.95)
    first, second = 0.8 * 0.2 / 99, 0.6 * 0.4 / 49
    assert change.change == Fraction(1, 5)
    assert change.se == pytest.approx(sqrt(first + second))
    assert change.df == pytest.approx((first + second) ** 2 / (first**2 / 99 + second**2 / 49))
    assert change.outside_noise is True
    again = independent_change(now, now, same=True, level=0.95)
    assert (again.change, again.outside_noise) == (0, False)


def test_a_published_figure_has_no_error() -> None:
    """The difference stands, its interval and a verdict on noise do not."""
    _, now = access([[5, 5], [5, 1]])
    change = published_change(now, Fraction(8829, 10000))
    assert change.change == Fraction(3, 4) - Fraction(8829, 10000)
    assert (change.se, change.lower, change.outside_noise, change.same_criteria) == (None, None, None, None)


def test_no_value_on_a_side_is_no_change() -> None:
    """A round without an answer, an index that was not asked: nothing is told."""
    _, now = access([[5, 5], [5, 1]])
    _, nothing = access([[0, 0], [0, 0]])
    for before in (nothing, None):
        change = independent_change(now, before, same=True, level=0.95)
        assert (change.before, change.change, change.outside_noise) == (None, None, None)
    _, alone = access([[5, 1]])
    assert independent_change(now, alone, same=True, level=0.95).se is None


def paired(now: list[list[int]], before: list[list[int]], keys: tuple[list[str], list[str]]) -> tuple[float, float]:
    """Standard error and df of the paired change in access."""
    (asked, row), (then, other) = access(now), access(before)
    pairing = Pairing.of(*keys)
    scores = [
        unit_scores(r, codes, units=pairing.units, inside=np.ones(len(r)), aggregation=Aggregation.POOLED)["access"]
        for r, codes in zip((asked, then), pairing.codes, strict=True)
    ]
    change = paired_change(
        row, other, scores=(scores[0][0], scores[1][0]), units=np.union1d(scores[0][1], scores[1][1]), same=True,
        level=0.95,
    )  # fmt: skip
    assert change.se is not None
    return change.se, change.df


def test_a_panel_is_the_test_of_paired_differences() -> None:
    """The same people twice, one criterion: the error is that of the mean of their own differences."""
    now, before = [[5, 0], [5, 0], [1, 0], [5, 0]], [[5, 0], [1, 0], [1, 0], [1, 0]]
    people = ["a", "b", "c", "d"]
    differences = np.array([0, 1, 0, 1])
    se, df = paired(now, before, (people, people))
    assert se == pytest.approx(differences.std(ddof=1) / 2)
    assert df == 3
    mixed, _ = paired(now, [before[i] for i in (2, 0, 3, 1)], (people, ["c", "a", "d", "b"]))
    assert mixed == pytest.approx(se)


def test_forms_without_a_key_are_units_of_their_own() -> None:
    """No key in common: the error is near that of two independent samples."""
    now, before = [[5, 5]] * 60 + [[1, 1]] * 40, [[5, 5]] * 50 + [[1, 1]] * 50
    se, df = paired(now, before, ([""] * 100, [""] * 100))
    assert se == pytest.approx(sqrt(0.24 / 99 + 0.25 / 99), rel=0.01)
    assert df == 199
    assert Pairing.of(["a", "", "b"], ["b", "c", ""]).common == 1


def test_clusters_in_common_cover() -> None:
    """150 pairs of rounds in the same 30 communes: the interval holds the true change in about 95 %."""
    chance, hits = np.random.default_rng(4), 0
    communes = [str(c) for c in range(30) for _ in range(8)]
    for _ in range(150):
        level = np.repeat(chance.beta(6, 2, 30), 8)
        rounds = [np.where(chance.random((240, 2)) < level[:, None], 5, 1).tolist() for _ in range(2)]
        se, df = paired(*rounds, (communes, communes))
        difference = float((access(rounds[0])[1].value or 0) - (access(rounds[1])[1].value or 0))
        hits += abs(difference) <= 2.045 * se
        assert df == 29
    assert 0.9 < hits / 150 <= 0.99


def test_other_questions_make_another_index() -> None:
    """Access of the form of 2024 has other criteria; of the same form with a column missing too."""
    later = load("sipas_2024").or_raise()
    plan = rollup(sipas(), ["q15", "q16"], aggregation=Aggregation.POOLED)
    assert same_criteria(plan, plan, "access")
    assert not same_criteria(plan, rollup(sipas(), ["q15"], aggregation=Aggregation.POOLED), "access")
    codes = [c.code for c in later.criteria]
    assert not same_criteria(plan, rollup(later, codes, aggregation=Aggregation.POOLED), "access")
    assert not same_criteria(plan, rollup(later, codes, aggregation=Aggregation.POOLED), "q15")
