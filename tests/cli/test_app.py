"""The program itself: languages, exit codes, usage, bugs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sipas_survey.cli import app as program
from tests.cli.conftest import Sipas

HOME = Path(__file__).resolve().parents[2]


def test_language_follows_option_variable_and_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """--lang wins over SIPAS_LANG, which wins over a Vietnamese locale; English otherwise."""
    for name in ("SIPAS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert program.language(None) == "en"
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")
    assert program.language(None) == "vi"
    monkeypatch.setenv("SIPAS_LANG", "en")
    assert program.language(None) == "en"
    assert program.language("vi") == "vi"


@pytest.mark.parametrize("where", ["before", "behind"])
def test_language_may_stand_before_or_behind_the_command(where: str, tmp_path: Path, sipas: Sipas) -> None:
    """A message comes in the language asked for, wherever it was asked."""
    words = ["--lang", "vi", "status"] if where == "before" else ["status", "--lang=vi"]
    result = sipas("-C", tmp_path, *words)
    assert result.code == 2
    assert "Không có cuộc khảo sát nào" in result.err


def test_no_survey_is_a_problem(tmp_path: Path, sipas: Sipas) -> None:
    """SURVEY_NOT_FOUND with exit 2, as JSON where JSON was asked for."""
    result = sipas("-C", tmp_path, "status", "--format", "json")
    assert result.code == 2
    assert result.kinds == ["SURVEY_NOT_FOUND"]


@pytest.mark.parametrize(
    "words",
    [["status", "--by", "planet"], ["forms", "record", "issue"], ["draw"], ["--lang", "fr", "status"], ["nonsense"]],
)
def test_wrong_usage_is_exit_2(words: list[str], sipas: Sipas) -> None:
    """What cannot be parsed says so on standard error, without a traceback."""
    result = sipas(*words)
    assert result.code == 2
    assert result.out == ""
    assert "Traceback" not in result.err


def test_a_bug_shows_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sipas: Sipas) -> None:
    """A fault of the program is exit 70 with a report file that holds where, and nobody's data."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    someone = "0912345678"[::-1]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(someone)

    monkeypatch.setattr("sipas_survey.workflow.office.open_survey", broken)
    result = sipas("status")
    assert result.code == 70
    assert "Traceback" not in result.err
    (file,) = tmp_path.glob("sipas-bug-*.txt")
    text = file.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert someone not in text


def test_help_imports_nothing_heavy() -> None:
    """`sipas --help` loads neither pandas nor SQLAlchemy, which is why it answers at once."""
    code = (
        "import sys; from sipas_survey.cli.app import run; run(['--help']); "
        "heavy = {'pandas', 'numpy', 'sqlalchemy', 'scipy', 'pydantic'}; print(sorted(heavy & set(sys.modules)), "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "demo" in done.stdout


def test_every_command_explains_itself(sipas: Sipas) -> None:
    """Each command and each group has a help text of its own."""
    groups = ["frame", "design", "draw", "forms", "responses", "questionnaire", "audit"]
    for words in [["--help"], *([g, "--help"] for g in groups), ["status", "--help"], ["satisfaction", "--help"]]:
        result = sipas(*words)
        assert result.code == 0
        assert len(result.out.splitlines()) > 5


def test_version(sipas: Sipas) -> None:
    """`sipas --version` names the program and its version."""
    assert re.fullmatch(r"sipas 0\.\S+\ncode [0-9a-f]{16}, Python 3\.\S+, numpy .+\n", sipas("--version").out)


NO_TEXT = b"\xff.csv".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "words",
    [
        ["frame", "import", NO_TEXT],
        ["-C", NO_TEXT, "status"],
        ["forms", "record", "issue", NO_TEXT, "--on", "2024-01-02"],
        ["satisfaction", "--responses", NO_TEXT],
    ],
)
def test_what_is_no_text_is_refused_at_the_door(words: list[str], survey: Path, sipas: Sipas) -> None:
    """Bytes that are not UTF-8, in a file name or a value, are a problem with exit 2 and no fault of the program."""
    result = sipas("-C", survey, *words)
    assert result.code == 2
    assert r"\udcff" in result.err
    assert "ARGUMENT_NOT_TEXT" in result.err


def test_an_author_who_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch, sipas: Sipas) -> None:
    """The author may also come from SIPAS_USER, and enters the chain of the ledger: he too must be text."""
    monkeypatch.setenv("SIPAS_USER", NO_TEXT)
    result = sipas("status", "--format", "json")
    assert (result.code, result.kinds) == (2, ["ARGUMENT_NOT_TEXT"])


def test_a_folder_with_a_name_that_is_no_text_shows_no_traceback(tmp_path: Path) -> None:
    """Even where the current folder has such a name, and a message has to print it."""
    folder = tmp_path / NO_TEXT
    folder.mkdir()
    command = [sys.executable, "-m", "sipas_survey", "status"]
    done = subprocess.run(command, cwd=folder, capture_output=True, env={**os.environ, "PYTHONPATH": str(HOME)})
    assert done.returncode == 2
    assert b"SURVEY_NOT_FOUND" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_author_behind_the_command_of_a_survey_called_lists(
    monkeypatch: pytest.MonkeyPatch, survey: Path, sipas: Sipas
) -> None:
    """`--as` is the option of the command `lists` only, not of every command where that word stands somewhere."""
    folder = survey.rename(survey.parent / "lists")
    assert sipas("-C", folder, "draw", "--seed", "a", "--as", "Lan").code == 0
    monkeypatch.chdir(folder.parent)
    assert sipas("-C", "lists", "forms", "waiting", "--as", "Lan").code == 0
    assert sipas("-C", folder, "lists", folder / "papers", "--as", "csv").code == 0
    assert len(list((folder / "papers").glob("*.csv"))) == 4
