"""Codes scanned back: what came back, what is missing, what is recorded, and what is kept for a person to look at."""

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from sipas_survey.problems import SurveyError
from sipas_survey.tracking.forms import State
from sipas_survey.workflow import handover, printing, scanning
from sipas_survey.workflow.progress import form_records
from tests.documents.pdfs import pictures
from tests.small_surveys import acts
from tests.surveys import Survey, drawn

BACK = date(2024, 1, 5)


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A drawn survey; a test that asks for `database` before it has it on each of the two."""
    made = drawn(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def printed(survey: Survey, tmp_path: Path) -> tuple[Survey, Path]:
    """The survey with all forms printed on one side, and those of the main lists handed out; a batch as PDF."""
    batches = printing.print_forms(survey.store, tmp_path / "p", on=date(2024, 1, 2), sides=1).value
    survey.tell("issue 3 A1\nissue 3 A2\nissue 3 B1\nissue 3 B2")
    return survey, tmp_path / "p" / batches[0].file


def states(survey: Survey) -> dict[str, State]:
    name_of = {code: name for name, code in survey.codes.items()}
    return {name_of[r.form]: r.state.state for r in form_records(survey.store)}


def stack(path: Path, batch: Path, *wanted: int) -> str:
    """Some pages of a batch as one TIFF, in the order given."""
    pages = pictures(batch.read_bytes(), dpi=150)
    first, *more = [pages[n] for n in wanted]
    first.save(path, save_all=True, append_images=more)
    return str(path)


def test_forms_come_back(database: str, printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """A whole batch through the scanner: both forms are returned, nothing is missing; covers and slip bring nothing."""
    survey, batch = printed
    done = scanning.scan(survey.store, [str(batch)], review=tmp_path / "r", on=BACK, worker="BT1")
    assert (done.imported.new, done.imported.stored) == (2, True)
    assert [(f.pages, f.missing, f.known) for f in done.forms] == [((1, 2), (), False)] * 2
    assert (done.pages, done.blank, done.unread) == (7, 0, ())
    assert set(done.covers) == {f.form for f in done.forms}
    assert [p.kind for p in done.imported.problems] == ["SCAN_COVERS"]
    assert done.batches == (printing.printed_batches(survey.store)[0].batch,)
    assert states(survey)["A1"] is State.RETURNED
    assert {r.state.worker for r in form_records(survey.store) if r.state.returned} == {"BT1"}
    assert not (tmp_path / "r").exists()


def test_the_same_scan_again_changes_nothing(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """Scanned twice, even on another day: known, no event."""
    survey, batch = printed
    scanning.scan(survey.store, [str(batch)], review=tmp_path / "r", on=BACK)
    before = acts(survey.store)
    again = scanning.scan(survey.store, [str(batch)], review=tmp_path / "r", on=date(2024, 1, 9))
    assert (again.imported.new, again.imported.known) == (0, 2)
    assert all(form.known for form in again.forms)
    assert acts(survey.store) == before


def test_missing_pages_are_told(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """Without its second page a form has come back all the same; the page is named."""
    survey, batch = printed
    scan = stack(tmp_path / "a.tif", batch, 2, 5, 6)
    done = scanning.scan(survey.store, [scan], review=tmp_path / "r", on=BACK)
    assert done.imported.new == 2
    assert sorted(f.missing for f in done.forms) == [(), (2,)]
    (told,) = done.imported.problems
    assert (told.kind, told.found, told.place.form) == ("SCAN_PAGES_MISSING", "2", done.forms[0].form)


def test_unread_pages_are_kept_to_look_at(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """A page whose code is gone is written as a picture and named; on a dry run nothing is."""
    survey, _ = printed
    spoilt = Image.new("L", (800, 1100), 255)
    spoilt.paste(0, (100, 100, 700, 140))
    spoilt.save(tmp_path / "b.png")
    before = acts(survey.store)
    done = scanning.scan(survey.store, [str(tmp_path / "b.png")], review=tmp_path / "r", dry_run=True)
    assert not (tmp_path / "r").exists()
    done = scanning.scan(survey.store, [str(tmp_path / "b.png")], review=tmp_path / "r")
    assert [p.kind for p in done.imported.problems] == ["SCAN_CODE_UNREAD"]
    with Image.open(tmp_path / "r" / "b-0001.png") as kept:
        assert kept.size == (800, 1100)
    assert acts(survey.store) == before


def test_lines_of_a_scanner_stand_for_whole_forms(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """At the counter one code a form is scanned: no page is missing. A wrong line is told and stops nothing."""
    survey, _ = printed
    a, b = survey.codes["A1"], survey.codes["B1"]
    typed = io.StringIO(f"{a}/1\n{b}\nxyz\n{a}\n")
    done = scanning.scan(survey.store, ["-"], review=tmp_path / "r", on=BACK, lines=typed)
    assert done.imported.new == 2
    assert [(f.form, f.missing) for f in done.forms] == [(a, ()), (b, ())]
    assert [p.kind for p in done.imported.problems] == ["SCAN_LINE"]


def test_a_dry_run_records_nothing(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """It says what would change."""
    survey, batch = printed
    before = acts(survey.store)
    done = scanning.scan(survey.store, [str(batch)], review=tmp_path / "r", on=BACK, dry_run=True)
    assert (done.imported.new, done.imported.stored, len(done.imported.changes)) == (2, False, 2)
    assert acts(survey.store) == before


def test_a_foreign_form_stops_the_rest_unless_asked(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """A code of another survey is an error: nothing is stored, or with keep_valid the others."""
    survey, _ = printed
    text = f"{survey.codes['A1']}\n9910000151\n"
    for keep in (False, True):
        done = scanning.scan(
            survey.store, ["-"], review=tmp_path / "r", on=BACK, lines=io.StringIO(text), keep_valid=keep
        )
        assert (done.imported.wrong, done.imported.stored) == (1, keep)
        assert "FORM_UNKNOWN" in {p.kind for p in done.imported.problems}


def test_a_cover_alone_brings_no_form_back(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """The cover is torn off and kept: that it is there says nothing of the form."""
    survey, _ = printed
    typed = io.StringIO(f"{survey.codes['A1']}/0\n")
    done = scanning.scan(survey.store, ["-"], review=tmp_path / "r", on=BACK, lines=typed)
    assert done.forms == ()
    assert states(survey)["A1"] is State.OUT


def test_codes_of_batches_are_known(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """A hand-over sheet's code is recognised; one of no batch and no sheet is told."""
    survey, _ = printed
    handover.write_sheets(survey.store, tmp_path / "s", everything=True)
    (known, *_) = handover.sheets_given(survey.store)
    done = scanning.scan(survey.store, ["-"], review=tmp_path / "r", lines=io.StringIO(f"{known}\n230000000038\n"))
    assert done.batches == (known, "230000000038")
    assert [(p.kind, p.found) for p in done.imported.problems] == [("SCAN_BATCH_UNKNOWN", "230000000038")]


def test_a_file_that_is_not_there_stops_at_once(printed: tuple[Survey, Path], tmp_path: Path) -> None:
    """Nothing is read or stored where one of the sources is missing."""
    survey, batch = printed
    before = acts(survey.store)
    with pytest.raises(SurveyError, match="FILE_NOT_FOUND"):
        scanning.scan(survey.store, [str(batch), str(tmp_path / "no.png")], review=tmp_path / "r")
    assert acts(survey.store) == before
