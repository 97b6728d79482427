"""The field on a real survey: events into the ledger, and where every form stands."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from sipas_survey.access import Viewer
from sipas_survey.problems import SurveyError
from sipas_survey.storage import casebook, ledger
from sipas_survey.storage.keys import Sealed
from sipas_survey.storage.schema import cases, events, people
from sipas_survey.tracking.forms import Act, Standing, State
from sipas_survey.workflow import field, office, progress
from tests.surveys import Survey, drawn

OUT = "print 2 A1\n issue 3 A1 worker=W1\n"
LIFE = """
print 2 A1
issue 3 A1 worker=W1
return 5 A1 worker=W1
accept 8 A1
print 2 A2
issue 3 A2 worker=W2
refuse 4 A2 worker=W2
print 2 B1
issue 4 B1 worker=W3
print 2 B2
"""


def entries(survey: Survey) -> int:
    """How many entries the ledger holds."""
    return office.verify(survey.store).events


def kinds(error: SurveyError) -> list[str]:
    """The kinds of an error's problems."""
    return [p.kind for p in error.problems]


def total(survey: Survey, **asked: object) -> dict[str, object]:
    """The line of totals."""
    found: dict[str, object] = progress.status(survey.store, **asked)["total"]  # type: ignore[arg-type]
    return found


# ---------------------------------------------------------------- importing
def test_an_import_twice_is_one(survey: Survey) -> None:
    """The second time everything is known and nothing is written."""
    first, before = survey.tell(LIFE), entries(survey)
    again = survey.tell(LIFE)
    assert (first.new, first.known, first.wrong, first.stored) == (10, 0, 0, True)
    assert (again.new, again.known, again.wrong, again.stored) == (0, 10, 0, True)
    assert entries(survey) == before


def test_a_failing_import_stores_nothing(survey: Survey) -> None:
    """One wrong row, and the good ones stay out; with keep_valid they go in."""
    before = entries(survey)
    text = OUT + "accept 4 A1\n leap 4 A1\n print 2 2410000199"
    failed = survey.tell(text)
    assert (failed.new, failed.wrong, failed.stored) == (2, 3, False)
    assert sorted(p.kind for p in failed.problems) == ["EVENT_NOT_ALLOWED", "EVENT_UNKNOWN_ACT", "FORM_CODE_WRONG"]
    assert entries(survey) == before
    assert survey.tell(text, keep_valid=True).stored
    assert total(survey)["issued"] == 1


def test_a_clash_stores_nothing_even_with_keep_valid(survey: Survey) -> None:
    """One id for two facts: nothing of the batch is merged."""
    survey.tell("x: print 2 A1")
    clash = survey.tell("x: print 3 A1\n print 2 A2", keep_valid=True)
    assert (clash.clash, clash.new, clash.stored) == (1, 1, False)
    assert total(survey)["printed"] == 1


def test_a_dry_run_judges_and_stores_nothing(survey: Survey) -> None:
    """What would happen is told; the ledger stays as it is."""
    before = entries(survey)
    done = survey.tell(OUT, dry_run=True)
    assert (done.new, done.stored, entries(survey)) == (2, False, before)


def test_an_id_of_the_ledgers_own_entries_is_refused(survey: Survey) -> None:
    """A source that used such an id would stop every later entry."""
    told = survey.tell(f"entry:{entries(survey) + 2}: print 2 A1")
    assert [p.kind for p in told.problems] == ["EVENT_ID_RESERVED"]


def test_returns_before_issues_give_the_same_status(tmp_path: Path, survey: Survey) -> None:
    """A file of returns taken in before the file of issues ends in the same numbers."""
    issues = "print 2 A1\n print 2 A2\n print 2 B1\n issue 3 A1\n issue 3 A2\n issue 4 B1"
    returns = "return 5 A1\n refuse 4 A2\n return 6 B1"
    waited = survey.tell(returns)
    assert {p.kind for p in waited.problems} == {"EVENT_WAITING"}
    assert [found.standing for found in field.waiting(survey.store)] == [Standing.WAITING] * 3
    assert total(survey)["returned"] == 0
    survey.tell(issues)
    assert field.waiting(survey.store) == []
    early = progress.status(survey.store)
    other = tmp_path / "other"
    other.mkdir()
    in_order = drawn(other)
    in_order.tell(issues)
    in_order.tell(returns)
    assert progress.status(in_order.store) == early
    in_order.store.close()


def test_a_file_of_events_and_a_clerks_sheet(tmp_path: Path, survey: Survey) -> None:
    """Both kinds of file end in the ledger; a clerk's day of issue prints the form that was not printed."""
    file = tmp_path / "events.csv"
    file.write_text(f"form,act,happened_on\n{survey.codes['A1']},print,2024-01-02\n", encoding="utf-8")
    assert field.import_events(survey.store, file).new == 1
    sheet = tmp_path / "sheet.csv"
    rows = [f"{survey.codes['A1']},03/01/2024,05/01/2024,,", f"{survey.codes['A2']},03/01/2024,06/01/2024,Từ chối,bận"]
    sheet.write_text("\n".join(["Mã phiếu,Ngày phát,Ngày thu,Kết quả,Lý do", *rows]), encoding="utf-8")
    done = field.import_events(survey.store, sheet)
    assert (done.new, done.stored) == (5, True)
    assert (total(survey)["returned"], total(survey)["withdrawn"]) == (1, 1)
    again = field.import_events(survey.store, sheet)
    assert (again.new, again.known) == (0, 4)


def test_nothing_before_the_draw(tmp_path: Path) -> None:
    """Without a draw there are no forms."""
    store = office.init(tmp_path / "empty", office.NewSurvey())
    with pytest.raises(SurveyError, match="DRAW_MISSING"):
        field.record(store, "print", ["2410000198"], on=date(2024, 1, 1))
    store.close()


# ---------------------------------------------------------------- personal data
def test_people_not_drawn_are_forgotten_at_the_first_print(survey: Survey) -> None:
    """Until a form is printed everybody is there; then only those drawn, and the ledger says so once."""

    def stored() -> set[str]:
        with survey.store.read() as connection:
            return set(connection.execute(select(people.c.unit_id)).scalars())

    with survey.store.read() as connection:
        drawn_units = set(connection.execute(select(cases.c.unit_id)).scalars())
    assert len(stored()) == 12
    survey.tell("print 2 A1")
    assert stored() == drawn_units
    survey.tell("print 2 A2")
    with survey.store.read() as connection:
        forgotten = [ledger.details_of(row) for row in ledger.entries(connection, act="forget_undrawn")]
    assert forgotten == [{"people": 4}]


def test_notes_are_sealed_and_the_chain_has_their_digest(survey: Survey) -> None:
    """A note is personal data: its text is nowhere in the database, and the key opens it."""
    survey.tell(OUT + "x: refuse 5 A1 note=NghỉỐm")
    with survey.store.read() as connection:
        row = connection.execute(select(people).where(people.c.event_id == "x")).mappings().one()
        (event,) = [e for e in casebook.form_events(connection) if e.event_id == "x"]
    key = survey.store.unlocked()
    assert event.note_digest == key.digest("NghỉỐm")
    sealed = Sealed(row["key_id"], row["nonce"], row["sealed"])
    assert key.open(row["unit_id"], sealed, event_id="x") == {"note": "NghỉỐm"}
    files = [file for file in survey.store.folder.iterdir() if file.is_file()]
    assert not any("NghỉỐm".encode() in file.read_bytes() for file in files)


def test_no_name_of_the_frame_lies_open(survey: Survey) -> None:
    """Names and telephones of the frame cannot be read from the survey's folder."""
    survey.tell(LIFE)
    written = b"".join(file.read_bytes() for file in survey.store.folder.iterdir() if file.is_file())
    assert "Lê Văn Một".encode() not in written
    assert b"0900000001" not in written


# ---------------------------------------------------------------- single acts
def test_a_replacement_releases_the_next_reserve(survey: Survey) -> None:
    """The released code is stored in the event, and the reserve may go out."""
    survey.tell(OUT + "refuse 5 A1")
    admission = field.point(survey.store, Act.REPLACE, survey.codes["A1"], on=date(2024, 1, 6))
    assert admission.event.refers_to == survey.codes["R1"]
    assert survey.tell("print 6 R1\n issue 7 R1").stored
    assert (total(survey)["released_reserve"], total(survey)["substitution_rate"]) == (1, 0.25)
    with pytest.raises(SurveyError, match="UNDO_RESTED_ON"):
        field.undo(survey.store, admission.event.event_id)


def test_a_reissue_goes_on_under_a_new_code(survey: Survey) -> None:
    """The lost sheet stays lost; the case lives on under its new code, which belongs to the same place."""
    survey.tell(OUT + "lose 5 A1")
    new = field.point(survey.store, Act.REISSUE, survey.codes["A1"], on=date(2024, 1, 6)).event.refers_to
    survey.tell(f"print 6 {new}\n issue 7 {new}\n return 8 {new}\n accept 9 {new}")
    found = total(survey)
    assert (found["issued"], found["lost"], found["valid"], found["main"], found["rr1"]) == (2, 1, 1, 4, 0.25)
    assert field.history(survey.store, new).row.reissue_of == survey.codes["A1"]


def test_an_undone_reissue_leaves_no_trace_in_the_counts(survey: Survey) -> None:
    """The case ends with the lost form again, and the dead code is not a form."""
    survey.tell(OUT + "lose 5 A1")
    before = progress.status(survey.store)
    admission = field.point(survey.store, Act.REISSUE, survey.codes["A1"], on=date(2024, 1, 6))
    field.undo(survey.store, admission.event.event_id, reason="found")
    assert progress.status(survey.store) == before
    records = {r.form for r in progress.form_records(survey.store)}
    assert admission.event.refers_to not in records


def test_undo_and_its_undo(survey: Survey) -> None:
    """An event taken back counts for nothing, and comes back when that is taken back."""
    survey.tell(OUT + "r: return 5 A1")
    taken = field.undo(survey.store, "r", reason="typed wrongly")
    assert total(survey)["returned"] == 0
    field.undo(survey.store, taken.event.event_id, reason="was right")
    assert total(survey)["returned"] == 1
    with pytest.raises(SurveyError, match="EVENT_REFERENCE_UNKNOWN"):
        field.undo(survey.store, "nothing")


def approvals(survey: Survey, wanted: bool, author: str = "an") -> Survey:
    """The same survey with survey.toml edited."""
    file = survey.store.folder / "survey.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(f"replace = {str(not wanted).lower()}", f"replace = {str(wanted).lower()}"), "utf-8")
    changed = survey.by(author)
    assert changed.store.settings.approvals.replace is wanted
    return changed


def test_a_second_person_approves(survey: Survey) -> None:
    """Where survey.toml wants it, a replacement is a request until somebody else approves it."""
    survey.tell(OUT + "refuse 5 A1")
    survey = approvals(survey, True)
    code = survey.codes["A1"]
    asked = field.point(survey.store, Act.REPLACE, code, on=date(2024, 1, 6), reason="away")
    assert asked.event.act is Act.REQUEST_REPLACE
    with pytest.raises(SurveyError, match="APPROVED_BY_REQUESTER") as refused:
        field.approve(survey.store, code, on=date(2024, 1, 7))
    assert refused.value.exit_code == 5
    other = survey.by("binh")
    assert field.approve(other.store, code, on=date(2024, 1, 7)).event.reason == "away"
    with pytest.raises(SurveyError, match="REQUEST_MISSING"):
        field.approve(other.store, code, on=date(2024, 1, 7))
    other.store.close()


def test_a_file_does_not_go_round_the_approval(survey: Survey) -> None:
    """A replacement in a file of events needs a request and a second person as any other."""
    survey.tell(OUT + "refuse 5 A1")
    survey = approvals(survey, True)
    assert [p.kind for p in survey.tell("replace 6 A1").problems] == ["REQUEST_MISSING"]
    assert [p.kind for p in survey.tell("request_replace 6 A1\n replace 6 A1").problems] == ["APPROVED_BY_REQUESTER"]
    assert survey.tell("request_replace 6 A1").stored
    other = survey.by("binh")
    assert other.tell("replace 6 A1").stored
    other.store.close()


def test_without_approval_a_request_is_followed_at_once(survey: Survey) -> None:
    """The rule is the author of the replacement."""
    done = survey.tell(OUT + "refuse 5 A1\n request_replace 6 A1")
    assert (done.new, done.stored) == (5, True)
    with survey.store.read() as connection:
        row = connection.execute(select(events).where(events.c.act == "replace")).mappings().one()
        other = connection.execute(select(events.c.author).where(events.c.act == "refuse")).scalar_one()
    assert (row["author"], row["refers_to"], other) == ("rule", survey.codes["R1"], "an")
    assert survey.tell("request_replace 6 A1").known == 1


def test_a_request_follows_the_surveys_own_number_of_visits(survey: Survey) -> None:
    """One visit may be the last one where survey.toml says so."""
    file = survey.store.folder / "survey.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("visits = 3", "visits = 1"), "utf-8")
    survey = approvals(survey, True)
    survey.tell(OUT + "not_met 5 A1\n request_replace 6 A1")
    other = survey.by("binh")
    assert field.approve(other.store, survey.codes["A1"], on=date(2024, 1, 7)).arrival == "new"
    other.store.close()


# ---------------------------------------------------------------- reading
def test_status_by_district(survey: Survey) -> None:
    """The record of the contract, worked by hand."""
    survey.tell(LIFE)
    status = json.loads(json.dumps(progress.status(survey.store)))
    first, second = status["rows"]
    assert (first["district_code"], second["district_code"]) == ("132", "140")
    numbers = ("quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "unchecked", "outstanding")
    assert [first[name] for name in numbers] == [2, 2, 2, 1, 1, 1, 1, 0, 0]
    assert [second[name] for name in numbers] == [2, 2, 1, 0, 1, 0, 0, 0, 1]
    assert (first["return_rate"], first["target_met"], first["rr1"], first["target_fill"]) == (1.0, True, 0.5, 0.5)
    assert (second["return_rate"], second["valid_rate"], second["target_met"]) == (0.0, None, False)
    assert (status["total"]["quota"], status["total"]["return_rate"], status["total"]["rr1"]) == (4, 0.5, 0.25)
    assert (status["as_of"], status["target"], status["problems"]) == ("2024-01-31", 1.0, [])


@pytest.mark.parametrize(
    ("by", "columns", "n_rows"),
    [
        ("commune", ["commune_code", "commune"], 2),
        ("village", ["commune_code", "commune", "village"], None),
        ("field", ["field"], 2),
        ("worker", ["worker"], 4),
        ("day", ["day"], 5),
    ],
)
def test_status_by_other_levels(survey: Survey, by: str, columns: list[str], n_rows: int | None) -> None:
    """The columns of the level stand in place of the district's; the cells sum to the same total."""
    survey.tell(LIFE)
    status = progress.status(survey.store, by=by)
    assert list(status["rows"][0])[: len(columns)] == columns
    assert n_rows in (None, len(status["rows"]))
    assert sum(row["handed_out"] for row in status["rows"]) == status["total"]["handed_out"] == 3
    assert sum(row["returned"] for row in status["rows"]) == status["total"]["returned"] == 1
    if by in ("worker", "day"):
        assert {row["quota"] for row in status["rows"]} == {None}
        assert {row["substitution_rate"] for row in status["rows"]} == {None}
    if by == "day":
        assert status["rows"][-1]["issued_to_date"] == status["total"]["issued"] == 2
        assert status["rows"][-1]["return_rate_to_date"] == status["total"]["return_rate"]


def test_a_form_belongs_to_the_worker_of_its_last_field_act(survey: Survey) -> None:
    """Issued by one, brought back by another."""
    survey.tell(OUT + "return 5 A1 worker=W2")
    rows = {row["worker"]: row["returned"] for row in progress.status(survey.store, by="worker")["rows"]}
    assert rows == {None: 0, "W2": 1}


def test_status_as_of_a_day(survey: Survey) -> None:
    """What had not happened by then does not count."""
    survey.tell(LIFE)
    assert total(survey, as_of=date(2024, 1, 1))["printed"] == 0
    assert total(survey, as_of=date(2024, 1, 3))["handed_out"] == 2
    at_four = total(survey, as_of=date(2024, 1, 4))
    assert (at_four["handed_out"], at_four["withdrawn"], at_four["returned"]) == (3, 1, 0)


def test_status_known_on_a_day(survey: Survey) -> None:
    """What was recorded after the end of a day, in the survey's own time, was not known on it."""
    survey.clock.now = datetime(2024, 1, 20, 16, 59, tzinfo=UTC)  # a minute before midnight in Yên Bái
    survey.tell(OUT)
    survey.clock.now = datetime(2024, 1, 20, 17, 1, tzinfo=UTC)
    survey.tell("return 5 A1")
    assert total(survey, known_on=date(2024, 1, 19))["printed"] == 0
    on_the_day = total(survey, known_on=date(2024, 1, 20))
    assert (on_the_day["issued"], on_the_day["returned"]) == (1, 0)
    assert total(survey, known_on=date(2024, 1, 21))["returned"] == 1


def test_the_scope_of_who_looks(survey: Survey) -> None:
    """Somebody of one district sees its forms, its quota, and no other's."""
    survey.tell(LIFE)
    viewer = Viewer("post", frozenset({"140"}))
    status = progress.status(survey.store, viewer)
    assert [row["district_code"] for row in status["rows"]] == ["140"]
    assert (status["total"]["quota"], status["total"]["printed"]) == (2, 2)
    with pytest.raises(SurveyError, match="FORM_UNKNOWN"):
        field.history(survey.store, survey.codes["A1"], viewer)


def test_the_history_of_a_form(survey: Survey) -> None:
    """Events in the order of their days with what each amounts to; a reserve is held until released."""
    survey.tell("return 5 A1\n print 2 A1\n issue 3 A1")
    told = field.history(survey.store, survey.codes["A1"])
    assert [str(e.act) for e in told.events] == ["print", "issue", "return"]
    assert (told.state.state, told.held) == (State.RETURNED, False)
    assert field.history(survey.store, survey.codes["R1"]).held
    with pytest.raises(SurveyError, match="FORM_UNKNOWN"):
        field.history(survey.store, "2410000199")


def test_events_of_the_future_are_refused(survey: Survey) -> None:
    """Today is the day of the clock in the survey's time zone."""
    survey.clock.now = datetime(2024, 1, 9, 16, 59, tzinfo=UTC)
    assert [p.kind for p in survey.tell("print 10 A1").problems] == ["EVENT_IN_FUTURE"]
    survey.clock.now = datetime(2024, 1, 9, 17, 1, tzinfo=UTC)
    assert survey.tell("print 10 A1").stored


def test_a_question_is_settled_by_a_decision(survey: Survey) -> None:
    """Returned by one, refused by another: outstanding, until a person decides."""
    told = survey.tell(OUT + "r: return 5 A1\n f: refuse 6 A1")
    assert [p.kind for p in told.problems] == ["EVENT_CONTRADICTION"]
    found = total(survey)
    assert (found["in_question"], found["outstanding"], found["returned"]) == (1, 1, 0)
    field.point(survey.store, Act.DECIDE, survey.codes["A1"], on=date(2024, 1, 9), refers_to="r")
    assert (total(survey)["in_question"], total(survey)["returned"]) == (0, 1)
