"""Every test speaks English, keeps its keys in a folder of its own, and knows no key of the person who runs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sipas_survey.storage import database as databases
from tests.databases import DATABASES, url_of
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


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _own_surroundings: Path) -> Iterator[str]:
    """Each of the two databases in turn: every survey of the test is kept there, and let go of at its end."""
    if url := url_of(request.param):
        monkeypatch.setenv("SIPAS_DATABASE", url)
    connect, engines = databases.connect, []

    def kept(home: databases.Home, *, as_owner: bool = False) -> Engine:
        engines.append(connect(home, as_owner=as_owner))
        return engines[-1]

    monkeypatch.setattr(databases, "connect", kept)
    yield str(request.param)
    for engine in engines:
        engine.dispose()


@pytest.fixture
def survey(tmp_path: Path, database: str) -> Iterator[Survey]:
    """A small survey that has been drawn, on each of the two databases."""
    made = drawn(tmp_path)
    yield made
    made.store.close()
