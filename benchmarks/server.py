"""Asks a running server for much: events from many connections while somebody downloads the list of all forms.

    python benchmarks/server.py [--forms 36000] [--rate 300] [--connections 16] [--seconds 60] [--processes 1]
                                [--batch 1] [--database URL] [--kill]

Each connection reports so many events a request: forms are printed, issued and returned. With several processes
(PostgreSQL) the connections are shared among them, as a proxy does. Time is from sending a request to the end of its
answer. At the end every acknowledged event is looked for in the ledger, and the chain is verified. With --kill the
server is killed (SIGKILL) after half of the time, and started again before that is done.
"""

import argparse
import http.client
import json
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from ledger import drawn

from sipas_survey.storage.store import open_store
from sipas_survey.workflow import accounts, drawing, office
from sipas_survey.workflow.office import units_of

LIFE = ("print", "issue", "return")
PASSWORD = secrets.token_urlsafe(16)


@dataclass
class Told:
    """What the clients saw: ids that were acknowledged, seconds of each answer, what was not 200."""

    acknowledged: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[object] = field(default_factory=list)
    downloads: list[float] = field(default_factory=list)


def serve(folder: Path, count: int) -> tuple[list[subprocess.Popen[bytes]], list[int]]:
    """Start processes that serve a survey; return them with their ports once they answer."""
    ports = [_free_port() for _ in range(count)]
    log = (folder / "server.log").open("ab")
    command = [sys.executable, "-m", "sipas_survey", "-C", str(folder / "survey"), "serve", "--port"]
    started = [subprocess.Popen([*command, str(port)], stdout=log, stderr=log) for port in ports]
    for port in ports:
        _await(port)
    return started, ports


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/healthz", {})
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server does not answer")


def get(line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    """The body of an answer."""
    line.request("GET", path, headers=headers)
    return line.getresponse().read()


def report(
    port: int, token: str, forms: list[str], told: Told, *, batch: int, beat: float, until: float, who: int
) -> None:
    """One connection: an event a beat, until the time is over or the line breaks."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    due = time.monotonic() + beat * who / 16
    events = (
        {"event_id": f"c{who}-{form}-{act}", "form": form, "act": act, "happened_on": f"2024-01-{day:02}"}
        for i in range(0, len(forms), batch) for day, act in enumerate(LIFE, start=2) for form in forms[i : i + batch]
    )  # fmt: skip
    while some := list(islice(events, batch)):
        time.sleep(max(0.0, due - time.monotonic()))
        due += beat
        if time.monotonic() > until:
            return
        begun = time.monotonic()
        try:
            line.request("POST", "/api/events", json.dumps([event | {"worker": f"W{who}"} for event in some]), headers)
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return
        told.seconds.append(time.monotonic() - begun)
        if answer.status == http.HTTPStatus.OK and json.loads(body)["new"] == len(some):
            told.acknowledged += [event["event_id"] for event in some]
        else:
            told.failed.append((answer.status, body[:200]))


def download(port: int, token: str, told: Told, *, until: float) -> None:
    """Somebody who downloads the list of all forms, again and again."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            get(line, "/forms.xlsx", {"authorization": f"Bearer {token}"})
        except (OSError, http.client.HTTPException):
            return
        told.downloads.append(time.monotonic() - begun)


def load(ports: list[int], token: str, forms: list[str], asked: argparse.Namespace) -> tuple[Told, float]:
    """All connections at once; return what they saw and how long it took."""
    told, begun = Told(), time.monotonic()
    until, beat = begun + asked.seconds, asked.connections * asked.batch / asked.rate
    threads = [
        threading.Thread(
            target=report, args=(ports[i % len(ports)], token, forms[i :: asked.connections], told),
            kwargs={"batch": asked.batch, "beat": beat, "until": until, "who": i},
        )
        for i in range(asked.connections)
    ]  # fmt: skip
    threads.append(threading.Thread(target=download, args=(ports[-1], token, told), kwargs={"until": until}))
    for thread in threads:
        thread.start()
    for thread in threads[:-1]:
        thread.join()
    took = time.monotonic() - begun  # the last list may still be on its way
    threads[-1].join()
    return told, took


def first_page(port: int, token: str) -> tuple[int, float]:
    """Bytes of the overview with all that it loads, and the median milliseconds of twenty overviews."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"authorization": f"Bearer {token}", "accept": "text/html"}
    parts = ("/", "/trend", "/static/sipas.css", "/static/sipas.js", "/static/htmx.min.js")
    size = sum(len(get(line, path, headers)) for path in parts)
    took = []
    for _ in range(20):
        begun = time.monotonic()
        get(line, "/", headers)
        took.append((time.monotonic() - begun) * 1000)
    return size, statistics.median(took)


def main() -> None:
    """Make the survey, serve it, ask, and count what is in the ledger."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("forms", 36_000), ("connections", 16), ("processes", 1), ("batch", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--database", help="URL of a PostgreSQL server; without it SQLite")
    parser.add_argument("--kill", action="store_true")
    asked = parser.parse_args()
    if asked.database:
        os.environ["SIPAS_DATABASE"] = asked.database
    with tempfile.TemporaryDirectory() as name:
        os.environ["XDG_CONFIG_HOME"] = name
        measure(Path(name), asked)


def measure(folder: Path, asked: argparse.Namespace) -> None:
    """One measurement, as a line of a table."""
    store = drawn(folder, asked.forms)
    forms = drawing.export(store)["form"].tolist()
    accounts.add(store, "clerk", "post_office", PASSWORD, districts=list(units_of(store).districts))
    token = accounts.give_token(store, "clerk")
    store.close()
    servers, ports = serve(folder, asked.processes)
    try:
        size, page = first_page(ports[0], token)
        if asked.kill:
            threading.Timer(asked.seconds / 2, lambda: [s.send_signal(signal.SIGKILL) for s in servers]).start()
        told, took = load(ports, token, forms, asked)
        after = 0.0 if asked.kill else first_page(ports[0], token)[1]
    finally:
        for server in servers:
            server.terminate()
            server.wait(30)
    if asked.kill:
        servers, ports = serve(folder, asked.processes)
        for server in servers:
            server.terminate()
            server.wait(30)
    check(folder, told, killed=asked.kill)
    ranked = sorted(told.seconds)
    p50, p99 = (1000 * ranked[int(len(ranked) * share)] for share in (0.5, 0.99))
    most = max(told.downloads, default=0.0)
    names = ("events", "a request", "per second", "p50 ms", "p99 ms", "lists", "slowest list s", "page KB")
    print("| " + " | ".join((*names, "overview ms", "after ms")) + " |\n" + "|---" * 10 + "|")
    count = len(told.acknowledged)
    figures = (f"{count:,}", asked.batch, f"{count / took:,.0f}", f"{p50:.0f}", f"{p99:.0f}", len(told.downloads))
    print(
        "|", " | ".join(map(str, (*figures, f"{most:.2f}", f"{size / 1024:.0f}", f"{page:.0f}", f"{after:.0f}"))), "|"
    )


def check(folder: Path, told: Told, *, killed: bool) -> None:
    """Every acknowledged event is in the ledger, once; nothing failed; the chain is whole."""
    if told.failed:
        raise SystemExit(f"{len(told.failed)} failed: {told.failed[:3]}")
    store = open_store(folder / "survey")
    ids = [row["event_id"] for row in office.journal(store) if row["form"]]
    intact = office.verify(store).intact
    store.close()
    missing = set(told.acknowledged) - set(ids)
    if missing or len(ids) != len(set(ids)) or not intact or (not killed and len(ids) != len(told.acknowledged)):
        raise SystemExit(f"lost {len(missing)}, in the ledger {len(ids)}, intact {intact}")


if __name__ == "__main__":
    main()
