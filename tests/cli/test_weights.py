"""`sipas weights`, and the weighted figures that follow it."""

from pathlib import Path

import pandas as pd
import pytest

import sipas_survey as sv
from sipas_survey.satisfaction.questionnaire import load
from tests.cli.conftest import Sipas

MARGINS = """variable,value,total
sex,M,9800
sex,F,10200
age_band,18-24,2500
age_band,25-34,5500
age_band,35-49,6000
age_band,50-60,3500
age_band,over_60,2500
"""


@pytest.fixture
def margins(tmp_path: Path) -> Path:
    """Known counts of sex and age."""
    file = tmp_path / "margins.csv"
    file.write_text(MARGINS)
    return file


def overall(demo: Path, sipas: Sipas) -> dict[str, float]:
    """The weighted figure of the headline."""
    rows = sipas("-C", demo, "satisfaction", "--format", "json").json["rows"]
    return next(row["weighted"] for row in rows if row["index"] == "service" and not row["by"])


def test_the_weights_of_the_draw(demo: Path, sipas: Sipas) -> None:
    """Without a decision: three steps in each of nine strata; the weights add up to what the last step left."""
    found = sipas("-C", demo, "weights", "--format", "json").json
    assert (found["margins"], found["trim"], found["forms"]) == ({}, None, 540)
    assert [row["step"] for row in found["ledger"]] == ["base"] * 9 + ["eligible"] * 9 + ["response"] * 9
    left = sum(row["after"] for row in found["ledger"] if row["step"] == "response")
    assert sum(row["weight"] for row in found["weights"]) == pytest.approx(left) == pytest.approx(found["total"])
    assert "540" in sipas("-C", demo, "weights").out


def test_margins_are_kept_and_used(demo: Path, margins: Path, sipas: Sipas) -> None:
    """Raked weights meet every count; satisfaction uses them until the office goes back; the ledger tells both."""
    before = overall(demo, sipas)
    made = sipas("-C", demo, "weights", "--margins", margins, "--format", "json")
    assert made.code == 0
    after = {row["group"]: row["after"] for row in made.json["ledger"] if row["step"] == "margins"}
    wanted = {f"{variable}={value}": float(total) for variable, value, total in map(_cells, MARGINS.splitlines()[1:])}
    assert after == pytest.approx(wanted)
    assert overall(demo, sipas) != before
    assert sipas("-C", demo, "weights", "--format", "json").json["weights"] == made.json["weights"]
    assert sipas("-C", demo, "weights", "--plain").code == 0
    assert overall(demo, sipas) == before
    assert sipas("-C", demo, "audit", "verify").code == 0


def test_a_dry_run_keeps_nothing(demo: Path, margins: Path, sipas: Sipas) -> None:
    """--dry-run shows the weights, and the figures stay."""
    before = overall(demo, sipas)
    assert sipas("-C", demo, "weights", "--margins", margins, "--trim", "2", "--dry-run").code == 0
    assert overall(demo, sipas) == before
    assert sipas("-C", demo, "weights", "--format", "json").json["trim"] is None


def test_the_weighted_figure_is_that_of_a_survey(demo: Path, margins: Path, sipas: Sipas) -> None:
    """The same answers through `sv.Survey`, response classes and margins as calibrations: value, se and interval."""
    base = sipas("-C", demo, "weights", "--format", "json").json
    response = {row["group"]: row["after"] for row in base["ledger"] if row["step"] == "response"}
    factor = {row["group"]: row["largest_factor"] for row in base["ledger"] if row["step"] == "response"}
    sipas("-C", demo, "weights", "--margins", margins)
    answers = pd.read_csv(sv.sample("answers.csv"), dtype=str).set_index("form")
    weights = pd.DataFrame(base["weights"]).set_index("form")
    table = answers.loc[weights.index].assign(stratum=weights["stratum"])
    table["w"] = weights["weight"] / table["stratum"].map(factor)
    table["N"] = table["stratum"].map(_population(base))
    service = load("sipas_2022").or_raise()
    criteria = [i.code for i in service.indices if i.level == "criterion" and i.code >= "q15"]
    values = table[criteria].apply(pd.to_numeric, errors="coerce")
    valid = values.isin([1, 2, 3, 4, 5])
    table = table.assign(satisfied=values.isin([4, 5]).sum(axis=1), valid=valid.sum(axis=1))
    survey = sv.Survey(table, strata="stratum", weights="w", fpc="N").rake({"stratum": response})
    counts: dict[str, dict[str, float]] = {}
    for variable, value, total in map(_cells, MARGINS.splitlines()[1:]):
        counts.setdefault(variable, {})[value] = float(total)
    wanted = survey.rake(counts).ratio("satisfied", "valid")
    found = overall(demo, sipas)
    assert (found["value"], found["se"]) == pytest.approx((wanted.value, wanted.se), rel=1e-8)


def _cells(line: str) -> list[str]:
    return line.split(",")


def _population(base: dict[str, list[dict[str, float]]]) -> dict[object, float]:
    return {row["group"]: row["before"] for row in base["ledger"] if row["step"] == "base"}


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ("sex,M,1\n", "ESTIMATE_MARGIN_MISSING"),
        ("sex,M,1\nsex,F,1\nsex,X,1\n", "CALIBRATION_CATEGORY_EMPTY"),
        ("colour,red,1\n", "ESTIMATE_COLUMN_UNKNOWN"),
        ("sex,M,1\nsex,M,2\n", "ESTIMATE_MARGIN_TWICE"),
        ("sex,M,many\n", "ESTIMATE_NOT_A_NUMBER"),
        ("sex,M,\n", "ESTIMATE_NOT_A_NUMBER"),
        ("sex,M,100\nsex,F,100\ndistrict_code,132,9\n", "ESTIMATE_MARGIN_MISSING"),
    ],
)
def test_margins_that_do_not_fit(lines: str, kind: str, demo: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Each fault is named, and nothing is kept."""
    file = tmp_path / "margins.csv"
    file.write_text("variable,value,total\n" + lines)
    result = sipas("-C", demo, "weights", "--margins", file, "--format", "json")
    assert result.code == 3 or kind == "ESTIMATE_COLUMN_UNKNOWN"
    assert result.kinds[0] == kind
    assert sipas("-C", demo, "weights", "--format", "json").json["margins"] == {}


def test_crossed_margins_and_trimming(demo: Path, tmp_path: Path, sipas: Sipas) -> None:
    """sex*field crosses two variables; trimming cuts the largest weights and conserves every district."""
    fields = pd.read_csv(sv.sample("frame.csv"), dtype=str)["field"].unique()
    lines = [f"sex*field,{sex}*{field},{900 + 100 * (sex == 'F')}" for sex in "MF" for field in fields]
    file = tmp_path / "margins.csv"
    file.write_text("variable,value,total\n" + "\n".join(lines) + "\n")
    made = sipas("-C", demo, "weights", "--margins", file, "--trim", "3", "--format", "json")
    assert made.code == 0, made.out[:500]
    margins = [row for row in made.json["ledger"] if row["step"] == "margins"]
    assert len(margins) == 2 * len(fields)
    for row in (r for r in made.json["ledger"] if r["step"] == "trim"):
        assert row["after"] == pytest.approx(row["before"])


def test_before_the_first_answer(survey: Path, sipas: Sipas) -> None:
    """A new draw has no weights yet, and says so."""
    assert sipas("-C", survey, "design", "set", "--per-district", "3").code == 0
    assert sipas("-C", survey, "draw", "--seed", "XSMB").code == 0
    found = sipas("-C", survey, "weights", "--format", "json")
    assert (found.code, found.json["forms"], found.json["ledger"]) == (0, 0, [])
    assert sipas("-C", survey, "weights").code == 0


def test_options_that_exclude_each_other(demo: Path, margins: Path, sipas: Sipas) -> None:
    """Back to the draw, and to margins, is no decision."""
    assert sipas("-C", demo, "weights", "--plain", "--margins", margins).code == 2
    assert sipas("-C", demo, "weights", "--trim", "0.5").code == 2
