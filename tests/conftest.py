"""Every test speaks English, keeps its keys in a folder of its own, and knows no key of the person who runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surveys import Survey, drawn


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder for this test alone; English; no key, database or author from outside."""
    home = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("SIPAS_LANG", "en")
    for name in ("SIPAS_KEY_FILE", "SIPAS_DATABASE", "SIPAS_USER"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def survey(tmp_path: Path, _own_surroundings: Path) -> Iterator[Survey]:
    """A small survey that has been drawn."""
    made = drawn(tmp_path)
    yield made
    made.store.close()
