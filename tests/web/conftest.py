"""A small survey with one user of each role, and browsers and programs that are logged in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from sipas_survey.access import Role
from sipas_survey.web.app import create_app
from sipas_survey.workflow import accounts
from tests.surveys import Survey, drawn

PASSWORD = "a long password"  # noqa: S105 - of a test


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the same algorithm, but not as slowly as where somebody may guess them."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: quick)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Survey]:
    """A drawn survey with a user of each role; `post_office` has district 132, `post_worker` is B1."""
    made = drawn(tmp_path)
    for role in Role:
        districts = ("132",) if role is Role.POST_OFFICE else ()
        worker = "W1" if role is Role.POST_WORKER else ""
        accounts.add(made.store, str(role), str(role), PASSWORD, districts=districts, worker=worker)
    yield made
    made.store.close()


@pytest.fixture
def token_of(office: Survey) -> Callable[[str], dict[str, str]]:
    """The header of a program that acts as a user."""
    return lambda name: {"authorization": f"Bearer {accounts.give_token(office.store, name)}"}


@pytest.fixture
def program(office: Survey) -> Iterator[TestClient]:
    """A client that nobody is logged in with."""
    with TestClient(create_app(office.store, lang="en"), follow_redirects=False) as client:
        yield client


@pytest.fixture
def browser(office: Survey) -> Callable[[str], TestClient]:
    """A browser in which somebody has logged in."""

    def logged_in(name: str) -> TestClient:
        client = TestClient(create_app(office.store, lang="en"), follow_redirects=False)
        said = client.post("/login", data={"username": name, "password": PASSWORD})
        assert said.status_code == 303, said.text
        client.headers["accept"] = "text/html"
        return client

    return logged_in


def csrf(page: str) -> str:
    """What a form of a page carries."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
