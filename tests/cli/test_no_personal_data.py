"""No name, phone or street address anywhere but in the files that must hold them."""

import io
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from sipas_survey.formats import search_key
from sipas_survey.storage import envelope, keys
from sipas_survey.storage import settings as survey_settings
from sipas_survey.workflow.office import open_survey
from tests.cli.conftest import Sipas

WORDS = "một câu dài\n"
SURNAMES, GIVEN = ("Lường", "Sùng", "Hoàng", "Giàng"), ("Thị Páo", "Văn Mỷ", "A Chu", "Thị Dếnh", "Văn Quẩy")
PEOPLE = [
    (f"{SURNAMES[i % 4]} {GIVEN[i % 5]} X{i}", f"09{70_000_000 + 7919 * i}", f"Số {100 + i} ngõ Bờ Hồ{i}")
    for i in range(80)
]  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What was said, and somebody who still looks at the database."""

    said: list[str]
    onlooker: ExitStack


@pytest.fixture
def told(tmp_path: Path, sipas: Sipas, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Everything that a survey says from its beginning to its report; names come in, and errors are made on the way.

    Files that come in lie in `in`, lists in `lists`; all else under the folder may be searched.
    """
    monkeypatch.setattr(envelope, "WORK", 4)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    head = "unit_id,commune_code,full_name,birth_year,sex,phone,address,village"
    rows = [
        f"H{i:03d},{('04249', '04282')[i % 2]},{n},{1950 + i % 40},F,{p},{a},Thôn 1"
        for i, (n, p, a) in enumerate(PEOPLE)
    ]
    sound, wrong = tmp_path / "in" / "frame.csv", tmp_path / "in" / "wrong.csv"
    sound.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    spoilt = [row.replace(",04", ",99").replace(",19", f",{PEOPLE[3][1]}") for row in rows[:40]]
    shifted = [",".join(reversed(row.split(","))) for row in rows[40:]]
    wrong.write_text("\n".join([head, *spoilt, *shifted, f'"{PEOPLE[0][0]}']) + "\n", encoding="utf-8")
    said = []

    def do(*arguments: object, words: str = "") -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(words))
        result = sipas("-C", tmp_path / "survey", *arguments)
        assert result.code != 70, result.err
        said.append(result.out + result.err)

    sipas("init", tmp_path / "survey")
    for form in ("table", "json", "csv"):
        do("frame", "import", wrong, "--format", form)
        do("frame", "import", wrong, "--keep-valid", "--dry-run", "--format", form)
    do("frame", "import", sound)
    open_store = open_survey(tmp_path / "survey")  # somebody else looks on: the journal of the database stays
    onlooker = ExitStack()
    onlooker.callback(open_store.close)
    with onlooker:
        connection = onlooker.enter_context(open_store.read())
        connection.exec_driver_sql("SELECT 1 FROM people").fetchall()
        do("frame", "import", sound)
        do("design", "set", "--per-district", "20", "--reserve", "1")
        do("frame", "freeze")
        do("draw", "--seed", "x")
        do("draw", "export", tmp_path / "cases.csv")
        do("draw", "protocol", tmp_path / "protocol.html")
        do("lists", tmp_path / "lists")
        do("forms", "labels", tmp_path / "labels")
        forms = [line.split(",")[0] for line in (tmp_path / "cases.csv").read_text().splitlines()[1:]]
        notes = [f"{form},print,2023-12-06,{PEOPLE[i][0]}" for i, form in enumerate(forms[:20])]
        (tmp_path / "in" / "events.csv").write_text("\n".join(["form,act,happened_on,note", *notes]), encoding="utf-8")
        do("forms", "import", tmp_path / "in" / "events.csv")
        do("forms", "print", tmp_path / "lists" / "forms")
        do("forms", "print", tmp_path / "lists" / "forms", "--reprint")
        do("forms", "sheets", tmp_path / "lists" / "sheets")
        do("forms", "scan", "-", "--format", "json", words=f"{PEOPLE[0][0]}\n{PEOPLE[0][1]}\n{forms[0]}/1\n")
        for number in forms[:6]:
            do("forms", "show", number)
        (tmp_path / "in" / "a.csv").write_text("form,q15\n" + "".join(f"{form},4\n" for form in forms[:20]))
        do("responses", "import", tmp_path / "in" / "a.csv")
        do("audit", "show", "--format", "json")
        for name in ("html", "xlsx"):
            do("report", tmp_path / f"r.{name}")
        do("status", "--format", "json")
        do("privacy", "find", search_key(PEOPLE[0][0]), "--reason", "tìm", "--format", "json")
        do("backup", "create", tmp_path / "b.sipas", "--passphrase-stdin", words=WORDS)
        do("backup", "rehearse", tmp_path / "b.sipas", "--passphrase-stdin", words=WORDS)
        assert (tmp_path / "survey" / "survey.db-wal").stat().st_size
        yield Told(said, onlooker)


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a folder but those that come in and the lists; parts of archives too."""
    for file in folder.rglob("*"):
        if not file.is_file() or file.relative_to(folder).parts[0] in ("in", "lists"):
            continue
        held = file.read_bytes()
        yield file.name, held
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                for part in archive.namelist():
                    yield f"{file.name}/{part}", archive.read(part)


def ways(text: str) -> set[bytes]:
    """The ways in which a text may be written."""
    forms = {
        text,
        unicodedata.normalize("NFD", text),
        text.upper(),
        search_key(text),
        text.encode("unicode_escape").decode(),
    }
    return {form.encode(code) for form in forms for code in ("utf-8", "utf-16-le")}


def test_nobody_is_found(told: Told, tmp_path: Path) -> None:
    """Database, journal, temporary files, problems, reports, protocol, backup: nobody of the sample is in them."""
    everything = [*contents(tmp_path), ("said", "\n".join(told.said).encode())]
    names = {name for name, _ in everything}
    assert {"survey.db", "survey.db-wal", "r.html", "protocol.html", "b.sipas", "cases.csv"} <= names
    wanted = {way for person in PEOPLE for text in person for way in ways(text)}
    found = [(name, way) for name, held in everything for way in wanted if way in held]
    assert found == []
    lists = b"".join(f.read_bytes() for f in (tmp_path / "in").iterdir())
    assert all(PEOPLE[i][0].encode() in lists for i in range(20))  # the search does find what is there


def test_after_purge_and_rotation_the_old_key_opens_nothing(told: Told, tmp_path: Path, sipas: Sipas) -> None:
    """A new key, then a purge: the old key opens no row, and no file of the database holds anything sealed under it."""
    told.onlooker.close()
    folder = tmp_path / "survey"
    store = open_survey(folder)
    old = store.unlocked()
    with store.read() as connection:
        query = "SELECT unit_id, event_id, nonce, sealed FROM people"
        before = connection.exec_driver_sql(query).fetchall()
    store.close()
    assert len(before) == 100
    key_file = keys.file_of(survey_settings.read(folder).id, folder)
    assert sipas("-C", folder, "privacy", "key", "rotate").code == 0
    assert old.key_id not in {line.key_id for line in keys.read_file(key_file)}
    store = open_survey(folder)
    with store.read() as connection:
        assert not connection.exec_driver_sql("SELECT 1 FROM people WHERE key_id = ?", (old.key_id,)).fetchall()
        now = connection.exec_driver_sql("SELECT sealed FROM people").scalars().all()
    store.close()
    assert len(now) == len(before)
    files = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not [row for row in before if row.sealed in files]
    assert [blob for blob in now if blob not in files] == []  # the search does find what is there
    assert sipas("-C", folder, "privacy", "purge", "--before", "2100-01-01").code == 0
    files = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not [blob for blob in now if blob in files]
