"""PAPI from published tables: the plan's statements, and what holds whatever the scores."""

import csv
import os
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sipas_survey as sv
from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction.papi_index import (
    Group,
    YearScores,
    dimension_scores,
    standing,
    structure,
    sub_dimension_score,
)
from sipas_survey.workflow.papi import Scored, scored

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SIPAS_PAPI_DATA", ROOT.parent / "shared" / "data" / "papi"))
published = pytest.mark.skipif(not (DATA / "subdimensions_2022.csv").is_file(), reason="no SIPAS_PAPI_DATA")
GROUPS = {"Cao": "high", "Trung bình cao": "mid_high", "Trung bình thấp": "mid_low", "Thấp": "low"}
CODES = structure().sub_dimensions


def of_year(*years: int, province: str | None = "P10") -> dict[tuple[int, str], Scored]:
    """The rows of a province by year and dimension."""
    files = [DATA / f"subdimensions_{year}.csv" for year in years]
    return {(row.year, row.dimension): row for row in scored(files, province=province)}


def table_file(path: Path, rows: list[list[object]]) -> Path:
    """A file of scores."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return path


# ---------------------------------------------------------------- what the plan prints
@published
def test_every_statement_of_the_plan() -> None:
    """The 16 groups of 2021 and 2022, every score to four decimals, totals, ranks, the three notable changes."""
    rows = of_year(2021, 2022)
    with (ROOT / "tests" / "reference" / "papi_yen_bai.csv").open(encoding="utf-8", newline="") as file:
        for told in csv.DictReader(file):
            now, last = rows[2022, told["dimension"]], rows[2021, told["dimension"]]
            assert f"{now.score:.4f}" == told["score"]
            assert (now.group, last.group) == (GROUPS[told["group_2022"]], GROUPS[told["group_2021"]])
            assert now.change == pytest.approx(float(told["change_from_2021"]), abs=6e-4)
    totals = [rows[year, "total"] for year in (2021, 2022)]
    assert [(f"{t.score:.4f}", t.rank, t.provinces) for t in totals] == [("42.3542", 29, 60), ("41.8315", 36, 61)]
    assert totals[1].group is Group.MID_LOW
    assert {d for (year, d), row in rows.items() if year == 2022 and row.notable} == {"6", "7", "8"}
    numbers = [rows[2022, str(d)].provinces for d in range(1, 9)]
    assert numbers == [62, 61, 62, 61, 62, 63, 63, 62]


@published
def test_a_change_of_the_set_breaks_the_series() -> None:
    """SC83 came in 2019, SC52 went in 2021: dimensions 8 and 5, and the totals, are not compared across these years."""
    rows = of_year(*range(2018, 2025))
    broken = {key for key, row in rows.items() if row.broken}
    assert broken == {(2019, "8"), (2019, "total"), (2021, "5"), (2021, "total")}
    assert all(rows[key].change is None and not rows[key].notable for key in broken)
    assert (rows[2019, "8"].came, rows[2019, "8"].went) == (("SC83",), ())
    assert (rows[2021, "total"].came, rows[2021, "total"].went) == ((), ("SC52",))
    assert rows[2019, "1"].change is not None
    assert rows[2018, "1"].change is None


def test_new_dimensions_break_the_total_and_themselves(tmp_path: Path) -> None:
    """Six dimensions in 2017, eight in 2018: 7, 8 and the total are not compared, the six others are."""
    old = table_file(
        tmp_path / "papi_2017.csv", [["Province", *CODES[:23]], ["P10", *[1.4] * 23], ["P11", *[1.2] * 23]]
    )
    rows = {(row.year, row.dimension): row for row in scored([old, wide(tmp_path / "papi_2018.csv")], province="P10")}
    assert {key for key, row in rows.items() if row.broken} == {(2018, "7"), (2018, "8"), (2018, "total")}
    assert rows[2018, "6"].change == pytest.approx(2.4)
    assert rows[2018, "8"].came == ("SC81", "SC82", "SC83")
    assert (2017, "total") not in rows


# ---------------------------------------------------------------- what holds for any scores
scores_of_many = st.lists(st.one_of(st.none(), st.floats(0.5, 10)), min_size=2, max_size=40).filter(any)


@given(scores_of_many, st.data())
def test_groups_depend_on_no_order_and_on_no_withheld_province(values: list[float | None], data: st.DataObject) -> None:
    """Shuffled, and with more withheld provinces, everybody stands where he stood; withheld ones nowhere."""
    scores = np.array(values, dtype=float)
    found = standing(scores)
    mixed = np.array(data.draw(st.permutations(range(len(scores)))))
    again = standing(scores[mixed])
    assert [again.group[j] for j in range(len(mixed))] == [found.group[i] for i in mixed]
    more = standing(np.append(scores, [np.nan] * 5))
    assert (more.rank[: len(scores)], more.group[: len(scores)]) == (found.rank, found.group)
    assert all((rank == 0) == np.isnan(score) for rank, score in zip(found.rank, scores, strict=True))
    assert all((group is None) == np.isnan(score) for group, score in zip(found.group, scores, strict=True))
    assert found.provinces == int((~np.isnan(scores)).sum())


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.integers(3, 4))
def test_a_sub_dimension_keeps_its_bounds(indicators: list[float], parts: int) -> None:
    """From 1/k, when every indicator is at its worst, to 10/k at its best; a missing indicator leaves the others."""
    score = float(sub_dimension_score(np.array(indicators), parts))
    assert 1 / parts - 1e-12 <= score <= 10 / parts + 1e-12
    assert float(sub_dimension_score(np.array([*indicators, np.nan]), parts)) == pytest.approx(score)
    assert float(sub_dimension_score(np.zeros(3), parts)) == pytest.approx(1 / parts)
    assert float(sub_dimension_score(np.ones(3), parts)) == pytest.approx(10 / parts)
    assert np.isnan(sub_dimension_score(np.array([np.nan]), parts))


def test_one_withheld_score_takes_its_dimension_and_the_total_along() -> None:
    """The other dimensions stay; a sub-dimension that nobody has is not in the year's set."""
    table = np.full((3, len(CODES)), 1.5)
    table[0, CODES.index("SC41")] = np.nan
    table[:, CODES.index("SC52")] = np.nan
    found = dimension_scores(YearScores(2022, ("A", "B", "C"), CODES, table), structure().members)
    assert np.isnan([found["4"][0], found["total"][0]]).all()
    assert (found["1"][0], found["5"][0], found["total"][1]) == (6.0, 4.5, 1.5 * (len(CODES) - 1))


def test_quarters_by_hand() -> None:
    """Of 1, 2, 3, 4, 5 the percentiles are 2, 3, 4: a bound belongs to the upper group; equal scores share a rank."""
    assert standing(np.array([1.0, 2, 3, 4, 5])).group == [
        Group.LOW, Group.MID_LOW, Group.MID_HIGH, Group.HIGH, Group.HIGH,
    ]  # fmt: skip
    assert standing(np.array([3.0, 5, 5, 1])).rank == [3, 1, 1, 4]
    assert standing(np.array([1.0, 2, 3, 3.03, 3.05, 5])).at_edge == [False, False, True, True, True, False]
    with pytest.raises(ValueError, match="no province"):
        standing(np.array([np.nan]))


# ---------------------------------------------------------------- files
def wide(path: Path, cell: str = "1.5") -> Path:
    """A wide table of three provinces."""
    rows: list[list[object]] = [["Province", *CODES]]
    rows += [[p, *([cell] * len(CODES))] for p in ("P01", "P02")]
    return table_file(path, [*rows, ["P10", *(["2"] * len(CODES))]])


def test_wide_and_long_tables_say_the_same(tmp_path: Path) -> None:
    """As CSV or as a workbook, wide or long, the year in the name or in a column; 0 and empty are withheld."""
    first = wide(tmp_path / "papi 2022.csv")
    long = [["year", "Tỉnh", "sub_dimension", "score"]]
    long += [["2022", p, code.lower(), "2" if p == "P10" else "1,5"] for p in ("P01", "P02", "P10") for code in CODES]
    book = openpyxl.Workbook()
    for row in csv.reader(first.read_text(encoding="utf-8").splitlines()):
        book.active.append(row)
    book.save(tmp_path / "papi_2022.xlsx")
    expected = scored([first])
    assert scored([table_file(tmp_path / "long.csv", long)]) == expected
    long_book = openpyxl.Workbook()
    for row in [long[0], *([int(y), p, c, float(s.replace(",", "."))] for y, p, c, s in long[1:])]:
        long_book.active.append(row)
    long_book.save(tmp_path / "long.xlsx")
    assert scored([tmp_path / "long.xlsx"]) == expected
    assert scored([tmp_path / "papi_2022.xlsx"]) == expected
    assert scored([first, tmp_path / "papi_2022.xlsx"]) == expected
    withheld = scored([wide(tmp_path / "papi 2021.csv", "0")], province="P01")
    assert {(row.score, row.rank, row.group) for row in withheld} == {(None, None, None)}
    assert {row.provinces for row in withheld} == {1}


def test_codes_and_provinces_as_people_write_them(tmp_path: Path) -> None:
    """`1.1`, `S1.1`, `SC11` with or without the name, in headings or cells; a province by name without accents."""
    expected = scored([wide(tmp_path / "papi 2022.csv")], province="P10")
    for i, written in enumerate(("{}.{}", "S{}.{}", "{}.{} Tri thức công dân", "sc{}{}")):
        names = [written.format(code[2], code[3]) for code in CODES]
        rows = [["Tỉnh", *names], ["P01", *["1.5"] * len(names)], ["P02", *["1.5"] * len(names)]]
        file = table_file(tmp_path / f"w{i} 2022.csv", [*rows, ["Yên Bái", *["2"] * len(names)]])
        assert [row.score for row in scored([file], province="yen bai")] == [row.score for row in expected]
        long: list[list[object]] = [["Tỉnh", "Năm", "Nội dung thành phần", "Điểm"]]
        long += [[p, "2022", n, "2" if p == "P10" else "1,5"] for p in ("P01", "P02", "P10") for n in names]
        assert scored([table_file(tmp_path / f"l{i}.csv", long)], province="p10") == expected


def test_a_notebook_has_the_same_verb(tmp_path: Path) -> None:
    """Files or a DataFrame, wide or long, give the same tidy frame; faults are raised with their row."""
    files = [wide(tmp_path / "papi_2021.csv", "1.4"), wide(tmp_path / "papi_2022.csv")]
    found = sv.papi_index(files, province="p10")
    assert (len(found), list(found.to_frame()["dimension"].unique())) == (18, [*"12345678", "total"])
    assert "mid" in repr(found) or "high" in repr(found)
    assert "<table" in found._repr_html_()
    tables = [pd.read_csv(file).assign(year=year) for file, year in zip(files, (2021, 2022), strict=True)]
    both = pd.concat(tables)
    assert sv.papi_index(both, province="P10").rows == found.rows
    long = both.melt(["year", "Province"], var_name="sub_dimension", value_name="score")
    assert sv.papi_index(long, province="P10").rows == found.rows
    one = sv.papi_index(tables[1].drop(columns="year"), year=2022)
    assert {row.year for row in one.rows} == {2022}
    with pytest.raises(SurveyError, match="PAPI_YEAR_MISSING"):
        sv.papi_index(tables[1].drop(columns="year"))
    with pytest.raises(SurveyError, match="PAPI_SCORE_UNREADABLE") as refused:
        sv.papi_index(long.assign(score="?"))
    assert refused.value.problems[0].place.row == 2


@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        ("papi.csv", [["Province", "SC11"], ["P1", "1"]], "PAPI_YEAR_MISSING"),
        ("papi_2022.csv", [["Nơi", "SC11"], ["P1", "1"]], "PAPI_COLUMN_MISSING"),
        ("papi_2022.csv", [["Province", "X"], ["P1", "1"]], "PAPI_COLUMN_MISSING"),
        ("papi_2022.csv", [["Province", "SC11"], ["P1", "many"]], "PAPI_SCORE_UNREADABLE"),
        ("papi_2022.csv", [["Province", "SC11"], ["P1", "11"]], "PAPI_SCORE_UNREADABLE"),
        ("papi_2022.csv", [["Province", "SC11"], ["P1", "nan"]], "PAPI_SCORE_UNREADABLE"),
        ("papi_2022.csv", [["province", "sub_dimension", "score"], ["P1", "SC99", "1"]], "PAPI_SUB_DIMENSION_UNKNOWN"),
        ("papi_2022.csv", [["Province", "SC11"], ["P1", "1"], ["P1", "2"]], "PAPI_SCORE_TWICE"),
        ("p.csv", [["year", "Province", "SC11"], ["last", "P1", "1"]], "PAPI_YEAR_MISSING"),
    ],
)
def test_tables_that_cannot_be(tmp_path: Path, name: str, rows: list[list[object]], kind: str) -> None:
    """Each fault is named, with its cell where it has one."""
    with pytest.raises(SurveyError, match=kind) as refused:
        scored([table_file(tmp_path / name, rows)])
    assert refused.value.exit_code == 3


def test_a_province_that_is_not_there(tmp_path: Path) -> None:
    """Asked for by a code that no file has."""
    with pytest.raises(SurveyError, match="PAPI_PROVINCE_UNKNOWN"):
        scored([wide(tmp_path / "papi_2022.csv")], province="P99")
