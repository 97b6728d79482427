"""What an officer and a clerk do in a browser: at a desk and on a phone, in both languages; and what axe says of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sipas_survey.formats import Lang, word
from tests.surveys import Survey
from tests.web.chromium import chromium, looked_at, served
from tests.web.conftest import PASSWORD

SIZES = {"desk": (1366, 768), "phone": (360, 740)}
TOLD = """print 2 A1\nissue 3 A1 worker=W1\nreturn 5 A1 worker=W1\nprint 2 A2\nissue 3 A2 worker=W1
print 2 B1\nissue 3 B1 worker=W2\nrefuse 5 B1"""


@pytest.fixture(scope="module")
def browsers() -> Iterator[Any]:
    """One browser for all stories."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(office: Survey) -> Iterator[str]:
    """The survey under way, served."""
    assert office.tell(TOLD).stored
    with served(office.store) as base:
        yield base


VISITS = [
    pytest.param(("desk", "vi"), id="desk-vi"),
    pytest.param(("phone", "en"), id="phone-en"),
    pytest.param(("desk", "en"), id="desk-en", marks=pytest.mark.soak),
    pytest.param(("phone", "vi"), id="phone-vi", marks=pytest.mark.soak),
]


@pytest.fixture(params=VISITS)
def visit(request: pytest.FixtureRequest, browsers: Any, site: str) -> Iterator[Callable]:
    """Logs somebody in, at a size and in a language; at the end nothing was refused by the policy or failed."""
    (size, lang), complaints = request.param, []
    width, height = SIZES[size]
    context = browsers.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def logged_in(name: str) -> tuple[object, Lang]:
        page.goto(f"{site}/login?lang={lang}")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector(".tiles")
        looked_at(page)
        return page, lang

    yield logged_in
    context.close()
    assert complaints == []


def test_officer(visit: Callable, office: Survey) -> None:
    """From the province down to a form, which is accepted; the numbers lead to their forms; the ledger is verified."""
    page, lang = visit("home_affairs")
    assert page.locator(".tile").count() == 4
    assert "1 / 2" in page.locator(".tile").first.inner_text()
    page.click(".map a[href='/districts/132']")
    looked_at(page)
    page.click("tbody a[href='/communes/04270']")
    page.click("tbody a[href='/workers/W1']")
    page.click("tbody td a[href*='state=returned_all']")
    page.wait_for_selector("tbody tr")
    assert page.locator("tbody tr").count() == 1
    looked_at(page)
    page.click("tbody th a")
    page.select_option("[name=act]", "accept")
    page.click("button.main")
    page.wait_for_selector(".state.valid")
    looked_at(page)
    page.goto(page.url.split("/forms")[0] + "/journal")
    page.click(f"text={word('web_verify', lang)}")
    page.wait_for_selector("[role=status].good")
    looked_at(page)


def test_clerk(visit: Callable, office: Survey) -> None:
    """A form is found without accents, returned with a reason; a name is masked until it is asked for."""
    page, lang = visit("post_office")
    page.click(f".top nav >> text={word('page_forms', lang)}")
    page.fill("[name=q]", "thon")
    page.select_option("[name=state]", "outstanding")
    page.keyboard.press("Tab")
    page.click("form[role=search] button")
    looked_at(page)
    page.check(f"[name=form][value='{office.codes['A2']}']")
    page.select_option("fieldset [name=act]", "return")
    page.fill("fieldset [name=reason]", "nộp muộn")
    page.click("fieldset button.main")
    page.goto(page.url.split("/forms")[0] + f"/forms/{office.codes['A2']}")
    assert page.locator(".state.returned").count() == 1
    assert "•••" in page.inner_text("main")
    page.fill("form[action$='/person'] [name=reason]", "gọi hẹn")
    page.click("form[action$='/person'] button")
    page.wait_for_selector("dl dd")
    looked_at(page)


def test_administrator(visit: Callable) -> None:
    """Somebody is added, locked out; every page of the administrator is without a serious fault."""
    page, lang = visit("admin")
    page.click(f".top nav >> text={word('page_users', lang)}")
    page.fill("form.stack [name=name]", "moi")
    page.select_option("form.stack [name=role]", "analyst")
    page.fill("form.stack [name=password]", PASSWORD)
    page.click("form.stack button.main")
    row = page.locator("tr", has_text="moi")
    row.locator("summary").click()
    row.locator("button[value=lock]").click()
    page.wait_for_selector(f"tr:has-text('moi') >> text={word('web_locked', lang)}")
    looked_at(page)
    for path in ("/backup", "/settings", "/journal"):
        page.goto(page.url.split("/users")[0].rsplit("/backup")[0].rsplit("/settings")[0] + path)
        looked_at(page)


@pytest.mark.parametrize("visit", [("phone", "vi")], indirect=True, ids=["phone-vi"])
def test_the_page_one_is_on_is_in_sight(visit: Callable, site: str) -> None:
    """The bar of pages is wider than a phone; it is scrolled to where one is."""
    page, _ = visit("home_affairs")
    page.goto(f"{site}/journal")
    inside = page.evaluate(
        "(() => { const a = document.querySelector('.top nav [aria-current]').getBoundingClientRect();"
        " return document.querySelector('.top nav').scrollLeft > 0 && a.left >= 0 && a.right <= window.innerWidth; })()"
    )
    assert inside
