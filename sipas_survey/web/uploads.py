"""Files that somebody sends: their plain names, and the tray in which they wait for a second word."""

import hashlib
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock

from sipas_survey.formats import normal
from sipas_survey.problems import stop

LONGEST_NAME = 60


@dataclass(frozen=True)
class Upload:
    """What was sent: its plain name and its bytes. It is in memory only; a file of it lives as long as it is read."""

    name: str
    content: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """The digest of the bytes: what is confirmed is what was looked at."""
        return hashlib.sha256(self.content).hexdigest()

    @contextmanager
    def as_file(self) -> Iterator[Path]:
        """A file of it, gone when the block ends."""
        with tempfile.TemporaryDirectory(prefix="sipas-upload-") as folder:
            file = Path(folder) / self.name
            file.write_bytes(self.content)
            yield file


def plain_name(name: str) -> str:
    """A file's name without folders or signs that mean something to a disk: letters, digits, blanks and `. _ -`."""
    last = normal(name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isalnum() or sign in " ._-" else "_" for sign in last).strip(" .")
    stem, dot, suffix = kept.rpartition(".")
    short = suffix[:10] if dot else ""
    return f"{(stem if dot else kept)[:LONGEST_NAME].strip() or 'file'}{'.' if short else ''}{short}"


@dataclass(frozen=True)
class _Kept:
    owner: str
    upload: Upload
    at: float


class Tray:
    """Uploads that wait for a second word of who sent them. The oldest make room; none stays for longer than a day."""

    def __init__(self, *, most_bytes: int = 256 << 20, seconds: float = 24 * 3600) -> None:
        self._kept: dict[str, _Kept] = {}
        self._most, self._seconds, self._lock = most_bytes, seconds, Lock()

    def keep(self, owner: str, upload: Upload) -> str:
        """Lay an upload down; the token under which its owner finds it."""
        token, now = secrets.token_urlsafe(16), time.monotonic()
        with self._lock:
            self._kept[token] = _Kept(owner, upload, now)
            held = sum(len(each.upload.content) for each in self._kept.values())
            for old, each in list(self._kept.items()):
                if old != token and (held > self._most or now - each.at > self._seconds):
                    held -= len(self._kept.pop(old).upload.content)
        return token

    def find(self, owner: str, token: str) -> Upload:
        """What its owner has laid down. Raises SurveyError UPLOAD_GONE."""
        with self._lock:
            kept = self._kept.get(token)
        if kept is None or kept.owner != owner:
            raise stop("UPLOAD_GONE")
        return kept.upload

    def clear(self, owner: str, token: str) -> None:
        """Take an upload away once it is done with."""
        with self._lock:
            if token in self._kept and self._kept[token].owner == owner:
                del self._kept[token]
