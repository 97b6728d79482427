"""Each role at each address, with what lies in another district or is somebody else's: as if it did not exist."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from sipas_survey.access import OWN_DISTRICTS, OWN_FORMS, RIGHTS, Right, Role
from tests.surveys import Survey
from tests.web.test_pages import doors

TokenOf = Callable[[str], dict[str, str]]
FOREIGN = {"code": "140", "worker": "W2"}
SCOPED = sorted(OWN_DISTRICTS | OWN_FORMS)
TOLD = "print 2 A1\nissue 3 A1 worker=W1\nprint 2 B1\nissue 3 B1 worker=W2\nrefuse 4 B1"


def address(path: str, office: Survey) -> str:
    """A path with what is foreign to whoever has district 132 or is W1."""
    if path.startswith("/forms/"):
        return path.replace("{code}", office.codes["B1"])
    if path.startswith("/communes/"):
        return path.replace("{code}", "04627")
    return re.sub(r"{(\w+)}", lambda found: FOREIGN[found[1]], path)


@pytest.mark.parametrize("role", SCOPED)
def test_what_is_foreign_does_not_exist(role: Role, office: Survey, program: TestClient, token_of: TokenOf) -> None:
    """An address that names a thing is 404 for one out of scope, 403 where the right is missing."""
    assert office.tell(TOLD).stored
    header, named = token_of(str(role)), [door for door in doors() if "{" in door[1]]
    assert len(named) > 5
    for method, path, right in named:
        data = {"reason": "asked"} if method == "POST" else None
        code = program.request(method, address(path, office), headers=header, data=data).status_code
        wanted = 403 if right not in RIGHTS[role] else 422 if method == "POST" and path == "/forms/{code}" else 404
        assert code == wanted, (method, path, code)


@pytest.mark.parametrize("role", SCOPED)
def test_exports_hold_nothing_foreign(role: Role, office: Survey, program: TestClient, token_of: TokenOf) -> None:
    """No twin, with any filter in its address, holds a form, a place or a worker out of scope."""
    assert office.tell(TOLD).stored
    header = token_of(str(role))
    filters = (
        "",
        "?district=140",
        "?commune=04627",
        "?worker=W2",
        "?by=worker",
        "?by=commune",
        "?q=to",
        "?state=request",
    )
    for method, path, right in doors():
        if method != "GET" or "{" in path or right not in RIGHTS[role] or path == "/openapi.json":
            continue
        if path == "/route" and role is not Role.POST_WORKER:  # only a worker has one
            continue
        for asked in filters:
            said = program.get(path + asked, headers=header)
            assert said.status_code == 200, (path, asked)
            body = said.text.split("<tbody>")[-1]  # what was asked for is repeated in the filter
            for foreign in (office.codes["B1"], "Yên Ninh 04627", 'W2"', ",W2,"):
                assert foreign not in body, (path, asked, foreign)


@pytest.mark.parametrize("role", SCOPED)
def test_acts_on_what_is_foreign(role: Role, office: Survey, program: TestClient, token_of: TokenOf) -> None:
    """An act on a form out of scope is 422, told like an unknown code; nothing is stored."""
    assert office.tell(TOLD).stored
    header = token_of(str(role))
    said = []
    for form in (office.codes["B1"], "23" + "0" * 8):
        batch = [{"form": form, "act": "return", "happened_on": "2024-01-05"}]
        answer = program.post("/api/events", json=batch, headers=header)
        assert answer.status_code == 422
        said.append([problem["kind"] for problem in answer.json()["problems"]])
    assert said[0] == ["FORM_UNKNOWN"]


def test_names_and_answers_are_never_with_one_role() -> None:
    """No role that may read answers may read names, and the administrator may do neither."""
    for role, rights in RIGHTS.items():
        assert not {Right.NAMES, Right.ANSWERS} <= rights, role
    assert not {Right.NAMES, Right.ANSWERS} & RIGHTS[Role.ADMIN]


def test_worker_reports_under_his_own_name(office: Survey, program: TestClient, token_of: TokenOf) -> None:
    """A post worker may not report in the name of another."""
    assert office.tell(TOLD).stored
    batch = [{"form": office.codes["A1"], "act": "return", "happened_on": "2024-01-05", "worker": "W2"}]
    assert program.post("/api/events", json=batch, headers=token_of("post_worker")).status_code == 403
    batch[0].pop("worker")
    assert program.post("/api/events", json=batch, headers=token_of("post_worker")).status_code == 200
