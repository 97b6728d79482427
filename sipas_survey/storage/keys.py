"""The key of personal data: made outside the survey folder, never in it (but for a demo, whose people are invented).

A key file has a line for each key: 64 hexadecimal digits, and behind a blank 64 more where the key took the place of
another, whose digests it goes on with. What stands in the chain under a key can then be compared after it was changed.
"""

import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic_core import from_json, to_json

from sipas_survey.problems import stop
from sipas_survey.storage.settings import Settings

DEMO_KEY_FILE = "demo.key"
_NONCE = 12
_LONGEST_FILE = 1 << 16


class Sealed(NamedTuple):
    """Personal data as stored."""

    key_id: str
    nonce: bytes
    sealed: bytes


class KeyLine(NamedTuple):
    """A line of a key file: the key, and the key of digests where it is not the key's own."""

    secret: bytes
    digest_key: bytes = b""

    @property
    def text(self) -> str:
        """The line as it is written."""
        return f"{self.secret.hex()} {self.digest_key.hex()}".strip()

    @property
    def key_id(self) -> str:
        """The public name of the key."""
        return key_id(self.secret)

    def key_of(self, survey_id: UUID) -> "Key":
        """The key, for a survey."""
        return Key(self.secret, survey_id, digest_key=self.digest_key)


class Key:
    """A 256-bit key that seals people's data and makes keyed digests and hashes."""

    def __init__(self, secret: bytes, survey_id: UUID, *, digest_key: bytes = b"") -> None:
        if len(secret) != 32:
            raise ValueError("a key has 32 bytes")
        self._cipher = AESGCM(secret)
        self._survey = str(survey_id)
        self._hash_key = hmac.digest(secret, b"sipas equality", "sha256")
        self.digest_key = digest_key or hmac.digest(secret, b"sipas digest", "sha256")
        self.key_id = key_id(secret)

    def __repr__(self) -> str:
        return f"Key({self.key_id})"

    def seal(self, unit_id: str, values: Mapping[str, str], *, event_id: str = "") -> Sealed:
        """Seal a person's values (or an event's note). The place they belong to is authenticated with them."""
        nonce = os.urandom(_NONCE)
        text = to_json(values)
        return Sealed(self.key_id, nonce, self._cipher.encrypt(nonce, text, self._place(unit_id, event_id)))

    def open(self, unit_id: str, sealed: Sealed, *, event_id: str = "") -> dict[str, str]:
        """The values behind a seal.

        Raises SurveyError PERSONAL_DATA_LOCKED where another key sealed them, PERSONAL_DATA_ALTERED where they were
        changed or moved to another unit since.
        """
        if sealed.key_id != self.key_id:
            raise stop("PERSONAL_DATA_LOCKED", found=sealed.key_id)
        try:
            text = self._cipher.decrypt(sealed.nonce, sealed.sealed, self._place(unit_id, event_id))
        except InvalidTag as error:
            raise stop("PERSONAL_DATA_ALTERED", found=unit_id) from error
        values: dict[str, str] = from_json(text)
        return values

    def equality_hash(self, text: str) -> str:
        """A keyed hash that serves equality only: 32 hexadecimal digits."""
        return hashlib.blake2b(text.encode(), key=self._hash_key, digest_size=16).hexdigest()

    def digest(self, text: str) -> str:
        """A keyed digest of a text; empty for an empty one."""
        return hmac.digest(self.digest_key, text.encode(), "sha256").hex() if text else ""

    def _place(self, unit_id: str, event_id: str) -> bytes:
        # no unit id holds a line break, so a person's data never pass for the note of an event
        return (f"{self._survey}{unit_id}" + (f"\n{event_id}" if event_id else "")).encode()


def key_id(secret: bytes) -> str:
    """The public name of a key."""
    return hashlib.sha256(b"sipas key " + secret).hexdigest()[:16]


def file_of(survey_id: UUID, folder: Path, *, demo: bool = False) -> Path:
    """Where the key of a survey lies: beside a demo; else SIPAS_KEY_FILE; else the user's configuration folder."""
    if demo:
        return folder / DEMO_KEY_FILE
    if named := os.environ.get("SIPAS_KEY_FILE"):
        return Path(named)
    home = os.environ.get("APPDATA") if sys.platform == "win32" else os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "sipas" / "keys" / f"{survey_id}.key"


def make(survey_id: UUID, folder: Path, *, secret: bytes | None = None, demo: bool = False) -> str:
    """Make the key file, or use the first key of one that is there; return its key id. Raises SurveyError KEY_…"""
    file = file_of(survey_id, folder, demo=demo)
    if file.exists():
        return read_file(file)[0].key_id
    line = KeyLine(secret or secrets.token_bytes(32))
    write_file(file, [line])
    return line.key_id


def find(settings: Settings, folder: Path) -> Key | None:
    """The survey's key, or None where it is not here (or another key lies in its place)."""
    line = line_of(settings, folder)
    return line.key_of(settings.id) if line else None


def line_of(settings: Settings, folder: Path) -> KeyLine | None:
    """The line of the survey's key; None where it is not here."""
    file = file_of(settings.id, folder, demo=settings.demo)
    lines = read_file(file) if file.is_file() else ()
    return next((line for line in lines if line.key_id == settings.key_id), None)


def read_line(text: str, *, source: str) -> KeyLine:
    """A line of a key file. Raises SurveyError KEY_UNREADABLE."""
    try:
        parts = [bytes.fromhex(part) for part in text.split()]
    except ValueError as error:
        raise stop("KEY_UNREADABLE", found=source) from error
    if not 1 <= len(parts) <= 2 or any(len(part) != 32 for part in parts):
        raise stop("KEY_UNREADABLE", found=source)
    return KeyLine(*parts)


def read_file(file: Path) -> tuple[KeyLine, ...]:
    """Every key of a key file, at least one. Raises SurveyError KEY_UNREADABLE."""
    try:
        with file.open(encoding="ascii") as stream:
            lines = stream.read(_LONGEST_FILE).splitlines()
    except (OSError, ValueError) as error:
        raise stop("KEY_UNREADABLE", found=str(file)) from error
    found = tuple(read_line(line, source=str(file)) for line in lines if line.strip())
    if not found:
        raise stop("KEY_UNREADABLE", found=str(file))
    return found


def write_file(file: Path, lines: Iterable[KeyLine]) -> None:
    """Write a key file whole, readable by its owner alone, in place of the one that is there.

    Raises SurveyError KEY_NOT_WRITABLE; what was there then stays.
    """
    beside = file.with_name(f"{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.writelines(f"{line.text}\n" for line in lines)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    except OSError as error:
        raise stop("KEY_NOT_WRITABLE", found=str(file)) from error
