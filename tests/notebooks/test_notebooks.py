"""Every notebook runs from top to bottom, and shows what it means to show."""

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def cells(file: Path, kind: str) -> list[str]:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 4)
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


def shown(code: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does: the value of its last line, where that is an expression, is what it shows."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)  # noqa: S102 - the cells are our own
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs_from_top_to_bottom(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, cell after cell; tables have rows, charts can be drawn."""
    pytest.importorskip("altair", reason="altair is not installed: pip install -e '.[documents]'")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "notebook"}
    charts = tables = 0
    for code in cells(file, "code"):
        value = shown(code, names)
        if hasattr(value, "to_dict") and hasattr(value, "properties"):
            assert value.to_dict()["$schema"]
            charts += 1
        elif hasattr(value, "shape"):
            assert len(value)
            tables += 1
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - names are enough
    assert charts + tables or "check" in file.stem


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_kept_without_outputs(file: Path) -> None:
    """No output, no count of runs: the same bytes whoever ran it last; words before each cell say what it does."""
    document = json.loads(file.read_text(encoding="utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert document["cells"][0]["cell_type"] == "markdown"
    assert len(cells(file, "markdown")) >= len(code) // 2


def test_the_four_are_there() -> None:
    """Recompute, design and draw, compare, check from outside."""
    assert [file.stem[0] for file in NOTEBOOKS] == ["1", "2", "3", "4"]
