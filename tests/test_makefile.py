"""The Makefile: what it promises, and that it works in any folder."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, make_targets

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROMISED = {"demo", "test", "soak", "lint", "bench", "docs"}
FOLDER = "khảo sát Yên Bái 2023"
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed (apt install make)")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PYTHON": sys.executable}
    command = ["make", "-C", str(folder), "--no-print-directory", *arguments]
    return subprocess.run(command, env=surroundings, capture_output=True, encoding="utf-8", check=False)


def test_targets_are_there() -> None:
    """Every promised target exists and is phony: a folder of the same name does not hide it."""
    assert make_targets() >= PROMISED
    for target in PROMISED:
        assert re.search(rf"^{target}:", MAKEFILE, flags=re.MULTILINE), target


def test_recipes_call_no_script_of_the_environment() -> None:
    """Of `.venv/bin` only python is called: scripts there begin with a path that breaks where it holds a space."""
    recipes = [line for line in MAKEFILE.splitlines() if line.startswith("\t")]
    called = [name for line in recipes for name in re.findall(r"(?:\.venv|\$\(VENV\))/bin/(\w+)", line)]
    assert set(called) <= {"python"}
    assert re.search(r"^RUN := \$\(VENV\)/bin/python$", MAKEFILE, flags=re.MULTILINE)


def test_no_rule_names_the_folder_it_stands_in() -> None:
    """Targets and prerequisites are relative: make itself cannot bear a space in them."""
    for absolute in ("$(CURDIR)", "$(PWD)", "$(abspath", "$(realpath", "MAKEFILE_LIST"):
        assert absolute not in MAKEFILE


@needs_make
@pytest.mark.parametrize("target", sorted(PROMISED))
def test_recipes_are_shell(target: str, tmp_path: Path) -> None:
    """In a folder with spaces and Vietnamese letters, what make would run is correct shell and names no such path."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    planned = make(folder, "--dry-run", target)
    assert planned.returncode == 0, planned.stderr
    assert FOLDER not in planned.stdout
    subprocess.run(["sh", "-n"], input=planned.stdout, encoding="utf-8", check=True)


@needs_make
@pytest.mark.soak
def test_demo_runs_in_a_folder_with_spaces_and_accents(tmp_path: Path) -> None:
    """A copy of the checkout in such a folder runs `make demo`, twice, and leaves nothing but `.venv` and `demo`."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    for name in ("sipas_survey", "samples", "questionnaires"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*_cache", "__pycache__"))
    before = {f.name for f in folder.iterdir()}
    for _ in range(2):
        done = make(folder, "demo")
        assert done.returncode == 0, done.stderr
        assert "demo: 9 " in done.stdout
    assert {f.name for f in folder.iterdir()} - before <= {".venv", "demo"}
