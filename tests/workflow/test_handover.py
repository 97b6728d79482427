"""Sheets for the hand-over and labels: for whom, with what, and what is recorded of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sipas_survey.documents.field_papers import LabelSize
from sipas_survey.problems import SurveyError
from sipas_survey.workflow import handover, overdue
from tests.documents.pdfs import texts
from tests.small_surveys import acts, text_file
from tests.surveys import FRAME, Survey, drawn

WORKERS = "worker,name,commune_code\nBT1,Trần A,04270\nBT9,Vũ C,04627\n"
NAMES = [line.split(",")[4] for line in FRAME.splitlines()[1:]]
PRINTED = "print 2 A1\nprint 2 A2\nprint 2 B1\nprint 2 B2\nprint 2 R1"


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A drawn survey; a test that asks for `database` before it has it on each of the two."""
    made = drawn(tmp_path)
    yield made
    made.store.close()


def pages_of(files: list[Path]) -> list[str]:
    return [page for file in files for page in texts(file.read_bytes())]


def test_what_waits_to_be_handed_out(database: str, survey: Survey, tmp_path: Path) -> None:
    """Printed and not yet issued forms, by worker and commune, with names; held reserves are on no sheet."""
    survey.tell(f"{PRINTED}\nissue 3 A1")
    workers = text_file(tmp_path / "w.csv", WORKERS)
    done = handover.write_sheets(survey.store, tmp_path / "s", workers_file=workers)
    assert done.problems == ()
    receipt, sheet, *_ = pages_of(done.value)
    assert "BT1 – Trần A" in receipt
    assert "Cộng 1" in receipt
    assert sum(name in sheet for name in NAMES) == 1
    given = handover.sheets_given(survey.store).values()
    assert sorted((s.worker, len(s.forms)) for s in given) == [("BT1", 1), ("BT9", 2)]
    assert {f for s in given for f in s.forms} == {survey.codes[n] for n in ("A2", "B1", "B2")}
    assert acts(survey.store)[-1] == "export_sheets"


def test_without_workers_the_last_field_act_tells(survey: Survey, tmp_path: Path) -> None:
    """With everything asked for, a form is of the worker who had it; others have a line to write his name on."""
    survey.tell(f"{PRINTED}\nissue 3 A1 worker=BT7\nreturn 4 A1 worker=BT7\nissue 3 B1\nlose 4 B1")
    done = handover.write_sheets(survey.store, tmp_path / "s", everything=True)
    given = sorted(handover.sheets_given(survey.store).values(), key=lambda s: (s.worker, s.commune))
    assert {s.worker: set(s.forms) for s in given if s.worker} == {"BT7": {survey.codes["A1"]}}
    assert survey.codes["B1"] not in {f for s in given for f in s.forms}
    assert any("……" in page for page in pages_of(done.value))


def test_nothing_to_hand_out_is_told(survey: Survey, tmp_path: Path) -> None:
    """Before anything is printed there is no sheet, no entry, and a warning with the way out."""
    before = acts(survey.store)
    done = handover.write_sheets(survey.store, tmp_path / "s")
    assert [p.kind for p in done.problems] == ["SHEETS_NOTHING"]
    assert acts(survey.store) == before


def test_labels_have_no_name_unless_asked(survey: Survey, tmp_path: Path) -> None:
    """Code, village and commune need no key; names do, and are recorded. Held reserves are in a file of their own."""
    before = acts(survey.store)
    plain = handover.write_labels(replace(survey.store, key=None), tmp_path / "l")
    assert [file.name for file in plain] == [
        "132-thanh-pho-yen-bai-labels.pdf", "132-thanh-pho-yen-bai-labels-reserve.pdf",
        "140-huyen-van-chan-labels.pdf", "140-huyen-van-chan-labels-reserve.pdf",
    ]  # fmt: skip
    assert not [name for name in NAMES for page in pages_of(plain) if name in page]
    assert acts(survey.store) == before
    named = handover.write_labels(survey.store, tmp_path / "n", size=LabelSize.ROLL, with_names=True)
    pages = pages_of(named)
    assert len(pages) == 8
    assert sum(name in page for name in NAMES for page in pages) == 8
    assert acts(survey.store)[-1] == "export_labels"
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        handover.write_labels(replace(survey.store, key=None), tmp_path / "x", with_names=True)


def test_forms_still_out_on_paper(survey: Survey, tmp_path: Path) -> None:
    """The same forms as in the workbooks, as PDF, with their ages."""
    survey.tell(f"{PRINTED}\nissue 3 A1 worker=BT7\nissue 8 A2 worker=BT7")
    files, forms = overdue.write_lists(survey.store, tmp_path / "o", as_of=date(2024, 1, 11), as_pdf=True)
    assert [file.suffix for file in files] == [".pdf"]
    (page,) = pages_of(files)
    assert len(forms) == 2
    assert "2 phiếu: 1 quá hạn (từ 6 ngày), 1 cần nhắc" in page
