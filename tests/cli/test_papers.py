"""Papers on the command line: print, sheets, labels, scan; exit codes and JSON."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Sipas
from tests.documents.pdfs import texts


@pytest.fixture
def drawn(survey: Path, sipas: Sipas) -> Path:
    """The small survey, drawn: 4 districts, 2 names on each main list and 2 in each reserve."""
    assert sipas("-C", survey, "design", "set", "--per-district", "2").code == 0
    assert sipas("-C", survey, "draw", "--seed", "x").code == 0
    return survey


def test_print_then_reprint(drawn: Path, sipas: Sipas, tmp_path: Path) -> None:
    """A district, the rest, nothing, the same again: each says what it did, exit 0."""
    first = sipas("-C", drawn, "forms", "print", tmp_path / "p", "--district", "132")
    assert first.code == 0
    assert "Printed 4 forms (2 of them sealed reserves) in 2 batches" in first.out
    assert "PRINT_WORDING" in first.err
    assert "12 forms" in sipas("-C", drawn, "forms", "print", tmp_path / "p", "--paper", "both").out
    nothing = sipas("-C", drawn, "forms", "print", tmp_path / "p")
    assert (nothing.code, "PRINT_NOTHING" in nothing.err) == (0, True)
    again = sipas("-C", drawn, "forms", "print", tmp_path / "q", "--reprint")
    assert "16 forms (8 of them sealed reserves) in 8 batches again" in again.out
    assert {f.name: f.read_bytes() for f in (tmp_path / "p").iterdir()} == {
        f.name: f.read_bytes() for f in (tmp_path / "q").iterdir()
    }
    assert sipas("-C", drawn, "audit", "verify").code == 0


WRONG = [
    (["print", "OUT", "--district", "999"], 2),
    (["print", "OUT", "--reprint", "--on", "2024-01-01"], 2),
    (["print", "OUT", "--sides", "3"], 2),
    (["print", "OUT", "--paper", "fr"], 2),
    (["print", "OUT", "--on", "2999-01-01"], 3),
    (["labels", "OUT", "--size", "9x9"], 2),
    (["sheets", "OUT", "--workers", "nobody.csv"], 2),
    (["scan", "nothing.pdf"], 2),
]


def test_wrong_usage(drawn: Path, sipas: Sipas, tmp_path: Path) -> None:
    """A wrong place, option, language, day, size or file: its exit code, no file and no traceback."""
    out = tmp_path / "o"
    for arguments, code in WRONG:
        said = sipas("-C", drawn, "forms", *(out if word == "OUT" else word for word in arguments))
        assert said.code == code, arguments
        assert "Traceback" not in said.err
        assert not out.exists() or not list(out.iterdir())


def test_paper_in_the_language_asked_for(drawn: Path, sipas: Sipas, tmp_path: Path) -> None:
    """The survey's own language unless another is asked for, whatever language messages have."""
    sipas("-C", drawn, "forms", "print", tmp_path / "p", "--district", "132")
    sipas("-C", drawn, "forms", "print", tmp_path / "e", "--district", "133", "--paper", "en", "--sides", "1")
    (vi,) = (tmp_path / "p").glob("*main*")
    (en,) = (tmp_path / "e").glob("*main*")
    assert "Kính gửi" in texts(vi.read_bytes())[2]
    assert "Dear Sir or Madam" in texts(en.read_bytes())[1]


def test_sheets_and_labels(drawn: Path, sipas: Sipas, tmp_path: Path) -> None:
    """A file of sheets for each district, two of labels."""
    sipas("-C", drawn, "forms", "print", tmp_path / "p")
    assert "Wrote 4 files" in sipas("-C", drawn, "forms", "sheets", tmp_path / "s").out
    assert "Wrote 8 files" in sipas("-C", drawn, "forms", "labels", tmp_path / "l", "--size", "50x30").out
    assert len(list((tmp_path / "s").iterdir())) == 4


def test_scan_a_picture_and_lines(drawn: Path, sipas: Sipas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON holds forms, pages and what is missing; a page without a code is kept; lines come from standard input."""
    sipas("-C", drawn, "forms", "print", tmp_path / "p", "--district", "132", "--on", "2024-01-04")
    (batch,) = (tmp_path / "p").glob("*main*")
    Image.new("L", (600, 800), 90).save(tmp_path / "dark.png")
    done = sipas("-C", drawn, "forms", "scan", batch, tmp_path / "dark.png", "--dry-run", "--format", "json")
    assert done.code == 0
    assert (done.json["new"], done.json["stored"], done.json["pages"], done.json["blank"]) == (2, False, 11, 3)
    assert [form["missing"] for form in done.json["forms"]] == [[], []]
    assert done.json["unread"] == ["dark-0001.png"]
    form = done.json["forms"][0]["form"]
    sipas("-C", drawn, "forms", "record", "issue", form, "--on", "2024-01-05")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{form}/1\n"))
    said = sipas("-C", drawn, "forms", "scan", "-", tmp_path / "dark.png", "--on", "2024-01-06")
    assert said.code == 0
    assert "2 pages (0 blank): 1 forms" in said.out
    assert (drawn / "review" / "dark-0001.png").is_file()
    assert sipas("-C", drawn, "forms", "scan", tmp_path / "dark.png", "--format", "csv").code == 0
