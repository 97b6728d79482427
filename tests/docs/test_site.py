"""The site: every page is built, every link among pages and pictures leads somewhere."""

import re
import runpy
from pathlib import Path

from tests.docs.blocks import ROOT

SITE = runpy.run_path(str(ROOT / "docs/site.py"))


def test_every_page_is_built_and_linked(tmp_path: Path) -> None:
    """One HTML file a page, nothing from another address, no link to a page that is not there."""
    made = SITE["build"](tmp_path / "site")
    assert {page.stem for page in made} >= {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"} | {"pages"}
    for page in made:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        for target in re.findall(r'(?:href|src)="([^"#]+)', text):
            if "://" not in target and not target.startswith("../"):
                assert (page.parent / target).exists(), (page.name, target)
            if target.startswith("../"):
                assert (ROOT / target.removeprefix("../")).exists(), (page.name, target)
    assert (tmp_path / "site/index.html").read_bytes() == (tmp_path / "site/README.html").read_bytes()


def test_the_same_pages_every_time(tmp_path: Path) -> None:
    """Built twice, the same bytes."""
    one, two = (sorted(SITE["build"](tmp_path / name)) for name in ("a", "b"))
    assert [page.read_bytes() for page in one] == [page.read_bytes() for page in two]
