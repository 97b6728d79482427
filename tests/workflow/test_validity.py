"""The rule for whole forms becomes events of the ledger, on request."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage.settings import Settings, Validity, digest, parse, text_of
from sipas_survey.storage.store import Store, open_store
from sipas_survey.tracking.forms import State
from sipas_survey.workflow import answers, designing, drawing, field, frame, validity
from sipas_survey.workflow.office import verify
from sipas_survey.workflow.progress import form_records
from tests.small_surveys import NOW, csv_file, new_survey, people, text_file

DAY = date(2023, 12, 5)
CRITERIA = [f"q{i:02d}" for i in range(1, 34)]


@pytest.fixture
def forms(tmp_path: Path) -> list[str]:
    """A survey in tmp_path/survey; six forms of it are out, and all but the last one are back."""
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    designing.set_design(store, designing.Asked(per_district=6))
    drawing.draw_lists(store, seed="a")
    codes: list[str] = drawing.export(store).query("kind == 'main'")["form"].tolist()[:6]
    for act, some in (("print", codes), ("issue", codes), ("return", codes[:5])):
        field.record(store, act, some, on=DAY)
    field.record(store, "accept", codes[4:5], on=DAY)
    store.close()
    return codes


def survey(folder: Path, **rule: Any) -> Store:
    """The survey with a rule in its settings."""
    file = folder / "survey" / "survey.toml"
    known = parse(file.read_bytes())
    file.write_text(text_of(known.model_copy(update={"validity": Validity(**rule)})), encoding="utf-8")
    return open_store(folder / "survey", author="tester", clock=lambda: NOW)


def filled(forms: list[str], answered: list[int]) -> str:
    rows = [
        ",".join([form, *("4" if i < n else "" for i in range(33))]) for form, n in zip(forms, answered, strict=True)
    ]
    return "\n".join([",".join(["form", *CRITERIA]), *rows]) + "\n"


def states(store: Store, forms: list[str]) -> list[tuple[str, str]]:
    found = {r.form: r for r in form_records(store)}
    return [(str(found[form].state.state), found[form].state.reason) for form in forms]


def test_forms_are_accepted_and_rejected(tmp_path: Path, forms: list[str]) -> None:
    """Enough answers and too few; what is not back, or checked by somebody, stays as it is; the chain holds."""
    store = survey(tmp_path)
    file = text_file(tmp_path / "a.csv", filled(forms, [33, 17, 16, 0, 0, 33]))
    assert answers.import_responses(store, [file]).stored
    assert [state for state, _ in states(store, forms)] == ["returned"] * 4 + ["valid", "out"]
    done = validity.decide(store)
    assert (done.valid, done.invalid, done.stored, done.problems) == (2, 2, True, ())
    assert states(store, forms)[:4] == [
        ("valid", ""),
        ("valid", ""),
        ("invalid", "incomplete"),
        ("invalid", "incomplete"),
    ]
    assert [state for state, _ in states(store, forms)[4:]] == ["valid", "out"]
    again = validity.decide(store)
    assert (again.valid, again.invalid) == (0, 0)
    assert verify(store).intact


def test_a_rule_of_ones_own(tmp_path: Path, forms: list[str]) -> None:
    """All criteria, and a question that has to be answered; where no form is left, that is told."""
    store = survey(tmp_path, answered=1.0, required=("sex",))
    answers.import_responses(store, [text_file(tmp_path / "a.csv", filled(forms[:3], [33, 33, 32]))])
    done = validity.decide(store)
    assert (done.valid, done.invalid, [p.kind for p in done.problems]) == (0, 3, ["VALIDITY_NONE"])
    assert states(store, forms[:1])[0] == (str(State.INVALID), "incomplete")


def test_a_rule_about_a_question_that_there_is_not(tmp_path: Path, forms: list[str]) -> None:
    """Nothing is decided."""
    store = survey(tmp_path, required=("suggestion",))
    with pytest.raises(SurveyError, match="VALIDITY_UNKNOWN"):
        validity.decide(store)
    assert states(store, forms[:1])[0][0] == "returned"


def test_files_come_in_together_or_not_at_all(tmp_path: Path, forms: list[str]) -> None:
    """A form that is in two of them with other answers keeps both out; the same answers are there once."""
    store = survey(tmp_path)
    first = text_file(tmp_path / "a.csv", f"form,q15,visits\n{forms[0]},4,2\n{forms[1]},5,\n")
    other = text_file(tmp_path / "b.csv", f"form,q15,visits\n{forms[1]},4,\n{forms[2]},5,\n")
    done = answers.import_responses(store, [first, other])
    assert (done.clash, done.stored, len(answers.load(store).records)) == (1, False, 0)
    same = text_file(tmp_path / "c.csv", f"form,q15,visits\n{forms[1]},5,\n{forms[2]},5,3\n")
    done = answers.import_responses(store, [first, same])
    assert (done.new, done.known, done.stored) == (3, 1, True)
    loaded = answers.load(store).responses
    assert sorted(loaded.table["visits"]) == ["", "2", "3"]


def test_settings_keep_their_digest() -> None:
    """A survey whose settings say nothing of the rule is the survey that it was before there was one."""
    about = {
        "id": "12345678-1234-5678-1234-567812345678", "key_id": "k", "name": "n", "round": "r", "frame_date": DAY,
        "round_code": 23,
    }  # fmt: skip
    plain = Settings(**about)
    assert digest(plain) == digest(Settings(**about, validity={"answered": 0.5}))
    assert digest(plain) != digest(Settings(**about, validity={"answered": 0.6}))
    own = Settings(**about, validity={"required": ["sex", "visits"], "same_answer": False})
    assert parse(text_of(own).encode()) == own
    assert 'required = ["sex", "visits"]' in text_of(own)
