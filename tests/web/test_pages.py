"""Every page for every role: shown, refused, or as if it did not exist."""

import re
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from sipas_survey.access import ACTS, RIGHTS, Right, Role
from sipas_survey.web.asking import Door
from sipas_survey.web.navigation import routers
from tests.surveys import Survey
from tests.web.conftest import csrf

Browser = Callable[[str], TestClient]


def doors() -> list[tuple[str, str, Right | None]]:
    """Every address with its method and the right that it needs."""
    found = []
    for route in (r for router in routers() for r in router.routes if isinstance(r, APIRoute)):
        doors = [d.call for d in route.dependant.dependencies if isinstance(d.call, Door)]
        found += [(method, route.path, door.right) for method in route.methods for door in doors]
    return found


def test_every_address_has_a_door() -> None:
    """Only health and the log-in are open."""
    guarded = {path for _, path, _ in doors()}
    every = {route.path for router in routers() for route in router.routes if isinstance(route, APIRoute)}
    assert every - guarded == {"/healthz", "/login"}


@pytest.mark.parametrize("role", list(Role))
def test_matrix_of_roles_and_addresses(role: Role, office: Survey, program: TestClient, token_of) -> None:
    """A role gets what its rights say, 403 for the rest; nobody gets 401; nothing is a bug."""
    header = token_of(str(role))
    values = {"code": office.codes["A1"], "worker": "nobody"}
    for method, path, right in doors():
        if path in ("/logout", "/backup"):
            continue
        address = re.sub(r"{(\w+)}", lambda found: values[found[1]], path)
        assert program.request(method, address).status_code == 401, path
        code = program.request(method, address, headers=header).status_code
        if right is not None and right not in RIGHTS[role]:
            assert code == 403, (method, path)
        else:
            assert code in (200, 303, 404, 422), (method, path, code)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_pages_are_shown(browser: Browser, office: Survey, lang: str) -> None:
    """Each entry of the bar opens in both languages, under strict headers, small, without inline script or style."""
    office.tell("print 2 A1\nissue 3 A1 worker=W1\nreturn 5 A1 worker=W1\nprint 2 B1\nissue 3 B1 worker=W1")
    for role in ("admin", "home_affairs", "analyst"):
        client = browser(role)
        start = client.get(f"/?lang={lang}")
        for path in re.findall(r'<li><a href="(/\w*)"', start.text):
            page = client.get(path)
            assert page.status_code == 200, (role, path, page.text[:300])
            assert "style=" not in page.text
            assert "<script>" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
            assert len(page.content) < 60_000
    assert browser("home_affairs").get(f"/forms/{office.codes['A1']}").status_code == 200


def test_drill_down_and_scope(browser: Browser, office: Survey) -> None:
    """The post office of a district sees its own places, forms and exports; others are as if they did not exist."""
    office.tell("print 2 A1\nissue 3 A1 worker=W1\nprint 2 B1\nissue 3 B1 worker=W2")
    client, foreign = browser("post_office"), office.codes["B1"]
    assert client.get("/districts/132").status_code == 200
    assert client.get("/communes/04270").status_code == 200
    for path in ("/districts/140", "/communes/04627", f"/forms/{foreign}", f"/forms/{foreign}.json", "/workers/W2"):
        assert client.get(path).status_code == 404, path
    for path in ("/forms.json", "/forms.csv", "/overview.json", "/overview.csv?by=commune",
                 "/overview.json?district=140", "/conflicts.json", "/overview.json?commune=04627"):  # fmt: skip
        text = client.get(path).text
        assert foreign not in text
        assert "04627" not in text, path
    assert browser("post_worker").get("/forms.json").json()["rows"][0]["form"] == office.codes["A1"]


@pytest.mark.parametrize("role", list(Role))
def test_acts_outside_a_role_are_refused(role: Role, office: Survey, program: TestClient, token_of) -> None:
    """Each act that is not in the role's row of the table is 403 over HTTP."""
    header = token_of(str(role))
    for act in sorted({a for acts in ACTS.values() for a in acts} - ACTS[role]):
        batch = [{"form": office.codes["A1"], "act": act, "happened_on": "2024-01-02"}]
        assert program.post("/api/events", json=batch, headers=header).status_code == 403, act


def test_events_in(office: Survey, program: TestClient, token_of) -> None:
    """New, then known; a clash is 409, an illegal or foreign one 422, and then nothing is stored."""
    header = token_of("post_office")
    form = office.codes["A1"]
    batch = [
        {"event_id": "x1", "form": form, "act": "print", "happened_on": "2024-01-02"},
        {"event_id": "x2", "form": form, "act": "issue", "happened_on": "2024-01-03", "worker": "W1"},
    ]
    assert program.post("/api/events", json=batch, headers=header).json() == {"new": 2, "known": 0}
    assert program.post("/api/events", json=batch, headers=header).json() == {"new": 0, "known": 2}
    clash = program.post("/api/events", json=[{**batch[1], "worker": "W9"}], headers=header)
    assert clash.status_code == 409
    assert clash.json()["clashes"]
    there = {"form": form, "act": "deliver", "happened_on": "2024-01-04"}
    foreign = {"form": office.codes["B1"], "act": "print", "happened_on": "2024-01-02"}
    refused = program.post("/api/events", json=[there, foreign], headers=header)
    assert refused.status_code == 422
    assert [p["kind"] for p in refused.json()["problems"]] == ["FORM_UNKNOWN"]
    total = program.get("/api/status?by=district", headers=header).json()["total"]
    assert (total["issued"], total["returned"]) == (1, 0)


def test_bulk_act_and_name(browser: Browser, office: Survey) -> None:
    """Ticked forms take one act with a reason; a name is masked until asked, and the asking is an entry."""
    client, form = browser("post_office"), office.codes["A1"]
    token = csrf(client.get("/forms?q=thon").text)
    act = {"csrf": token, "form": [form, office.codes["A2"]], "act": "print", "on": "2024-01-02", "reason": "round"}
    assert client.post("/forms", data=act).status_code == 303
    page = client.get(f"/forms/{form}")
    assert "state printed" in page.text
    assert not re.search("Lê|Trần|Hà Văn|Lò|Vàng|Lý|Giàng", page.text)
    shown = client.post(f"/forms/{form}/person", data={"csrf": token, "reason": "phoned"})
    assert shown.status_code == 200
    assert re.search("Lê|Trần|Hà Văn|Lò|Vàng|Lý|Giàng", shown.text)
    entries = browser("home_affairs").get("/journal.json?act=show_names").json()["rows"]
    assert [row["author"] for row in entries] == ["post_office"]
