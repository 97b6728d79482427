"""The door: forged requests, fixed sessions, guessed passwords, strange paths, large bodies."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from sipas_survey.storage.schema import tokens, users
from sipas_survey.web.app import create_app
from sipas_survey.workflow import accounts
from sipas_survey.workflow import office as offices
from tests.surveys import Survey, drawn
from tests.web.conftest import PASSWORD, csrf

Browser = Callable[[str], TestClient]


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
