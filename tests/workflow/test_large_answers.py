"""Answers read piece by piece: the same numbers and the same remarks as read in memory, to the bit."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas_survey.engines import large_answers as engine
from sipas_survey.problems import SurveyError
from sipas_survey.satisfaction import moments
from sipas_survey.satisfaction.moments import FormSums
from sipas_survey.workflow import large_answers, verdict
from sipas_survey.workflow.large_answers import Engine
from sipas_survey.workflow.verdict import Judged, judge_file

CELLS = ["1", "2", "3", "4", "5", "5", "4", "", "7", "3;4", "Hài lòng", "4.0", " 5 ", "x", "５"]
WAYS = ("pooled", "criteria", "elements")


def answers(n: int, *, seed: int = 1, columns: int = 4) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    names = ["q01", "q15", "q16", "q19"][:columns]
    table = pd.DataFrame({name: chance.choice(CELLS, n) for name in names}, dtype=object)
    table.insert(0, "form", [f"23{i:08d}" for i in range(n)])
    table["sex"] = chance.choice(["Nam", "Nữ", "F", ""], n)
    table["xã"] = chance.choice(["Minh Bảo", "Âu Lâu", "", "Ân"], n)
    table["agency"] = chance.choice(["UBND xã Minh Bảo", "Sở Nội vụ", "UBND huyện Lục Yên"], n)
    return table


def both(file: Path, by: list[str], way: str = "pooled") -> tuple[Judged, Judged]:
    asked = {"by": by, "aggregation": way, "extras": True}
    memory = judge_file(file, "sipas_2022", engine="memory", **asked)  # type: ignore[arg-type]
    return memory, judge_file(file, "sipas_2022", engine="duckdb", **asked)  # type: ignore[arg-type]


def write(table: pd.DataFrame, file: Path) -> Path:
    if file.suffix == ".parquet":
        table.to_parquet(file, index=False)
    else:
        table.to_csv(file, index=False, sep=";" if "semicolon" in file.name else ",")
    return file


def same(memory: Judged, engine: Judged) -> None:
    assert memory.rows == engine.rows
    assert memory.extras == engine.extras
    assert sorted(map(repr, memory.problems)) == sorted(map(repr, engine.problems))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "semicolon.csv"])
@pytest.mark.parametrize("way", WAYS)
def test_engine_and_memory_agree_to_the_bit(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indices, errors, extras, judgements, warnings with their cells: equal, whatever the pieces."""
    monkeypatch.setattr(engine, "BATCH", 64)
    file = write(answers(300), tmp_path / name)
    same(*both(file, ["sex", "xã"], way))


@pytest.mark.parametrize("by", [[], ["agency_level"], ["agency", "sex"]])
def test_they_agree_by_any_columns(by: list[str], tmp_path: Path) -> None:
    """Without domains, by the level told from the agencies' names, by several columns."""
    same(*both(write(answers(200, seed=2), tmp_path / "a.parquet"), by))


def test_numbers_of_a_parquet_file_are_answers(tmp_path: Path) -> None:
    """Whole numbers, decimals and gaps in typed columns are read as the reader of imports reads them."""
    table = pd.DataFrame({"q15": pd.array([5, 4, None, 9], dtype="Int8"), "q16": [1.0, 4.0, 3.0, 2.5]})
    memory, large = both(write(table, tmp_path / "a.parquet"), [])
    same(memory, large)
    row = next(row for row in large.estimates if row.index == "access")
    assert (row.satisfied, row.valid, row.unusable["empty"], row.unusable["out_of_range"]) == (3, 5, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        'q15,q16\n"5",4\n4,"1"\n',
        "q15,q16\n5,4\n\n4,1\n\n7,2\n",
        "\ufeffq15,q16\r\n5,4\r\n4,x\r\n",
        "q15,q16\n5\n4,1\n",
        "q15,q16\n5,4\n,\n4,\n",
        'q15,"ghi chú"\n5,"a, b"\n9,"c\nd"\n',
    ],
)
def test_csv_that_readers_could_take_differently(text: str, tmp_path: Path) -> None:
    """Quotation marks, blank lines, short rows, rows of nothing: the same figures and the same places of warnings."""
    (tmp_path / "a.csv").write_bytes(text.encode())
    same(*both(tmp_path / "a.csv", []))


def test_other_encodings_are_read_piece_by_piece_too(tmp_path: Path) -> None:
    """UTF-16, as some spreadsheets write it."""
    (tmp_path / "a.csv").write_bytes("q15\tq16\n5\t4\n7\t1\n".encode("utf-16"))
    same(*both(tmp_path / "a.csv", []))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "quoted.csv"])
def test_a_form_that_comes_again_is_refused_alike(name: str, tmp_path: Path) -> None:
    """The same problems, at the same rows; the blanks of printed groups do not make another code."""
    table = answers(12)
    table.loc[5, "form"], table.loc[7, "form"] = "23 00000001", "23 00000002"
    file = write(table, tmp_path / name)
    if name == "quoted.csv":
        file.write_text(file.read_text(encoding="utf-8").replace("Nam", '"Nam"'), encoding="utf-8")
    told = []
    for reader in ("memory", "duckdb"):
        with pytest.raises(SurveyError, match="RESPONSE_FORM_TWICE") as error:
            judge_file(file, "sipas_2022", engine=reader)
        told.append([p for p in error.value.problems if p.severity == "error"])
    assert [(p.place.row, p.found) for p in told[1]] == [(7, "2300000001"), (9, "2300000002")]
    assert told[0] == told[1]


def test_a_row_that_is_too_wide_is_refused_alike(tmp_path: Path) -> None:
    """A delimiter in a text without quotation marks has shifted the cells."""
    (tmp_path / "a.csv").write_text("q15,q16\n5,4\n5,4,1\n", encoding="utf-8")
    for reader in ("memory", "duckdb"):
        with pytest.raises(SurveyError, match="FILE_ROW_WIDTH"):
            judge_file(tmp_path / "a.csv", "sipas_2022", engine=reader)


def test_a_column_that_there_is_not(tmp_path: Path) -> None:
    """Named, with those that can be used; a file without a criterion says so."""
    file = write(answers(3), tmp_path / "a.parquet")
    with pytest.raises(SurveyError, match="BY_UNKNOWN"):
        judge_file(file, "sipas_2022", by=["planet"], engine="duckdb")
    (tmp_path / "b.csv").write_text("sex\nF\n", encoding="utf-8")
    with pytest.raises(SurveyError, match="RESPONSES_NO_CRITERIA"):
        judge_file(tmp_path / "b.csv", "sipas_2022", engine="duckdb")


def test_a_thousand_warnings_are_told_and_the_rest_counted(tmp_path: Path) -> None:
    """1,100 cells of 9: a thousand by place, a hundred in one line; every one in the counts."""
    (tmp_path / "a.csv").write_text("q15\n" + "9\n" * 1100, encoding="utf-8")
    judged = judge_file(tmp_path / "a.csv", "sipas_2022", engine="duckdb")
    assert len(judged.problems) == 1001
    assert (judged.problems[-1].kind, judged.problems[-1].found) == ("ANSWERS_MORE_UNUSABLE", "100")
    assert judged.estimates[0].unusable["out_of_range"] == 1100


def test_size_decides_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the bound goes to the engine; a workbook never by itself; without DuckDB nothing does."""
    file = write(answers(40), tmp_path / "a.parquet")
    assert not large_answers.is_meant(file, Engine.AUTO)
    monkeypatch.setitem(large_answers.LARGE, ".parquet", 10)  # type: ignore[arg-type]
    assert large_answers.is_meant(file, Engine.AUTO)
    assert not large_answers.is_meant(file, Engine.MEMORY)
    assert judge_file(file, "sipas_2022").forms is None
    assert not large_answers.is_meant(tmp_path / "a.xlsx", Engine.AUTO)
    monkeypatch.setattr(large_answers, "duckdb", absent)
    assert not large_answers.is_meant(file, Engine.AUTO)
    with pytest.raises(SurveyError, match="EXTRA_MISSING"):
        large_answers.is_meant(file, Engine.DUCKDB)


def absent() -> None:
    raise verdict.stop("EXTRA_MISSING", found="duckdb", extra="engines")


def test_too_many_domains_are_a_problem_not_a_full_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine names the columns; in memory the figures come without the moments."""
    monkeypatch.setattr(moments, "HELD", 200)
    file = write(answers(50), tmp_path / "a.parquet")
    with pytest.raises(SurveyError, match="DOMAINS_TOO_MANY"):
        judge_file(file, "sipas_2022", by=["xã"], engine="duckdb")
    alone = judge_file(file, "sipas_2022", by=["xã"], engine="memory")
    assert alone.reduced is None
    assert len(alone.rows) > 9


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.integers(0, 10**6), st.lists(st.integers(0, 40), max_size=3))
def test_sums_do_not_depend_on_the_pieces(n: int, seed: int, cuts: list[int]) -> None:
    """Added as a whole or cut anywhere: the same whole numbers."""
    from tests.satisfaction.answers_table import sipas

    chance = np.random.default_rng(seed)
    cells = chance.integers(0, 6, (n, 3)).astype(np.int8)
    where, layer = chance.integers(0, 4, n), chance.integers(0, 2, n)
    sums = [FormSums(sipas(), ("q15", "q16", "q19"), moments.Measure.MEAN) for _ in range(2)]
    sums[0].add(where, layer, cells, (cells == 0).astype(np.int8))
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    for first, last in pairwise(edges):
        part = slice(first, last)
        sums[1].add(where[part], layer[part], cells[part], (cells[part] == 0).astype(np.int8))
    one, other = (s.moments() for s in sums)
    for name in ("domain", "stratum", "forms", "sums", "products", "answered", "blanks"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
