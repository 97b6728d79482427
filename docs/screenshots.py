"""Pictures of every page that every role sees, of a demonstration under way; each page is looked over by axe, too.

    python docs/screenshots.py DIR [--size WIDTHxHEIGHT]... [--lang vi|en]... [--page NAME]...

Without options at three sizes in both languages, into files SIZE-LANGUAGE-ROLE-PAGE.png. It ends with 1, and tells
where, if a page is wider than its window, or axe finds a serious fault on it.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from sipas_survey.access import Role, viewer_of
from sipas_survey.storage.store import Store, open_store
from sipas_survey.web.app import create_app
from sipas_survey.web.navigation import BAR
from sipas_survey.workflow import accounts
from sipas_survey.workflow.demo.story import tell
from sipas_survey.workflow.form_list import form_list

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "only for pictures"  # noqa: S105 - of a demonstration that is thrown away
SIZES, LANGUAGES = ("1366x768", "1920x1080", "360x740"), ("vi", "en")
SERIOUS = {"serious", "critical"}
SCOPES: Mapping[Role, Mapping[str, Any]] = {
    Role.POST_OFFICE: {"districts": ("132",)}, Role.POST_WORKER: {"worker": "BT-132-02"},
    Role.RECHECK: {"worker": "front"},
}  # fmt: skip
"""What belongs to a role besides; a user is named after his role, of the re-check after his body."""


def main() -> None:
    """Make a demonstration, serve it, photograph it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--size", action="append", choices=SIZES)
    asked.add_argument("--lang", action="append", choices=LANGUAGES)
    asked.add_argument("--page", action="append")
    said = asked.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, demonstration(Path(scratch) / "demo") as (store, base):
        faults = list(photograph(store, base, said))
    sys.exit("\n".join(faults) or 0)


@contextmanager
def demonstration(folder: Path) -> Iterator[tuple[Store, str]]:
    """The demonstration with a user of each role, served; it is the day on which many forms are out."""
    for _ in tell(folder, lang="en"):
        pass
    begun = datetime(2024, 2, 1, 2, tzinfo=UTC)
    since = time.monotonic()
    store = open_store(folder, clock=lambda: begun + timedelta(seconds=time.monotonic() - since))
    for role in Role:
        accounts.add(store, named(role), str(role), PASSWORD, **SCOPES.get(role, {}))
    server = uvicorn.Server(uvicorn.Config(create_app(store, lang="vi"), port=0, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    yield store, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    store.close()


def named(role: Role) -> str:
    """The name of the user of a role."""
    return "front" if role is Role.RECHECK else str(role)


def pages_of(store: Store, role: Role) -> dict[str, str]:
    """The pages of a role by name: all of its bar, and those that lie behind them."""
    scope = SCOPES.get(role, {})
    viewer = viewer_of(
        named(role), role, districts=frozenset(scope.get("districts", ())), worker=scope.get("worker", "")
    )
    pages = {entry.path.strip("/") or "overview": entry.path for entry in BAR if viewer.may(entry.right)}
    rows = form_list(store, viewer, wanted={"state": "returned_all"})
    if rows and "forms" in pages:
        pages["form"] = f"/forms/{rows[0]['form']}"
    if role is Role.HOME_AFFAIRS:
        pages |= {
            "under-way": "/?as_of=2023-12-20", "district": "/districts/132", "commune": "/communes/04270",
            "worker": "/workers/BT-132-02", "route": "/route?worker=BT-132-02", "missing": "/forms/2310000199",
            "results-by-district": "/results?by=district_code", "forms-lost": "/forms?flag=lost",
        }  # fmt: skip
    return pages


def photograph(store: Store, base: str, said: argparse.Namespace) -> Iterator[str]:
    """Write the pictures; yield what is wrong with a page."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for size in said.size or SIZES:
            for lang in said.lang or LANGUAGES:
                for role in Role:
                    pages = pages_of(store, role)
                    wanted = {name: at for name, at in pages.items() if not said.page or name in said.page}
                    for name, found in visit(browser, base, role, wanted, size, lang, said.folder):
                        yield f"{size} {lang} {role} {name}: {found}"
        browser.close()


def visit(
    browser: Any, base: str, role: Role, pages: Mapping[str, str], size: str, lang: str, folder: Path
) -> Iterator[tuple[str, str]]:
    """Log in as somebody, go through his pages, and yield what is wrong with one."""
    width, height = map(int, size.split("x"))
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{base}/login?lang={lang}")
    page.screenshot(path=folder / f"{size}-{lang}-login.png")
    page.fill("[name=username]", named(role))
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    for name, path in pages.items():
        page.goto(base + path, wait_until="networkidle")
        page.screenshot(path=folder / f"{size}-{lang}-{role}-{name}.png")
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            yield name, f"{over} pixels wider than the window"
        for fault in Axe().run(page).response["violations"]:
            if fault["impact"] in SERIOUS:
                yield name, f"{fault['id']} at {fault['nodes'][0]['html'][:120]}"
    page.context.close()


if __name__ == "__main__":
    main()
