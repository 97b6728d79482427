"""Every command of the whole path, through the program, on a survey of one's own."""

import csv
import io
import json
import sqlite3
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Sipas

SEED = "XSMB 2023-12-01 / 40 917"


@pytest.fixture
def drawn(survey: Path, sipas: Sipas) -> Path:
    """The small survey with 3 main names and 3 reserves in each district."""
    assert sipas("-C", survey, "design", "set", "--per-district", "3").code == 0
    assert sipas("-C", survey, "draw", "--seed", SEED).code == 0
    return survey


def cases(folder: Path, sipas: Sipas) -> list[dict[str, str]]:
    """The exported case table."""
    file = folder.parent / "cases.csv"
    assert sipas("-C", folder, "draw", "export", file).code == 0
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def codes(folder: Path, sipas: Sipas, *, kind: str, stratum: str = "132") -> list[str]:
    """Form codes of a list of a stratum, in drawn order."""
    return [r["form"] for r in cases(folder, sipas) if r["kind"] == kind and r["stratum"] == stratum]


def test_import_prints_its_record(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """The same file again is known and changes nothing; JSON stands alone on standard output."""
    result = sipas("-C", survey, "frame", "import", tmp_path / "frame.csv", "--format", "json")
    assert result.code == 0
    assert result.json == {"new": 0, "known": 120, "clash": 0, "wrong": 0, "stored": True, "problems": []}


def test_a_wrong_frame_names_its_cells(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Row and column as the file's viewer shows them, in both languages; exit 3; nothing stored."""
    file = tmp_path / "wrong.csv"
    file.write_text("unit_id,commune_code,birth_year\nA,99999,1980\n,04249,1980\nB,04249,1780\n", encoding="utf-8")
    result = sipas("-C", survey, "frame", "import", file, "--format", "json")
    assert result.code == 3
    found = [(p["kind"], p["row"], p["column"]) for p in result.json["problems"]]
    assert found == [
        ("FRAME_UNKNOWN_COMMUNE", 2, "commune_code"),
        ("FRAME_ID_EMPTY", 3, "unit_id"),
        ("FRAME_BIRTH_YEAR", 4, "birth_year"),
    ]
    assert result.json["stored"] is False
    vietnamese = sipas("--lang", "vi", "-C", survey, "frame", "import", file)
    assert "dòng 2" in vietnamese.err
    assert "Không lưu gì" in vietnamese.out
    shown = sipas("-C", survey, "frame", "show", "--format", "json").json
    assert shown["total"]["units"] == 120


@pytest.mark.parametrize("name", ["missing.csv", "empty.csv", "photo.xlsx"])
def test_an_unusable_file_is_a_problem(name: str, survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A file that is not there, empty, or of another type never shows a traceback, and the record is complete."""
    if name != "missing.csv":
        (tmp_path / name).write_bytes(b"" if name == "empty.csv" else b"\x89PNG\r\n\x1a\n")
    result = sipas("-C", survey, "frame", "import", tmp_path / name, "--format", "json")
    assert result.code in (2, 3)
    assert result.json["stored"] is False
    assert result.json["problems"]


def test_dry_run_stores_nothing(tmp_path: Path, sipas: Sipas) -> None:
    """--dry-run says what would happen."""
    assert sipas("init", tmp_path / "s").code == 0
    (tmp_path / "f.csv").write_text("unit_id,commune_code\nA,04249\n", encoding="utf-8")
    result = sipas("-C", tmp_path / "s", "frame", "import", tmp_path / "f.csv", "--dry-run", "--format", "json")
    assert (result.json["new"], result.json["stored"]) == (1, False)
    assert sipas("-C", tmp_path / "s", "frame", "show", "--format", "json").json["total"]["units"] == 0


def test_freeze_design_draw_and_verify(survey: Path, tmp_path: Path, sipas: Sipas) -> None:
    """The public order: digest first, then the seed; anybody repeats it from the public extract."""
    frozen = sipas("-C", survey, "frame", "freeze", "--format", "json").json
    assert len(frozen["frame_digest"]) == 64
    quota = tmp_path / "quota.csv"
    quota.write_text("district_code,quota\n132,5\n133,2\n", encoding="utf-8")
    design = sipas("-C", survey, "design", "set", "--quota", quota, "--reserve", "0.5", "--format", "json").json
    assert [(r["stratum"], r["main"], r["reserve"]) for r in design["rows"] if r["main"]] == [
        ("132", 5, 3),
        ("133", 2, 1),
    ]
    draw = sipas("-C", survey, "draw", "--seed", SEED, "--format", "json").json
    assert (draw["main"], draw["reserve"], draw["published_first"]) == (7, 4, True)
    assert sipas("-C", survey, "frame", "export", "--public", tmp_path / "public.csv").code == 0
    again = sipas("-C", survey, "draw", "verify", "--frame", tmp_path / "public.csv", "--format", "json")
    assert again.code == 0
    assert again.json["same"] is True
    assert again.json["people_same"] is None
    assert again.json["frame_digest"] == frozen["frame_digest"]
    assert "Nguyễn" not in (tmp_path / "public.csv").read_text(encoding="utf-8")


def test_another_draw_is_refused(drawn: Path, sipas: Sipas) -> None:
    """The same seed changes nothing; another seed is exit 4 and the stored draw stays."""
    before = cases(drawn, sipas)
    assert sipas("-C", drawn, "draw", "--seed", SEED).code == 0
    other = sipas("-C", drawn, "draw", "--seed", "another")
    assert other.code == 4
    assert "DRAW_DIFFERENT" in other.err
    assert sipas("-C", drawn, "design", "set", "--per-district", "4").code == 4
    assert cases(drawn, sipas) == before


def test_a_changed_public_frame_is_found(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A village altered in the extract: exit 4."""
    file = tmp_path / "public.csv"
    assert sipas("-C", drawn, "frame", "export", "--public", file).code == 0
    file.write_text(file.read_text(encoding="utf-8").replace("Thôn 2", "Thôn 9", 1), encoding="utf-8")
    result = sipas("-C", drawn, "draw", "verify", "--frame", file, "--format", "json")
    assert result.code == 4
    assert result.json["same"] is False


def test_export_has_the_columns_of_the_contract(drawn: Path, sipas: Sipas) -> None:
    """Main names have probability n/N and its weight; held reserves have none."""
    rows = cases(drawn, sipas)
    assert list(rows[0]) == ["form", "unit_id", "kind", "stratum", "turn", "probability", "weight"]
    assert {r["probability"] for r in rows if r["kind"] == "main"} == {"0.1"}
    assert {r["weight"] for r in rows if r["kind"] == "reserve"} == {""}


def test_lists_hold_names_and_the_sheet_that_comes_back(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """One workbook per district; the clerk's sheet goes out empty and comes back as events."""
    assert sipas("-C", drawn, "lists", tmp_path / "out").code == 0
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 4
    book = openpyxl.load_workbook(files[0])
    sheet = book["Theo dõi"]
    heads = {cell.value: cell.column for cell in sheet[1]} if sheet[1][0].value == "Mã phiếu" else {}
    assert list(heads)[:6] == ["Mã phiếu", "Ngày phát", "Ngày thu", "Kết quả", "Lý do", "Bưu tá"]
    sheet.cell(2, heads["Ngày phát"]).value = "06/12/2023"
    sheet.cell(2, heads["Ngày thu"]).value = "08/12/2023"
    sheet.cell(2, heads["Bưu tá"]).value = "BT-07"
    sheet.cell(3, heads["Ngày phát"]).value = "06/12/2023"
    sheet.cell(3, heads["Ngày thu"]).value = "07/12/2023"
    sheet.cell(3, heads["Kết quả"]).value = "Từ chối"
    book.save(files[0])
    dry = sipas("-C", drawn, "forms", "import", files[0], "--dry-run", "--format", "json").json
    assert (dry["new"], dry["stored"]) == (6, False)
    assert sipas("-C", drawn, "forms", "import", files[0], "--format", "json").json["new"] == 6
    twice = sipas("-C", drawn, "forms", "import", files[0], "--format", "json").json
    assert (twice["new"], twice["clash"], twice["wrong"]) == (0, 0, 0)
    total = sipas("-C", drawn, "status", "--format", "json").json["total"]
    assert (total["handed_out"], total["withdrawn"], total["issued"], total["returned"]) == (2, 1, 1, 1)
    assert total["target_met"] is True


def test_lists_as_csv(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """`lists --as csv` keeps its own option; --excel makes it open with accents."""
    assert sipas("-C", drawn, "lists", tmp_path / "csv", "--as", "csv", "--excel").code == 0
    texts = [f.read_bytes() for f in sorted((tmp_path / "csv").iterdir())]
    assert len(texts) == 4
    assert all(t.startswith(b"\xef\xbb\xbf") and b";" in t for t in texts)


def test_life_of_a_form(drawn: Path, sipas: Sipas) -> None:
    """Record, refuse, replace, re-issue, undo, show: each with its exit code and its words."""
    first, second, third = codes(drawn, sipas, kind="main")
    reserve = codes(drawn, sipas, kind="reserve")[0]
    at = ("-C", drawn)
    assert sipas(*at, "forms", "record", "print", first, second, third, "--on", "2023-12-04").code == 0
    assert (
        sipas(*at, "forms", "record", "issue", first, second, third, "--on", "2023-12-05", "--worker", "BT-1").code == 0
    )
    held = sipas(*at, "forms", "record", "issue", reserve, "--on", "2023-12-06", "--format", "json")
    assert held.code == 3
    assert held.kinds == ["FORM_HELD"]
    assert sipas(*at, "forms", "replace", first, "--reason", "x").code == 3
    assert sipas(*at, "forms", "record", "refuse", first, "--on", "2023-12-06").code == 0
    replaced = sipas(*at, "forms", "replace", first, "--reason", "refused", "--format", "json")
    assert replaced.code == 0
    assert replaced.json["refers_to"] == reserve
    assert sipas(*at, "forms", "replace", first, "--reason", "refused", "--on", "2024-01-02").code == 3
    assert sipas(*at, "forms", "record", "lose", second, "--on", "2023-12-07").code == 0
    code = sipas(*at, "forms", "reissue", second, "--reason", "lost", "--format", "json").json["refers_to"]
    assert code[:8] == "23100025"
    assert int(code) % 97 == 1
    returned = sipas(*at, "forms", "record", "return", third, "--on", "2023-12-08", "--format", "json")
    assert returned.json["new"] == 1
    shown = sipas(*at, "forms", "show", third, "--format", "json").json
    assert shown["state"] == "returned"
    event = shown["events"][-1]["event_id"]
    assert sipas(*at, "forms", "undo", event, "--reason", "wrong form").code == 0
    assert sipas(*at, "forms", "show", third, "--format", "json").json["state"] == "out"
    assert sipas(*at, "forms", "show", "2310000196" if third != "2310000196" else "2310000293").code in (0, 3)
    total = sipas(*at, "status", "--format", "json").json["total"]
    assert (total["withdrawn"], total["lost"], total["outstanding"], total["released_reserve"]) == (1, 1, 1, 1)
    assert sipas(*at, "status", "--check").code == 1
    probability = {r["probability"] for r in cases(drawn, sipas) if r["stratum"] == "132" and r["probability"]}
    assert probability == {str(4 / 30)}


def test_returns_before_issues_give_the_same_status(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Offline batches may come in any order: what waits is listed, and counts once its ground has come."""
    form = codes(drawn, sipas, kind="main")[0]
    late, early = tmp_path / "late.csv", tmp_path / "early.csv"
    late.write_text(f"form,act,happened_on,worker\n{form},return,08/12/2023,BT-1\n", encoding="utf-8")
    early.write_text(f"form,act,happened_on\n{form},issue,06/12/2023\n{form},print,05/12/2023\n", encoding="utf-8")
    first = sipas("-C", drawn, "forms", "import", late, "--format", "json")
    assert first.code == 0
    assert first.kinds == ["EVENT_WAITING"]
    assert len(sipas("-C", drawn, "forms", "waiting", "--format", "json").json["rows"]) == 1
    assert sipas("-C", drawn, "status", "--format", "json").json["total"]["returned"] == 0
    assert sipas("-C", drawn, "forms", "import", early).code == 0
    total = sipas("-C", drawn, "status", "--format", "json").json["total"]
    assert (total["issued"], total["returned"]) == (1, 1)
    assert sipas("-C", drawn, "forms", "waiting", "--format", "json").json["rows"] == []


def test_contradicting_outcomes_are_decided(drawn: Path, sipas: Sipas) -> None:
    """Both are kept, the form is outstanding and in question until a person decides."""
    form = codes(drawn, sipas, kind="main")[0]
    at = ("-C", drawn, "forms")
    for act, on in (("print", "2023-12-04"), ("issue", "2023-12-05"), ("return", "2023-12-08")):
        assert sipas(*at, "record", act, form, "--on", on).code == 0
    other = sipas(*at, "record", "refuse", form, "--on", "2023-12-07", "--format", "json")
    assert other.kinds == ["EVENT_CONTRADICTION"] or sipas(*at, "waiting", "--format", "json").json["rows"]
    total = sipas("-C", drawn, "status", "--format", "json").json["total"]
    assert (total["in_question"], total["outstanding"]) == (1, 1)
    events = sipas(*at, "show", form, "--format", "json").json["events"]
    chosen = next(e["event_id"] for e in events if e["act"] == "return")
    assert sipas(*at, "decide", form, chosen).code == 0
    total = sipas("-C", drawn, "status", "--format", "json").json["total"]
    assert (total["in_question"], total["returned"]) == (0, 1)


def test_replacement_with_approval_needs_two_people(drawn: Path, sipas: Sipas) -> None:
    """Where survey.toml wants it, a request is approved by another person, never by its author."""
    toml = drawn / "survey.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("replace = false", "replace = true"), encoding="utf-8")
    form = codes(drawn, sipas, kind="main")[0]
    at = ("-C", drawn, "forms")
    for act, on in (("print", "2023-12-04"), ("issue", "2023-12-05"), ("moved", "2023-12-06")):
        assert sipas(*at, "record", act, form, "--on", on).code == 0
    assert "requested" in sipas(*at, "replace", form, "--as", "clerk").out
    assert sipas(*at, "approve", form, "--as", "clerk").code == 5
    assert sipas(*at, "approve", form, "--as", "officer").code == 0
    assert sipas("-C", drawn, "status", "--format", "json").json["total"]["released_reserve"] == 1


def test_answers_and_verdict(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Answers of returned forms count; those of others are kept, warned of, and left out."""
    first, second, third = codes(drawn, sipas, kind="main")
    at = ("-C", drawn)
    for act, on in (("print", "2023-12-04"), ("issue", "2023-12-05"), ("return", "2023-12-08")):
        assert sipas(*at, "forms", "record", act, first, second, "--on", on).code == 0
    file = tmp_path / "answers.csv"
    file.write_text(f"form,q15,q16\n{first},5,4\n{second},2,\n{third},1,1\n2399999999,5,5\n", encoding="utf-8")
    result = sipas(*at, "responses", "import", file, "--format", "json")
    assert result.code == 0
    assert sorted(result.kinds) == ["RESPONSE_FORM_UNKNOWN", "RESPONSE_LEFT_OUT"]
    assert sipas(*at, "responses", "import", file, "--format", "json").json["known"] == 4
    rows = {r["index"]: r for r in sipas(*at, "satisfaction", "--format", "json").json["rows"]}
    assert (rows["access"]["satisfied"], rows["access"]["valid"], rows["access"]["blank"]) == (2, 3, 1)
    assert rows["access"]["reached"] is False
    assert "procedures" not in rows
    assert rows["service"]["weighted"] is not None
    assert sipas(*at, "satisfaction", "--check").code == 1
    shown = sipas(*at, "responses", "show", "--format", "json").json["rows"]
    assert {r["standing"]: r["forms"] for r in shown} == {"counted": 2, "left_out": 2, "missing": 0}
    file.write_text(f"form,q15,q16\n{first},1,1\n", encoding="utf-8")
    clash = sipas(*at, "responses", "import", file, "--format", "json")
    assert clash.code == 4
    assert clash.json["stored"] is False


def test_validity_is_decided_on_request(drawn: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A form with too few answers is rejected as incomplete, the others accepted; again, nothing is left to decide."""
    forms = codes(drawn, sipas, kind="main")
    at = ("-C", drawn)
    for act, on in (("print", "2023-12-04"), ("issue", "2023-12-05"), ("return", "2023-12-08")):
        assert sipas(*at, "forms", "record", act, *forms, "--on", on).code == 0
    head = ",".join(["form", *(f"q{i:02d}" for i in range(1, 34))])
    rows = [
        ",".join([form, *("4" if i < n else "" for i in range(33))])
        for form, n in zip(forms, (33, 17, 16), strict=True)
    ]
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("\n".join([head, *rows[:2]]) + "\n", encoding="utf-8")
    second.write_text("\n".join([head, rows[2]]) + "\n", encoding="utf-8")
    command = (*at, "responses", "import", first, second, "--decide-validity")
    assert "decided" not in sipas(*command, "--dry-run", "--format", "json").json
    assert sipas(*command, "--format", "json").json["decided"] == {"valid": 2, "invalid": 1}
    assert sipas(*at, "forms", "show", forms[2], "--format", "json").json["state"] == "invalid"
    assert "0 forms valid, 0 invalid" in sipas(*command).out
    settings = drawn / "survey.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("required = []", 'required = ["q01"]'), encoding="utf-8"
    )
    refused = sipas(*command, "--format", "json")
    assert (refused.code, refused.kinds) == (3, ["VALIDITY_UNKNOWN"])


def test_no_answers_is_no_pass(drawn: Path, sipas: Sipas) -> None:
    """Without answers every row is no_data, the weighted figure of the draw too; --check is not met."""
    record = sipas("-C", drawn, "satisfaction", "--format", "json").json
    assert {r["verdict"] for r in record["rows"]} == {"no_data"}
    nothing = dict.fromkeys(("value", "se", "lower", "upper"))
    assert all(r["weighted"] == {**nothing, "verdict": "no_data"} for r in record["rows"])
    assert record["problems"] == []
    assert {"access", "procedures", "civil_servants", "results", "feedback"} <= {r["index"] for r in record["rows"]}
    assert sipas("-C", drawn, "satisfaction").code == 0
    assert sipas("-C", drawn, "satisfaction", "--check").code == 1


@pytest.mark.parametrize(("satisfied", "reached", "printed"), [(850, True, "85.00%"), (849, False, "84.90%")])
def test_the_target_is_exact(satisfied: int, reached: bool, printed: str, tmp_path: Path, sipas: Sipas) -> None:
    """85 of 100 passes, one answer less does not, without a campaign too."""
    file = tmp_path / "a.csv"
    file.write_text("q15\n" + "5\n" * satisfied + "1\n" * (1000 - satisfied), encoding="utf-8")
    result = sipas("satisfaction", "--responses", file, "--format", "json", "--check")
    assert result.code == (0 if reached else 1)
    assert {r["reached"] for r in result.json["rows"]} == {reached}
    assert printed in sipas("satisfaction", "--responses", file).out


def test_a_questionnaire_is_named_for_a_file_of_answers_only(drawn: Path, sipas: Sipas) -> None:
    """A campaign has its questionnaire: naming another one is wrong usage, and is not passed over in silence."""
    result = sipas("-C", drawn, "satisfaction", "--questionnaire", "another")
    assert (result.code, result.out) == (2, "")


def test_by_columns_of_a_file(tmp_path: Path, sipas: Sipas) -> None:
    """--by takes any column of the file; rows of the whole come first; an unknown column is named."""
    file = tmp_path / "a.csv"
    file.write_text("sex,q15\nNam,5\nNữ,1\nM,4\n", encoding="utf-8")
    rows = sipas("satisfaction", "--responses", file, "--by", "sex", "--format", "json").json["rows"]
    access = [(r["by"], r["satisfied"], r["valid"]) for r in rows if r["index"] == "access"]
    assert access == [({}, 2, 3), ({"sex": "F"}, 0, 1), ({"sex": "M"}, 2, 2)]
    table = list(
        csv.DictReader(io.StringIO(sipas("satisfaction", "--responses", file, "--by", "sex", "--format", "csv").out))
    )
    assert table[0]["sex"] == ""
    wrong = sipas("satisfaction", "--responses", file, "--by", "planet")
    assert wrong.code == 2
    assert "planet" in wrong.err


def test_status_by_day_and_as_of(told: Path, sipas: Sipas) -> None:
    """Day rows hold the day's acts; running totals end where the status of the last day stands."""
    days = sipas("-C", told, "status", "--by", "day", "--as-of", "2023-12-20", "--format", "json").json
    total = sipas("-C", told, "status", "--as-of", "20/12/2023", "--format", "json").json["total"]
    last = days["rows"][-1]
    assert last["day"] <= "2023-12-20"
    assert (last["issued_to_date"], last["returned_to_date"]) == (total["issued"], total["returned"])
    assert sum(r["handed_out"] for r in days["rows"]) == total["handed_out"]
    assert all(r["quota"] is None for r in days["rows"])
    early = sipas("-C", told, "status", "--known-on", "2023-12-15", "--format", "json").json["total"]
    assert 0 < early["returned"] < total["returned"]


def test_report_in_both_forms(told: Path, tmp_path: Path, sipas: Sipas) -> None:
    """`report x.html` and `report x.xlsx`; another ending is refused with the ones there are."""
    for name in ("r.html", "r.xlsx"):
        assert sipas("-C", told, "report", tmp_path / name, "--as-of", "2024-01-31", "--paper", "en").code == 0
    assert "99.63%" in (tmp_path / "r.html").read_text(encoding="utf-8")
    wrong = sipas("-C", told, "report", tmp_path / "r.odt")
    assert wrong.code == 2
    assert ".xlsx" in wrong.err


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE answers SET answers = replace(answers, '\"q15\":4', '\"q15\":5')",
        "DELETE FROM answers WHERE form IN (SELECT form FROM answers LIMIT 1)",
        "INSERT INTO answers SELECT '2399999999', 99999, answers, respondent FROM answers LIMIT 1",
        "UPDATE forms SET unit_id = (SELECT max(unit_id) FROM forms) WHERE form IN (SELECT min(form) FROM forms)",
        "UPDATE cases SET turn = turn + 1",
        "UPDATE frame_units SET village = 'Thôn khác' WHERE unit_id IN (SELECT unit_id FROM frame_units LIMIT 1)",
    ],
)
def test_audit_finds_what_was_bent(statement: str, demo: Path, sipas: Sipas) -> None:
    """One change by SQL beside the ledger: exit 4, and the entry that no longer fits is named."""
    assert sipas("-C", demo, "audit", "verify", "--format", "json").json["intact"] is True
    database = sqlite3.connect(demo / "survey.db")
    with database:
        assert database.execute(statement).rowcount > 0
    database.close()
    result = sipas("-C", demo, "audit", "verify", "--format", "json")
    assert result.code == 4
    assert result.json["intact"] is False
    assert result.json["first_bad"] > 0
    assert result.kinds == ["LEDGER_BROKEN"]


def test_head_of_an_earlier_report_lies_on_the_chain(told: Path, sipas: Sipas) -> None:
    """--head finds a cut-off or rebuilt chain: an unknown head is exit 4."""
    head = sipas("-C", told, "audit", "verify", "--format", "json").json["head"]
    assert sipas("-C", told, "audit", "verify", "--head", head).code == 0
    assert sipas("-C", told, "audit", "verify", "--head", "0" * 64).code == 4


@pytest.mark.parametrize("name", ["report.html", "report.xlsx"])
def test_a_report_that_cannot_be_written(name: str, told: Path, tmp_path: Path, sipas: Sipas) -> None:
    """A folder in the way, or a file that is open in Excel, is a problem whatever the type of the report."""
    (tmp_path / name).mkdir()
    result = sipas("-C", told, "report", tmp_path / name)
    assert result.code == 2
    assert "OUTPUT_NOT_WRITABLE" in result.err


def test_init_explain_and_round(tmp_path: Path, sipas: Sipas) -> None:
    """--explain prints every entry; --round names the round; a folder in use is refused."""
    explained = sipas("init", "--explain", "--lang", "vi").out
    assert "round_code" in explained
    assert "Múi giờ" in explained
    assert sipas("init", tmp_path / "s", "--round", "2023-II", "--kind", "officials").code == 0
    text = (tmp_path / "s" / "survey.toml").read_text(encoding="utf-8")
    assert 'round = "2023-II"' in text
    assert "frame_date = 2023-12-01" in text
    assert sipas("init", tmp_path / "s").code == 4


def test_questionnaires_are_listed(sipas: Sipas) -> None:
    """The 2022 form has 33 criteria."""
    rows = sipas("questionnaire", "list", "--format", "json").json["rows"]
    assert {r["questionnaire"]: r["criteria"] for r in rows}["sipas_2022"] == 33


def test_a_questionnaire_is_checked_and_written(tmp_path: Path, sipas: Sipas) -> None:
    """`check` exits 3 with the line of each fault; `export` writes the form for ODK and Kobo, and the codebook."""
    assert sipas("questionnaire", "check", "sipas_2024", "--format", "json").json["indices"] == 51
    (tmp_path / "own.toml").write_text('code = "own"\n[[criteria]]\ncode = "Q 1"\n', encoding="utf-8")
    done = sipas("questionnaire", "check", tmp_path / "own.toml", "--format", "json")
    assert done.code == 3
    assert {p["row"] for p in done.json["problems"] if p["kind"] == "QUESTIONNAIRE_CODE_SHAPE"} == {3}
    for target, name in (("xlsform", "form.xlsx"), ("csv", "book.csv")):
        assert sipas("questionnaire", "export", "sipas_2024", tmp_path / name, "--to", target).code == 0
        assert (tmp_path / name).stat().st_size > 1000


def test_draw_show_and_design_show(drawn: Path, sipas: Sipas) -> None:
    """What was drawn, and the margins to expect."""
    shown = json.loads(sipas("-C", drawn, "draw", "show", "--format", "json").out)
    assert shown["seed"] == SEED
    design = sipas("-C", drawn, "design", "show", "--format", "json").json
    assert design["total"]["main"] == 12
    assert 0 < design["rows"][0]["margin"] < 1
    assert "±" in sipas("-C", drawn, "design", "show").out


@pytest.mark.parametrize("shown", ["counts", "rates", "ages"])
def test_status_shows_counts_rates_and_ages(shown: str, told: Path, sipas: Sipas) -> None:
    """Each table ends with the total and the day of finish; JSON holds everything whatever is shown."""
    asked = ("-C", told, "status", "--show", shown, "--as-of", "2023-12-12")
    table = sipas(*asked)
    assert (table.code, "19/12/2023" in table.out or "2023-12-19" in table.out) == (0, True)
    record = sipas(*asked, "--format", "json").json
    total = record["total"]
    assert total["outstanding_0_2"] + total["outstanding_3_5"] + total["outstanding_6_plus"] == total["outstanding"]
    assert sum(total["outcomes"].values()) == total["main"]
    assert total["rates"]["rr1"] == total["rr1"]
    assert record["forecast"] == {
        "outstanding": 98, "recent": 122, "since": "2023-12-06", "finish": "2023-12-19"
    }  # fmt: skip
    assert "rates_rr1" in sipas(*asked, "--format", "csv").out.splitlines()[0]


def test_quality_and_precision(told: Path, sipas: Sipas) -> None:
    """Flags carry their sentence; precision names places to push while forms are out, and none afterwards."""
    flags = sipas("-C", told, "quality", "--format", "json").json["rows"]
    assert all(flag["message"] and flag["flag"] for flag in flags)
    assert sipas("-C", told, "quality").code == 0
    early = sipas("-C", told, "precision", "--as-of", "2023-12-12", "--format", "json").json
    assert {row["place"] for row in early["push"]} == {"132", "133", "135", "136", "137", "138", "139", "140", "141"}
    assert 0 < early["missing"]["r_adjusted"] <= 1
    late = sipas("-C", told, "precision", "--format", "json").json
    assert late["push"] == []
    assert all(row["stop"] for row in late["rows"])
    assert sipas("-C", told, "precision").code == 0


def test_satisfaction_of_the_main_list(told: Path, sipas: Sipas) -> None:
    """Without replacements there are fewer forms; a file of answers has no main list."""
    whole = sipas("-C", told, "satisfaction", "--format", "json").json["rows"][0]
    alone = sipas("-C", told, "satisfaction", "--main-list", "--format", "json").json["rows"][0]
    assert alone["forms"] < whole["forms"]
    assert sipas("satisfaction", "--main-list", "--responses", "x.csv").code == 2


def test_overdue_lists_and_a_dry_run(demo: Path, sipas: Sipas, tmp_path: Path) -> None:
    """Reminders by route are written and recorded; a dry run says form by form what would change."""
    done = sipas("-C", demo, "forms", "overdue", tmp_path / "out", "--as-of", "2023-12-14")
    assert (done.code, len(list((tmp_path / "out").glob("*.xlsx")))) == (0, 8)
    acts = [row["act"] for row in sipas("-C", demo, "audit", "show", "--format", "json").json]
    assert acts[-1] == "export_overdue"
    entries = sipas("-C", demo, "audit", "show", "--format", "json").json
    form = next(row["form"] for row in entries if row["act"] == "accept")
    events = tmp_path / "events.csv"
    events.write_text(f"form,act,happened_on\n{form},recheck,2024-02-01\n", encoding="utf-8")
    dry = sipas("-C", demo, "forms", "import", events, "--dry-run", "--format", "json").json
    assert [(change["form"], change["acts"]) for change in dry["changes"]] == [(form, ["recheck"])]
    assert form[:2] in sipas("-C", demo, "forms", "import", events, "--dry-run").out


def test_a_refused_template_leaves_no_file(demo: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Of two reports neither is written where the template of the one cannot be used."""
    (demo / "templates").mkdir()
    (demo / "templates/report.docx").write_bytes(b"no archive")
    result = sipas("-C", demo, "report", tmp_path / "a.json", tmp_path / "a.docx", "--kind", "daily")
    assert result.code == 3
    assert "TEMPLATE_WRONG" in result.err
    assert not list(tmp_path.glob("a.*"))
