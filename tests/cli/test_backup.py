"""`sipas backup` and `sipas privacy` at the command line."""

import io
from pathlib import Path

import pytest

from sipas_survey.storage import envelope
from tests.cli.conftest import Sipas

WORDS = "một câu dài\n"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of scrypt is not what is tested here."""
    monkeypatch.setattr(envelope, "WORK", 4)


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, sipas: Sipas) -> Sipas:
    """Run `sipas … --passphrase-stdin` with words on standard input."""

    def call(words: str, *arguments: object) -> object:
        monkeypatch.setattr("sys.stdin", io.StringIO(words))
        return sipas(*arguments, "--passphrase-stdin")

    return call


def test_there_and_back(survey: Path, tmp_path: Path, sipas: Sipas, say: Sipas) -> None:
    """Create, verify, rehearse, restore; by -C or by a folder; as JSON and as words; exit codes as promised."""
    file = tmp_path / "b.sipas"
    (Path(str(tmp_path / "other"))).mkdir()
    made = say(WORDS, "-C", survey, "backup", "create", file, "--format", "json")
    assert made.code == 0
    assert made.json["tables"]["frame_units"] == 120
    assert say(WORDS, "backup", "verify", file, "--format", "json").json["intact"] is True
    assert say("câu dài khác", "backup", "verify", file).code == 5
    assert say(WORDS, "-C", survey, "backup", "create", file).code == 4
    assert say("ngắn\n", "-C", survey, "backup", "create", tmp_path / "c").code == 2
    assert say("\n", "backup", "verify", file).code == 2
    assert say(WORDS, "backup", "verify", tmp_path / "none").code == 2
    assert say(WORDS, "backup", "verify", survey / "survey.toml").code == 3
    assert say(WORDS, "backup", "rehearse", file).code == 0
    assert say(WORDS, "backup", "restore", file, survey).code == 4
    assert say(WORDS, "-C", tmp_path / "other", "backup", "restore", file).code == 0
    again = say(WORDS, "backup", "restore", file, tmp_path / "third", "--format", "json")
    assert (again.code, again.json["head"]) == (0, made.json["head"])
    shown = [sipas("-C", folder, "frame", "show").out for folder in (survey, tmp_path / "other", tmp_path / "third")]
    assert len(set(shown)) == 1
    file.write_bytes(file.read_bytes()[:-1])
    assert say(WORDS, "backup", "verify", file).code == 4
    assert say(WORDS, "backup", "restore", file, tmp_path / "fourth").code == 4
    assert not (tmp_path / "fourth").exists()


def test_a_passphrase_is_asked_for(survey: Path, tmp_path: Path, sipas: Sipas, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal and without the option the usage is wrong; bytes that are no text are told."""
    monkeypatch.setattr("sys.stdin", io.StringIO(WORDS))
    assert sipas("-C", survey, "backup", "create", tmp_path / "b").code == 2
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\xfd\n"), encoding="ascii"))
    result = sipas("-C", survey, "backup", "create", tmp_path / "b", "--passphrase-stdin")
    assert result.code == 2
    assert "PASSPHRASE_UNREADABLE" in result.err
    assert not (tmp_path / "b").exists()


def test_keys_and_people(survey: Path, tmp_path: Path, sipas: Sipas, say: Sipas) -> None:
    """Export, import, rotate, find, purge and scrub from the command line; names masked unless asked for."""
    sipas("-C", survey, "draw", "--seed", "x", "--frame", tmp_path / "frame.csv")
    assert sipas("-C", survey, "draw", "--seed", "x").code == 0
    found = sipas("-C", survey, "privacy", "find", "so1", "--reason", "kiểm tra", "--format", "json")
    assert found.code == 0
    assert {row["full_name"] for row in found.json["rows"]} == {"N… T… S…"}
    assert "Số1" in sipas("-C", survey, "privacy", "find", "so1", "--reason", "x", "--reveal").out
    assert sipas("-C", survey, "privacy", "find", "so1").code == 2
    assert say(WORDS, "-C", survey, "privacy", "key", "export", tmp_path / "k").code == 0
    assert sipas("-C", survey, "privacy", "key", "export", tmp_path / "plain").code == 0
    assert sipas("-C", survey, "privacy", "key", "import", tmp_path / "plain").code == 0
    assert say(WORDS, "-C", survey, "privacy", "key", "import", tmp_path / "k").code == 0
    assert say("câu dài khác", "-C", survey, "privacy", "key", "import", tmp_path / "k").code == 5
    assert sipas("-C", survey, "privacy", "key", "rotate").code == 0
    assert say(WORDS, "-C", survey, "privacy", "key", "import", tmp_path / "k").code == 4
    dry = sipas("-C", survey, "privacy", "purge", "--before", "2100-01-01", "--dry-run", "--format", "json").json
    assert (dry["people"], dry["stored"]) == (120, False)
    assert sipas("-C", survey, "privacy", "purge", "--before", "01/01/2100").code == 0
    assert sipas("-C", survey, "privacy", "scrub").code == 0
    assert sipas("-C", survey, "privacy", "find", "--reason", "x", "--format", "json").json == {"rows": []}
    assert sipas("-C", survey, "audit", "verify").code == 0
    assert sipas("-C", survey, "draw", "verify").code == 0


def test_answers_for_others(demo: Path, tmp_path: Path, sipas: Sipas) -> None:
    """The demonstration's answers without codes; too few forms and a wrong ending are told."""
    assert sipas("-C", demo, "responses", "export", tmp_path / "a.csv").code == 0
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 541
    assert sipas("-C", demo, "responses", "export", tmp_path / "a.csv", "--smallest", 1000).code == 3
    assert sipas("-C", demo, "responses", "export", tmp_path / "a.pdf").code == 2
    assert sipas("-C", demo, "responses", "export", tmp_path / "a.xlsx", "--smallest", 1).code == 2
