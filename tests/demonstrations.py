"""The demonstration, made once in each language for all tests and all their processes."""

import contextlib
import fcntl
import io
import os
from pathlib import Path

import pytest

from sipas_survey.cli.app import run
from sipas_survey.formats import Lang

NAMES = {"vi": "trình diễn/Yên Bái", "en": "demo"}


def demonstration(lang: Lang, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder that `sipas demo` wrote, of the name above, and what it said; nobody may change it."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"demonstration-{lang}"
    place.mkdir(exist_ok=True)
    folder, told = place / NAMES[lang], place / "told.txt"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            said = io.StringIO()
            folder.parent.mkdir(exist_ok=True)
            with contextlib.chdir(place), contextlib.redirect_stdout(said):
                assert run(["--lang", lang, "demo", NAMES[lang]]) == 0
            told.write_text(said.getvalue(), encoding="utf-8")
    return folder, told.read_text(encoding="utf-8")
