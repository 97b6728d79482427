"""`sipas papi` as its users see it."""

from pathlib import Path

from tests.cli.conftest import Sipas
from tests.workflow.test_papi import wide


def test_a_table_for_people_and_json_for_programs(tmp_path: Path, sipas: Sipas) -> None:
    """Names of dimensions, rank of how many, the group in words; the contract's keys in JSON."""
    files = (wide(tmp_path / "papi_2021.csv"), wide(tmp_path / "papi_2022.csv", "1.4"))
    table = sipas("--lang", "vi", "papi", *files, "--province", "P10")
    assert table.code == 0
    assert "Tham gia của người dân ở cấp cơ sở" in table.out
    assert "1/3" in table.out
    rows = sipas("papi", *files, "--province", "P01", "--format", "json").json["rows"]
    total = rows[-1]
    assert (total["year"], total["dimension"], total["group_vi"]) == (2022, "total", "Thấp") or total["rank"] == 2
    assert total["notable"] is True
    assert total["relative_change"] < -0.05
    wrong = sipas("papi", tmp_path / "nowhere_2022.csv")
    assert (wrong.code, "FILE_NOT_FOUND" in wrong.err) == (2, True) or wrong.code == 3
