"""The counter and the route in a real browser: the line cut in the middle, the page closed and opened again."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sipas_survey.access import Role
from sipas_survey.cases import form_code
from sipas_survey.storage.store import Store
from sipas_survey.workflow import accounts, designing, drawing, field, frame, office
from tests.surveys import Clock, Survey
from tests.web.chromium import chromium, log_in, served
from tests.web.conftest import PASSWORD, csrf

FORMS = 24


@pytest.fixture
def out(tmp_path: Path) -> Iterator[tuple[Store, list[str]]]:
    """A survey of one district with forms that are out with W1, and its post office and worker."""
    people = "".join(f"U{i:02},132,04270,Thôn {i % 3},Lò Văn Số {i},{1950 + i}\n" for i in range(FORMS))
    file = tmp_path / "people.csv"
    file.write_text("unit_id,district_code,commune_code,village,full_name,birth_year\n" + people, encoding="utf-8")
    store = office.init(tmp_path / "survey", office.NewSurvey(secret=bytes(32)), author="an", clock=Clock())
    assert frame.import_frame(store, file).stored
    designing.set_design(store, designing.Asked(per_district=FORMS, reserve=0))
    drawing.draw_lists(store, seed="test")
    forms = sorted(drawing.export(store)["form"])
    field.record(store, "print", forms, on=date(2024, 1, 2))
    field.record(store, "issue", forms, on=date(2024, 1, 3), worker="W1")
    accounts.add(store, "clerk", str(Role.POST_OFFICE), PASSWORD, districts=("132",))
    accounts.add(store, "walker", str(Role.POST_WORKER), PASSWORD, worker="W1")
    yield store, forms
    store.close()


def scan(page: Any, form: str) -> None:
    """What a USB scanner does: digits, then Enter."""
    page.fill("#code", form)
    page.press("#code", "Enter")
    for _ in range(200):  # the page reads the code and empties the field
        if page.input_value("#code") == "":
            return
        page.wait_for_timeout(10)
    raise AssertionError("the code was not read")


def until(page: Any, selector: str, text: str) -> None:
    """Until an element says something; the pages allow no evaluated script, so that it is asked from outside."""
    for _ in range(400):
        if text in (page.text_content(selector) or ""):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"{selector}: {page.text_content(selector)!r}, not {text!r}")


def wait(page: Any, number: int) -> None:
    """Until so many scans wait to be sent."""
    for _ in range(400):
        if page.text_content("#waiting") == str(number):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"{page.text_content('#waiting')} wait, not {number}")


def ready(page: Any) -> None:
    page.wait_for_selector("html[data-ready=yes]")


def returned(store: Store) -> Counter[str]:
    """How often each form's return stands in the ledger, without those taken back."""
    rows = office.journal(store)
    undone = {row["refers_to"] for row in rows if row["act"] == "undo"}
    events = {row["event_id"]: row for row in rows}
    for row in rows:  # a taking back that was itself taken back
        if row["act"] == "undo" and row["event_id"] in undone:
            undone.discard(events[row["event_id"]]["refers_to"])
    return Counter(row["form"] for row in rows if row["act"] == "return" and row["event_id"] not in undone)


def test_line_is_cut_while_counting(out: tuple[Store, list[str]]) -> None:
    """The line goes, scans go on, the page is closed and opened again: nothing is lost, nothing is doubled."""
    store, forms = out
    with served(store) as base, chromium() as browser:
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        log_in(page, base, "clerk")
        page.goto(f"{base}/counter")
        ready(page)
        page.check("[name=act][value=return]", force=True)
        for form in forms[:5]:
            scan(page, f"{form[:2]} {form[2:6]} {form[6:]}")
        wait(page, 0)
        context.set_offline(True)
        for form in forms[5:12]:
            scan(page, f"{form}/2")
        wait(page, 7)
        assert page.text_content("#count") == "12"
        scan(page, forms[6])
        page.wait_for_selector("#said.twice")
        scan(page, "2310000199")
        page.wait_for_selector("#said.no")
        page.click("#undo")  # never sent: it only leaves the queue
        wait(page, 6)
        assert page.evaluate("document.activeElement.id") in ("code", "undo")
        page.close()
        context.set_offline(False)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{base}/counter")
        ready(page)
        wait(page, 0)
        assert page.text_content("#count") == "11"
        assert returned(store) == Counter(forms[:11])
        page.check("[name=act][value=return]", force=True)
        # the answer of the server is lost after it has stored
        lost = []

        def lose(route: Any) -> None:
            lost.append(route.fetch().status)
            route.abort()

        page.route("**/api/events", lose, times=1)
        scan(page, forms[11])
        wait(page, 1)
        wait(page, 0)
        assert lost == [200]
        page.click("#undo")  # sent: an undo follows it
        until(page, "#count", "11")
        wait(page, 0)
        assert returned(store) == Counter(forms[:11])
        scan(page, forms[11])  # true after all
        until(page, "#count", "12")
        wait(page, 0)
        assert returned(store) == Counter(forms[:12])
        assert wrong == []
    assert office.verify(store).intact


def test_refused_scans_do_not_hold_the_others(out: tuple[Store, list[str]]) -> None:
    """A form that cannot be is refused with its reason; those scanned with it are stored; a log-out loses none."""
    store, forms = out
    field.record(store, "return", [forms[0]], on=date(2024, 1, 5))
    with served(store) as base, chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        log_in(page, base, "clerk")
        page.goto(f"{base}/counter")
        ready(page)
        context.set_offline(True)
        page.check("[name=act][value=lose]", force=True)
        foreign = form_code(23, 999_999)
        for form in (forms[1], foreign, forms[2]):
            scan(page, form)
        wait(page, 3)
        context.set_offline(False)
        wait(page, 0)
        assert page.text_content("#wrong") == "1"
        assert foreign[:2] in page.text_content("#rows li:first-child")
        lost = {row["form"] for row in office.journal(store) if row["act"] == "lose"}
        assert lost == {forms[1], forms[2]}
        context.clear_cookies()
        scan(page, forms[3])
        until(page, "#line", "log in")
        assert page.text_content("#waiting") == "1"
        log_in(page, base, "clerk")
        page.goto(f"{base}/counter")
        ready(page)
        wait(page, 0)
        assert forms[3] in {row["form"] for row in office.journal(store) if row["act"] == "lose"}


def test_route_of_a_post_worker(out: tuple[Store, list[str]]) -> None:
    """On a phone: own forms by village, two taps to report, also without the line; names on demand and recorded."""
    store, forms = out
    with served(store) as base, chromium() as browser:
        context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
        page = context.new_page()
        log_in(page, base, "walker")
        page.goto(f"{base}/counter")
        ready(page)
        assert page.locator("details.stop").count() == FORMS
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        context.set_offline(True)
        for form, act in ((forms[0], "return"), (forms[1], "not_met")):
            stop = page.locator(f"details[data-form='{form}']")
            stop.locator("summary").tap()
            stop.locator(f"button[value={act}]").tap()
            page.wait_for_selector(f"details.reported[data-form='{form}']")
        wait(page, 2)
        context.set_offline(False)
        wait(page, 0)
        acts = {row["form"]: row["act"] for row in office.journal(store) if row["author"] == "walker" and row["form"]}
        assert acts == {forms[0]: "return", forms[1]: "not_met"}
        assert "Lò Văn" not in page.content()
        page.click("text=Show names")
        page.wait_for_selector("text=Lò Văn Số")
        assert [r["author"] for r in office.journal(store) if r["act"] == "show_names"] == ["walker"]


def test_counter_without_script(browser: Any, office: Survey) -> None:
    """A browser without scripts records one form at a time; acts outside the role and wrong codes are told."""
    office.tell("print 2 A1\nissue 3 A1 worker=W1")
    client: TestClient = browser("post_office")
    page = client.get("/counter")
    assert 'value="accept"' not in page.text
    said = {"csrf": csrf(page.text), "code": f"{office.codes['A1']}/1", "act": "return", "on": "2024-01-05"}
    assert client.post("/counter", data=said).status_code == 303
    assert client.get("/forms.json?state=returned_all").json()["rows"][0]["form"] == office.codes["A1"]
    assert client.post("/counter", data={**said, "code": office.codes["B1"]}).status_code == 404
    assert client.post("/counter", data={**said, "act": "accept"}).status_code == 403
    assert client.post("/counter", data={**said, "act": "replace"}).status_code == 422
    assert 'value="accept"' in browser("home_affairs").get("/counter").text
    assert browser("home_affairs").get("/route?worker=W1").status_code == 200
    assert browser("analyst").get("/counter").status_code == 403
