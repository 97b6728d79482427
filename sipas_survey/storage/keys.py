"""The key of personal data: made outside the survey folder, never in it (but for a demo, whose people are invented)."""

import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping
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


class Sealed(NamedTuple):
    """Personal data as stored."""

    key_id: str
    nonce: bytes
    sealed: bytes


class Key:
    """A 256-bit key that seals people's data and makes keyed digests and hashes."""

    def __init__(self, secret: bytes, survey_id: UUID) -> None:
        if len(secret) != 32:
            raise ValueError("a key has 32 bytes")
        self._cipher = AESGCM(secret)
        self._survey = str(survey_id)
        self._hash_key = hmac.digest(secret, b"sipas equality", "sha256")
        self.digest_key = hmac.digest(secret, b"sipas digest", "sha256")
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
    """Make the key file, or use the one that is there as it is; return its key id. Raises SurveyError KEY_…"""
    file = file_of(survey_id, folder, demo=demo)
    if file.exists():
        return key_id(_read(file))
    secret = secret or secrets.token_bytes(32)
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(secret.hex() + "\n")
    except OSError as error:
        raise stop("KEY_NOT_WRITABLE", found=str(file)) from error
    return key_id(secret)


def find(settings: Settings, folder: Path) -> Key | None:
    """The survey's key, or None where it is not here (or another key lies in its place)."""
    file = file_of(settings.id, folder, demo=settings.demo)
    if not file.is_file():
        return None
    secret = _read(file)
    return Key(secret, settings.id) if key_id(secret) == settings.key_id else None


def _read(file: Path) -> bytes:
    try:
        secret = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise stop("KEY_UNREADABLE", found=str(file)) from error
    if len(secret) != 32:
        raise stop("KEY_UNREADABLE", found=str(file))
    return secret
