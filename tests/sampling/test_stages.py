"""Draws in stages: plans as data, the numbers of units, chances as promised, what an estimator is told."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sipas_survey import places
from sipas_survey.problems import SurveyError
from sipas_survey.sampling import stages
from sipas_survey.sampling.clusters import clusters_of
from sipas_survey.sampling.design import Design
from sipas_survey.sampling.staged import StageUnit, descend, probabilities_above
from sipas_survey.sampling.stages import Level, StagePlan, plan_of
from tests import staged_frame

YEN_BAI = places.load("yen_bai_2023")
PERSON = {"take": 2, "reserve": 1}


def plan(*rules: dict[str, Any], **person: Any) -> StagePlan:
    return plan_of({"plan": "test", "stage": list(rules), "person": {**PERSON, **person}})


def cells(**sizes: int) -> dict[tuple[str, ...], tuple[int, int]]:
    return {tuple(path.split("_")): (size, size) for path, size in sizes.items()}


@pytest.mark.parametrize("name", stages.shipped_plans())
def test_shipped_plans_fit_the_province_and_survive_the_ledger(name: str) -> None:
    """Every shipped plan is for the units of 2023, and its record gives the same plan back."""
    shipped = stages.load(name)
    stages.check_units(shipped, YEN_BAI)
    assert plan_of(shipped.as_record()) == shipped
    assert Design.from_record(Design(stages=shipped).as_record()).stages == shipped


def test_papi_asks_192_in_twelve_villages() -> None:
    """Three districts with the capital, two communes each, two villages each: 240 names, 120 reserves, 192 wanted."""
    drawn = staged_frame.once(staged_frame.frame(people=40), staged_frame.design("papi"), "x")
    assert (drawn.main, drawn.reserve, len(drawn.population)) == (240, 120, 12)
    assert sum(drawn.design.quotas(drawn.population).values()) == 192
    by_level = [sum(unit.level is level for unit in drawn.units) for level in Level]
    assert by_level == [3, 6, 12]
    assert [unit.path for unit in drawn.units if unit.certain and unit.level is Level.DISTRICT] == ["132"]


def test_the_number_of_a_unit_is_published() -> None:
    """A district is drawn by the number of `seed:district/132`: the smallest of them goes first."""
    rule = plan({"level": "district", "take": 1})
    names = [f"{d}" for d in range(100, 120)]
    numbers = {d: hashlib.sha256(f"s:district/{d}".encode()).hexdigest()[:13] for d in names}
    found = descend(rule, {(d,): (5, 5) for d in names}, seed="s").units
    assert [unit.path for unit in found] == [min(names, key=numbers.__getitem__)]
    assert found[0].text == f"district/{found[0].path}"
    assert StageUnit(Level.VILLAGE, ("132", "04249", "Thôn 1"), 0.5, 0.5).text == "village/04249/Thôn 1"


def test_a_seat_is_the_listed_unit_else_the_largest() -> None:
    """`certain` names the seat where it is listed; where it is not, the largest unit stands for it."""
    rule = plan(
        {"level": "district", "take": "all"}, {"level": "commune", "take": 1, "certain": ["b"], "seat": True}
    )  # fmt: skip
    found = descend(rule, cells(X_a=9, X_b=2, Y_c=3, Y_d=4), seed="s").units
    assert [unit.path for unit in found] == ["X", "Y", "X/b", "Y/d"]
    assert all(unit.certain for unit in found)


def test_chances_multiply() -> None:
    """The probability of a unit is the product of those of all stages down to it."""
    rule = plan({"level": "district", "take": 1}, {"level": "commune", "take": 1})
    found = descend(rule, cells(X_a=9, X_b=2, Y_c=3, Y_d=4), seed="s").units
    assert probabilities_above(found)[found[-1].path] == 0.25


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"stage": [], "person": PERSON}, "STAGES_UNREADABLE"),
        ({"stage": [{"level": "district", "take": 0}], "person": PERSON}, "STAGES_UNREADABLE"),
        ({"stage": [{"level": "district", "take": 1, "takes": 2}], "person": PERSON}, "STAGES_UNREADABLE"),
        ({"stage": [{"level": "village", "take": 1}], "person": PERSON}, "STAGES_ORDER"),
        ({"stage": [{"level": "district", "take": 1}, {"level": "village", "take": 1}], "person": PERSON},
         "STAGES_ORDER"),
        ({"stage": [{"level": "district", "take": 1, "method": "pareto"}], "person": PERSON}, "STAGES_METHOD"),
        ({"stage": [{"level": "district", "take": 1}], "person": {"take": 2, "method": "pareto"}}, "STAGES_METHOD"),
        ({"stage": [{"level": "district", "take": 1}], "person": {"take": 2, "target": 3}}, "STAGES_UNREADABLE"),
        ({"stage": [{"level": "district", "take": 1}]}, "STAGES_UNREADABLE"),
    ],
)  # fmt: skip
def test_a_wrong_plan_is_told(record: dict[str, Any], kind: str) -> None:
    """A plan that cannot be used is a problem of its kind, never a traceback."""
    with pytest.raises(SurveyError, match=kind):
        plan_of({"plan": "test", **record})


def test_a_file_that_is_no_plan(tmp_path: Path) -> None:
    """A missing file and one that is no TOML are problems that name it."""
    with pytest.raises(SurveyError, match="STAGES_NOT_FOUND"):
        stages.load(str(tmp_path / "none.toml"))
    (tmp_path / "bad.toml").write_text("[[stage", encoding="utf-8")
    with pytest.raises(SurveyError, match="STAGES_UNREADABLE"):
        stages.load(str(tmp_path / "bad.toml"))


def test_a_plan_must_fit_the_units() -> None:
    """Units without districts take no plan that begins there, and certain units must exist."""
    with pytest.raises(SurveyError, match="STAGES_LEVELS"):
        stages.check_units(stages.load("papi"), places.load("lao_cai_2025"))
    with pytest.raises(SurveyError, match="STAGES_CERTAIN_UNKNOWN"):
        stages.check_units(plan({"level": "district", "take": 1, "certain": ["999"]}), YEN_BAI)
    with pytest.raises(SurveyError, match="STAGES_TOO_MANY_CERTAIN"):
        descend(plan({"level": "district", "take": 1, "certain": ["X", "Y"]}), cells(X=1, Y=1, Z=1), seed="s")


def test_what_falls_short_is_told() -> None:
    """A group with fewer units than wanted gives them all, with a warning; a unit without a size is an error."""
    found = descend(plan({"level": "district", "take": 3}), cells(X=4, Y=5), seed="s")
    assert [unit.certain for unit in found.units] == [True, True]
    assert [one.kind for one in found.problems] == ["STAGES_SHORT"]
    by_size = plan({"level": "district", "take": 1, "method": "pareto", "size": "size"})
    with pytest.raises(SurveyError, match="STAGES_SIZE"):
        descend(by_size, {("X",): (4, 0), ("Y",): (4, 3)}, seed="s")


# ---------------------------------------------------------------- what an estimator is told
def unit(path: str, probability: float, fraction: float) -> StageUnit:
    key = tuple(path.split("/"))
    return StageUnit(list(Level)[len(key) - 1], key, probability, fraction)


def test_certain_units_at_the_top_are_strata() -> None:
    """All districts taken: each is a stratum, and its people are the clusters of the first stage."""
    found = clusters_of([unit("A", 1, 1), unit("B", 1, 1)], {"A": 0.5, "B": 0.25})
    assert found["A"].stratum == "A"
    assert found["A"].stages == (("", 0.5), ("", 1.0))


def test_two_of_many_and_a_certain_one() -> None:
    """The capital is a stratum of its own; the two by lot are clusters of a stratum with their share."""
    units = [unit("A", 1, 1), unit("B", 0.2, 0.3), unit("C", 0.4, 0.3)]
    found = clusters_of(units, {"A": 0.5, "B": 0.5, "C": 0.5})
    assert (found["A"].stratum, found["B"].stratum) == ("A", "province")
    assert found["B"].stages == (("B", 0.3), ("", 0.5))


def test_one_by_lot_beside_a_seat_is_drawn_with_replacement() -> None:
    """What one commune by lot leaves unknown is told as share 0 of seat and commune together."""
    units = [unit("A", 1, 1), unit("A/s", 1, 1), unit("A/x", 0.1, 0.1)]
    found = clusters_of(units, {"A/s": 0.5, "A/x": 0.5})
    assert {one.stratum for one in found.values()} == {"A"}
    assert found["A/s"].stages[0] == ("A/s", 0.0)
    assert found["A/x"].stages[0] == ("A/x", 0.0)


def test_one_alone_hides_its_stage() -> None:
    """One village by lot in each commune: the communes are told as drawn with replacement."""
    units = [unit("A", 0.5, 0.5), unit("B", 0.5, 0.5), unit("A/x", 0.1, 0.1), unit("B/y", 0.1, 0.1)]
    found = clusters_of(units, {"A/x": 0.5, "B/y": 0.5})
    assert found["A/x"].stages == (("A", 0.0), ("A/x", 1.0), ("", 0.5))


# ---------------------------------------------------------------- simulation
def test_stages_are_as_likely_as_promised() -> None:
    """Over many seeds each unit is taken with its probability, totals are unbiased, errors agree with the spread."""
    draws = 80
    units = staged_frame.frame(communes=2, villages=3, people=8)
    found = staged_frame.often(units, staged_frame.design("sipas_national"), draws)
    z = [(found.chosen[u] - draws * p) / np.sqrt(draws * p * (1 - p)) for u, p in found.promised.items() if p < 1]
    assert np.std(z) == pytest.approx(1, abs=0.2)
    total, spread = float(units["y"].sum()), np.std(found.totals, ddof=1)
    assert abs(np.mean(found.totals) - total) < 3.5 * spread / np.sqrt(draws)
    assert np.sqrt(np.mean(found.variances)) == pytest.approx(np.std(found.means, ddof=1), rel=0.25)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["papi", "sipas_national"])
def test_five_thousand_draws(name: str) -> None:
    """5,000 draws: frequencies, totals, and the error within 5 % of the spread where each stage leaves two by lot.

    PAPI's one commune and one village by lot beside a seat leave the error of three districts: it understates.
    """
    draws = 5_000
    units = staged_frame.frame()
    found = staged_frame.often(units, staged_frame.design(name), draws)
    z = [(found.chosen[u] - draws * p) / np.sqrt(draws * p * (1 - p)) for u, p in found.promised.items() if p < 1]
    assert np.std(z) == pytest.approx(1, abs=0.08)
    spread = np.std(found.totals, ddof=1)
    assert abs(np.mean(found.totals) - units["y"].sum()) < 3.5 * spread / np.sqrt(draws)
    ratio = np.sqrt(np.mean(found.variances)) / np.std(found.means, ddof=1)
    assert ratio == pytest.approx(1, abs=0.05) if name == "sipas_national" else 0.8 < ratio < 1.1
