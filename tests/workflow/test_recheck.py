"""The re-check on a real survey: sealed, ordered, found, reported, undone; on both databases."""

import hashlib
import json
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from sipas_survey.problems import SurveyError
from sipas_survey.storage import casebook, keys, ledger, rechecks
from sipas_survey.storage.schema import metadata, recheck_answers
from sipas_survey.tracking import recheck as rule
from sipas_survey.tracking.forms import Act, State
from sipas_survey.tracking.recheck import Finding, Rules, Step
from sipas_survey.workflow import answers, backup, field, key_custody, office, recheck, recheck_report
from sipas_survey.workflow.recheck_findings import import_findings
from tests.databases import behind_the_back, without_triggers
from tests.surveys import Survey, drawn

BACK = "\n".join(
    f"print 2 {form}\nissue 3 {form} worker={worker}\nreturn 5 {form} worker={worker}"
    for form, worker in {"A1": "W1", "A2": "W1", "B1": "W2", "B2": "W2"}.items()
)
SEED = "rehearsal"
ONE = Rules(Fraction(1, 2), per_worker=1, per_village=0)


@pytest.fixture
def back(survey: Survey) -> Survey:
    """Four forms of two workers are back, with answers."""
    assert survey.tell(BACK).stored
    rows = [f"{survey.codes[name]},4,4,5,4,4,F" for name in ("A1", "A2", "B1", "B2")]
    file = survey.store.folder / "answers.csv"
    file.write_text("\n".join(["form,q16,q20,q23,q28,q33,sex", *rows]) + "\n", encoding="utf-8")
    assert answers.import_responses(survey.store, [file]).stored
    return survey


def findings(survey: Survey, *rows: str, name: str = "found.csv") -> Path:
    """A file of findings: form by short name, day, finding, signs, sex."""
    file = survey.store.folder / name
    cells = [row.split(",") for row in rows]
    told = [",".join([survey.codes[c[0]], *c[1:]]) for c in cells]
    file.write_text("\n".join(["form,happened_on,finding,signs,sex", *told]) + "\n", encoding="utf-8")
    return file


def everything(survey: Survey, folder: Path) -> recheck.Ordered:
    """Draw every form and order it."""
    recheck.draw(survey.store, Rules(Fraction(1)), seed=SEED)
    return recheck.order(survey.store, folder)


def held(survey: Survey) -> bytes:
    """All that can be read of the database without the key."""
    with survey.store.read() as connection:
        tables = [sa.select(table) for table in metadata.sorted_tables if table.name not in ("cases", "forms")]
        return repr([[tuple(row) for row in connection.execute(query)] for query in tables]).encode()


# ---------------------------------------------------------------- sealed
def test_the_sealed_selection_cannot_be_read(back: Survey, tmp_path: Path) -> None:
    """Before the order neither the seed nor a trace of which forms were taken is in the database or the folder."""
    seeds: list[str] = []

    def fresh() -> str:
        seeds.append(recheck.fresh_seed())
        return seeds[-1]

    before = held(back)
    made = recheck.draw(back.store, ONE, fresh=fresh)
    (seed,) = seeds
    chosen = [each.form for each in rule.select(made.cells, seed)]
    assert (made.selected, len(chosen)) == (2, 2)
    after = held(back)
    for secret in (seed, seed.upper(), *(hashlib.sha256(form.encode()).hexdigest() for form in chosen)):
        assert secret.encode() not in after
    assert all(after.count(form.encode()) == before.count(form.encode()) for form in back.codes.values())
    for file in back.store.folder.rglob("*"):
        if file.is_file() and file.name != keys.DEMO_KEY_FILE:
            assert seed.encode() not in file.read_bytes(), file
    with back.store.read() as connection:
        (entry,) = ledger.entries(connection, act="draw_recheck")
    assert ledger.details_of(entry)["seed_digest"] == hashlib.sha256(seed.encode()).hexdigest()
    assert not ledger.details_of(entry)["seed_given"]
    with pytest.raises(SurveyError, match="RECHECK_SEALED"):
        recheck.draw(back.store, ONE)
    done = recheck.order(back.store, tmp_path / "papers")
    assert done.order.seed == seed
    assert sorted(done.order.bodies) == chosen
    again = [each.form for each in rule.select(made.cells, done.order.seed)]
    assert again == chosen
    assert office.verify(back.store).intact


def test_fresh_seeds_differ(back: Survey) -> None:
    """Two seeds are never the same, and the public seed of the sample has no part in them."""
    assert recheck.fresh_seed() != recheck.fresh_seed()
    assert len(recheck.fresh_seed()) == 64


def test_the_selection_outlives_another_key_and_a_backup(back: Survey, tmp_path: Path) -> None:
    """It is sealed anew when the key is changed, travels in a backup, and can be ordered there."""
    made = recheck.draw(back.store, ONE, seed=SEED)
    key_custody.rotate(back.store)
    turned = back.by("an")
    with turned.store.read() as connection:
        assert rechecks.unseal(connection, turned.store.unlocked(), seq=made.seq).seed == SEED
    backup.create(turned.store.folder, tmp_path / "b.sipas", passphrase="a long one")
    assert backup.look(tmp_path / "b.sipas", passphrase="a long one").seals > 0
    assert backup.rehearse(tmp_path / "b.sipas", passphrase="a long one").audit.intact
    assert recheck.order(turned.store, tmp_path / "papers").order.seed == SEED
    turned.store.close()


# ---------------------------------------------------------------- ordered
def test_an_order_and_its_papers(back: Survey, tmp_path: Path) -> None:
    """Names go to the two bodies, the answers do not; the same order again writes the same papers and no event."""
    done = everything(back, tmp_path / "papers")
    assert len(done.order.bodies) == 4
    assert len(done.files) == 4
    names, texts = set(), []
    for file in (f for f in done.files if f.suffix == ".xlsx"):
        book = openpyxl.load_workbook(file)
        cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
        texts += cells
        names |= {str(row[2]) for row in book["Danh sách phúc tra"].iter_rows(min_row=2, values_only=True)}
    assert len(names) == 4
    assert not {"q16", "Nữ"} & set(texts) - {"Nữ"}
    before = {file.name: file.read_bytes() for file in done.files}
    events = office.verify(back.store).events
    again = recheck.order(back.store, tmp_path / "papers")
    assert not again.new
    assert {file.name: file.read_bytes() for file in again.files} == before
    assert office.verify(back.store).events == events + 1  # the export of names
    with back.store.read() as connection:
        ordered = [e for e in casebook.form_events(connection) if e.act is Act.ORDER_RECHECK]
    assert {e.form for e in ordered} == {back.codes[name] for name in ("A1", "A2", "B1", "B2")}


def test_what_cannot_be_ordered(back: Survey, tmp_path: Path) -> None:
    """Nothing drawn; a worker without forms; another short form than the first order's; a share that is none."""
    with pytest.raises(SurveyError, match="RECHECK_NOT_DRAWN"):
        recheck.order(back.store, tmp_path)
    with pytest.raises(SurveyError, match="RECHECK_NOTHING_ORDERED"):
        recheck_report.report(back.store)
    with pytest.raises(SurveyError, match="RECHECK_NO_FORMS"):
        recheck.order(back.store, tmp_path, worker="W9")
    with pytest.raises(SurveyError, match="RECHECK_SHARE"):
        recheck.draw(back.store, Rules(Fraction(3, 2)))
    everything(back, tmp_path / "papers")
    other = tmp_path / "short.toml"
    other.write_text(
        'code="x"\nversion="1"\nlanguages=["vi"]\n[[items]]\ncode="a"\ntype=1\nlabel={vi="A"}\n'
        'choices=[{code="y",label={vi="Có"}},{code="n",label={vi="Không"}}]\n',
        encoding="utf-8",
    )
    with pytest.raises(SurveyError, match="RECHECK_FORM_CHANGED"):
        recheck.order(back.store, tmp_path, form_file=other)
    with pytest.raises(SurveyError, match="RECHECK_NOTHING"):
        recheck.draw(back.store, ONE)


# ---------------------------------------------------------------- found
def test_findings_twice_are_one(back: Survey, tmp_path: Path) -> None:
    """The same file again changes nothing; another finding or other answers of the day are a clash."""
    everything(back, tmp_path / "papers")
    back.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
    file = findings(back, "A1,02/02/2024,Đúng,4 - Hài lòng,Nữ", "B1,2024-02-03,no_form,,")
    first = import_findings(back.store, file)
    assert (first.new, first.known, first.clash, first.wrong, first.stored) == (2, 0, 0, 0, True)
    events = office.verify(back.store).events
    again = import_findings(back.store, file)
    assert (again.new, again.known, again.stored) == (0, 2, True)
    assert office.verify(back.store).events == events
    for row in ("A1,2024-02-02,coached,4,F", "A1,2024-02-02,confirmed,5,F"):
        clash = import_findings(back.store, findings(back, row, "A2,2024-02-02,confirmed,,"), keep_valid=True)
        assert (clash.clash, clash.stored) == (1, False)
    assert office.verify(back.store).events == events


PARTS = [
    ("A1,2024-02-02,not_reached,,", "B1,2024-02-02,no_form,,"),
    ("A1,2024-02-04,confirmed,4,F", "A2,2024-02-03,answers_differ,1,M"),
    ("B2,2024-02-03,refused,,", "A2,2024-02-03,answers_differ,,"),
]


def test_findings_in_any_order_give_the_same_state(tmp_path: Path, database: str) -> None:
    """Three files that overlap, in three orders, each file first once: the same events, answers and report."""
    states = set()
    for number, order in enumerate(list(permutations(PARTS))[::2]):
        folder = tmp_path / str(number)
        folder.mkdir()
        survey = drawn(folder)
        survey.tell(BACK)
        everything(survey, folder / "papers")
        survey.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
        for part in order:
            assert import_findings(survey.store, findings(survey, *part)).stored
        with survey.store.read() as connection:
            rows = [(row.event_id, row.content) for row in rechecks.read(connection)]
            events = sorted(e.content for e in casebook.form_events(connection))
        report = json.dumps(recheck_report.record_of_report(recheck_report.report(survey.store)))
        assert office.verify(survey.store).intact
        states.add((repr(rows), repr(events), report))
        survey.store.close()
    assert len(states) == 1


def test_wrong_rows_are_told_at_their_cell(back: Survey, tmp_path: Path) -> None:
    """Unknown findings, answers and days, forms not ordered, a day before the order: nothing is stored."""
    recheck.draw(back.store, Rules(Fraction(1)), seed=SEED)
    recheck.order(back.store, tmp_path / "papers")
    back.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
    file = findings(
        back, "A1,2024-02-02,maybe,,", "A2,someday,confirmed,,", "B1,2024-02-02,confirmed,9,",
        "R1,2024-02-02,confirmed,,", "B2,2024-01-02,confirmed,,", "A1,2024-03-02,confirmed,,",
    )  # fmt: skip
    done = import_findings(back.store, file)
    assert (done.wrong, done.stored) == (6, False)
    assert sorted(p.kind for p in done.problems) == [
        "EVENT_DAY_UNREADABLE", "EVENT_IN_FUTURE", "RECHECK_ANSWER_UNKNOWN", "RECHECK_BEFORE_ORDER",
        "RECHECK_FINDING_UNKNOWN", "RECHECK_NOT_ORDERED",
    ]  # fmt: skip
    assert [(p.place.row, p.place.column) for p in done.problems if p.kind == "RECHECK_FINDING_UNKNOWN"] == [
        (2, "finding")
    ]
    bare = tmp_path / "bare.csv"
    bare.write_text("form,finding\n1,confirmed\n", encoding="utf-8")
    with pytest.raises(SurveyError, match="RECHECK_COLUMN_MISSING"):
        import_findings(back.store, bare)


def test_bent_answers_and_a_missing_selection_are_found(back: Survey, tmp_path: Path) -> None:
    """`audit verify` compares the answers with the ledger, and misses a selection that is gone."""
    everything(back, tmp_path / "papers")
    back.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
    import_findings(back.store, findings(back, "A1,2024-02-02,confirmed,4,F"))
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), behind_the_back(back.store) as connection:
        connection.execute(recheck_answers.update().values(answers="{}"))
    with behind_the_back(back.store) as connection:
        without_triggers(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("DROP TRIGGER recheck_answers_append_only ON recheck_answers")
        connection.execute(recheck_answers.update().values(answers="{}"))
    assert not office.verify(back.store).intact
    with behind_the_back(back.store) as connection:
        connection.exec_driver_sql("DELETE FROM recheck_answers")
    assert office.verify(back.store).problems[0].details["why"] == "recheck"


# ---------------------------------------------------------------- reported, and what follows
def test_what_follows_a_form_that_never_was(back: Survey, tmp_path: Path) -> None:
    """Annul, reopen from the reserve, re-check all of the worker: proposed, done by a person, and undone again."""
    recheck.draw(back.store, ONE, seed=SEED)
    order = recheck.order(back.store, tmp_path / "papers").order
    back.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
    (name,) = [n for n in ("A1", "A2") if back.codes[n] in order.bodies]
    form, today = back.codes[name], date(2024, 2, 6)
    assert import_findings(back.store, findings(back, f"{name},2024-02-02,no_form,,")).stored

    def steps() -> list[Step]:
        return [p.step for p in recheck_report.report(back.store).proposals]

    assert steps() == [Step.ANNUL, Step.RECHECK_WORKER]
    assert field.history(back.store, form).state.state is State.RETURNED  # nothing happens by itself
    field.record(back.store, "annul", [form], on=today, reason="no_form")
    assert steps() == [Step.REPLACE, Step.RECHECK_WORKER]
    released = field.point(back.store, Act.REPLACE, form, on=today, reason="no_form").event
    assert released.refers_to == back.codes["R1"]
    assert steps() == [Step.RECHECK_WORKER]
    cause = recheck.order(back.store, tmp_path / "cause", worker="W1")
    assert (cause.order.draw, len(cause.order.bodies)) == (0, 1)
    assert steps() == []
    field.undo(back.store, released.event_id)
    annulled = next(e for e in field.history(back.store, form).events if e.act is Act.ANNUL)
    field.undo(back.store, annulled.event_id)
    assert field.history(back.store, form).state.state is State.RETURNED
    found = next(e for e in field.history(back.store, form).events if e.act is Act.RECHECK)
    field.undo(back.store, found.event_id)
    assert steps() == []
    assert office.verify(back.store).intact


def test_only_chance_speaks_for_the_round(back: Survey, tmp_path: Path) -> None:
    """Forms re-checked for a cause are listed and counted, and do not enter the weighted share."""
    recheck.draw(back.store, ONE, seed=SEED)
    order = recheck.order(back.store, tmp_path / "papers").order
    recheck.order(back.store, tmp_path / "cause", worker="W1")
    back.clock.now = datetime(2024, 2, 6, 3, tzinfo=UTC)
    chance = [n for n in ("A1", "A2", "B1", "B2") if back.codes[n] in order.bodies]
    (cause,) = {"A1", "A2"} - set(chance)
    rows = [f"{name},2024-02-02,confirmed,4,F" for name in chance]
    assert import_findings(back.store, findings(back, *rows, f"{cause},2024-02-02,coached,1,M")).stored
    record = json.loads(json.dumps(recheck_report.record_of_report(recheck_report.report(back.store))))
    (whole,) = record["round"]
    assert (whole["what"], whole["forms"], whole["drawn"], whole["settled"]) == ("returned", 4, 2, 2)
    assert (whole["not_confirmed_rate"], whole["lower"]) == (0, 0)
    total = record["findings"][-1]
    assert (total["ordered"], total["by_chance"], total["confirmed"], total["coached"]) == (3, 2, 2, 1)
    w1 = next(row for row in record["findings"] if row["who"] == "W1")
    assert (w1["not_confirmed_rate"], w1["small"]) == (0.5, True)
    errors = {row["type"]: row for row in record["errors"] if row["who"] == "W1"}
    assert (errors[1]["differing"], errors[1]["compared"], errors[1]["flagged"]) == (1, 2, True)
    assert [row["form"] for row in record["forms"]] == [back.codes[cause]]
    signs = next(row for row in record["items"] if row["item"] == "signs")
    assert (signs["pairs"], signs["gdr"]) == (2, 0)
    assert {Finding(row["finding"]) for row in record["forms"]} == {Finding.COACHED}
