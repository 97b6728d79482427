"""The glossary of one-letter names."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def one_letter_names(source: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = [n.id for n in nodes if isinstance(n, ast.Name)] + [n.arg for n in nodes if isinstance(n, ast.arg)]
    return {name for name in names if len(name) == 1}


def test_every_one_letter_name_is_in_the_glossary() -> None:
    """A one-letter name in statistics/ stands in docs/symbols.md."""
    table = (ROOT / "docs/symbols.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| (\w) \|", table, flags=re.M))
    for file in (ROOT / "sipas_survey/statistics").glob("*.py"):
        missing = one_letter_names(file.read_text(encoding="utf-8")) - documented - {"_"}
        assert not missing, f"{file.name}: {missing}"
