"""Long work in a process of its own: the same bytes, the same problems, and another process where one dies."""

import io
import os
import signal
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from sipas_survey.access import EVERYONE
from sipas_survey.problems import SurveyError, stop
from sipas_survey.storage.store import Store
from sipas_survey.web import workshop
from sipas_survey.web.workshop import Workshop
from sipas_survey.workflow.form_list import form_file
from tests.surveys import Survey


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch):
    """A workshop to which every survey is long."""
    monkeypatch.setattr(workshop, "LONG", 0)
    made = Workshop()
    yield made
    made.close()


def where(store: Store) -> tuple[int, str]:
    return os.getpid(), store.author


def refuse(store: Store, form: str) -> None:
    raise stop("FORM_UNKNOWN", found=form)


def die_once(store: Store, sign: Path) -> int:
    if not sign.exists():
        sign.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def test_another_process_does_the_same(apart: Workshop, office: Survey) -> None:
    """Under the same author, and with the same bytes."""
    process, author = apart.run(office.store, where)
    assert process != os.getpid()
    assert author == office.store.author
    for kind in ("csv", "excel", "json", "xlsx"):
        assert apart.run(office.store, form_file, EVERYONE, wanted={}, kind=kind) == form_file(
            office.store, EVERYONE, wanted={}, kind=kind
        )


def test_problems_come_back_whole(apart: Workshop, office: Survey) -> None:
    """With kind and what was found, to be told in any language."""
    with pytest.raises(SurveyError) as told:
        apart.run(office.store, refuse, "2310000199")
    assert [(p.kind, p.found) for p in told.value.problems] == [("FORM_UNKNOWN", "2310000199")]


def test_a_process_that_died_is_followed_by_another(apart: Workshop, office: Survey, tmp_path: Path) -> None:
    """What it was at is done again."""
    before = apart.run(office.store, where)[0]
    after = apart.run(office.store, die_once, tmp_path / "sign")
    assert after not in (before, os.getpid())
    assert apart.run(office.store, where)[0] == after


def test_a_short_survey_stays(office: Survey) -> None:
    """No process is started for the list of a district."""
    assert Workshop().run(office.store, where)[0] == os.getpid()


def test_twin_of_forms_as_workbook(office: Survey, browser) -> None:
    """Every form of the filter and nothing of another district, with days and counts as they are in JSON."""
    client: TestClient = browser("post_office")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/forms.xlsx?state=planned").content))
    header, *rows = book.active.iter_rows(values_only=True)
    told = client.get("/forms.json?state=planned").json()["rows"]
    assert list(header) == list(told[0])
    cells = [[str(v).lower() if isinstance(v, bool) else v or None for v in row.values()] for row in told]
    assert [[cell or None for cell in row] for row in rows] == cells
    assert {row["district_code"] for row in told} == {"132"}
