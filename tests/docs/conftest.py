"""One demonstration for all documents, told in English."""

import contextlib
import os
from pathlib import Path

import pytest

from tests.docs.blocks import sipas


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which `make demo` wrote `demo/`, and what it printed; nobody may change it."""
    folder = tmp_path_factory.mktemp("checkout")
    before = os.environ.get("SIPAS_LANG")
    os.environ["SIPAS_LANG"] = "en"
    try:
        with contextlib.chdir(folder):
            code, told = sipas("demo", "demo")
    finally:
        os.environ.pop("SIPAS_LANG") if before is None else os.environ.update(SIPAS_LANG=before)
    assert code == 0
    return folder, told
