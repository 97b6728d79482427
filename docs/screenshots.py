"""Pictures of every page, of a demonstration: `python docs/screenshots.py DIR [--size WIDTHxHEIGHT] [--lang vi|en]`."""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from playwright.sync_api import sync_playwright

from sipas_survey.storage.store import open_store
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


def main() -> None:
    """Make a demonstration, serve it, photograph it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("folder", type=Path)
    asked.add_argument("--size", default="1366x768")
    asked.add_argument("--lang", default="vi")
    said = asked.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for _ in tell(Path(scratch) / "demo", lang="en"):
            pass
        photograph(Path(scratch) / "demo", said.folder, said.size, said.lang)


def photograph(survey: Path, folder: Path, size: str, lang: str) -> None:
    """Every page that a role sees, into files named size-language-page.png."""
    store = open_store(survey)
    for role in ("admin", "home_affairs"):
        accounts.add(store, role, role, PASSWORD)
    server = uvicorn.Server(uvicorn.Config(create_app(store, lang="vi"), port=0, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    width, height = map(int, size.split("x"))
    form = form_list(store, wanted={"state": "returned_all"})[0]["form"]
    pages = {entry.path.strip("/") or "overview": (entry.path, entry.right) for entry in BAR}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for role in ("home_affairs", "admin"):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{base}/login?lang={lang}")
            page.screenshot(path=folder / f"{size}-{lang}-login.png")
            page.fill("[name=username]", role)
            page.fill("[name=password]", PASSWORD)
            page.click("button.main")
            seen = [link.get_attribute("href") for link in page.query_selector_all(".top nav a")]
            wanted = {name: path for name, (path, _) in pages.items() if path in seen}
            if role == "home_affairs":
                wanted |= {
                    "under-way": "/?as_of=2023-12-20", "district": "/districts/132", "commune": "/communes/04270",
                    "worker": "/workers/BT-132-02", "form": f"/forms/{form}",
                }  # fmt: skip
            for name, path in wanted.items():
                page.goto(base + path, wait_until="networkidle")
                page.screenshot(path=folder / f"{size}-{lang}-{name}.png")
        browser.close()
    server.should_exit = True


if __name__ == "__main__":
    main()
