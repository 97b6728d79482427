"""The append-only, chained ledger: form events and survey entries in one sequence.

The hash of an entry is SHA-256 of the hash before it, a line feed, and the canonical text of the entry: JSON with
sorted keys, NFC, no spaces, instants in UTC with microseconds. The first entry follows the survey's id.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from sipas_survey.storage.schema import events
from sipas_survey.tracking.forms import RESERVED_ID

_REOPENED_BY: Mapping[str, tuple[str, ...]] = {
    "draw": ("reopen_frame", "reopen_design", "reopen_draw"),
    "freeze_frame": ("reopen_frame",),
    "drop_units": ("reopen_frame",),
}
"""Acts that a later act of reopening takes the force from."""
HASHED = tuple(column.name for column in events.columns if column.name != "hash")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is about to be written: a form event (`form` set) or a survey entry (`details` set)."""

    event_id: str
    act: str
    happened_on: date
    form: str = ""
    worker: str = ""
    reason: str = ""
    refers_to: str = ""
    note_digest: str = ""
    details: Mapping[str, Any] | None = None
    author: str = ""  # empty: whoever writes


def canonical(value: object) -> str:
    """JSON text that is the same for the same value on every machine and database."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def instant(at: datetime) -> str:
    """An instant in UTC with microseconds: 2024-01-15T02:03:04.000005Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chained(previous: str, row: Mapping[str, Any]) -> str:
    """The hash of a row that follows the hash `previous`."""
    text = canonical({name: row[name] for name in HASHED})
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def head(connection: Connection, survey_id: str) -> tuple[int, str]:
    """The last sequence number and hash; (0, survey id) while the ledger is empty."""
    row = connection.execute(select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)).first()
    return (row.seq, row.hash) if row else (0, survey_id)


def hash_of(connection: Connection, seq: int) -> str:
    """The hash of an entry."""
    return str(connection.execute(select(events.c.hash).where(events.c.seq == seq)).scalar_one())


def append(connection: Connection, entries: Iterable[Entry], *, survey_id: str, author: str, now: datetime) -> int:
    """Write entries at the end of the chain, inside the caller's transaction; return the last sequence number."""
    seq, previous = head(connection, survey_id)
    rows = []
    for entry in entries:
        seq += 1
        row = {
            "seq": seq,
            "event_id": entry.event_id or f"{RESERVED_ID}{seq}",
            "form": entry.form,
            "act": entry.act,
            "happened_on": entry.happened_on.isoformat(),
            "worker": entry.worker,
            "reason": entry.reason,
            "refers_to": entry.refers_to,
            "note_digest": entry.note_digest,
            "details": canonical(entry.details) if entry.details is not None else "",
            "recorded_at": instant(now),
            "author": entry.author or author,
        }
        previous = row["hash"] = chained(previous, row)
        rows.append(row)
    if rows:
        connection.execute(events.insert(), rows)
    return seq


def entries(connection: Connection, *, act: str | None = None) -> Iterator[Mapping[str, Any]]:
    """The rows of the ledger in order; of one act where given."""
    query = select(events).order_by(events.c.seq)
    if act is not None:
        query = query.where(events.c.act == act, events.c.form == "")
    for row in connection.execute(query).mappings():
        yield dict(row)


def details_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The details of a survey entry."""
    details: dict[str, Any] = json.loads(row["details"])
    return details


def last_details(connection: Connection, act: str) -> dict[str, Any] | None:
    """The details of the last survey entry of an act, with its `seq` and `recorded_at`; None where there is none."""
    query = select(events).where(events.c.act == act, events.c.form == "").order_by(events.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return {**details_of(dict(row)), "seq": row["seq"], "recorded_at": row["recorded_at"]}


def standing(connection: Connection, act: str) -> dict[str, Any] | None:
    """As `last_details`, but None where a later entry has reopened what the act had settled."""
    last = last_details(connection, act)
    if last is None or last["seq"] < _last_seq(connection, _REOPENED_BY[act]):
        return None
    return last


def all_standing(connection: Connection, act: str) -> list[dict[str, Any]]:
    """The details, with `seq`, of every entry of an act that no later entry has reopened, in order."""
    since = _last_seq(connection, _REOPENED_BY[act])
    return [{**details_of(row), "seq": row["seq"]} for row in entries(connection, act=act) if row["seq"] > since]


def _last_seq(connection: Connection, acts: Sequence[str]) -> int:
    last = select(func.max(events.c.seq)).where(events.c.act.in_(acts), events.c.form == "")
    return int(connection.execute(last).scalar_one() or 0)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over the chain found: how many entries, the last hash, the first entry that does not fit."""

    entries: int
    head: str
    first_bad: int | None = None
    passed_head: bool = True


def verify(connection: Connection, survey_id: str, *, known_head: str | None = None) -> Verification:
    """Recompute the whole chain. With `known_head`, look whether that hash (of an earlier report) lies on it."""
    previous, count, passed = survey_id, 0, known_head is None
    for row in entries(connection):
        count += 1
        if row["seq"] != count or chained(previous, row) != row["hash"]:
            return Verification(count, row["hash"], row["seq"] or count, passed)  # nobody gives out the number 0
        previous = row["hash"]
        passed = passed or previous == known_head
    return Verification(count, previous, None, passed)
