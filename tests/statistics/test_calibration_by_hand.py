"""Calibration at its edges: what is refused and how it is named, how many rounds are taken, where weights end."""

import numpy as np
import pytest

from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.calibration import _Factor, calibrate, rake, steps
from sipas_survey.statistics.choices import Distance

FOUR = np.array([10.0, 30, 20, 40])
SEX = np.array([0, 0, 1, 1])
TOWN = np.array([0, 1, 0, 1])
ONE_SET = Auxiliaries((SEX,), (2,), np.zeros((4, 0)))
TWO_SETS = Auxiliaries((SEX, TOWN), (2, 2), np.zeros((4, 0)))
NAMES = ["F", "M", "town", "country"]
NUMBER = Auxiliaries((), (), np.array([[1.0], [2], [3], [4]]))


def told(found: object) -> list[tuple[str, dict[str, object]]]:
    """Kinds and details of the problems."""
    return [(p.kind, {"found": p.found, **p.details}) for p in found.problems]  # type: ignore[attr-defined]


# ---------------------------------------------------------------- factors
@pytest.mark.parametrize(
    ("distance", "bounds"),
    [(Distance.LINEAR, None), (Distance.LINEAR, (0.4, 2.5)), (Distance.RAKING, None), (Distance.LOGIT, (0.4, 2.5)),
     (Distance.LOGIT, (0.0, 1.2))],
)  # fmt: skip
def test_a_factor_begins_at_one_with_slope_one(distance: Distance, bounds: tuple[float, float] | None) -> None:
    """F(0) = F'(0) = 1; the slope is the derivative, by central differences."""
    factor = _Factor(distance, bounds)
    assert [float(part[0]) for part in factor(np.zeros(1))] == pytest.approx([1.0, 1.0])
    u = np.array([-0.55, -0.2, 0.3, 1.1])
    step = 1e-6
    by_difference = (factor(u + step)[0] - factor(u - step)[0]) / (2 * step)
    assert factor(u)[1] == pytest.approx(by_difference, rel=1e-6, abs=1e-9)


def test_factors_by_hand() -> None:
    """1 + u, cut off at the bounds; eᵘ; logit by Deville and Särndal's formula with L = ½, U = 2: A = 3."""
    u = np.array([-2.0, 0.5, 3.0])
    assert _Factor(Distance.LINEAR, None)(u)[0].tolist() == [-1.0, 1.5, 4.0]
    clipped, slope = _Factor(Distance.LINEAR, (0.5, 2.0))(u)
    assert (clipped.tolist(), slope.tolist()) == ([0.5, 1.5, 2.0], [0.0, 1.0, 0.0])
    low, high, e = 0.5, 2.0, np.exp(3 * u)
    expected = (low * (high - 1) + high * (1 - low) * e) / ((high - 1) + (1 - low) * e)
    assert _Factor(Distance.LOGIT, (low, high))(u)[0] == pytest.approx(expected)
    assert _Factor(Distance.RAKING, None)(u)[0] == pytest.approx(np.exp(u))
    assert np.isfinite(_Factor(Distance.RAKING, None)(np.array([1e9]))[0]).all()


# ---------------------------------------------------------------- raking
def test_raking_two_sets_by_hand() -> None:
    """Equal margins of a table that has them already: one round; else six, the first of them by hand."""
    assert rake(FOUR, TWO_SETS, totals=np.array([40.0, 60, 30, 70]), names=NAMES).value.rounds == 1
    once = rake(FOUR, TWO_SETS, totals=np.array([60.0, 40, 50, 50]), names=NAMES, rounds=1)
    by_sex = FOUR * np.array([1.5, 1.5, 2 / 3, 2 / 3])
    town, country = by_sex[[0, 2]].sum(), by_sex[[1, 3]].sum()
    expected = by_sex * np.array([50 / town, 50 / country, 50 / town, 50 / country])
    assert [kind for kind, _ in told(once)] == ["CALIBRATION_NOT_REACHED"]
    assert once.value.weight.tolist() == FOUR.tolist()
    assert once.value.rounds == 1
    off = np.abs([expected[:2].sum() - 60, expected[2:].sum() - 40]) / [60, 60]
    worst = int(np.argmax(off))
    assert told(once)[0][1]["found"] == NAMES[worst]
    assert told(once)[0][1]["reached"] == pytest.approx(float(expected[2 * worst : 2 * worst + 2].sum()))
    found = rake(FOUR, TWO_SETS, totals=np.array([60.0, 40, 50, 50]), names=NAMES)
    assert found.problems == ()
    assert found.value.rounds == 6
    assert TWO_SETS.totals(found.value.weight) == pytest.approx([60, 40, 50, 50], rel=1e-10)


def test_an_empty_category_with_total_nought_is_no_fault() -> None:
    """Nobody there and nobody wanted; rows of weight 0 stay at 0."""
    x = Auxiliaries((np.array([0, 0, 1, 2]),), (3,), np.zeros((4, 0)))
    weight = np.array([1.0, 3.0, 2.0, 0.0])
    found = rake(weight, x, totals=np.array([8.0, 1.0, 0.0]), names=["a", "b", "c"])
    assert (found.problems, found.value.weight.tolist()) == ((), [2.0, 6.0, 1.0, 0.0])
    both = calibrate(weight, x, totals=np.array([8.0, 1.0, 0.0]), names=["a", "b", "c"])
    assert both.problems == ()
    assert both.value.weight.tolist() == pytest.approx([2.0, 6.0, 1.0, 0.0])


# ---------------------------------------------------------------- calibration
def test_a_number_alone_by_hand() -> None:
    """Σ d x² = 10 + 120 + 180 + 640 = 950, start 290, wanted 385: λ = 0.1, factors 1.1, 1.2, 1.3, 1.4, one round."""
    found = calibrate(FOUR, NUMBER, totals=np.array([385.0]), names=["x"])
    assert found.problems == ()
    assert found.value.rounds == 1
    assert found.value.weight.tolist() == pytest.approx([11, 36, 26, 56])


def test_nothing_to_do_takes_no_round() -> None:
    """Totals that are there already; and within a part of 1e-10 of it."""
    assert calibrate(FOUR, NUMBER, totals=np.array([290.0]), names=["x"]).value.rounds == 0
    assert calibrate(FOUR, NUMBER, totals=np.array([290.0 * (1 + 5e-11)]), names=["x"]).value.rounds == 0
    assert calibrate(FOUR, NUMBER, totals=np.array([290.0 * (1 + 2e-10)]), names=["x"]).value.rounds == 1


@pytest.mark.parametrize(
    ("distance", "bounds", "rounds"),
    [(Distance.LINEAR, None, 1), (Distance.RAKING, None, 4), (Distance.LOGIT, (0.5, 2.0), 4),
     (Distance.LINEAR, (0.5, 2.0), 1)],
)  # fmt: skip
def test_newton_needs_few_rounds(distance: Distance, bounds: tuple[float, float] | None, rounds: int) -> None:
    """With the true slope the error is squared each round."""
    x = Auxiliaries(TWO_SETS.codes, TWO_SETS.sizes, NUMBER.numeric)
    wanted = x.totals(FOUR * np.array([1.2, 0.9, 1.1, 0.95]))
    for variables, totals, names in ((x, wanted, [*NAMES, "x"]), (TWO_SETS, wanted[:4], NAMES)):
        found = calibrate(FOUR, variables, totals=totals, names=names, distance=distance, bounds=bounds)
        assert found.problems == ()
        assert found.value.rounds <= rounds
        assert variables.totals(found.value.weight) == pytest.approx(totals, rel=1e-9)


def test_rounds_are_bounded() -> None:
    """One round of several: the total is not reached, and it is said which and how far."""
    found = calibrate(FOUR, NUMBER, totals=np.array([580.0]), names=["x"], distance=Distance.RAKING, rounds=1)
    ((kind, details),) = told(found)
    assert (kind, details["found"], details["total"], found.value.rounds) == ("CALIBRATION_NOT_REACHED", "x", 580.0, 1)
    u = np.array([1.0, 2, 3, 4]) * 290 / 950
    assert details["reached"] == pytest.approx(float((FOUR * np.exp(u) * [1, 2, 3, 4]).sum()))
    assert found.value.weight.tolist() == FOUR.tolist()


def test_a_step_too_far_is_halved() -> None:
    """From 1 to 40,000 times the total Newton's first step overshoots; the total is reached all the same."""
    x = Auxiliaries((), (), np.array([[1.0], [-1.0]]))
    found = calibrate(np.ones(2), x, totals=np.array([60.0]), names=["x"], distance=Distance.RAKING)
    assert found.problems == ()
    a, b = found.value.weight
    assert (a - b, a * b) == (pytest.approx(60), pytest.approx(1))


def test_bounds_that_cannot_be() -> None:
    """Bounds hold 1 between them and are not below 0; logit needs them, raking takes none."""
    for bounds, text in (((1.0, 2.0), "1 2"), ((0.5, 1.0), "0.5 1"), ((-0.1, 2.0), "-0.1 2"), ((1.5, 3.0), "1.5 3")):
        found = calibrate(FOUR, ONE_SET, totals=np.array([40.0, 60]), names=NAMES[:2], bounds=bounds)
        assert told(found) == [("CALIBRATION_BOUNDS", {"found": text})]
        assert (found.value.weight.tolist(), found.value.rounds) == (FOUR.tolist(), 0)
    assert calibrate(FOUR, ONE_SET, totals=np.array([41.0, 59]), names=NAMES[:2], bounds=(0.0, 2.0)).problems == ()
    bare = calibrate(FOUR, ONE_SET, totals=np.array([40.0, 60]), names=NAMES[:2], distance=Distance.LOGIT)
    assert (told(bare), bare.value.rounds) == ([("CALIBRATION_BOUNDS", {"found": "–"})], 0)
    more = calibrate(FOUR, ONE_SET, totals=np.array([40.0, 60]), names=NAMES[:2], distance=Distance.RAKING,
                     bounds=(0.5, 2.0))  # fmt: skip
    assert (told(more), more.value.rounds) == ([("CALIBRATION_BOUNDS", {"found": "0.5 2"})], 0)


def test_bounds_too_tight() -> None:
    """Twice the total within factors of 1.5: the most that can be had is told."""
    found = calibrate(FOUR, NUMBER, totals=np.array([580.0]), names=["x"], bounds=(0.5, 1.5))
    ((kind, details),) = told(found)
    assert (kind, details["found"], details["total"]) == ("CALIBRATION_BOUNDS_TIGHT", "x", 580.0)
    assert found.value.weight.tolist() == FOUR.tolist()


def test_negative_weights_are_counted() -> None:
    """λ = (0 − 290)/950: factors 0.69, 0.39, 0.08, −0.22: one below 0; rows of weight 0 are not."""
    found = calibrate(np.r_[FOUR, 0.0], Auxiliaries((), (), np.array([[1.0], [2], [3], [4], [50]])),
                      totals=np.array([0.0]), names=["x"])  # fmt: skip
    assert told(found) == [("CALIBRATION_NEGATIVE", {"found": "1"})]
    assert found.value.weight[3] == pytest.approx(40 * (1 - 4 * 290 / 950))


# ---------------------------------------------------------------- totals that cannot be
@pytest.mark.parametrize("way", [rake, calibrate])
def test_totals_are_looked_at_before_anything_is_done(way: object) -> None:
    """Each wrong total is named with its figure."""
    wrong = way(FOUR, TWO_SETS, totals=np.array([-1.0, np.inf, 50, 50]), names=NAMES)  # type: ignore[operator]
    assert told(wrong) == [
        ("CALIBRATION_TOTAL", {"found": "F", "total": "-1.0"}), ("CALIBRATION_TOTAL", {"found": "M", "total": "inf"}),
    ]  # fmt: skip
    zero = np.array([0.0, 0.0, 20, 40])
    empty = way(zero, TWO_SETS, totals=np.array([0.5, 59.5, 20, 40]), names=NAMES)  # type: ignore[operator]
    assert told(empty) == [("CALIBRATION_CATEGORY_EMPTY", {"found": "F", "total": 0.5})]
    apart = way(FOUR, TWO_SETS, totals=np.array([40.0, 60, 40, 70]), names=NAMES)  # type: ignore[operator]
    assert told(apart) == [
        ("CALIBRATION_MARGINS_DISAGREE", {"found": "F", "other": "town", "least": 100.0, "most": 110.0})
    ]
    turned = way(FOUR, TWO_SETS, totals=np.array([50.0, 60, 30, 70]), names=NAMES)  # type: ignore[operator]
    assert told(turned) == [
        ("CALIBRATION_MARGINS_DISAGREE", {"found": "town", "other": "F", "least": 100.0, "most": 110.0})
    ]
    assert all(found.value.rounds == 0 for found in (wrong, empty, apart))
    assert all(found.value.weight.tolist() != [] for found in (wrong, empty, apart))


def test_margins_agree_within_a_part_of_a_milliard() -> None:
    """1,000,000 and 1,000,000.0009 are the same population; 1,000,000.0011 is another."""
    for more, kinds in ((9e-4, []), (1.1e-3, ["CALIBRATION_MARGINS_DISAGREE"])):
        totals = np.array([4e5, 6e5, 3e5, 7e5 + more])
        found = calibrate(FOUR * 1e4, TWO_SETS, totals=totals, names=NAMES, distance=Distance.RAKING)
        assert [k for k, _ in told(found) if k == "CALIBRATION_MARGINS_DISAGREE"] == kinds


def test_a_number_may_have_a_total_below_nought() -> None:
    """Only counts must not be negative; a number's start at 0 is no empty category."""
    x = Auxiliaries((SEX,), (2,), np.array([[1.0], [-1], [2], [-2]]))
    found = calibrate(np.ones(4), x, totals=np.array([2.0, 2.0, -1.0]), names=["F", "M", "x"])
    assert found.problems == ()
    assert x.totals(found.value.weight) == pytest.approx([2, 2, -1])
    up = calibrate(np.ones(4), x, totals=np.array([2.0, 2.0, 1.0]), names=["F", "M", "x"])
    assert up.problems == ()


# ---------------------------------------------------------------- the ledger of steps
def test_steps_of_categories_without_rows() -> None:
    """No row with a weight: factors 1 in both columns."""
    x = Auxiliaries((np.array([0, 0, 2]),), (3,), np.zeros((3, 1)))
    rows = steps(np.array([2.0, 4.0, 0.0]), np.array([1.0, 8.0, 0.0]), x, names=["a", "b", "c", "y"])
    assert [tuple(row) for row in rows] == [
        ("a", 2, 6.0, 9.0, 0.5, 2.0), ("b", 0, 0.0, 0.0, 1.0, 1.0), ("c", 0, 0.0, 0.0, 1.0, 1.0),
        ("y", 2, 0.0, 0.0, 0.5, 2.0),
    ]  # fmt: skip
    nobody = steps(np.zeros(3), np.zeros(3), x, names=["a", "b", "c", "y"])
    assert [tuple(row)[4:] for row in nobody] == [(1.0, 1.0)] * 4
