"""The door: forged requests, fixed sessions, guessed passwords, strange paths, large bodies."""

import logging
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from sipas_survey.storage.schema import tokens, users
from sipas_survey.web.app import LARGEST_MB, create_app
from sipas_survey.workflow import accounts
from sipas_survey.workflow import office as offices
from tests.surveys import Survey, drawn
from tests.web.conftest import PASSWORD, csrf

Browser = Callable[[str], TestClient]
SERVER_FAULT = 500


def test_forged_requests_are_refused(browser: Browser) -> None:
    """A form without the session's own mark, or sent by another site, changes nothing."""
    client = browser("admin")
    add = {"name": "eve", "role": "admin", "password": PASSWORD, "do": "add"}
    assert client.post("/users", data=add).status_code == 403
    good = {**add, "csrf": csrf(client.get("/users").text)}
    assert client.post("/users", data=good, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/users", data=good, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert "eve" not in client.get("/users.json").text
    assert client.post("/users", data=good).status_code == 303
    assert "eve" in client.get("/users.json").text


def test_session_cannot_be_fixed(office: Survey) -> None:
    """The session after a log-in is never the one that the browser came with; log-out ends it."""
    client = TestClient(create_app(office.store, lang="en", secure=True), base_url="https://testserver")
    client.cookies.set("__Host-sipas", "fixed", domain="testserver.local", path="/")
    said = client.post("/login", data={"username": "admin", "password": PASSWORD}, follow_redirects=False)
    cookie = said.headers["set-cookie"]
    assert cookie.startswith("__Host-sipas=")
    assert "fixed" not in cookie
    for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert flag in cookie


def test_log_out_ends_the_session(browser: Browser) -> None:
    """What the browser held is worth nothing after the log-out."""
    client = browser("admin")
    held = client.cookies["sipas"]
    client.post("/logout", data={"csrf": csrf(client.get("/").text)})
    client.cookies.clear()
    client.cookies.set("sipas", held)
    assert client.get("/").headers["location"] == "/login"


def test_guessing_is_slowed_down(office: Survey, program: TestClient) -> None:
    """After five failures even the right password has to wait; waiting is for log-in alone."""
    wrong = {"username": "analyst", "password": "guess number one"}
    assert [program.post("/login", data=wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    right = {"username": "analyst", "password": PASSWORD}
    assert program.post("/login", data=right).status_code == 429
    office.clock.now = office.clock.now.replace(hour=9)
    assert program.post("/login", data=right).status_code == 303


def test_locked_user_is_out(browser: Browser, office: Survey, program: TestClient) -> None:
    """Locking ends sessions and tokens at once."""
    client, token = browser("analyst"), accounts.give_token(office.store, "analyst")
    accounts.set_state(office.store, "analyst", locked=True)
    assert client.get("/").headers["location"] == "/login"
    assert program.get("/api/status", headers={"authorization": f"Bearer {token}"}).status_code == 401
    assert program.post("/login", data={"username": "analyst", "password": PASSWORD}).status_code == 401


def test_first_administrator(tmp_path, office: Survey) -> None:
    """In a survey without users the one-time code makes the first administrator, once."""
    (tmp_path / "new").mkdir()
    made = drawn(tmp_path / "new")
    client = TestClient(create_app(made.store, lang="en", first_code="c0de"), follow_redirects=False)
    said = {"username": "an", "password": PASSWORD, "code": "wrong"}
    assert client.post("/login", data=said).status_code == 403
    assert client.post("/login", data={**said, "code": "c0de"}).status_code == 303
    again = {**said, "username": "eve", "code": "c0de"}
    assert client.post("/login", data=again).status_code == 401
    made.store.close()


def test_paths_and_bodies(browser: Browser, program: TestClient, token_of) -> None:
    """Strange paths find nothing; too large a body is 413; what is no list of events is 422."""
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/forms/..%2f..%2fsurvey.toml"):
        assert program.get(path).status_code in (303, 401, 404), path
    header = token_of("post_office")
    for body in (b"{", b"[1]", b'{"form": 1}', b"\xff\xfe", b'[{"form": "a\\u0000", "act": "x", "happened_on": "1"}]'):
        said = program.post("/api/events", content=body, headers={**header, "content-type": "application/json"})
        assert said.status_code == 422, body


def test_hostile_bodies(program: TestClient, token_of) -> None:
    """Too large a body is 413 whatever it says of its length; deep nesting, many fields and files are no faults."""
    header = {**token_of("admin"), "content-type": "application/json"}
    large = b"[" + b" " * (LARGEST_MB << 20) + b"]"
    assert program.post("/api/events", content=large, headers=header).status_code == 413
    assert program.post("/api/events", content=iter([large]), headers=header).status_code == 413
    assert (
        program.post("/users", content=large, headers={**header, "content-type": "text/csv"}).status_code < SERVER_FAULT
    )
    assert program.post("/api/events", content=b"[" * 200_000, headers=header).status_code in (400, 422)
    many = "&".join(f"a{i}=1" for i in range(20_100)).encode()
    form = {**header, "content-type": "application/x-www-form-urlencoded"}
    assert program.post("/users", content=many, headers=form).status_code in (400, 413, 422)
    files = [("file", (f"../../{i}.csv", b"x", "text/csv")) for i in range(40)]
    assert program.post("/users", files=files, headers=token_of("admin")).status_code in (400, 413, 422)
    broken = {**header, "content-type": "multipart/form-data; boundary=x"}
    assert program.post("/users", content=b"--x\r\nnonsense", headers=broken).status_code < SERVER_FAULT


def test_headers_of_every_answer(office: Survey, browser: Browser) -> None:
    """Pages, twins, faults and files alike are under the strict policy; pages are never kept."""
    client = browser("home_affairs")
    for path in ("/", "/login", "/forms.csv", "/forms.json", "/nowhere", "/static/sipas.css", "/healthz", "/settings"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert path.startswith("/static") or headers["cache-control"] == "no-store"
    secure = TestClient(create_app(office.store, secure=True), base_url="https://testserver")
    assert "max-age" in secure.get("/login").headers["strict-transport-security"]


def test_description_is_complete(office: Survey, program: TestClient, token_of) -> None:
    """The description of the addresses needs a log-in, and names every twin and what programs use."""
    assert program.get("/openapi.json").status_code == 401
    paths = program.get("/openapi.json", headers=token_of("analyst")).json()["paths"]
    assert {"/api/events", "/api/status", "/healthz", "/forms.json", "/forms.csv", "/overview.json"} <= set(paths)


def test_log_holds_nothing_of_people(office: Survey, browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """A line for every request: method, route, status, time; no query, no code, no name."""
    with caplog.at_level(logging.INFO, logger="sipas.web"):
        browser("post_office").get(f"/forms/{office.codes['A1']}?q=Trần")
    record = caplog.records[-1]
    assert (record.method, record.route, record.status) == ("GET", "/forms/{code}", 200)
    assert not any("Trần" in str(vars(each)) or office.codes["A1"] in str(vars(each)) for each in caplog.records)


def test_changes_of_users_are_covered_by_the_chain(office: Survey) -> None:
    """A right given, a password changed or a token slipped in behind the ledger's back is found."""
    assert offices.verify(office.store).intact
    with office.store.engine.begin() as connection:
        connection.execute(users.update().where(users.c.name == "analyst").values(role="admin"))
    assert [str(p.details["why"]) for p in offices.verify(office.store).problems] == ["users"]
    with office.store.engine.begin() as connection:
        connection.execute(users.update().where(users.c.name == "analyst").values(role="analyst"))
    accounts.give_token(office.store, "analyst")
    assert offices.verify(office.store).intact
    with office.store.engine.begin() as connection:
        connection.execute(tokens.insert(), {"digest": "0" * 64, "user_name": "admin", "ends_at": "9999"})
    assert not offices.verify(office.store).intact


def test_a_fault_is_told_without_its_inside(office: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person is given a page, a program JSON, with 500; nothing of the error is on them."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("Nguyễn Thị Bí Mật")

    monkeypatch.setattr("sipas_survey.web.pages.login.accounts.log_in", broken)
    client = TestClient(create_app(office.store, lang="en"), raise_server_exceptions=False)
    for accept, wanted in (("text/html", "<html"), ("application/json", "SERVER_FAULT")):
        said = client.post("/login", data={"username": "a", "password": "b"}, headers={"accept": accept})
        assert said.status_code == 500
        assert wanted in said.text
        assert "Bí Mật" not in said.text
