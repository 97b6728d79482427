"""Plain tables out: the same values from each type of file."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sipas_survey.exchange.exports import write_table
from sipas_survey.problems import SurveyError

AT = datetime(2023, 12, 2, 2, 30, tzinfo=UTC)
TABLE = pd.DataFrame(
    {"form": ["2310000131", "2310000228"], "turn": [1, 2], "weight": [1 / 3, float("nan")], "unit_id": ["Mã 1", "=1+1"]}
)


def test_each_type_holds_the_same(tmp_path: Path) -> None:
    """Codes are text, numbers numbers in full precision, missing values nothing; no cell is a formula."""
    for name in ("t.csv", "t.xlsx", "t.parquet"):
        write_table(tmp_path / name, TABLE, created=AT)
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[1] == f"2310000131,1,{1 / 3!r},Mã 1"
    rows = list(openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows(values_only=True))
    assert rows == [
        ("form", "turn", "weight", "unit_id"),
        ("2310000131", 1, 1 / 3, "Mã 1"),
        ("2310000228", 2, None, "'=1+1"),
    ]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), TABLE, check_dtype=False)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_the_same_table_is_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    """No clock enters a file."""
    for name in "ab":
        write_table(tmp_path / f"{name}.{suffix}", TABLE, created=AT)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_without_pyarrow_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet needs an extra: exit 2 with the line that installs it."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(SurveyError, match=r"EXTRA_MISSING.*pyarrow.*sipas-survey\[engines\]"):
        write_table(tmp_path / "t.parquet", TABLE, created=AT)
