"""An officer with only a browser: frame, design, freeze, draw, papers, import; and what he may not see or send."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from sipas_survey.access import Role
from sipas_survey.web.app import create_app
from sipas_survey.web.uploads import Tray, Upload, plain_name
from sipas_survey.workflow import accounts, office
from tests.documents.pdfs import texts
from tests.surveys import FRAME, Clock, Survey
from tests.web.conftest import PASSWORD, csrf

Browser = Callable[[str], TestClient]
FOREIGN = ("Mai Văn Tám", "Ngô Thị Chín", "04627", "Văn Phú")


def sheets_of(content: bytes) -> str:
    """Everything that stands in the cells of a workbook."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[TestClient]:
    """The browser of Home Affairs in a survey that has no frame."""
    store = office.init(tmp_path / "survey", office.NewSurvey(secret=bytes(32)), author="an", clock=Clock())
    accounts.add(store, "officer", str(Role.HOME_AFFAIRS), PASSWORD)
    client = TestClient(create_app(store, lang="en"), follow_redirects=True)
    client.headers["accept"] = "text/html"
    client.post("/login", data={"username": "officer", "password": PASSWORD})
    yield client
    store.close()


def send(client: TestClient, path: str, data: dict[str, str], **files: tuple[str, bytes]):
    """Post a form of the page."""
    token = csrf(client.get("/" + path.split("/")[1]).text)
    return client.post(path, data={**data, "csrf": token}, files=files or None)


def test_round_from_frame_to_draw(fresh: TestClient) -> None:
    """Frame looked at and confirmed, duplicates, design with margins, freeze, draw, protocol, public frame."""
    wrong = FRAME.replace("U03,132,04270", "U03,132,99999")
    looked = send(fresh, "/draw/frame", {}, file=("../../people.csv", wrong.encode()))
    assert "FRAME" not in looked.text
    assert ">4<" in looked.text  # the row of the wrong cell
    assert "keep_valid" in looked.text
    assert "<b>11</b>" in looked.text
    looked = send(fresh, "/draw/frame", {}, file=("people.csv", FRAME.encode()))
    assert "12 people into the frame" in looked.text
    assert fresh.get("/draw").text.count("Nobody yet") == 1  # nothing was stored
    token = re.search(r'name="token" value="([^"]+)"', looked.text)
    assert token
    done = send(fresh, "/draw/frame/confirm", {"token": token[1]})
    assert "The frame holds 12 people" in done.text
    gone = send(fresh, "/draw/frame/confirm", {"token": token[1]})
    assert gone.status_code == 422
    assert "Nobody seems to stand in it twice" in send(fresh, "/draw/duplicates", {}).text
    design = {"way": "district", "per_district": "2", "reserve": "1"}
    looked = send(fresh, "/draw/design", {**design, "do": "look"})
    assert "not set" in looked.text
    assert "not set" not in send(fresh, "/draw/design", {**design, "do": "set"}).text
    frozen = send(fresh, "/draw/freeze", {})
    digest = re.search(r"big-digest\">([0-9a-f]{64})<", frozen.text)
    assert digest
    assert send(fresh, "/draw/draw", {"seed": "12345"}).status_code == 422  # nobody has witnessed it
    drawn = send(fresh, "/draw/draw", {"seed": "12345", "witnessed": "yes"})
    assert digest[1] in drawn.text
    record = fresh.get("/draw.json").json()["draw"]
    assert (record["main"], record["reserve"], record["seed"], record["published_first"]) == (4, 4, "12345", True)
    assert "Drawn again with the same result" in send(fresh, "/draw/verify", {}).text
    page = fresh.get("/draw/protocol.pdf")
    assert page.headers["content-disposition"] == 'attachment; filename="protocol.pdf"'
    assert "12345" in texts(page.content)[0]
    assert "<html" in fresh.get("/draw/protocol.html?paper=en").text
    public = fresh.get("/draw/frame.csv").text
    assert "U01" in public
    assert "Lê Văn Một" not in public
    assert fresh.get("/draw/cases.xlsx").content.startswith(b"PK")
    assert send(fresh, "/draw/draw", {"seed": "other", "witnessed": "yes"}).status_code == 422
    again = {"seed": "other", "witnessed": "yes", "reason": "rain"}
    assert "other" in send(fresh, "/draw/draw", again).text


def test_duplicates_are_decided(fresh: TestClient) -> None:
    """A pair is shown with names, and one of it is taken out with a reason."""
    twice = FRAME + "U13,132,04270,Thôn 1,Lê Văn Một,1971,0900000001,Đất đai\n"
    looked = send(fresh, "/draw/frame", {}, file=("people.csv", twice.encode()))
    token = re.findall(r'name="token" value="([^"]+)"', looked.text)[0]
    send(fresh, "/draw/frame/confirm", {"token": token})
    shown = send(fresh, "/draw/duplicates", {})
    assert "Lê Văn Một" in shown.text
    assert send(fresh, "/draw/duplicates/drop", {"unit": "U13", "reason": ""}).status_code == 422
    done = send(fresh, "/draw/duplicates/drop", {"unit": "U13", "reason": "same person"})
    assert "The frame holds 12 people" in done.text


def test_papers_hold_own_districts_only(browser: Browser, office: Survey) -> None:
    """Lists, forms, sheets, labels and reminders of a post office: its district's people, nobody else's."""
    client = browser("post_office")
    assert "Văn Phú" not in client.get("/papers").text
    assert [row["place"] for row in client.get("/papers.json").json()["rows"]] == ["132"]
    lists = send(client, "/papers/lists", {})
    assert lists.headers["content-type"].startswith("application/vnd")
    printed = send(client, "/papers/forms", {"place": "132", "do": "print", "paper": "vi"})
    book = zipfile.ZipFile(io.BytesIO(printed.content))
    pdfs = [book.read(name) for name in book.namelist() if name.endswith(".pdf")]
    assert len(pdfs) == 2  # the field's batch and the sealed one
    foreign = send(client, "/papers/forms", {"place": "140", "do": "print"})
    assert foreign.status_code == 422
    again = send(client, "/papers/forms", {"place": "132", "do": "again"})
    assert again.content
    sheets, labels = send(client, "/papers/sheets", {}), send(client, "/papers/labels", {"names": "yes"})
    assert "No form is out" in send(client, "/papers/overdue", {"kind": "xlsx"}).text
    office.tell("issue 31 A1 worker=W1\nprint 2 B1\nissue 3 B1 worker=W2")
    office.clock.now = office.clock.now.replace(month=2, day=6)
    client = browser("post_office")
    late = send(client, "/papers/overdue", {"kind": "xlsx"})
    held = sheets_of(lists.content) + sheets_of(late.content)
    held += "".join(text for pdf in (*pdfs, sheets.content) for text in texts(pdf))
    for file in zipfile.ZipFile(io.BytesIO(labels.content)).infolist():
        held += "".join(texts(zipfile.ZipFile(io.BytesIO(labels.content)).read(file)))
    assert office.codes["A1"] in held
    assert not [word for word in (*FOREIGN, office.codes["B1"], office.codes["S1"]) if word in held]
    assert browser("analyst").get("/papers").status_code == 403
    assert client.get("/papers/report.html").status_code == 403
    assert browser("home_affairs").get("/papers/report.xlsx").content.startswith(b"PK")
    exports = [row["author"] for row in browser("home_affairs").get("/journal.json?act=export_lists").json()["rows"]]
    assert exports == ["post_office"]


def test_clerks_workbook_is_looked_at_then_stored(browser: Browser, office: Survey) -> None:
    """The list goes out, is filled in, shows what it would change, and its batch says what was stored."""
    client = browser("post_office")
    book = openpyxl.load_workbook(io.BytesIO(send(client, "/papers/lists", {}).content))
    sheet = book["Theo dõi"]
    heading = next(row for row in sheet.iter_rows() if any(cell.value == "Mã phiếu" for cell in row))
    column = {cell.value: cell.column for cell in heading}
    for row in range(heading[0].row + 1, sheet.max_row + 1):
        if str(sheet.cell(row, column["Mã phiếu"]).value).replace(" ", "") == office.codes["A1"]:
            sheet.cell(row, column["Ngày phát"]).value = date(2024, 1, 5)
            sheet.cell(row, column["Ngày thu"]).value = date(2024, 1, 9)
    filled = io.BytesIO()
    book.save(filled)
    looked = send(client, "/import", {"kind": "events"}, file=("132.xlsx", filled.getvalue()))
    assert "1 forms would change" in looked.text
    assert client.get("/forms.json?state=returned_all").json()["rows"] == []
    token = re.findall(r'name="token" value="([^"]+)"', looked.text)[0]
    assert browser("home_affairs").post("/import/confirm", data={"kind": "events", "token": token}).status_code == 403
    done = send(client, "/import/confirm", {"kind": "events", "token": token})
    batch = client.get(done.headers["location"])
    assert "3 events of forms" in batch.text
    rows = client.get(done.headers["location"] + ".json").json()["events"]
    assert [row["act"] for row in rows] == ["print", "issue", "return"]
    assert browser("analyst").get(done.headers["location"]).status_code == 404
    assert [r["form"] for r in client.get("/forms.json?state=returned_all").json()["rows"]] == [office.codes["A1"]]


def test_import_of_others_forms_and_acts_is_refused(browser: Browser, office: Survey) -> None:
    """A form of another district is unknown, an act of another role is 403, answers are for the analyst."""
    client = browser("post_office")
    foreign = f"form,act,happened_on\n{office.codes['B1']},print,2024-01-02\n"
    looked = send(client, "/import", {"kind": "events"}, file=("a.csv", foreign.encode()))
    assert "import/confirm" not in looked.text
    cells = re.findall(r"<td[^>]*>(.*?)</td>", looked.text[looked.text.index("not one of yours") - 600 :])
    assert "2" in cells  # the row of the file
    accept = f"form,act,happened_on\n{office.codes['A1']},accept,2024-01-02\n"
    assert send(client, "/import", {"kind": "events"}, file=("a.csv", accept.encode())).status_code == 403
    answers = f"form,q15\n{office.codes['A1']},5\n".encode()
    assert send(client, "/import", {"kind": "answers"}, file=("a.csv", answers)).status_code == 403
    office.tell("print 2 A1\nissue 3 A1 worker=W1\nreturn 5 A1 worker=W1")
    analyst = browser("analyst")
    looked = send(analyst, "/import", {"kind": "answers"}, file=("a.csv", answers))
    token = re.findall(r'name="token" value="([^"]+)"', looked.text)[0]
    done = send(analyst, "/import/confirm", {"kind": "answers", "token": token})
    assert "Answers of 1 forms" in analyst.get(done.headers["location"]).text


def test_hostile_files(browser: Browser) -> None:
    """No file, an empty one, a wrong type, a broken workbook and a strange name are problems, never a fault."""
    client = browser("post_office")
    for name, content in (("a.csv", b""), ("a.exe", b"MZ"), ("a.xlsx", b"PK\x03\x04broken"), ("a.csv", b"\xff\xfe\x00"),
                          ("..\\..\\con.csv", b"x,y\n1,2\n"), ("/etc/passwd", b"a"),
                          ("a.csv", b"form\n=1+1\n")):  # fmt: skip
        assert send(client, "/import", {"kind": "events"}, file=(name, content)).status_code == 422, name
    assert send(client, "/import", {"kind": "events"}).status_code == 422


def test_names_of_files_are_plain() -> None:
    """Folders and signs that mean something to a disk are gone; letters of any language stay."""
    names = {"../../x.csv": "x.csv", "C:\\a\\b.xlsx": "b.xlsx", "Danh sách.xlsx": "Danh sách.xlsx", "": "file",
             "a:b*?.csv": "a_b__.csv", "..": "file", "x" * 300 + ".csv": "x" * 60 + ".csv"}  # fmt: skip
    assert {name: plain_name(name) for name in names} == names


def test_tray_is_bounded_and_private() -> None:
    """The oldest make room; nobody finds another's file."""
    tray = Tray(most_bytes=10)
    first, second = tray.keep("an", Upload("a", b"12345678")), tray.keep("binh", Upload("b", b"123456"))
    assert tray.find("binh", second).content == b"123456"
    for owner, token in (("an", first), ("an", second), ("binh", "")):
        with pytest.raises(Exception, match="UPLOAD_GONE"):
            tray.find(owner, token)
