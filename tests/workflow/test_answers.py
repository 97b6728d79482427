"""Raw answers under their form codes, confronted with the ledger."""

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from sipas_survey.problems import SurveyError
from sipas_survey.storage.schema import answers as stored
from sipas_survey.storage.store import Store
from sipas_survey.workflow import answers, drawing, field, frame, office
from tests.small_surveys import acts, csv_file, new_survey, people, text_file

DAY = date(2023, 12, 5)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Four forms of a district: returned, valid, invalid, and still out."""
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    drawing.set_design(store, drawing.Asked(per_district=4))
    drawing.draw_lists(store, seed="a")
    forms = codes(store)
    field.record(store, "print", forms, on=DAY)
    field.record(store, "issue", forms, on=DAY)
    field.record(store, "return", forms[:3], on=DAY)
    field.record(store, "accept", forms[1:2], on=DAY)
    field.record(store, "reject", forms[2:3], on=DAY, reason="incomplete")
    return store


def codes(store: Store) -> list[str]:
    found: list[str] = drawing.export(store).query("kind == 'main'")["form"].tolist()[:4]
    return found


def imported(store: Store, text: str, **options: bool) -> answers.Imported:
    return answers.import_responses(store, [text_file(store.folder.parent / "a.csv", text)], **options)


def sheet(store: Store, *extra: str) -> str:
    rows = [f"{form},5,{i % 5 + 1}" for i, form in enumerate(codes(store))]
    return "\n".join(["form,q15,q16", *rows, *extra]) + "\n"


def test_answers_that_count(store: Store) -> None:
    """Valid and unchecked forms count; those of invalid, outstanding and unknown forms are kept and warned of."""
    done = imported(store, sheet(store, "2399999999,1,1"))
    assert (done.new, done.stored) == (5, True)
    told = [(p.kind, p.place.row, p.place.form) for p in done.problems]
    assert told[-1] == ("RESPONSE_FORM_UNKNOWN", 6, "2399999999")
    assert [t[:2] for t in told[:-1]] == [("RESPONSE_LEFT_OUT", 4), ("RESPONSE_LEFT_OUT", 5)]
    loaded = answers.load(store)
    assert [r.form for r in loaded.records] == sorted(codes(store)[:2])
    assert loaded.responses.criteria == ("q15", "q16")
    tally = {str(row["standing"]): row["forms"] for row in answers.show(store)}
    assert tally == {"counted": 2, "left_out": 3, "missing": 0}


def test_twice_is_once(store: Store) -> None:
    """The same answers again change nothing; a dry run neither."""
    assert imported(store, sheet(store), dry_run=True).stored is False
    imported(store, sheet(store))
    before = acts(store)
    again = imported(store, sheet(store))
    assert (again.new, again.known, again.stored) == (0, 4, True)
    assert acts(store) == before


def test_other_answers_clash(store: Store) -> None:
    """Other answers under a code that has some: exit 4, and nothing of the file is stored."""
    first = codes(store)[0]
    imported(store, f"form,q15\n{first},5\n")
    done = imported(store, f"form,q15\n{first},4\n{codes(store)[1]},4\n", keep_valid=True)
    assert (done.clash, done.stored) == (1, False)
    assert SurveyError([p for p in done.problems if p.severity == "error"]).exit_code == 4
    assert len(answers.load(store).records) == 1


def test_unusable_cells_are_blanks_with_their_place(store: Store) -> None:
    """An answer that cannot be used is stored as such, and does not stop the import."""
    done = imported(store, f"form,q15,q16\n{codes(store)[0]},9,\n")
    assert done.stored
    assert all(p.severity == "warning" for p in done.problems)
    loaded = answers.load(store).responses
    assert loaded.answers.tolist() == [[0, 0]]
    assert all(kind > 0 for kind in loaded.unusable[0])


def test_a_form_is_required(store: Store) -> None:
    """Answers without form codes cannot be confronted with the ledger."""
    done = imported(store, "q15\n5\n")
    assert SurveyError(done.problems).exit_code == 3
    assert (done.stored, done.wrong) == (False, 1)


def test_bent_answers_are_found(store: Store) -> None:
    """The audit compares stored answers with the digest of their import."""
    imported(store, sheet(store))
    assert office.verify(store).intact
    with store.engine.begin() as connection:
        connection.execute(sa.update(stored).values(answers='{"q15":5,"q16":5}'))
    audit = office.verify(store)
    assert [p.details["why"] for p in audit.problems] == ["responses"]
    assert (audit.intact, audit.first_bad) == (False, acts(store).index("import_responses") + 1)


def test_a_column_that_is_named_by_the_user(store: Store, tmp_path: Path) -> None:
    """--map names a column of the file, whatever its case and accents, and never drops an answer in silence."""
    text = "Số phiếu,Biển chỉ dẫn\n" + "".join(f"{form},4\n" for form in codes(store)[:2])
    file = text_file(tmp_path / "a.csv", text)
    done = answers.import_responses(store, [file], renames={"số phiếu": "form", "bien chi dan": "q16"})
    assert (done.new, done.stored) == (2, True)
    assert answers.load(store).responses.criteria == ("q16",)


@pytest.mark.parametrize(
    ("theirs", "ours", "kind"), [("nowhere", "q16", "MAP_NO_COLUMN"), ("q15", "q99", "MAP_UNKNOWN")]
)
def test_a_map_that_leads_nowhere(store: Store, theirs: str, ours: str, kind: str) -> None:
    """A heading that is not in the file, or a column that the questionnaire does not have, stops the import."""
    file = text_file(store.folder.parent / "a.csv", sheet(store))
    with pytest.raises(SurveyError, match=kind):
        answers.import_responses(store, [file], renames={theirs: ours})
    assert answers.load(store).responses.forms == ()
