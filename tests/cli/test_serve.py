"""The server as a process: it says where it is, ends what is under way when it is told to stop, and logs no person."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sipas_survey.storage.store import now_utc
from sipas_survey.workflow import accounts
from tests.surveys import Survey, drawn


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Survey]:
    made = drawn(tmp_path)
    accounts.add(made.store, "clerk", "post_office", "a long password", districts=("132",))
    yield made
    made.store.close()


@pytest.fixture
def server(office: Survey) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process that listens, and its port."""
    port = free_port()
    command = [sys.executable, "-m", "sipas_survey", "-C", str(office.store.folder), "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"})
    assert process.stderr is not None
    for line in process.stderr:
        if "running on" in line:
            break
    yield process, port
    process.kill()
    process.communicate()


def test_stops_when_what_is_under_way_is_done(office: Survey, server: tuple[subprocess.Popen[str], int]) -> None:
    """Told to stop in the middle of a request: it is answered and stored, nobody else is let in."""
    process, port = server
    token = accounts.give_token(replace(office.store, clock=now_utc), "clerk")  # the server has the clock on the wall
    event = {"event_id": "e1", "form": office.codes["A1"], "act": "print", "happened_on": "2024-01-02"}
    body = json.dumps([event]).encode()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest("POST", "/api/events?secret=Nguyen")
    for name, value in (("authorization", f"Bearer {token}"), ("content-type", "application/json")):
        line.putheader(name, value)
    line.putheader("content-length", str(len(body)))
    line.endheaders(body[:20])
    other = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    other.request("GET", "/healthz")
    assert other.getresponse().status == 200  # the first request has come by now
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    log = [next(process.stderr)]
    while "Shutting down" not in log[-1]:
        log.append(next(process.stderr))
    line.send(body[20:])
    answer = line.getresponse()
    said = json.loads(answer.read())
    assert (answer.status, said.get("new")) == (200, 1), said
    line.close()
    other.close()
    assert process.wait(20) in (0, -signal.SIGTERM)  # the signal itself, once everything is done
    log += process.stderr.readlines()
    told = [json.loads(text) for text in log]
    assert {"route": "/api/events", "status": 200}.items() <= next(t for t in told if t.get("method") == "POST").items()
    assert not re.search(rf"Nguyen|{token}|{office.codes['A1']}", "".join(log))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
