"""Users, sessions, tokens and failed attempts in the database. Of secrets only digests are stored."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, select

from sipas_survey.access import Role, Viewer, viewer_of
from sipas_survey.storage import ledger
from sipas_survey.storage.ledger import instant
from sipas_survey.storage.schema import attempts, events, sessions, tokens, users

ACTIVE, LOCKED = "active", "locked"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may come in: role, districts, the worker that he is, and the hash of his password."""

    name: str
    role: Role
    districts: tuple[str, ...]
    worker: str
    state: str
    password: str

    @property
    def viewer(self) -> Viewer:
        """His scope."""
        return viewer_of(self.name, self.role, districts=frozenset(self.districts), worker=self.worker)


def digest(secret: str) -> str:
    """What is stored of a random secret of 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def entry_of(user: User) -> dict[str, Any]:
    """What the ledger says of a user; of the password only a digest of its salted hash."""
    return {
        "user": user.name,
        "role": str(user.role),
        "districts": list(user.districts),
        "worker": user.worker,
        "state": user.state,
        "password": digest(user.password),
    }


# ---------------------------------------------------------------- users
def user_of(connection: Connection, name: str) -> User | None:
    """A user by name."""
    row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
    return _user(row) if row else None


def all_users(connection: Connection) -> list[User]:
    """All users by name."""
    return [_user(row) for row in connection.execute(select(users).order_by(users.c.name)).mappings()]


def _user(row: RowMapping) -> User:
    return User(
        row["name"], Role(row["role"]), tuple(row["districts"].split()), row["worker"], row["state"], row["password"]
    )


def put(connection: Connection, user: User) -> None:
    """Store a user as he is now; he has to log in anew."""
    connection.execute(delete(users).where(users.c.name == user.name))
    row = {"name": user.name, "role": str(user.role), "districts": " ".join(user.districts), "worker": user.worker}
    connection.execute(users.insert(), {**row, "state": user.state, "password": user.password})
    connection.execute(delete(sessions).where(sessions.c.user_name == user.name))


# ---------------------------------------------------------------- sessions and tokens
def open_session(connection: Connection, secret: str, name: str, *, now: datetime, ends: datetime) -> None:
    """Store a session, and forget those that have ended."""
    connection.execute(delete(sessions).where(sessions.c.ends_at <= instant(now)))
    row = {"digest": digest(secret), "user_name": name, "made_at": instant(now), "ends_at": instant(ends)}
    connection.execute(sessions.insert(), row)


def close_session(connection: Connection, secret: str) -> None:
    """Forget a session."""
    connection.execute(delete(sessions).where(sessions.c.digest == digest(secret)))


def give_token(connection: Connection, secret: str, name: str, *, ends: datetime) -> None:
    """Store a token."""
    connection.execute(tokens.insert(), {"digest": digest(secret), "user_name": name, "ends_at": instant(ends)})


def revoke_tokens(connection: Connection, name: str) -> int:
    """Forget all tokens of a user."""
    return int(connection.execute(delete(tokens).where(tokens.c.user_name == name)).rowcount)


def holder(connection: Connection, secret: str, *, now: datetime, token: bool) -> User | None:
    """The active user whose session or token this is; None where it is unknown or has ended."""
    table = tokens if token else sessions
    query = select(users).join_from(table, users, users.c.name == table.c.user_name)
    query = query.where(table.c.digest == digest(secret), table.c.ends_at > instant(now), users.c.state == ACTIVE)
    row = connection.execute(query).mappings().first()
    return _user(row) if row else None


# ---------------------------------------------------------------- failed attempts
def failures(connection: Connection, whose: str) -> tuple[int, datetime | None]:
    """How often in a row an attempt failed, and when last."""
    row = connection.execute(select(attempts).where(attempts.c.whose == digest(whose))).first()
    return (row.failures, datetime.fromisoformat(row.last_at)) if row else (0, None)


def failed(connection: Connection, whose: str, *, now: datetime) -> None:
    """Count a failed attempt."""
    count, _ = failures(connection, whose)
    connection.execute(delete(attempts).where(attempts.c.whose == digest(whose)))
    connection.execute(attempts.insert(), {"whose": digest(whose), "failures": count + 1, "last_at": instant(now)})


def succeeded(connection: Connection, whose: str) -> None:
    """Forget the failed attempts of somebody."""
    connection.execute(delete(attempts).where(attempts.c.whose == digest(whose)))


# ---------------------------------------------------------------- verification
def bent(connection: Connection) -> int | None:
    """The entry with which the table of users or of tokens does not agree; None where both are as the ledger says."""
    told: dict[str, tuple[int, dict[str, Any]]] = {}
    for row in ledger.entries(connection, act="set_user"):
        details = ledger.details_of(row)
        told[details["user"]] = (int(row["seq"]), details)
    stored = {user.name: entry_of(user) for user in all_users(connection)}
    for name, (seq, details) in told.items():
        if stored.get(name) != details:
            return seq
    last = int(connection.execute(select(func.max(events.c.seq))).scalar() or 1)
    return last if stored.keys() - told.keys() or _stray_tokens(connection) else None


def _stray_tokens(connection: Connection) -> bool:
    """Whether there is a token that nobody was given."""
    given = {ledger.details_of(row)["token"] for row in ledger.entries(connection, act="give_token")}
    stored = connection.execute(select(tokens.c.digest, tokens.c.user_name, tokens.c.ends_at)).all()
    return any(digest(f"{row.digest} {row.user_name} {row.ends_at}") not in given for row in stored)
