"""The key of personal data: a copy of it kept elsewhere, put back in its place, and changed for another."""

import os
import secrets
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import envelope, keys, ledger, people, rechecks, settings
from sipas_survey.storage.keys import KeyLine
from sipas_survey.storage.settings import Settings
from sipas_survey.storage.store import Store
from sipas_survey.workflow.backup import LEAST_LETTERS, private_file
from sipas_survey.workflow.privacy import scrub

_LONGEST = 1 << 16


def export(store: Store, file: Path, *, passphrase: str | None = None) -> str:
    """Write the key to a new file, under a passphrase or in clear, and record that it went out; return its id.

    Raises SurveyError PERSONAL_DATA_LOCKED, FILE_EXISTS, PASSPHRASE_SHORT, OUTPUT_NOT_WRITABLE.
    """
    line = keys.line_of(store.settings, store.folder)
    if line is None:
        raise stop("PERSONAL_DATA_LOCKED", found=store.settings.key_id)
    if passphrase is not None and len(passphrase) < LEAST_LETTERS:
        raise stop("PASSPHRASE_SHORT", found=str(len(passphrase)), least=LEAST_LETTERS)
    text = f"{line.text}\n".encode()
    with store.write() as transaction, private_file(file) as out:
        transaction.note("export_key", key_id=line.key_id, file=file.name, sealed=passphrase is not None)
        if passphrase is None:
            out.write(text)
        else:
            envelope.write(out, [text], passphrase=passphrase)
    return line.key_id


def is_sealed(file: Path) -> bool:
    """Whether a copy of a key lies under a passphrase. Raises SurveyError FILE_NOT_FOUND."""
    return envelope.is_envelope(_held(file))


def _held(file: Path) -> bytes:
    if not file.is_file():
        raise stop("FILE_NOT_FOUND", Place(file=file.name), found=str(file))
    try:
        with file.open("rb") as stream:
            return stream.read(_LONGEST)
    except OSError as error:
        raise stop("KEY_UNREADABLE", found=str(file)) from error


def put_back(folder: Path, file: Path, *, passphrase: str | None = None) -> tuple[str, Path]:
    """Put a copy of the survey's key in its place; return the key's id and the place.

    Raises SurveyError KEY_UNREADABLE, KEY_OF_OTHER_SURVEY, KEY_OTHER_THERE, ENVELOPE_…
    """
    known, held = settings.read(folder), _held(file)
    if passphrase is not None and envelope.is_envelope(held):
        held = b"".join(envelope.read(BytesIO(held), passphrase=passphrase, place=Place(file=file.name)))
    lines = [keys.read_line(text, source=str(file)) for text in held.decode("ascii", "replace").splitlines()]
    line = next((line for line in lines if line.key_id == known.key_id), None)
    if line is None:
        raise stop("KEY_OF_OTHER_SURVEY", found=str(file), key_id=known.key_id)
    place = keys.file_of(known.id, folder, demo=known.demo)
    before = keys.read_file(place) if place.is_file() else ()
    if before and line not in before:
        raise stop("KEY_OTHER_THERE", found=str(place), key_id=before[0].key_id)
    if not before:
        keys.write_file(place, [line])
    return line.key_id, place


# ---------------------------------------------------------------- another key
@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the key before, the key after, and how much was sealed anew."""

    before: str
    after: str
    people: int
    notes: int
    problems: tuple[Problem, ...] = ()


def rotate(store: Store, *, secret: bytes | None = None) -> Rotation:
    """Seal everything anew under a new key, in one transaction, and record it.

    Digests that stand in the chain go on under the first key's digests, so that frame and notes can be compared as
    before. A rotation that was cut off behind its transaction is brought to its end by the next call. The store is of
    no use afterwards: open the survey again. Raises SurveyError PERSONAL_DATA_LOCKED, KEY_NOT_WRITABLE.
    """
    known, key = store.settings, store.unlocked()
    file = keys.file_of(known.id, store.folder, demo=known.demo)
    there = keys.read_file(file)
    done = _cut_off(store, there)
    if done is None:
        new = KeyLine(secret or secrets.token_bytes(32), key.digest_key)
        keys.write_file(file, [new, *there])  # before the transaction: what is sealed must never lack its key
        try:
            done = _resealed(store, new)
        except BaseException:
            keys.write_file(file, there)
            raise
    settings.change_key(store.folder, _under(known, done.after))
    return Rotation(done.before, done.after, done.people, done.notes, (*_forget(file, done, known), *scrub(store)))


def _under(known: Settings, key_id: str) -> Settings:
    return known.model_copy(update={"key_id": key_id})


def _cut_off(store: Store, there: tuple[KeyLine, ...]) -> Rotation | None:
    """The last rotation, where survey.toml does not know of it yet."""
    with store.read() as connection:
        last = ledger.last_details(connection, "rotate_key")
    if last is None or last["before"] != store.settings.key_id or last["after"] not in {k.key_id for k in there}:
        return None
    return Rotation(last["before"], last["after"], last["people"], last["notes"])


def _resealed(store: Store, new: KeyLine) -> Rotation:
    known = store.settings
    with store.write() as transaction:
        done = people.reseal(transaction.connection, store.unlocked(), new.key_of(known.id))
        rechecks.reseal(transaction.connection, store.unlocked(), new.key_of(known.id))
        about = {"before": known.key_id, "after": new.key_id, "people": done.people, "notes": done.notes}
        transaction.note("rotate_key", **about)
        digests = settings.digest(known), settings.digest(_under(known, new.key_id))
        transaction.note("settings", before=digests[0], digest=digests[1])
    return Rotation(known.key_id, new.key_id, done.people, done.notes)


def _forget(file: Path, done: Rotation, known: Settings) -> tuple[Problem, ...]:
    """Take the old key out of the survey's own file; a file that may be shared keeps it, and a warning says so."""
    if os.environ.get("SIPAS_KEY_FILE") and not known.demo:
        return (problem("KEY_LEFT_IN_FILE", found=done.before, file=file),)
    keys.write_file(file, [line for line in keys.read_file(file) if line.key_id != done.before])
    return ()
