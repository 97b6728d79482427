"""One demonstration for all documents, told in English."""

from pathlib import Path

import pytest

from tests.demonstrations import demonstration as told_once


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which `make demo` wrote `demo/`, and what it printed; nobody may change it."""
    folder, told = told_once("en", tmp_path_factory)
    return folder.parent, told
