"""The ninth chapter: a survey is copied, the copy is looked through, and made into a survey again."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import BinaryIO

from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import backup, casebook, database, keys, ledger, settings
from sipas_survey.storage.backup import Manifest, Opened
from sipas_survey.storage.database import Home
from sipas_survey.storage.settings import Settings
from sipas_survey.storage.store import Store, home_of, open_store
from sipas_survey.workflow.office import Audit, Bent, package_version, verify

LEAST_LETTERS = 8
Advance = Callable[[int], None]


def _nobody(_: int) -> None:
    """Who waits for no progress."""


@dataclass(frozen=True)
class Looked:
    """What a look through a backup found. `seals`: the sealed rows that its own key opens."""

    manifest: Manifest
    intact: bool
    seals: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Restored:
    """A survey made from a backup: what `audit verify` says of it, and how many forms are in each state."""

    manifest: Manifest
    audit: Audit
    forms: Mapping[str, int]
    key_file: Path | None


# ---------------------------------------------------------------- making one
def create(
    folder: Path, file: Path, *, passphrase: str, author: str | None = None, advance: Advance = _nobody
) -> Looked:
    """Write a backup of the survey in a folder: database, settings, own lists and questionnaires, and key.

    It holds one state of the database, whoever writes meanwhile, and keeps nobody waiting. A survey that waits for
    `db upgrade` can be backed up too. The ledger gets no entry: it would differ from the one in the backup.

    Raises SurveyError PASSPHRASE_SHORT, FILE_EXISTS, OUTPUT_NOT_WRITABLE; what was half written is removed.
    """
    if len(passphrase) < LEAST_LETTERS:
        raise stop("PASSPHRASE_SHORT", found=str(len(passphrase)), least=LEAST_LETTERS)
    store = open_store(folder, author=author, older=True)
    try:
        content = _content(store)
        with private_file(file) as out, store.read() as connection:
            manifest = backup.write(out, connection, content, passphrase=passphrase, advance=advance)
    finally:
        store.close()
    told = () if manifest.has_key else (problem("BACKUP_WITHOUT_KEY", found=manifest.key_id),)
    return Looked(manifest, True, 0, told)


def _content(store: Store) -> backup.Content:
    line = keys.line_of(store.settings, store.folder)
    return backup.Content(
        survey_id=str(store.settings.id),
        survey_name=store.settings.name,
        created_at=ledger.instant(store.clock()),
        author=store.author,
        package_version=package_version(),
        key_id=store.settings.key_id,
        key_line=line.text if line else None,
        files={name: (store.folder / name).read_bytes() for name in _own_files(store.settings, store.folder)},
    )


def _own_files(known: Settings, folder: Path) -> list[str]:
    """survey.toml, and units and questionnaire of one's own beside it."""
    return [settings.FILE, *(n for n in (known.units, known.questionnaire) if _inside(n) and (folder / n).is_file())]


def _inside(name: str) -> bool:
    """Whether a name is that of a file in the survey's folder, and of none outside it."""
    path = PurePath(name)
    return not path.is_absolute() and not path.drive and ".." not in path.parts


@contextmanager
def private_file(file: Path) -> Iterator[BinaryIO]:
    """A new file, readable by its owner alone, that has its name only once it is whole and on the disk.

    Raises SurveyError FILE_EXISTS, OUTPUT_NOT_WRITABLE.
    """
    if file.exists():
        raise stop("FILE_EXISTS", found=str(file))
    beside = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            try:
                yield out
                out.flush()
                os.fsync(out.fileno())
                beside.replace(file)
            finally:
                beside.unlink(missing_ok=True)
    except OSError as error:
        raise stop("OUTPUT_NOT_WRITABLE", found=str(file)) from error


# ---------------------------------------------------------------- looking through it
def look(file: Path, *, passphrase: str, advance: Advance = _nobody) -> Looked:
    """Read a whole backup without restoring it: every piece, the chain of the ledger, every seal.

    Raises SurveyError where the passphrase is another one or anything was changed. A ledger that was bent before the
    backup was made is told as a problem.
    """
    with backup.opened(file, passphrase=passphrase) as found:
        known, line = _settings(found), _key_line(found)
        walk = backup.walk(found, line.key_of(known.id) if line else None, advance=advance)
    bad = walk.first_bad
    told = (problem("LEDGER_BROKEN", Place(file=file.name), found=str(bad), why=Bent.CHAIN),) if bad else ()
    return Looked(found.manifest, bad is None, walk.seals, told)


def _settings(found: Opened) -> Settings:
    """The settings in a backup. Raises SurveyError ENVELOPE_DAMAGED where they are another survey's."""
    known = settings.parse(found.files.get(settings.FILE, b""))
    same = str(known.id) == found.manifest.survey_id and known.key_id == found.manifest.key_id
    theirs = {name for name in (known.units, known.questionnaire) if _inside(name)}
    if not same or set(found.files) - {settings.FILE, *theirs}:
        raise stop("ENVELOPE_DAMAGED", found.place, found=found.place.file, piece="–")
    return known


def _key_line(found: Opened) -> keys.KeyLine | None:
    if found.key_line is None:
        return None
    line = keys.read_line(found.key_line, source=str(found.place.file))
    if line.key_id != found.manifest.key_id:
        raise stop("ENVELOPE_DAMAGED", found.place, found=found.place.file, piece="–")
    return line


# ---------------------------------------------------------------- restoring
def restore(
    file: Path, folder: Path, *, passphrase: str, to_file: bool = False, advance: Advance = _nobody
) -> Restored:
    """Make a survey again from a backup, in an empty place, and verify it; where that fails nothing is left there.

    The database goes where survey.toml or SIPAS_DATABASE says; with `to_file` into the folder, wherever it was. The
    key goes to its own place. Raises SurveyError RESTORE_NOT_EMPTY, KEY_OTHER_THERE, and what `look` raises.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise stop("RESTORE_NOT_EMPTY", found=str(folder))
    with backup.opened(file, passphrase=passphrase) as found:
        known, line = _settings(found), _key_line(found)
        known = known.model_copy(update={"database": None}) if to_file else known
        key_file = keys.file_of(known.id, folder, demo=known.demo)
        home = database.home_of(folder, known.id, None) if to_file else home_of(folder, known)
        with _nothing_left(folder), _key_in_place(key_file, line):
            _lay_out(found, folder, known, home, advance=advance)
    store = open_store(folder, home=home)
    try:
        return _verified(store, found.manifest, key_file if line else None)
    finally:
        store.close()


def rehearse(file: Path, *, passphrase: str, advance: Advance = _nobody) -> Restored:
    """Restore a backup into a folder of the moment, open every seal, verify what came of it, and remove it again.

    The key stays in memory. Nothing is left behind, and the survey itself is not touched: a timer may do it.
    """
    look(file, passphrase=passphrase)
    with tempfile.TemporaryDirectory(prefix="sipas-rehearsal-") as place:
        folder = Path(place)
        with backup.opened(file, passphrase=passphrase) as found:
            known, line = _settings(found).model_copy(update={"database": None}), _key_line(found)
            home = database.home_of(folder, known.id, None)
            _lay_out(found, folder, known, home, advance=advance)
        store = replace(open_store(folder, home=home), key=line.key_of(known.id) if line else None)
        try:
            return _verified(store, found.manifest, None)
        finally:
            store.close()


@contextmanager
def _nothing_left(folder: Path) -> Iterator[None]:
    """A folder to work in; where the work fails it is as it was: not there, or empty."""
    was_there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if was_there:
            folder.mkdir(exist_ok=True)
        if isinstance(error, OSError):
            raise stop("OUTPUT_NOT_WRITABLE", found=str(folder)) from error
        raise


@contextmanager
def _key_in_place(key_file: Path, line: keys.KeyLine | None) -> Iterator[None]:
    """The key in its place; taken away again where the work inside fails, unless it was there before."""
    before = keys.read_file(key_file) if key_file.is_file() else ()
    if line is None or line in before:
        yield
        return
    if before:
        raise stop("KEY_OTHER_THERE", found=str(key_file), key_id=before[0].key_id)
    keys.write_file(key_file, [line])
    try:
        yield
    except BaseException:
        key_file.unlink(missing_ok=True)
        raise


def _lay_out(found: Opened, folder: Path, known: Settings, home: Home, *, advance: Advance) -> None:
    """Files and tables of a backup, in an empty folder."""
    for name, held in found.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(held)
    if settings.parse(found.files[settings.FILE]) != known:
        (folder / settings.FILE).write_text(settings.text_of(known), encoding="utf-8")
    backup.fill(home, found, advance=advance)


def _verified(store: Store, manifest: Manifest, key_file: Path | None) -> Restored:
    """What came of a backup: chain, digests and cache recomputed, and the forms counted by a fresh fold."""
    with store.read() as connection:
        records = casebook.folded(connection, visits=store.settings.defaults.visits)
    forms = Counter(str(record.state.state) for record in records)
    return Restored(manifest, verify(store), dict(sorted(forms.items())), key_file)
