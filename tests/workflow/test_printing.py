"""Printing: what is not printed yet, in batches, recorded once, and the same pages again."""

import hashlib
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sipas_survey.documents import form_pages
from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.storage import ledger
from sipas_survey.workflow import designing, drawing, frame, office, printing
from sipas_survey.workflow.progress import form_records
from tests.documents.pdfs import texts
from tests.small_surveys import acts, new_survey
from tests.surveys import FRAME, Survey, drawn

ON = date(2024, 1, 2)


@pytest.fixture
def survey(tmp_path: Path) -> Iterator[Survey]:
    """A drawn survey; a test that asks for `database` before it has it on each of the two."""
    made = drawn(tmp_path)
    yield made
    made.store.close()


def printed(survey: Survey, folder: Path, **asked: object) -> list[printing.Batch]:
    return printing.print_forms(survey.store, folder, on=ON, **asked).value  # type: ignore[arg-type]


def files(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_batches_by_place_reserves_apart(database: str, survey: Survey, tmp_path: Path) -> None:
    """For each district the main list, then its reserve in drawn order; each form is printed, each batch recorded."""
    batches = printed(survey, tmp_path / "p")
    codes = survey.codes
    assert [(b.place, b.kind) for b in batches] == [
        ("132", "main"), ("132", "reserve"), ("140", "main"), ("140", "reserve"),
    ]  # fmt: skip
    assert [set(b.forms) for b in batches[::2]] == [{codes["A1"], codes["A2"]}, {codes["B1"], codes["B2"]}]
    assert [b.forms for b in batches[1::2]] == [(codes["R1"], codes["R2"]), (codes["S1"], codes["S2"])]
    assert {b.file: b.sha256 for b in batches} == files(tmp_path / "p")
    assert printing.printed_batches(survey.store) == batches
    assert {r.state.printed_on for r in form_records(survey.store)} == {ON}
    assert acts(survey.store)[-13:] == ["print"] * 8 + ["forget_undrawn"] + ["print_batch"] * 4
    assert office.verify(survey.store).intact


def test_the_undrawn_are_forgotten(survey: Survey, tmp_path: Path) -> None:
    """With the first form printed the four people who were not drawn are removed; nobody else is."""
    printed(survey, tmp_path / "p", place="140")
    with survey.store.read() as connection:
        forgotten = ledger.last_details(connection, "forget_undrawn")
        left = connection.exec_driver_sql("SELECT count(*) FROM people").scalar()
    assert forgotten is not None
    assert (forgotten["people"], left) == (4, 8)
    printed(survey, tmp_path / "p")
    assert acts(survey.store).count("forget_undrawn") == 1


def test_only_what_is_not_printed_yet(survey: Survey, tmp_path: Path) -> None:
    """A district first, then the rest; then nothing is left, which is a warning and no event."""
    assert {b.place for b in printed(survey, tmp_path / "p", place="Thành phố Yên Bái")} == {"132"}
    assert {b.place for b in printed(survey, tmp_path / "p")} == {"140"}
    before = acts(survey.store)
    again = printing.print_forms(survey.store, tmp_path / "q", on=ON)
    assert again.value == []
    assert [p.kind for p in again.problems] == ["PRINT_NOTHING"]
    assert acts(survey.store) == before
    assert not (tmp_path / "q").exists()


def test_names_on_covers_alone(survey: Survey, tmp_path: Path) -> None:
    """Each of the drawn is named once, on the page before his form; nobody else is named."""
    names = [line.split(",")[4] for line in FRAME.splitlines()[1:]]
    pages = [page for b in printed(survey, tmp_path / "p") for page in texts((tmp_path / "p" / b.file).read_bytes())]
    told = [name for page in pages for name in names if name in page]
    assert len(told) == len(set(told)) == 8
    assert all("Phần của bưu điện" in page for page in pages for name in names if name in page)


def test_reprinted_pages_are_the_same(survey: Survey, tmp_path: Path) -> None:
    """The same bytes under the same names on a later day, no event of any form, one entry; also of one district."""
    printed(survey, tmp_path / "p", paper="both", sides=1)
    before = acts(survey.store)
    again = printing.reprint_forms(survey.store, tmp_path / "q")
    assert again.problems == ()
    assert files(tmp_path / "q") == files(tmp_path / "p")
    assert acts(survey.store) == [*before, "reprint"]
    assert len(printing.reprint_forms(survey.store, tmp_path / "r", place="140").value) == 2


def test_a_reprint_that_differs_is_told(survey: Survey, tmp_path: Path) -> None:
    """With another name of the survey the pages are not those of the first print: a warning for each batch."""
    printed(survey, tmp_path / "p", place="132")
    other = replace(survey.store, settings=survey.store.settings.model_copy(update={"name": "Khác"}))
    again = printing.reprint_forms(other, tmp_path / "q")
    assert [p.kind for p in again.problems] == ["REPRINT_DIFFERS"] * 2


def test_forms_printed_elsewhere_can_be_made(survey: Survey, tmp_path: Path) -> None:
    """A form that a clerk's sheet says is printed has pages too: batches by place and day, without an event."""
    survey.tell("print 2 A1\nprint 2 A2\nprint 3 B1")
    assert printing.print_forms(survey.store, tmp_path / "p", place="132", on=ON).value[0].kind == "reserve"
    made = printing.reprint_forms(survey.store, tmp_path / "q").value
    assert [(b.place, b.kind, b.printed_on.day, len(b.forms)) for b in made] == [
        ("132", "reserve", 2, 2), ("132", "main", 2, 2), ("140", "main", 3, 1),
    ]  # fmt: skip


def test_a_reissued_form_is_printed_with_its_list(survey: Survey, tmp_path: Path) -> None:
    """The new code of a lost form and a released reserve are no sealed reserves; the dead code is not printed again."""
    printed(survey, tmp_path / "p")
    survey.tell("issue 3 A1\nlose 4 A1\nreissue 5 A1\nissue 3 B1\nrefuse 4 B1\nreplace 5 B1 to=S1")
    (batch,) = printing.print_forms(survey.store, tmp_path / "q", on=date(2024, 1, 6)).value
    assert (batch.place, batch.kind, len(batch.forms)) == ("132", "main", 1)
    assert batch.forms[0] not in survey.codes.values()


def test_large_places_are_several_batches(survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No batch has more forms than one person can count; together they have every form once."""
    monkeypatch.setattr(printing, "LARGEST_BATCH", 1)
    batches = printed(survey, tmp_path / "p")
    assert [len(b.forms) for b in batches] == [1] * 8
    assert sorted(f for b in batches for f in b.forms) == sorted(survey.codes.values())


# ---------------------------------------------------------------- nothing half done
def test_a_folder_that_cannot_be_written_prints_nothing(survey: Survey, tmp_path: Path) -> None:
    """Exit 2, no event, no file."""
    (tmp_path / "file").write_text("")
    before = acts(survey.store)
    with pytest.raises(SurveyError, match="OUTPUT_NOT_WRITABLE"):
        printed(survey, tmp_path / "file" / "p")
    assert acts(survey.store) == before


def test_a_day_to_come_prints_nothing(survey: Survey, tmp_path: Path) -> None:
    """An event in the future is refused; the files that were made go again."""
    before = acts(survey.store)
    with pytest.raises(SurveyError, match="EVENT_IN_FUTURE"):
        printing.print_forms(survey.store, tmp_path / "p", on=date(2024, 2, 1))
    assert acts(survey.store) == before
    assert list((tmp_path / "p").iterdir()) == []


def test_whoever_prints_at_the_same_time_is_told(
    survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that somebody else printed meanwhile stops the whole batch: exit 4, nothing written twice."""
    render = form_pages.render

    def meanwhile(*told: object, **options: object) -> bytes:
        survey.tell("print 2 A1")
        return render(*told, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(form_pages, "render", meanwhile)
    with pytest.raises(SurveyError, match="PRINTED_MEANWHILE") as refused:
        printed(survey, tmp_path / "p")
    assert refused.value.exit_code == 4
    assert acts(survey.store).count("print") == 1
    assert list((tmp_path / "p").iterdir()) == []


def test_an_unknown_place_is_wrong_usage(survey: Survey, tmp_path: Path) -> None:
    """Exit 2."""
    with pytest.raises(SurveyError, match="PRINT_UNKNOWN_PLACE") as refused:
        printed(survey, tmp_path / "p", place="999")
    assert refused.value.exit_code == 2


def test_without_draw_or_key_nothing_is_printed(survey: Survey, tmp_path: Path) -> None:
    """The draw comes first; and covers need the key."""
    with pytest.raises(SurveyError, match="PERSONAL_DATA_LOCKED"):
        printing.print_forms(replace(survey.store, key=None), tmp_path / "p")


def test_before_a_draw_nothing_is_printed(tmp_path: Path) -> None:
    """DRAW_MISSING, exit 2."""
    store = new_survey(tmp_path / "s")
    with pytest.raises(SurveyError, match="DRAW_MISSING"):
        printing.print_forms(store, tmp_path / "p")
    store.close()


def test_wording_and_missing_names_are_told(survey: Survey, tmp_path: Path) -> None:
    """A shipped questionnaire has the toolkit's own sentences: whoever prints is warned."""
    done = printing.print_forms(survey.store, tmp_path / "p", on=ON)
    assert [p.kind for p in done.problems] == ["PRINT_WORDING"]


@pytest.mark.soak
def test_a_round_is_printed_in_half_a_minute(tmp_path: Path) -> None:
    """540 forms of two pages with covers and 540 sealed reserves, in a process of its own: under 30 s and 1 GB."""
    folder = tmp_path / "s"
    store = new_survey(folder)
    assert frame.import_frame(store, Path(str(shipped("samples/yen_bai_2023/frame.csv")))).stored
    designing.set_design(store, designing.Asked(per_district=60, reserve=1.0))
    drawing.draw_lists(store, seed="soak")
    store.close()
    command = [sys.executable, "-m", "sipas_survey", "-C", folder, "forms", "print", tmp_path / "p"]
    began = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    took, memory = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"1,080 forms in {took:.1f} s, {memory / 1e6:.2f} GB")
    assert len(list((tmp_path / "p").iterdir())) == 18
    assert took < 30
    assert memory < 1_000_000
