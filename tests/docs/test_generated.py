"""What is written by programs is as the programs write it, and the example of the package runs."""

import doctest
import runpy

import pytest

import sipas_survey
from sipas_survey.tracking.forms import MOVES
from tests.docs.blocks import ROOT, blocks_of

PAGES = runpy.run_path(str(ROOT / "docs/generate.py"))["PAGES"]


@pytest.mark.parametrize("name", PAGES)
def test_page_is_generated(name: str) -> None:
    """The page is what docs/generate.py writes from the code."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "python docs/generate.py writes it anew"


def test_every_command_has_help_for_each_option() -> None:
    """No command, argument or option is without a word of help."""
    page = PAGES["commands.md"]()
    assert page.count("\n## ") > 40
    assert not [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def test_diagram_has_every_move_that_changes_a_state() -> None:
    """Each move between two states is an arrow of the diagram."""
    (diagram,) = [b.text for b in blocks_of("docs/states.md") if b.language == "mermaid"]
    for state, moves in MOVES.items():
        for act, target in moves.items():
            if target is not state:
                arrow = next(a for a in diagram.splitlines() if a.startswith(f"    {state} --> {target}: "))
                assert act in arrow.split(": ")[1].split(", ")


def test_example_of_the_package_runs() -> None:
    """The whole path in the package's docstring gives what it shows."""
    results = doctest.testmod(sipas_survey)
    assert results.attempted > 5
    assert results.failed == 0


def test_every_paper_has_its_picture() -> None:
    """docs/gallery.py makes the pictures that lie there, none is left over, and they stay small."""
    gallery = runpy.run_path(str(ROOT / "docs/gallery.py"))
    files = list((ROOT / "docs/gallery").iterdir())
    assert {file.name for file in files} == {f"{paper.name}.png" for paper in gallery["PAPERS"]}
    assert sum(file.stat().st_size for file in files) < 600_000
    text = "".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("papers", "reports"))
    assert all(f"gallery/{file.name}" in text for file in files if file.name not in ("slip.png", "protocol.png"))
