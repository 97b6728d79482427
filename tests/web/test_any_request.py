"""Requests made from the description of the addresses, good and bad: none may end in a fault of the server."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings

from sipas_survey.access import Role
from sipas_survey.web.app import create_app
from tests.surveys import Survey

FAULT = 500


def ask_anything(office: Survey, header: dict[str, str], *, times: int) -> int:
    """Ask each address so many times; return the number of answers."""
    app = create_app(office.store, lang="en")
    schema = schemathesis.openapi.from_dict(app.openapi())
    answers = 0
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        for operation in (found.ok() for found in schema.get_all_operations()):

            @settings(
                max_examples=times, derandomize=True, database=None, deadline=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            @given(case=operation.as_strategy())
            def check(case: Any) -> None:
                nonlocal answers
                said = case.as_transport_kwargs(base_url="http://testserver")
                said.pop("cookies", None)
                said["headers"] = {**dict(said.get("headers") or {}), **header}
                assert client.request(**said).status_code < FAULT, said
                answers += 1

            check()
    return answers


@pytest.mark.parametrize("role", list(Role))
def test_no_request_is_a_fault(role: Role, office: Survey, token_of: Callable[[str], dict[str, str]]) -> None:
    """A few of each kind, by each role."""
    assert ask_anything(office, token_of(str(role)), times=2) > 20


@pytest.mark.soak
@pytest.mark.parametrize("role", list(Role))
def test_no_request_is_a_fault_of_many(role: Role, office: Survey, token_of: Callable[[str], dict[str, str]]) -> None:
    """Hundreds of each kind, by each role."""
    assert ask_anything(office, token_of(str(role)), times=300) > 1000
