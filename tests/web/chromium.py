"""A server of a survey, and a browser of this machine; absent it skips, or fails when it must be there."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from sipas_survey.storage.store import Store
from sipas_survey.web.app import create_app
from tests.web.conftest import PASSWORD

QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


SERIOUS = {"serious", "critical"}


@contextmanager
def served(store: Store) -> Iterator[str]:
    """The address of a server of a survey."""
    server = uvicorn.Server(uvicorn.Config(create_app(store, lang="en"), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        message = "no Chromium: apt-get install chromium"
        (pytest.fail if os.environ.get("SIPAS_REQUIRE_ALL") == "1" else pytest.skip)(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(Path(str(program))), args=QUIET)
        yield browser
        browser.close()


def log_in(page: Any, base: str, name: str) -> None:
    """Come in as somebody."""
    page.goto(f"{base}/login?lang=en")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")


def looked_at(page: Any) -> None:
    """The page fits its window, and axe finds nothing serious on it."""
    from axe_playwright_python.sync_playwright import Axe

    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    found = Axe().run(page).response["violations"]
    told = [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found if v["impact"] in SERIOUS]
    assert told == [], page.url
