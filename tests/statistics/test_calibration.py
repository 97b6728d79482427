"""Raking and calibration: totals reached, weights nearest, faults named."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.statistics.auxiliaries import Auxiliaries
from sipas_survey.statistics.calibration import calibrate, rake, steps
from sipas_survey.statistics.choices import Distance

REFERENCE = Path(__file__).parents[1] / "reference"
NAMES = ["a=0", "a=1", "a=2", "b=0", "b=1"]


def two_sets(seed: int, n: int = 60) -> tuple[np.ndarray, Auxiliaries, np.ndarray]:
    """Weights, categories a (3) and b (2), and totals that a population near the sample has."""
    chance = np.random.default_rng(seed)
    a, b = np.r_[0, 1, 2, chance.integers(0, 3, n)], np.r_[0, 1, 0, chance.integers(0, 2, n)]
    w = chance.uniform(1, 4, n + 3)
    wanted = w * chance.uniform(0.7, 1.4, n + 3)
    x = Auxiliaries((a, b), (3, 2), np.zeros((n + 3, 0)))
    return w, x, x.totals(wanted)


def kinds(found: Any) -> list[str]:
    return [p.kind for p in found.problems]


# ---------------------------------------------------------------- raking
def test_one_margin_is_post_stratification() -> None:
    """Factors 60/40 and 40/60 by hand, in one round."""
    w = np.array([10.0, 30, 20, 40])
    x = Auxiliaries((np.array([0, 0, 1, 1]),), (2,), np.zeros((4, 0)))
    found = rake(w, x, totals=np.array([60.0, 40.0]), names=["F", "M"]).or_raise()
    assert found.weight.tolist() == pytest.approx([15, 45, 40 / 3, 80 / 3])
    assert found.rounds == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_raking_is_what_it_says(seed: int) -> None:
    """All margins are met; factors are a product of one number for each category; row order plays no part."""
    w, x, totals = two_sets(seed)
    found = rake(w, x, totals=totals, names=NAMES).or_raise().weight
    assert x.totals(found) == pytest.approx(totals, rel=1e-9)
    log = np.log(found / w)
    dense = np.hstack([np.eye(3)[x.codes[0]], np.eye(2)[x.codes[1]]])
    fitted = dense @ np.linalg.lstsq(dense, log, rcond=None)[0]
    assert fitted == pytest.approx(log, abs=1e-9)
    order = np.random.default_rng(seed).permutation(len(w))
    turned = Auxiliaries(tuple(code[order] for code in x.codes), x.sizes, x.numeric)
    assert rake(w[order], turned, totals=totals, names=NAMES).or_raise().weight == pytest.approx(found[order])


def test_raking_is_calibration_by_the_raking_distance() -> None:
    """Iterative proportional fitting and Newton's method reach the same weights."""
    w, x, totals = two_sets(5)
    one = rake(w, x, totals=totals, names=NAMES).or_raise().weight
    other = calibrate(w, x, totals=totals, names=NAMES, distance=Distance.RAKING).or_raise().weight
    assert one == pytest.approx(other, rel=1e-8)


# ---------------------------------------------------------------- calibration
@pytest.mark.parametrize(
    ("distance", "bounds"),
    [
        (Distance.LINEAR, None),
        (Distance.LINEAR, (0.6, 1.7)),
        (Distance.RAKING, None),
        (Distance.LOGIT, (0.6, 1.7)),
    ],
)
@pytest.mark.parametrize("numeric", [False, True])
def test_calibration_reaches_its_totals(numeric: bool, distance: Distance, bounds: tuple[float, float] | None) -> None:
    """By categories alone and with a number, every distance, bounds kept."""
    w, x, totals = two_sets(6, n=200)
    if numeric:
        y = np.random.default_rng(6).normal(50, 10, len(w))
        x, totals = Auxiliaries(x.codes, x.sizes, y[:, None]), np.r_[totals, 1.01 * totals[:3].sum() * 50]
    found = calibrate(w, x, totals=totals, names=[*NAMES, "y"], distance=distance, bounds=bounds).or_raise().weight
    assert x.totals(found) == pytest.approx(totals, rel=1e-9)
    if bounds:
        assert ((found / w >= bounds[0] - 1e-12) & (found / w <= bounds[1] + 1e-12)).all()


def test_linear_is_least_squares() -> None:
    """The linear distance gives the general regression weights, w(1 + xᵀλ), by matrix algebra."""
    w, x, totals = two_sets(7)
    dense = np.hstack([np.eye(3)[x.codes[0]], np.eye(2)[x.codes[1]]])
    unknown = np.linalg.lstsq(dense.T @ (dense * w[:, None]), totals - dense.T @ w, rcond=None)[0]
    found = calibrate(w, x, totals=totals, names=NAMES).or_raise()
    assert found.weight == pytest.approx(w * (1 + dense @ unknown), rel=1e-10)
    assert found.rounds <= 2


@pytest.mark.parametrize("method", ["linear", "raking", "truncated", "logit"])
def test_factors_of_the_sampling_package(method: str) -> None:
    """R: calib(Xs, d = rep(5, 10), total = c(24, 26, 290), method, bounds = c(0.75, 1.2)), two groups and a number."""
    group = np.repeat([0, 1], 5)
    x = Auxiliaries((group,), (2,), np.arange(1.0, 11)[:, None])
    distance = {"truncated": Distance.LINEAR}.get(method) or Distance(method)
    bounds = (0.75, 1.2) if method in ("truncated", "logit") else None
    totals = np.array([24.0, 26.0, 290.0])
    found = calibrate(np.full(10, 5.0), x, totals=totals, names=["1", "2", "x"], distance=distance, bounds=bounds)
    wanted = json.loads((REFERENCE / "sampling.json").read_text())[f"sampling.calib.{method}.g"]["est"]
    # that package's logit ends its iteration at 1e-6, which leaves its first total 5e-7 off
    close = 1e-5 if method == "logit" else 1e-8
    assert found.or_raise().weight / 5 == pytest.approx(np.array(wanted), rel=close)


# ---------------------------------------------------------------- the ledger of steps
def test_steps_by_hand() -> None:
    """Rows, totals before and after, smallest and largest factor of every category and number."""
    before, after = np.array([1.0, 2, 0, 4]), np.array([2.0, 2, 0, 2])
    x = Auxiliaries((np.array([0, 1, 1, 0]),), (2,), np.array([[1.0], [1], [1], [10]]))
    rows = steps(before, after, x, names=["a", "b", "y"])
    assert [tuple(row) for row in rows] == [
        ("a", 2, 5.0, 4.0, 0.5, 2.0),
        ("b", 1, 2.0, 2.0, 1.0, 1.0),
        ("y", 3, 43.0, 24.0, 0.5, 2.0),
    ]


# ---------------------------------------------------------------- what cannot be
def test_totals_that_cannot_be() -> None:
    """Negative, not finite, empty, disagreeing, out of reach: each is named, and nothing changes."""
    w, x, totals = two_sets(8)
    for change, kind in (
        (lambda t: np.r_[-1.0, t[1:]], "CALIBRATION_TOTAL"),
        (lambda t: np.r_[np.nan, t[1:]], "CALIBRATION_TOTAL"),
        (lambda t: np.r_[t[0] + 50, t[1:]], "CALIBRATION_MARGINS_DISAGREE"),
    ):
        for found in (rake(w, x, totals=change(totals), names=NAMES),
                      calibrate(w, x, totals=change(totals), names=NAMES)):  # fmt: skip
            assert kinds(found) == [kind]
            assert found.value.weight is w
    wider = Auxiliaries(x.codes, (4, 2), x.numeric)
    more = np.r_[totals[:2], totals[2] - 5, 5.0, totals[3:]]
    assert kinds(rake(w, wider, totals=more, names=[*NAMES, "more"])) == ["CALIBRATION_CATEGORY_EMPTY"]


def test_raking_that_never_ends() -> None:
    """Margins that no weights of these cells can have: the furthest total is named."""
    x = Auxiliaries((np.array([0, 1, 1]), np.array([0, 0, 1])), (2, 2), np.zeros((3, 0)))
    found = rake(np.ones(3), x, totals=np.array([3.0, 1.0, 1.0, 3.0]), names=["a0", "a1", "b0", "b1"], rounds=50)
    assert kinds(found) == ["CALIBRATION_NOT_REACHED"]


def test_bounds_too_tight_and_bounds_that_are_none() -> None:
    """Totals far away cannot be reached with factors near 1; bounds must lie about 1."""
    w, x, totals = two_sets(9)
    tight = calibrate(w, x, totals=2 * totals, names=NAMES, distance=Distance.LOGIT, bounds=(0.9, 1.1))
    assert kinds(tight) == ["CALIBRATION_BOUNDS_TIGHT"]
    for bounds in ((1.1, 2), (0.5, 0.9), (-1, 2)):
        assert kinds(calibrate(w, x, totals=totals, names=NAMES, bounds=bounds)) == ["CALIBRATION_BOUNDS"]
    assert kinds(calibrate(w, x, totals=totals, names=NAMES, distance=Distance.LOGIT)) == ["CALIBRATION_BOUNDS"]
