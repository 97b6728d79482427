"""`sipas satisfaction`: what can be asked about the indices."""

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from sipas_survey.formats import LANGUAGES
from sipas_survey.resources import shipped
from tests.cli.conftest import Sipas

ANSWERS = Path(str(shipped("samples/yen_bai_2023/answers.csv")))
PUBLISHED = "year,element,percent\n2021,access,89.37\n2022,access,88.29\n2022,service,86.64\n"
CONTRACT = {
    "index", "level", "label", "by", "satisfied", "valid", "blank", "unusable", "value", "lower_bound", "upper_bound",
    "se", "lower", "upper", "reached", "verdict", "weighted",
}  # fmt: skip


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A second round: the first 300 forms of the sample under other codes, every sixth made dissatisfied."""
    table = pd.read_csv(ANSWERS, dtype=str, keep_default_na=False)[:300]
    criteria = [name for name in table.columns if name.startswith("q")]
    table.loc[::6, criteria] = "2"
    table["person"] = table["form"]
    table["form"] = [f"24{i:08d}" for i in range(300)]
    table.to_csv(tmp_path / "later.csv", index=False)
    return tmp_path / "later.csv"


def test_keys_of_the_contract_stand(told: Path, sipas: Sipas) -> None:
    """Keys may come, none may go."""
    record = sipas("-C", told, "satisfaction", "--extras", "--format", "json").json
    assert {"questionnaire", "aggregation", "threshold", "design", "rows"} <= set(record)
    assert all(set(row) >= CONTRACT for row in record["rows"])
    first = record["rows"][0]
    assert set(first["extras"]) == {"mean", "net"}
    assert first["extras"]["mean"]["lower"] < first["extras"]["mean"]["value"] < 5
    assert first["aggregations"]["pooled"] == first["value"]


@pytest.mark.parametrize(
    "by",
    [
        ["district_code"], ["commune_code"], ["field"], ["agency"], ["agency_level"], ["sex"], ["age_band"],
        ["ethnicity"], ["residence"], ["village"], ["stratum"], ["kind"], ["worker"], ["sex", "age_band"],
        ["district_code", "field"],
    ],
)  # fmt: skip
def test_by_whatever_is_known(by: list[str], told: Path, sipas: Sipas) -> None:
    """Any column, several at once: forms of the domains add up to all; small ones are flagged."""
    options = [word for column in by for word in ("--by", column)]
    rows = [
        r for r in sipas("-C", told, "satisfaction", *options, "--format", "json").json["rows"] if r["index"] == "q01"
    ]
    whole, *domains = rows
    assert whole["by"] == {}
    assert sum(row["valid"] for row in domains) == whole["valid"]
    assert all(list(row["by"]) == by for row in domains)
    assert all(row["few_forms"] == (row["forms"] < 30) for row in domains)


def test_the_table_marks_few_forms(told: Path, sipas: Sipas) -> None:
    """A star at the number, and what it means below."""
    said = sipas("-C", told, "satisfaction", "--by", "district_code", "--by", "residence").out
    assert " *" in said
    assert "fewer than 30 forms" in said
    assert "fewer than" not in sipas("-C", told, "satisfaction").out


def test_a_league_table(told: Path, sipas: Sipas) -> None:
    """Nine districts in order of the index, each with its ranks; the table, JSON and CSV tell the same."""
    asked = ("-C", told, "satisfaction", "--by", "district_code", "--league", "service")
    rows = sipas(*asked, "--format", "json").json["league"]["rows"]
    assert [row["rank"] for row in rows] == list(range(1, 10))
    assert [row["value"] for row in rows] == sorted((row["value"] for row in rows), reverse=True)
    assert all(row["best_rank"] <= row["rank"] <= row["worst_rank"] <= row["of"] == 9 for row in rows)
    flat = list(csv.DictReader(io.StringIO(sipas(*asked, "--format", "csv").out)))
    assert [row["district_code"] for row in flat] == [row["by"]["district_code"] for row in rows]
    said = sipas(*asked).out
    assert "1–1 / 9" in said
    assert "cannot be told apart" in said
    without = sipas("-C", told, "satisfaction", "--league", "service")
    assert (without.code, "LEAGUE_WITHOUT_BY" in without.err) == (2, True)
    unknown = sipas("-C", told, "satisfaction", "--by", "sex", "--league", "joy")
    assert (unknown.code, "INDEX_UNKNOWN" in unknown.err) == (2, True)


def test_what_the_criteria_cost(told: Path, sipas: Sipas) -> None:
    """Feedback is at the target; its dearest criterion would lift it most."""
    record = sipas("-C", told, "satisfaction", "--costs", "feedback", "--format", "json").json["costs"]
    assert (record["points_to_target"] < 0, record["criteria_needed"]) == (True, 0)
    assert record["rows"][0]["criterion"] == "q31"
    assert record["rows"][0]["gain_to_target"] == max(row["gain_to_target"] for row in record["rows"])
    assert sum(row["weight"] for row in record["rows"]) == pytest.approx(1)
    assert "is at 85% already" in sipas("-C", told, "satisfaction", "--costs", "feedback").out
    said = sipas("-C", told, "satisfaction", "--costs", "participation").out
    assert "points short of 85%" in said
    assert "criterion" in sipas("-C", told, "satisfaction", "--costs", "feedback", "--format", "csv").out


def test_against_published_figures(told: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A difference without an error; of several years one must be named; only what was published is compared."""
    (tmp_path / "p.csv").write_text(PUBLISHED, encoding="utf-8")
    asked = ("-C", told, "satisfaction", "--against", tmp_path / "p.csv")
    assert sipas(*asked).code == 2
    record = sipas(*asked, "--against-year", "2022", "--format", "json").json["comparison"]
    assert record["published"] is True
    assert {row["index"]: round(100 * row["change"], 2) for row in record["rows"]} == {"access": 0.0, "service": -0.6}
    assert {row["change_se"] for row in record["rows"]} == {None}
    assert "no standard error" in sipas(*asked, "--against-year", "2022").out


def test_against_another_round(told: Path, later: Path, sipas: Sipas) -> None:
    """Independent samples; by district where both have it, else all forms with a warning."""
    record = sipas("-C", told, "satisfaction", "--by", "sex", "--against", later, "--format", "json").json["comparison"]
    rows = {(row["index"], row["by"].get("sex")): row for row in record["rows"]}
    whole = rows["overall", None]
    assert whole["change"] > 0.1
    assert whole["outside_noise"] is True
    assert whole["change_lower"] < whole["change"] < whole["change_upper"]
    assert ("overall", "F") in rows
    asked = ("-C", told, "satisfaction", "--by", "district_code", "--against", later, "--format", "json")
    record = sipas(*asked).json["comparison"]
    assert [p["kind"] for p in record["problems"] if p["kind"].startswith("AGAINST")] == ["AGAINST_NO_COLUMN"]
    assert {tuple(row["by"]) for row in record["rows"]} == {()}


def test_a_panel_is_surer_than_two_samples(later: Path, sipas: Sipas, tmp_path: Path) -> None:
    """The same persons in both files: the error of the change is smaller, and how they were joined is told."""
    first = pd.read_csv(ANSWERS, dtype=str, keep_default_na=False).assign(person=lambda t: t["form"])
    first.to_csv(tmp_path / "first.csv", index=False)
    asked = ("satisfaction", "--responses", tmp_path / "first.csv", "--against", later, "--format", "json")
    alone, panel = (sipas(*asked, *more).json["comparison"] for more in ((), ("--paired-by", "person")))
    assert panel["paired"] == {"by": "person", "common": 300, "now": 540, "before": 300}
    assert panel["rows"][0]["change_se"] < alone["rows"][0]["change_se"]
    assert "300 values stand in both" in sipas(*asked[:-2], "--paired-by", "person").out
    wrong = sipas(*asked[:-2], "--paired-by", "planet")
    assert (wrong.code, "PAIRED_NO_KEY" in wrong.err) == (2, True)
    engine = sipas(*asked[:-2], "--paired-by", "person", "--engine", "duckdb")
    assert (engine.code, "PAIRED_IN_MEMORY" in engine.err) == (2, True)


def test_against_another_form(tmp_path: Path, sipas: Sipas) -> None:
    """Elements are compared and said to hold other questions; criteria are not compared."""
    (tmp_path / "old.csv").write_text("q15,q16\n" + "5,4\n2,4\n" * 20, encoding="utf-8")
    (tmp_path / "new.csv").write_text("q24,q25\n" + "5,4\n5,4\n" * 20, encoding="utf-8")
    asked = ("satisfaction", "--responses", tmp_path / "new.csv", "--questionnaire", "sipas_2024",
             "--against", tmp_path / "old.csv", "--against-questionnaire", "sipas_2022")  # fmt: skip
    record = sipas(*asked, "--format", "json").json["comparison"]
    assert [(row["index"], row["same_criteria"]) for row in record["rows"]] == [("service", False), ("access", False)]
    assert [p["kind"] for p in record["problems"]] == ["AGAINST_OTHER_FORM"]


def test_how_a_figure_came_about(told: Path, sipas: Sipas) -> None:
    """Counts, criteria, blanks, bounds, rules with their standing; the table says the same in both languages."""
    record = sipas("-C", told, "satisfaction", "--explain", "access", "--format", "json").json
    (told_of,) = record["explain"]
    row = next(r for r in record["rows"] if r["index"] == "access" and not r["by"])
    assert (told_of["numerator"], told_of["denominator"], told_of["blank"]) == (1900, 2152, row["blank"])
    assert sum(one["satisfied"] for one in told_of["criteria"]) == told_of["numerator"]
    assert told_of["unusable"] == row["unusable"]
    assert (told_of["interval"]["method"], told_of["interval"]["df"]) == ("logit", row["df"])
    assert told_of["target"]["value"] == 0.85
    standing = {rule["rule"]: rule["standing"] for rule in told_of["rules"]}
    assert standing["reached"] == "plan"
    assert standing["rollup_pooled"] == "inferred"
    assert standing["blank"] == "ours"
    for lang in LANGUAGES:
        said = sipas("-C", told, "--lang", lang, "satisfaction", "--explain", "access").out
        assert ("1,900" if lang == "en" else "1.900") in said
        assert "{" not in said


def test_how_a_share_of_all_came_about(tmp_path: Path, sipas: Sipas) -> None:
    """At 100 % the other interval; a criterion without a column is no blank; each domain is explained."""
    (tmp_path / "a.csv").write_text("sex,q15\nF,5\nM,4\nM,5\n", encoding="utf-8")
    asked = ("satisfaction", "--responses", tmp_path / "a.csv", "--by", "sex", "--explain", "access")
    explained = sipas(*asked, "--format", "json").json["explain"]
    assert [one["by"] for one in explained] == [{}, {"sex": "F"}, {"sex": "M"}]
    assert explained[0]["interval"]["method"] == "clopper_pearson"
    assert explained[0]["criteria_without_column"] == ["q16", "q17", "q18"]
    assert "these are not blanks" in sipas(*asked).out
    assert len(list(csv.DictReader(io.StringIO(sipas(*asked, "--format", "csv").out)))) == 3


def test_the_engine_tells_the_same(tmp_path: Path, sipas: Sipas) -> None:
    """JSON of memory and engine are the same bytes, league and costs too."""
    asked = ("satisfaction", "--responses", ANSWERS, "--by", "residence", "--extras", "--league", "access", "--costs",
             "service", "--format", "json", "--engine")  # fmt: skip
    memory, engine = sipas(*asked, "memory").json, sipas(*asked, "duckdb").json
    assert json.dumps(memory, sort_keys=True) == json.dumps(engine, sort_keys=True)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--engine", "duckdb"),
        ("--paired-by", "sex"),
        ("--against-year", "2022"),
        ("--by", "sex", "--league", "service", "--costs", "service", "--format", "csv"),
    ],
)
def test_options_that_do_not_go_together(wrong: tuple[str, ...], told: Path, sipas: Sipas) -> None:
    """Wrong usage, nothing printed."""
    result = sipas("-C", told, "satisfaction", *wrong)
    assert (result.code, result.out) == (2, "")


def test_before_the_first_answer_everything_can_be_asked(survey: Path, sipas: Sipas) -> None:
    """A draw without an answer: empty tables, no traceback."""
    assert sipas("-C", survey, "design", "set", "--per-district", 3, "--reserve", 0).code == 0
    assert sipas("-C", survey, "draw", "--seed", "x").code == 0
    for asked in (["--by", "sex", "--league", "service"], ["--costs", "overall"], ["--explain", "access"], ["--extras"],
                  ["--against", ANSWERS], ["--against", ANSWERS, "--paired-by", "commune_code"]):  # fmt: skip
        result = sipas("-C", survey, "satisfaction", *asked)
        assert result.code == (2 if "--paired-by" in asked else 0), (asked, result.err)
