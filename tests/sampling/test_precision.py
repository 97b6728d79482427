"""What a design will be able to say."""

import math

import pytest

from sipas_survey.sampling.design import Plan, StratumPlan
from sipas_survey.sampling.precision import precision, told_of


def plan(n: int, population: int, stratum: str = "132") -> StratumPlan:
    return StratumPlan(stratum, population, n, n, 0)


def test_sixty_forms() -> None:
    """60 of very many: ±12.65 points at one half, ±9.04 at 85 %; met from 94 %, not met below 76 %."""
    found = precision([plan(60, 10**9)], target=0.85)
    z = 1.959963985
    assert found.margin == pytest.approx(z * 0.5 / math.sqrt(60), rel=1e-6)
    assert found.at_target == pytest.approx(z * math.sqrt(0.85 * 0.15 / 60), rel=1e-6)
    assert found.met_from == pytest.approx(0.9404, abs=1e-4)
    assert found.not_met_below == pytest.approx(0.7596, abs=1e-4)


def test_the_wilson_interval_ends_at_the_target() -> None:
    """A sample share of `met_from` has a Wilson interval that begins at 85 %."""
    found = precision([plan(200, 10**9)], target=0.85)
    z, n, p = 1.959963985, 200, found.met_from or 0.0
    centre, half = p + z * z / 2 / n, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert (centre - half) / (1 + z * z / n) == pytest.approx(0.85, abs=1e-6)


def test_the_province_is_all_strata_together() -> None:
    """Two strata of 40 and 60 % of the units: variances are weighted by the squares."""
    strata = [plan(60, 4000), plan(60, 6000, "133")]
    alone = [precision([one], target=0.85).margin or 0.0 for one in strata]
    wanted = math.sqrt((0.4 * alone[0]) ** 2 + (0.6 * alone[1]) ** 2)
    assert precision(strata, target=0.85).margin == pytest.approx(wanted)


def test_a_census_is_sure_and_an_empty_stratum_says_nothing() -> None:
    """All drawn: no margin, and every share is judged; nobody drawn: nothing known."""
    census = precision([plan(50, 50)], target=0.85)
    assert (census.margin, census.met_from, census.not_met_below) == (0.0, 0.85, 0.85)
    assert precision([plan(0, 50)], target=0.85).margin is None


def test_imprecise_districts_are_named_once() -> None:
    """One warning for all districts whose interval at the target is wider than ±5 points."""
    made = Plan((plan(60, 5000), plan(60, 5000, "133"), plan(400, 5000, "135")))
    (told,) = told_of(made, made.tops, target=0.85)
    assert (told.kind, told.found) == ("DESIGN_IMPRECISE", "132, 133")
    assert told_of(Plan((plan(400, 5000),)), ["132"], target=0.85) == ()
