"""Flags and live precision from a survey's ledger, on both databases."""

import json
from datetime import UTC, datetime

from sipas_survey.formats import LANGUAGES
from sipas_survey.tracking.flags import FlagKind
from sipas_survey.workflow import answers, precision, quality, verdict
from tests.surveys import Survey

OUT = "print 2 A1\nprint 2 A2\nprint 2 B1\nprint 2 B2\nissue 3 A1 worker=W\nissue 3 A2\nissue 3 B1\nissue 3 B2"


def test_what_is_flagged(survey: Survey) -> None:
    """A form that is back after five minutes, and a dead code that came back, with sentences in both languages."""
    survey.clock.now = datetime(2024, 1, 5, 2, 0, tzinfo=UTC)
    assert survey.tell(OUT + "\nprint 4 R1").stored
    assert survey.tell("deliver 5 A1 worker=W\nlose 4 B1").stored
    survey.clock.now = datetime(2024, 1, 5, 2, 5, tzinfo=UTC)
    assert survey.tell("return 5 A1 worker=W\nreturn 5 B1").stored
    found = quality.flags(survey.store)
    assert {(f.kind, f.who) for f in found} == {
        (FlagKind.ANSWERED_FAST, survey.codes["A1"]), (FlagKind.DEAD_CODE_BACK, survey.codes["B1"]),
    }  # fmt: skip
    for lang in LANGUAGES:
        assert json.dumps([quality.record_of_flag(flag, lang) for flag in found])


def test_precision_while_forms_arrive(survey: Survey) -> None:
    """Two of four forms are back with answers: two may still come, and both places are named to be pushed."""
    assert survey.tell(OUT + "\nreturn 5 A1\nreturn 6 B1\nrefuse 6 B2").stored
    file = survey.store.folder / "answers.csv"
    file.write_text(f"form,q15,q16\n{survey.codes['A1']},5,4\n{survey.codes['B1']},5,1\n", encoding="utf-8")
    assert answers.import_responses(survey.store, [file]).stored
    found = precision.live(survey.store)
    record = json.loads(json.dumps(precision.record_of_precision(found)))
    whole = next(row for row in record["rows"] if row["index"] == "access" and not row["by"])
    assert (whole["forms"], whole["remaining"], whole["value"]) == (2, 1, 0.75)
    assert [(push["place"], push["remaining"]) for push in record["push"]] == [("132", 1)]
    assert record["missing"]["responded"] == 2
    assert {v["variable"] for v in record["missing"]["variables"]} >= {"district_code"}


def test_indices_without_replacements(survey: Survey) -> None:
    """The main list alone: the answers of a released reserve are left out."""
    assert survey.tell(OUT + "\nreturn 5 A1\nrefuse 6 A2\nreplace 7 A2\nprint 7 R1\nissue 8 R1\nreturn 9 R1").stored
    file = survey.store.folder / "answers.csv"
    file.write_text(f"form,q15\n{survey.codes['A1']},5\n{survey.codes['R1']},1\n", encoding="utf-8")
    assert answers.import_responses(survey.store, [file]).stored
    both, alone = verdict.judge_campaign(survey.store), verdict.judge_campaign(survey.store, main_list=True)
    assert [(j.rows[0][0].satisfied, j.rows[0][0].valid) for j in (both, alone)] == [(1, 2), (1, 1)]
