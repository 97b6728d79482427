"""The house: which part may import which, and what may not be written down."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks_of, sipas

PACKAGE = ROOT / "sipas_survey"
MODULES = sorted(f for f in PACKAGE.rglob("*.py") if "cache" not in f.parts)
WRITTEN = {".py", ".md", ".toml", ".html", ".css", ".csv", ""}


def texts() -> Iterator[tuple[str, str]]:
    """The written files of the repository, by name: all that is shipped or read, not what tools leave behind."""
    tops = ("sipas_survey", "tests", "docs", "questionnaires", "samples", "benchmarks", "notebooks", ".ci")
    files = [f for top in tops for f in (ROOT / top).rglob("*") if f.is_file() and f.suffix in WRITTEN]
    for file in [*files, *(f for f in ROOT.iterdir() if f.is_file() and f.suffix in WRITTEN)]:
        name = file.relative_to(ROOT).as_posix()
        if "_cache/" not in name and ".git" not in name and not name.startswith(".coverage"):
            yield name, file.read_text(encoding="utf-8")


def floor_of() -> dict[str, int]:
    """The floor of each part of the package as pyproject.toml gives it, 0 at the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {part.strip(): i for i, layer in enumerate(layers) for part in layer.split("|")}


def parts_imported(file: Path) -> set[str]:
    """Parts of the package that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "sipas_survey":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sipas_survey."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("sipas_survey.")}
    return found


def test_contracts_of_import_linter_hold() -> None:
    """Floors, the independence of the rooms, and the arithmetic that knows arrays only."""
    pytest.importorskip("importlinter", reason="import-linter is not installed: pip install -e '.[dev]'")
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_imports_go_down(file: Path) -> None:
    """No module imports from a floor above it or from a neighbour on its own, also not inside a function."""
    part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    floors = floor_of()
    if file == PACKAGE / "cli" / "serve.py":
        del floors["web"]  # the one command that starts the other face
    if part in floors:
        above = {p for p in parts_imported(file) if p in floors and p != part and floors[p] <= floors[part]}
        assert not above


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_module_says_what_it_is(file: Path) -> None:
    """Each module has a docstring."""
    assert ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))


def test_rooms_keep_their_size() -> None:
    """No module grows past 450 lines: one that does holds two ideas."""
    assert [f.name for f in MODULES if len(f.read_text(encoding="utf-8").splitlines()) > 450] == []


def test_no_path_of_a_machine_is_written_down() -> None:
    """No file names a folder of somebody's home, or of a machine on which it was written."""
    homes = re.compile("/(" + "|".join(("home", "Users", "root", "work")) + r")/\w|[A-Z]:\\Users")
    assert [name for name, text in texts() if homes.search(text)] == []


def test_package_fetches_nothing() -> None:
    """No module of the package knows a registry of packages, or a way to ask the network."""
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"))]
    networks = {"urllib", "http", "socket", "requests", "httpx", "aiohttp"}
    for file in MODULES:
        text = file.read_text(encoding="utf-8")
        assert not [host for host in hosts if host in text], file
        nodes = list(ast.walk(ast.parse(text)))
        names = [a.name for n in nodes if isinstance(n, ast.Import) for a in n.names]
        names += [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
        asking = [name for name in names if name != "urllib.parse"]  # which only takes addresses apart
        assert not {name.split(".")[0] for name in asking} & networks, file


def test_help_lists_the_commands_of_the_readme() -> None:
    """Each command that the README uses is in `sipas --help`, and has a help of its own."""
    code, said = sipas("--help")
    assert code == 0
    listed = set(re.findall(r"^  (\w+) {2,}", said, flags=re.MULTILINE))
    used = {
        words[1] for b in blocks_of("README.md") if b.language == "sh" for words in b.commands if words[0] == "sipas"
    }
    assert len(used) > 7
    assert used <= listed
    for command in sorted(listed):
        assert sipas(command, "--help")[0] == 0
