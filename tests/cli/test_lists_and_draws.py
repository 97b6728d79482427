"""The public order at the command line: freeze, publish, draw, prove, do again; decisions, lists."""

from pathlib import Path

import pytest

from sipas_survey.workflow.office import open_survey
from tests.cli.conftest import Sipas
from tests.small_surveys import text_file

WHY = ["--again", "--reason", "Công bố nhầm kết quả xổ số"]


def test_done_again_with_a_reason(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Another seed, design and frame are exit 4 without --again and done with it; the ledger stays whole."""
    assert sipas("-C", survey, "draw", "--seed", "a").code == 0
    before = sipas("-C", survey, "draw", "show", "--format", "json").json
    assert sipas("-C", survey, "draw", "--seed", "b").code == 4
    assert sipas("-C", survey, "draw", "--seed", "b", *WHY).code == 0
    after = sipas("-C", survey, "draw", "show", "--format", "json").json
    assert (after["seed"], after["published_first"]) == ("b", True)
    assert after["list_digest"] != before["list_digest"]
    assert sipas("-C", survey, "design", "set", "--per-district", "5").code == 4
    assert sipas("-C", survey, "design", "set", "--per-district", "5", *WHY).code == 0
    assert sipas("-C", survey, "draw", "--seed", "b").code == 0
    other = text_file(tmp_path / "other.csv", "unit_id,commune_code\nX1,04249\nX2,04249\n")
    assert sipas("-C", survey, "frame", "import", other).code == 4
    done = sipas("-C", survey, "frame", "import", other, *WHY, "--format", "json")
    assert (done.code, done.json["new"], done.kinds) == (0, 2, ["FRAME_BEGUN_ANEW"])
    assert sipas("-C", survey, "draw", "--seed", "c", *WHY).code == 0
    assert sipas("-C", survey, "draw", "verify", "--frame", other).code == 0
    assert sipas("-C", survey, "audit", "verify").code == 0


@pytest.mark.parametrize("words", [["--again"], ["--reason", "vì"], ["--again", "--reason", " "]])
def test_again_and_its_reason_go_together(survey: Path, sipas: Sipas, words: list[str]) -> None:
    """One without the other, and a blank reason, are wrong usage."""
    result = sipas("-C", survey, "draw", "--seed", "a", *words)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_a_reason_too_late(survey: Path, sipas: Sipas) -> None:
    """Once a form is printed nothing is done again: exit 4."""
    assert sipas("-C", survey, "draw", "--seed", "a").code == 0
    store = open_survey(survey)
    with store.read() as connection:
        form = connection.exec_driver_sql("SELECT form FROM cases WHERE kind = 'main'").scalar()
    store.close()
    assert sipas("-C", survey, "forms", "record", "print", form, "--on", "2023-12-05").code == 0
    assert sipas("-C", survey, "draw", "--seed", "b", *WHY, "--format", "json").kinds == ["AGAIN_TOO_LATE"]


def test_the_protocol(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """As HTML and PDF; another ending or language is exit 2, no draw too."""
    assert sipas("-C", survey, "draw", "protocol", tmp_path / "p.html", "--format", "json").code == 2
    assert sipas("-C", survey, "draw", "protocol", tmp_path / "p.html").code == 2
    assert sipas("-C", survey, "frame", "freeze").code == 0
    assert sipas("-C", survey, "draw", "--seed", "Xổ số 71 204").code == 0
    for name in ("p.html", "p.pdf"):
        assert sipas("-C", survey, "draw", "protocol", tmp_path / name, "--paper", "both").code == 0
    assert "Xổ số 71 204" in (tmp_path / "p.html").read_text(encoding="utf-8")
    assert (tmp_path / "p.pdf").read_bytes().startswith(b"%PDF")
    assert sipas("-C", survey, "draw", "protocol", tmp_path / "p.odt").code == 2
    assert sipas("-C", survey, "draw", "protocol", tmp_path / "p.pdf", "--paper", "fr").code == 2


TWINS = (
    "unit_id,commune_code,full_name,birth_year,village\nT1,04249,Lê Thị Hoa,1980,Tổ 1\nT2,04249,LE THI HOA,1980,Tổ 1\n"
)


def test_duplicates_are_shown_and_decided(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Names where the key is; a decision with its reason; after the freeze it is too late."""
    sipas("-C", survey, "frame", "import", text_file(tmp_path / "t.csv", TWINS))
    shown = sipas("-C", survey, "frame", "duplicates", "--format", "json").json
    row = next(row for row in shown["rows"] if row["unit_id"] == "T1")
    assert (row["score"], row["same"], row["other"], row["full_name"]) == (1.0, True, "T2", "Lê Thị Hoa")
    assert "Lê Thị Hoa" in sipas("-C", survey, "frame", "duplicates").out
    assert sipas("-C", survey, "frame", "duplicates", "T2").code == 2
    assert sipas("-C", survey, "frame", "duplicates", "--drop", "T2").code == 2
    assert sipas("-C", survey, "frame", "duplicates", "--drop", "T1", "T2", "--reason", "trùng").code == 3
    done = sipas("-C", survey, "frame", "duplicates", "--drop", "T2", "--reason", "trùng", "--format", "json").json
    assert (done["new"], done["stored"], done["units"]) == (1, True, {"T2": "T1"})
    assert "Nothing new" in sipas("-C", survey, "frame", "duplicates", "--drop", "T2", "--reason", "trùng").out
    assert sipas("-C", survey, "frame", "freeze").code == 0
    assert sipas("-C", survey, "frame", "duplicates", "--drop", "T1", "--reason", "trùng").code == 4
    assert sipas("-C", survey, "audit", "verify").code == 0


def test_duplicates_without_the_key(
    survey: Path, tmp_path: Path, sipas: Sipas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name anywhere, exit 0, and a warning on what cannot be known."""
    sipas("-C", survey, "frame", "import", text_file(tmp_path / "t.csv", TWINS))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    shown = sipas("-C", survey, "frame", "duplicates", "--format", "json")
    assert (shown.code, shown.kinds[0]) == (0, "DUPLICATES_LOCKED")
    assert {"unit_id": "T1", "other": "T2"}.items() <= shown.json["rows"][-1].items()
    assert {row["full_name"] for row in shown.json["rows"]} == {None}
    table = sipas("-C", survey, "frame", "duplicates")
    assert "Hoa" not in table.out
    assert "DUPLICATES_LOCKED" in table.err


def test_lists_by_commune_and_worker(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A workbook per district; a commune without a worker is told on standard error."""
    sipas("-C", survey, "draw", "--seed", "a")
    workers = text_file(tmp_path / "w.csv", "Mã bưu tá,Huyện\nBT1,132\nBT2,133\nBT3,135\n")
    done = sipas("-C", survey, "lists", tmp_path / "lists", "--by-commune", "--workers", workers)
    assert (done.code, len(list((tmp_path / "lists").iterdir()))) == (0, 4)
    assert "ROUTE_WITHOUT_WORKER" in done.err
    done = sipas("-C", survey, "lists", tmp_path / "csv", "--as", "csv", "--by-commune")
    assert sorted(file.name[:5] for file in (tmp_path / "csv").iterdir()) == ["04249", "04282", "04303", "04375"]


def test_draw_export_by_ending(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """CSV, XLSX, Parquet; another ending is exit 2."""
    sipas("-C", survey, "draw", "--seed", "a")
    for name, code in {"d.csv": 0, "d.xlsx": 0, "d.parquet": 0, "d.docx": 2}.items():
        assert sipas("-C", survey, "draw", "export", tmp_path / name).code == code
        assert (tmp_path / name).exists() == (code == 0)
