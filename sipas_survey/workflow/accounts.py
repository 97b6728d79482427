"""Users: who may come in, as what, and how he proves that it is he. Every change is an entry of the ledger."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sipas_survey.access import OWN_DISTRICTS, OWN_FORMS, Role, Viewer
from sipas_survey.formats import normal
from sipas_survey.problems import stop
from sipas_survey.storage import accounts
from sipas_survey.storage.accounts import ACTIVE, LOCKED, User
from sipas_survey.storage.ledger import instant
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.workflow.office import units_of

SESSION_HOURS, TOKEN_DAYS = 10, 365
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1024
FREE_FAILURES, LONGEST_WAIT = 5, timedelta(minutes=15)
_NAME = re.compile(r"[\w.@-]{1,64}")


# ---------------------------------------------------------------- who may come in
def add(
    store: Store, name: str, role: str, password: str, *, districts: Sequence[str] = (), worker: str = ""
) -> User:  # fmt: skip
    """Let somebody in. Raises SurveyError USER_… where name, role, scope or password cannot be used."""
    user = _checked(store, normal(name), role, districts=districts, worker=normal(worker))
    user = replace(user, password=_hashed(password))
    with store.write() as transaction:
        if accounts.user_of(transaction.connection, user.name):
            raise stop("USER_EXISTS", found=user.name)
        _put(transaction, user)
    return user


def add_first(store: Store, name: str, password: str) -> User:
    """The first administrator, in a survey that has no users. Raises SurveyError USERS_THERE_ARE where it has."""
    user = replace(_checked(store, normal(name), str(Role.ADMIN)), password=_hashed(password))
    with store.write() as transaction:
        if accounts.all_users(transaction.connection):
            raise stop("USERS_THERE_ARE")
        _put(transaction, user)
    return user


def _checked(store: Store, name: str, role: str, *, districts: Sequence[str] = (), worker: str = "") -> User:
    if not _NAME.fullmatch(name):
        raise stop("USER_NAME_WRONG", found=name[:64])
    if role not in list(Role):
        raise stop("USER_ROLE_UNKNOWN", found=role[:64], roles=[str(each) for each in Role])
    known = units_of(store).districts
    if wrong := [code for code in districts if code not in known]:
        raise stop("USER_DISTRICT_UNKNOWN", found=wrong[0][:64])
    if Role(role) in OWN_DISTRICTS and known and not districts:
        raise stop("USER_WITHOUT_DISTRICT", found=name)
    if Role(role) in OWN_FORMS and not worker:
        raise stop("USER_WITHOUT_WORKER", found=name)
    return User(name, Role(role), tuple(sorted(set(districts))), worker, ACTIVE, "")


def _put(transaction: Transaction, user: User) -> None:
    accounts.put(transaction.connection, user)
    transaction.note("set_user", **accounts.entry_of(user))


def set_state(store: Store, name: str, *, locked: bool) -> User:
    """Lock somebody out, or let him in again; his sessions and tokens end."""
    with store.write() as transaction:
        user = replace(_known(transaction, name), state=LOCKED if locked else ACTIVE)
        accounts.revoke_tokens(transaction.connection, user.name)
        accounts.succeeded(transaction.connection, f"user {user.name}")
        _put(transaction, user)
    return user


def reset(store: Store, name: str, password: str) -> User:
    """Give somebody a new password; his sessions end."""
    hashed = _hashed(password)
    with store.write() as transaction:
        user = replace(_known(transaction, name), password=hashed)
        accounts.succeeded(transaction.connection, f"user {user.name}")
        _put(transaction, user)
    return user


def _known(transaction: Transaction, name: str) -> User:
    user = accounts.user_of(transaction.connection, normal(name))
    if user is None:
        raise stop("USER_UNKNOWN", found=name[:64])
    return user


def give_token(store: Store, name: str, *, days: int = TOKEN_DAYS) -> str:
    """A token with which a program acts as somebody. It is told once; the ledger says that it was given."""
    secret, ends = secrets.token_urlsafe(32), store.clock() + timedelta(days=days)
    with store.write() as transaction:
        user = _known(transaction, name)
        accounts.give_token(transaction.connection, secret, user.name, ends=ends)
        sealed = accounts.digest(f"{accounts.digest(secret)} {user.name} {instant(ends)}")
        transaction.note("give_token", user=user.name, ends_at=instant(ends), token=sealed)
    return secret


def revoke_tokens(store: Store, name: str) -> int:
    """Take all tokens of somebody back; return how many there were."""
    with store.write() as transaction:
        user = _known(transaction, name)
        count = accounts.revoke_tokens(transaction.connection, user.name)
        transaction.note("revoke_tokens", user=user.name, tokens=count)
    return count


def listed(store: Store) -> list[dict[str, Any]]:
    """All users as plain values, without anything secret."""
    with store.read() as connection:
        found = accounts.all_users(connection)
    return [
        {"user": u.name, "role": str(u.role), "districts": list(u.districts), "worker": u.worker, "state": u.state}
        for u in found
    ]


# ---------------------------------------------------------------- coming in
def log_in(store: Store, name: str, password: str, *, address: str) -> str:
    """Open a session; return its secret, new at every log-in.

    Raises SurveyError LOGIN_WAIT after too many failures of this user or from this address, LOGIN_WRONG; neither says
    whether the user exists.
    """
    name, now = normal(name)[:64], store.clock()
    whose = (f"user {name}", f"address {address}")
    with store.read() as connection:
        wait = max(_wait(*accounts.failures(connection, each), now=now) for each in whose)
        user = accounts.user_of(connection, name)
    if wait:
        raise stop("LOGIN_WAIT", found=str(int(wait.total_seconds()) + 1))
    right = _fits(user.password if user else _nobodys(), password)
    if user is None or not right or user.state != ACTIVE:
        with store.write() as transaction:
            for each in whose:
                accounts.failed(transaction.connection, each, now=now)
        raise stop("LOGIN_WRONG")
    secret = secrets.token_urlsafe(32)
    with store.write() as transaction:
        for each in whose:
            accounts.succeeded(transaction.connection, each)
        ends = now + timedelta(hours=SESSION_HOURS)
        accounts.open_session(transaction.connection, secret, user.name, now=now, ends=ends)
    return secret


def _wait(count: int, last: datetime | None, *, now: datetime) -> timedelta:
    """How long the next attempt has to wait: nothing for the first failures, then twice as long each time."""
    if last is None or count < FREE_FAILURES:
        return timedelta(0)
    length = min(timedelta(seconds=2 ** min(count - FREE_FAILURES + 1, 20)), LONGEST_WAIT)
    return max(last + length - now, timedelta(0))


def log_out(store: Store, secret: str) -> None:
    """End a session."""
    with store.write() as transaction:
        accounts.close_session(transaction.connection, secret)


def who(store: Store, secret: str, *, token: bool = False) -> Viewer | None:
    """Whose session, or whose token, this is; None for nobody's."""
    with store.look() as connection:
        user = accounts.holder(connection, secret, now=store.clock(), token=token)
    return user.viewer if user else None


def nobody_yet(store: Store) -> bool:
    """Whether the survey has no users."""
    with store.read() as connection:
        return not accounts.all_users(connection)


# ---------------------------------------------------------------- passwords
@cache
def _hasher() -> Any:
    """Argon2id with the parameters of RFC 9106 for little memory. Raises SurveyError EXTRA_MISSING."""
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="argon2-cffi", extra="web") from error
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise stop("USER_PASSWORD_LENGTH", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
    return str(_hasher().hash(password))


@cache
def _nobodys() -> str:
    """A hash that no password has: who asks for an unknown user waits as long as anybody."""
    return str(_hasher().hash(secrets.token_urlsafe(32)))


def _fits(hashed: str, password: str) -> bool:
    from argon2.exceptions import VerificationError

    try:
        return bool(_hasher().verify(hashed, password[: LONGEST_PASSWORD + 1]))
    except VerificationError:
        return False
