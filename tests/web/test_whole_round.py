"""A whole round with nothing but browsers: five people, the line cut in the middle, and nothing lost or doubled."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sipas_survey.access import Role
from sipas_survey.storage.store import Store
from sipas_survey.workflow import accounts, office
from tests.surveys import FRAME, Clock
from tests.web.chromium import chromium, log_in, served
from tests.web.conftest import PASSWORD

CRITERIA = ("q16", "q20", "q23", "q28", "q33")


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Store]:
    """A survey of which there is nothing but its users."""
    store = office.init(tmp_path / "survey", office.NewSurvey(secret=bytes(32)), author="an", clock=Clock())
    accounts.add(store, "officer", str(Role.HOME_AFFAIRS), PASSWORD)
    accounts.add(store, "clerk", str(Role.POST_OFFICE), PASSWORD, districts=("132", "140"))
    accounts.add(store, "walker", str(Role.POST_WORKER), PASSWORD, worker="W1")
    accounts.add(store, "analyst", str(Role.ANALYST), PASSWORD)
    for body in ("front", "veterans"):
        accounts.add(store, body, str(Role.RECHECK), PASSWORD, worker=body)
    yield store
    store.close()


def saved(page: Any, selector: str) -> Path:
    """The file that a click brings."""
    with page.expect_download() as coming:
        page.click(selector)
    return Path(coming.value.path())


def scan(page: Any, form: str, count: int) -> None:
    page.fill("#code", form)
    page.press("#code", "Enter")
    seen(page, "#count", str(count))


def seen(page: Any, selector: str, text: str) -> None:
    """Until an element says just that."""
    for _ in range(400):
        if page.text_content(selector) == text:
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{selector}: {page.text_content(selector)!r}, not {text!r}")


class Office:
    """Browsers of one server, each with somebody in it."""

    def __init__(self, base: str, browser: Any, folder: Path) -> None:
        self.base, self.browser, self.folder = base, browser, folder
        self.wrong: list[str] = []

    def page_of(self, name: str, *, phone: bool = False) -> Any:
        size = {"width": 360, "height": 740} if phone else {"width": 1366, "height": 768}
        context = self.browser.new_context(viewport=size, has_touch=phone)
        page = self.watched(context)
        log_in(page, self.base, name)
        return page

    def watched(self, context: Any) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return page

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


def test_five_people_and_no_manual(begun: Store, tmp_path: Path) -> None:
    """Frame, design, draw; papers; the counter without the line; the road; answers; re-check; results; the report."""
    with served(begun) as base, chromium() as browser:
        at = Office(base, browser, tmp_path)
        officer = at.page_of("officer")
        draw(at, officer)
        forms = sorted(row["form"] for row in office_forms(begun))
        papers(at, officer)
        count_with_the_line_cut(at, begun, forms)
        take_in_answers(at, forms)
        accept_and_recheck(at, officer, forms)
        read_results(at, officer)
        assert at.wrong == []
    returned = Counter(row["form"] for row in office.journal(begun) if row["act"] == "return")
    assert returned == Counter(forms)
    assert office.verify(begun).intact


def office_forms(store: Store) -> list[dict[str, Any]]:
    from sipas_survey.workflow.form_list import form_list

    return form_list(store, wanted={"kind": "main"})


def draw(at: Office, page: Any) -> None:
    """The officer: a file with a fault is told, the right one taken; margins seen, frozen, drawn before witnesses."""
    page.goto(f"{at.base}/draw")
    page.set_input_files("#frame [name=file]", at.file("wrong.csv", FRAME.replace("U03,132,04270", "U03,132,99999")))
    page.click("#frame form[action='/draw/frame'] button")
    assert "99999" in page.inner_text(".looked")
    page.set_input_files("#frame [name=file]", at.file("people.csv", FRAME))
    page.click("#frame form[action='/draw/frame'] button")
    page.click("form[action='/draw/frame/confirm'] button")
    page.click("form[action='/draw/duplicates'] button")
    page.fill("[name=per_district]", "2")
    page.click("button[name=do][value=look]")
    assert page.locator("#design table tbody tr.total").count() == 1
    page.click("button[name=do][value=set]")
    page.click("form[action='/draw/freeze'] button")
    digest = page.inner_text(".big-digest")
    page.fill("#draw [name=seed]", "SNV 12 / BD 34 / MTTQ 56")
    page.check("#draw [name=witnessed]")
    page.click("form[action='/draw/draw'] button.main")
    assert digest in page.inner_text("#draw")
    page.click("form[action='/draw/verify'] button")
    assert page.locator("#draw .good[role=status]").count() == 1
    assert saved(page, "a[href='/draw/protocol.pdf']").read_bytes().startswith(b"%PDF")


def papers(at: Office, page: Any) -> None:
    """The officer: the forms of both places are printed, and lists written."""
    for place in ("132", "140"):
        page.goto(f"{at.base}/papers")
        page.check(f"[name=place][value='{place}']")
        assert saved(page, "button[name=do][value=print]").stat().st_size > 10_000
    assert saved(page, "form[action='/papers/lists'] button.main").read_bytes().startswith(b"PK")


def count_with_the_line_cut(at: Office, store: Store, forms: list[str]) -> None:
    """The clerk hands out, then counts while the line is cut and the page is closed; the worker reports on the road."""
    page = at.page_of("clerk")
    page.goto(f"{at.base}/counter")
    page.wait_for_selector("html[data-ready=yes]")
    page.check("[name=act][value=issue]", force=True)
    page.fill("[name=worker]", "W1")
    for i, form in enumerate(forms, start=1):
        scan(page, form, i)
    seen(page, "#waiting", "0")
    page.check("[name=act][value=return]", force=True)
    page.click("#fresh")
    scan(page, forms[0], 1)
    seen(page, "#waiting", "0")
    page.context.set_offline(True)
    scan(page, forms[1], 2)
    scan(page, forms[2], 3)
    seen(page, "#waiting", "2")
    context = page.context
    page.close()
    road(at, forms[3])
    context.set_offline(False)
    page = at.watched(context)
    page.goto(f"{at.base}/counter")
    page.wait_for_selector("html[data-ready=yes]")
    seen(page, "#waiting", "0")
    assert {row["form"] for row in office.journal(store) if row["act"] == "return"} == set(forms)


def road(at: Office, form: str) -> None:
    """The post worker, on a phone: two taps."""
    page = at.page_of("walker", phone=True)
    page.goto(f"{at.base}/counter")
    page.wait_for_selector("html[data-ready=yes]")
    stop = page.locator(f"details[data-form='{form}']")
    stop.locator("summary").tap()
    stop.locator("button[value=return]").tap()
    page.wait_for_selector(f"details.reported[data-form='{form}']")
    seen(page, "#waiting", "0")


def take_in_answers(at: Office, forms: list[str]) -> None:
    """The analyst: a raw file dropped is judged at once; then the answers are looked at and taken in."""
    rows = "".join(f"{form},{','.join('5' for _ in CRITERIA)},F\n" for form in forms)
    file = at.file("answers.csv", f"form,{','.join(CRITERIA)},sex\n{rows}")
    page = at.page_of("analyst")
    page.goto(f"{at.base}/results")
    page.set_input_files("form[action='/results/file'] [name=file]", file)
    page.click("form[action='/results/file'] button.main")
    assert "answers.csv" in page.inner_text("main")
    assert page.locator(".tile.good .big").first.inner_text() == "100.00%"
    page.goto(f"{at.base}/import")
    inside = page.locator("form", has=page.locator("[name=kind][value=answers]"))
    inside.locator("[name=file]").set_input_files(file)
    inside.locator("button").click()
    page.click("form[action='/import/confirm'] button")
    assert "4" in page.inner_text("main")


def accept_and_recheck(at: Office, officer: Any, forms: list[str]) -> None:
    """The officer accepts what is back and orders a re-check; the two bodies enter what they found."""
    officer.goto(f"{at.base}/forms?state=returned_all")
    for form in forms:
        officer.check(f"[name=form][value='{form}']")
    officer.select_option("fieldset [name=act]", "accept")
    officer.fill("fieldset [name=reason]", "đủ câu trả lời")
    officer.click("fieldset button.main")
    officer.goto(f"{at.base}/recheck")
    officer.fill("[name=share]", "100")
    officer.click("form[action='/recheck/draw'] button")
    assert saved(officer, "form[action='/recheck/order'] button.main").read_bytes().startswith(b"PK")
    found = 0
    for body in ("front", "veterans"):
        page = at.page_of(body)
        page.goto(f"{at.base}/recheck")
        for address in [link.get_attribute("href") for link in page.locator("tbody th a").all()]:
            page.goto(at.base + str(address))
            page.check("[name=finding][value=confirmed]")
            page.select_option("[name=item_sex]", "F")
            page.click("button.main")
            page.wait_for_url("**/recheck")
            found += 1
    assert found == len(forms)


def read_results(at: Office, page: Any) -> None:
    """The officer: the re-check says what was found, the verdict stands on the page and in the report."""
    page.goto(f"{at.base}/recheck")
    assert [row.split("\t")[-1] for row in page.locator("tbody tr:has(th a)").all_inner_texts()] == ["Confirmed"] * 4
    page.goto(f"{at.base}/results")
    assert page.locator(".tile .big").first.inner_text() == "100.00%"
    page.goto(f"{at.base}/papers")
    page.select_option("[name=kind]:has([value=weekly])", "final")
    book = openpyxl.load_workbook(io.BytesIO(saved(page, "button[formaction='/papers/report.xlsx']").read_bytes()))
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert 1 in cells
    assert "SNV 12 / BD 34 / MTTQ 56" in cells
