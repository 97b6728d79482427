"""`sipas par-index` as its users see it."""

from pathlib import Path

import pytest

from sipas_survey.resources import shipped
from tests.cli.conftest import Sipas

EXAMPLE = Path(str(shipped("questionnaires/par_index/example.csv")))


def test_a_table_without_a_survey(sipas: Sipas) -> None:
    """The remainder is computed, what nobody scored is a dash, the total stands last."""
    done = sipas("--lang", "vi", "par-index", EXAMPLE)
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert rows["3"].split()[-4:] == ["13", "12,937", "0,063", "99,52%"]
    assert rows["8.1"].split()[-5:] == ["–", "10", "–", "10", "citizens:service"]
    assert rows["Cộng"].split()[1:4] == ["100", "60,512", "39,488"]


def test_with_a_survey_its_points_are_filled_in(sipas: Sipas, told: Path) -> None:
    """The demonstration's results of citizens fill three lines; those of officials stay open."""
    done = sipas("-C", told, "par-index", EXAMPLE, "--format", "json")
    rows = {row["code"]: row for row in done.json["rows"]}
    judged = {row["index"]: row for row in sipas("-C", told, "satisfaction", "--format", "json").json["rows"]}
    assert rows["8.1"]["reached"] == pytest.approx(10 * judged["service"]["value"])
    assert rows["8.1"]["lower"] == pytest.approx(10 * judged["service"]["lower"])
    assert (rows["1.3"]["reached"], rows["1.3"]["open"]) == (None, 4.0)
    assert {row["source"]: row["open"] for row in done.json["sources"]} == {"appraised": 5.0, "surveyed": 14.0}
    assert (done.json["problems"], done.json["total"]["open"]) == ([], 19.0)


@pytest.mark.parametrize("by", ["field", "criterion", "agency", "source"])
def test_sums_by_whatever_is_asked(sipas: Sipas, by: str) -> None:
    """As a table with a total, and as CSV without one."""
    assert "Total" in sipas("par-index", EXAMPLE, "--by", by).out
    header, *rows = sipas("par-index", EXAMPLE, "--by", by, "--format", "csv").out.splitlines()
    assert header == f"{by},maximum,reached,remainder,open,share"
    assert len(rows) == {"field": 8, "criterion": 20, "agency": 6, "source": 2}[by]


def test_faults_are_told_and_nothing_else(sipas: Sipas, tmp_path: Path) -> None:
    """Exit 3, a problem per fault; a folder that is no survey is exit 2."""
    file = tmp_path / "sheet.csv"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace("5.937", "6.937"), encoding="utf-8")
    done = sipas("par-index", file, "--format", "json")
    assert (done.code, done.kinds) == (3, ["PAR_INDEX_OVER"])
    assert "row 13, column reached" in sipas("par-index", file).err
    assert "6,937 lớn hơn điểm tối đa 6." in sipas("--lang", "vi", "par-index", file).err
    assert sipas("-C", tmp_path, "par-index", EXAMPLE).code == 2
