"""The re-check in the browser: ordered by one office, found by another, which sees no answers and no others' forms."""

import io
import json
import re
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from fastapi.testclient import TestClient

from sipas_survey.access import Role
from sipas_survey.workflow import accounts, answers, recheck_report
from tests.surveys import Survey
from tests.web.conftest import PASSWORD, csrf

Browser = Callable[[str], TestClient]
BACK = "\n".join(
    f"print 2 {form}\nissue 3 {form} worker={worker}\nreturn 5 {form} worker={worker}"
    for form, worker in {"A1": "W1", "A2": "W1", "B1": "W2", "B2": "W2"}.items()
)


@pytest.fixture
def back(office: Survey) -> Survey:
    """Four forms are back with answers; each of the two bodies has a user of its own."""
    assert office.tell(BACK).stored
    rows = [f"{office.codes[name]},4,4,5,4,4,F" for name in ("A1", "A2", "B1", "B2")]
    file = office.store.folder / "answers.csv"
    file.write_text("\n".join(["form,q16,q20,q23,q28,q33,sex", *rows]) + "\n", encoding="utf-8")
    assert answers.import_responses(office.store, [file]).stored
    for body in ("front", "veterans"):
        accounts.add(office.store, body, str(Role.RECHECK), PASSWORD, worker=body)
    return office


def ordered(browser: Browser) -> tuple[TestClient, dict[str, openpyxl.Workbook]]:
    """Home Affairs draws everything and orders it; the workbooks that come down, by name."""
    client = browser("home_affairs")
    mark = csrf(client.get("/recheck").text)
    assert client.post("/recheck/draw", data={"csrf": mark, "share": "100"}).status_code == 200
    sealed = client.get("/recheck").text
    assert re.search(r"[0-9a-f]{64}", sealed)
    assert "/recheck/2" not in sealed
    said = client.post("/recheck/order", data={"csrf": mark})
    assert said.status_code == 200, said.text[:300]
    with zipfile.ZipFile(io.BytesIO(said.content)) as packed:
        books = {n: openpyxl.load_workbook(io.BytesIO(packed.read(n))) for n in packed.namelist() if n.endswith("xlsx")}
    return client, books


def test_from_the_draw_to_the_report(browser: Browser, back: Survey) -> None:
    """Sealed, ordered, one finding typed and one sent as a workbook: the page tells what the program tells."""
    office, books = ordered(browser)
    assert len(books) == 2
    mine = browser("front").get("/recheck.json").json()["forms"]
    assert {row["body"] for row in mine} == {"front"}
    client = browser("front")
    form = mine[0]["form"]
    page = client.get(f"/recheck/{form}")
    assert page.status_code == 200
    assert 'name="finding"' in page.text
    today = back.store.today.isoformat()
    said = {"csrf": csrf(page.text), "on": today, "finding": "confirmed", "item_sex": "F"}
    assert client.post(f"/recheck/{form}", data=said).status_code == 303
    assert client.post(f"/recheck/{form}", data=said).status_code == 303
    team = browser("veterans")
    others = team.get("/recheck.json").json()["forms"]
    name, book = next(
        (n, b)
        for n, b in books.items()
        if others[0]["form"] in str(list(b.worksheets[-1].values))
        or any(others[0]["form"] in str(list(sheet.values)) for sheet in b)
    )
    sheet = next(s for s in book if "Kết quả" in s.title)
    for row in sheet.iter_rows(min_row=2):
        row[1].value, row[2].value = back.store.today, "Không được phát phiếu"
    filled = io.BytesIO()
    book.save(filled)
    mark = csrf(team.get("/recheck").text)
    looked = team.post("/recheck/findings", data={"csrf": mark}, files={"file": (name, filled.getvalue())})
    token = re.findall(r'name="token" value="([^"]+)"', looked.text)[0]
    assert team.post("/recheck/findings/confirm", data={"csrf": mark, "token": token}).status_code == 303
    told = office.get("/recheck.json").json()["report"]
    direct = recheck_report.record_of_report(recheck_report.report(back.store))
    assert told == json.loads(json.dumps(direct))
    whole = next(row for row in told["findings"] if row["about"] == "round")
    assert (whole["confirmed"], whole["ordered"]) == (1, 4)
    assert office.get("/recheck").status_code == 200


def test_a_team_sees_its_own_orders_only(browser: Browser, back: Survey) -> None:
    """A form ordered to the other body is as if it did not exist; no answer that was first given is on a page."""
    ordered(browser)
    own = {row["form"] for row in browser("front").get("/recheck.json").json()["forms"]}
    foreign = {row["form"] for row in browser("veterans").get("/recheck.json").json()["forms"]}
    assert own
    assert foreign
    assert not own & foreign
    client, form = browser("front"), min(foreign)
    assert client.get(f"/recheck/{form}").status_code == 404
    assert form not in client.get("/recheck").text
    mark = csrf(client.get("/recheck").text)
    day = back.store.today.isoformat()
    data = {"csrf": mark, "on": day, "finding": "confirmed"}
    assert client.post(f"/recheck/{form}", data=data).status_code == 404
    file = f"form,happened_on,finding\n{form},{day},confirmed\n".encode()
    looked = client.post("/recheck/findings", data={"csrf": mark}, files={"file": ("a.csv", file)})
    assert "findings/confirm" not in looked.text
    assert client.post("/recheck/draw", data={"csrf": mark}).status_code == 403
    assert client.post("/recheck/order", data={"csrf": mark}).status_code == 403


def test_wrong_wishes(browser: Browser, back: Survey) -> None:
    """A share that is none, a finding that is none, a day that is none: refused, and nothing is stored."""
    client = browser("home_affairs")
    mark = csrf(client.get("/recheck").text)
    assert client.post("/recheck/draw", data={"csrf": mark, "share": "x"}).status_code == 422
    assert client.post("/recheck/order", data={"csrf": mark}).status_code == 422
    ordered(browser)
    team = browser("front")
    form = team.get("/recheck.json").json()["forms"][0]["form"]
    mark = csrf(team.get("/recheck").text)
    for said in ({"on": "x", "finding": "confirmed"}, {"on": "2024-01-20", "finding": "guessed"}):
        assert team.post(f"/recheck/{form}", data={"csrf": mark, **said}).status_code == 422
    assert {row["finding"] for row in team.get("/recheck.json").json()["forms"]} == {None}
    assert back.store.folder.exists()
