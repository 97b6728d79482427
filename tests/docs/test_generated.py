"""What is written by programs is as the programs write it, and the example of the package runs."""

import ast
import doctest
import re
import runpy
from pathlib import Path

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


def names_of(file: Path) -> set[str]:
    """What a module defines."""
    return {
        node.name
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def test_every_rule_is_where_the_method_page_says() -> None:
    """Each row names a function that is there, and a standing."""
    text = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    places = re.findall(r"`([\w/]+\.py):(\w+)` \|$", text, flags=re.MULTILINE)
    rows = [line for line in text.splitlines() if line.startswith("| ") and "standing" not in line]
    assert len(places) == len(rows) > 60
    assert [(file, name) for file, name in places if name not in names_of(ROOT / "sipas_survey" / file)] == []
    standings = [line.split(" | ")[-2] for line in rows]
    assert not [s for s in standings if not re.match(r"(plan|public|inferred|field|ours)\b", s)]


def test_architecture_names_what_is_there() -> None:
    """Every module and folder of its tables exists."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))`", text)
    assert len(named) > 30
    assert [name for name in named if not (ROOT / "sipas_survey" / name).exists()] == []


def test_index_leads_everywhere() -> None:
    """Each page of docs/ is in the index, and each of its links leads to a file."""
    links = set(re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs/index.md").read_text(encoding="utf-8")))
    assert {file.name for file in (ROOT / "docs").glob("*.md")} - links == {"index.md"}
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []


def test_nine_of_ten_mistakes_are_noticed() -> None:
    """The page of mistakes has the four targets, and none below 90 %."""
    page = (ROOT / "docs/mutants.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| ([\d,]+) \| ([\d,]+) \| ([\d.]+)% \|$", page, re.MULTILINE)
    found = {name: (int(every.replace(",", "")), float(share)) for name, every, _, share in rows}
    assert found["statistics/"][0] > 2_000
    assert all(
        found[name][1] >= 90 for name in ("formats.py", "satisfaction/verdict.py", "statistics/", "tracking/forms.py")
    )
