"""Files that mean harm, or are merely broken: every importer takes them or says why not, in bounded time."""

import io
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas_survey import places
from sipas_survey.exchange.datasets import read_dataset
from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.satisfaction import questionnaire
from sipas_survey.storage import envelope
from sipas_survey.storage import settings as survey_settings
from sipas_survey.storage.store import Store
from sipas_survey.workflow import answers, backup, designing, field, frame, key_custody, papers, weights
from sipas_survey.workflow.office import units_of
from tests.surveys import FRAME, drawn

QUIET = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SECONDS = 20
NASTY = [
    "", " ", "=1+1", "@SUM(A1)", "-1", "'", "²", "٣", "9" * 5000, "1e400", "NaN", "inf", "-0.0", "\x1b]0;x\x07",
    "\u202e", "\ufeff", "../../etc/passwd", "0000-00-00", "31/02/2024", "99999-01-01", "a\nb", 'a"b', "\U0001f600",
    "Ng\u0302", "x" * 40_000,
]  # fmt: skip
HEADS = ["unit_id,commune_code,full_name,birth_year,size,result_on", "form,act,happened_on,worker,refers_to",
         "Mã phiếu,Ngày phát,Ngày thu,Kết quả", "form,q15,q16", "worker,name,district_code,commune_code",
         "district_code,quota", "variable,value,total", "commune_code,commune"]  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A survey that has been drawn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.delenv("SIPAS_DATABASE", raising=False)
        return drawn(tmp_path_factory.mktemp("survey")).store


def importers(store: Store) -> dict[str, Callable[[Path], object]]:
    """Everything that reads a file of somebody else's."""
    return {
        "frame": lambda file: frame.import_frame(store, file, dry_run=True, keep_valid=True),
        "events": lambda file: field.import_events(store, file, dry_run=True, keep_valid=True),
        "answers": lambda file: answers.import_responses(store, [file], dry_run=True, keep_valid=True),
        "workers": lambda file: papers.read_workers(file, units_of(store)),
        "quota": lambda file: designing._table(file),
        "margins": weights.read_margins,
        "dataset": read_dataset,
        "units": lambda file: places.load(str(file)),
        "questionnaire": lambda file: questionnaire.load(str(file)),
        "settings": lambda file: survey_settings.parse(file.read_bytes()),
        "key": lambda file: key_custody.put_back(store.folder, file, passphrase="một câu dài"),
        "backup": lambda file: backup.look(file, passphrase="một câu dài"),
    }


def told(do: Callable[[Path], object], file: Path) -> None:
    """Take a file in; it is done or refused by a problem whose text can be shown, and takes no endless time."""
    begun, code = time.monotonic(), 0
    try:
        problems = getattr(do(file), "problems", ())
    except SurveyError as error:
        problems, code = error.problems, error.exit_code
    assert code != 70
    for problem in problems[:50]:
        assert problem.line("vi").isprintable()
        assert problem.line("en").isprintable()
    assert time.monotonic() - begun < SECONDS


def workbook(rows: list[list[str]]) -> bytes:
    """Cells as a workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Theo dõi")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write_string(r, c, cell[:32_000])
    return out.getvalue()


def parquet(rows: list[list[str]]) -> bytes:
    """Cells as Parquet."""
    out = io.BytesIO()
    table = pd.DataFrame([row[: len(rows[0])] + [""] * (len(rows[0]) - len(row)) for row in rows[1:]], columns=rows[0])
    table.to_parquet(out)
    return out.getvalue()


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, bytes]:
    """A table with headings that are understood and cells that nobody expects, as one of three types of files."""
    head = draw(st.sampled_from(HEADS)).split(",")
    cells = st.sampled_from(NASTY) | st.text(max_size=20).filter(lambda text: "\0" not in text)
    body = draw(st.lists(st.lists(cells, min_size=1, max_size=len(head) + 1), min_size=1, max_size=6))
    kind = draw(st.sampled_from(["csv", "xlsx", "parquet"]))
    if kind == "csv":
        quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in body]
        return kind, "\n".join([",".join(head), *quoted]).encode()
    return kind, (workbook if kind == "xlsx" else parquet)([head, *body])


@cache
def sound_files() -> dict[str, bytes]:
    """A file of each type without a fault; the same bytes in every example."""
    rows = [line.split(",") for line in FRAME.splitlines()]
    return {
        "csv": FRAME.encode(),
        "xlsx": workbook(rows),
        "parquet": parquet(rows),
        "toml": shipped("questionnaires/sipas_2022.toml").read_bytes(),
    }


@st.composite
def bent_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A sound file of any type with some bytes changed, cut out or put in."""
    sound = sound_files()
    kind = draw(st.sampled_from(sorted(sound)))
    held = bytearray(sound[kind])
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(held)))
        match draw(st.sampled_from(["change", "cut", "add"])):
            case "change":
                held[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del held[at : at + draw(st.integers(1, 200))]
            case _:
                held[at:at] = draw(st.binary(min_size=1, max_size=30))
    return kind, bytes(held)


def all_of_them(store: Store, folder: Path, kind: str, content: bytes) -> None:
    """Every importer, given one file."""
    file = folder / f"t.{kind}"
    file.write_bytes(content)
    for do in importers(store).values():
        told(do, file)


@settings(max_examples=25, **QUIET)
@given(tables())
def test_cells_that_nobody_expects(store: Store, tmp_path: Path, file: tuple[str, bytes]) -> None:
    """Formulas, endless numbers, digits of other scripts, signs that terminals obey, paths: told, never a fault."""
    all_of_them(store, tmp_path, *file)


@settings(max_examples=40, **QUIET)
@given(
    bent_files() | st.tuples(st.sampled_from(["csv", "xlsx", "parquet", "toml", "dta", "sav"]), st.binary(max_size=300))
)
def test_bent_files(store: Store, tmp_path: Path, file: tuple[str, bytes]) -> None:
    """Files of any type with bytes changed, and bytes that are no file at all."""
    all_of_them(store, tmp_path, *file)


@pytest.mark.soak
@settings(max_examples=2000, **QUIET)
@given(tables() | bent_files())
def test_many_bent_files(store: Store, tmp_path: Path, file: tuple[str, bytes]) -> None:
    """The same, thousands of times."""
    all_of_them(store, tmp_path, *file)


# ---------------------------------------------------------------- bombs
SHEET = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
ONE = b'<c t="inlineStr"><is><t>a</t></is></c>'
BOMBS = {
    "a cell far out, then a row far down whose cell does not say where it is":
        b'<row r="1"><c r="XFD1" t="inlineStr"><is><t>a</t></is></c></row><row r="1048576">' + ONE + b"</row>",
    "a row beyond the last": b'<row r="4294967295">' + ONE + b"</row>",
    "prefixes": b'<x:row r="1"><x:c r="XFD1" t="n"><x:v>1</x:v></x:c></x:row>'
        b'<x:row r="900000"><x:c><x:v>1</x:v></x:c></x:row>',
}  # fmt: skip


def with_parts(path: Path, **parts: bytes) -> Path:
    """A workbook with some of its parts exchanged."""
    sound = workbook([["a", "b"], ["1", "2"]])
    with zipfile.ZipFile(io.BytesIO(sound)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            stem = Path(name).stem
            new.writestr(name, parts.get(stem, old.read(name)))
    return path


@pytest.mark.parametrize("rows", BOMBS.values(), ids=BOMBS.keys())
def test_rectangles_that_unfold(tmp_path: Path, rows: bytes) -> None:
    """A few kilobytes that would be held as billions of cells are refused before they are opened."""
    path = with_parts(tmp_path / "t.xlsx", sheet1=SHEET + rows + b"</sheetData></worksheet>")
    with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
        read_dataset(path)


def test_a_text_that_every_cell_shares(tmp_path: Path) -> None:
    """One long text shown by many cells is refused, whether it is longer than Excel allows or only too often shown."""
    for length, cells in ((4_000_000, 2), (200_000, 40_000)):
        texts = b"<sst><si><t>" + b"x" * length + b"</t></si></sst>"
        rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(1, cells))
        path = with_parts(tmp_path / "t.xlsx", sheet1=SHEET + rows + b"</sheetData></worksheet>", sharedStrings=texts)
        with pytest.raises(SurveyError, match="FILE_TOO_LARGE"):
            read_dataset(path)


def test_cells_without_a_place_are_read(tmp_path: Path) -> None:
    """A plain workbook whose cells do not say where they stand is no bomb."""
    rows = b"".join(b"<row>" + b'<c t="inlineStr"><is><t>%d</t></is></c>' % i * 3 + b"</row>" for i in range(3))
    rows = (
        b"<row>"
        + b"".join(b'<c t="inlineStr"><is><t>%s</t></is></c>' % n for n in (b"a", b"b", b"c"))
        + b"</row>"
        + rows
    )
    path = with_parts(tmp_path / "t.xlsx", sheet1=SHEET + rows + b"</sheetData></worksheet>")
    assert read_dataset(path).data.to_numpy().tolist() == [[str(i)] * 3 for i in range(3)]


@pytest.mark.parametrize("nest", ["a = " + "[" * 20_000, "a" + ".a" * 20_000 + " = 1", "a = " + "{a=" * 20_000])
def test_deep_nests(tmp_path: Path, nest: str) -> None:
    """Settings and questionnaires nested thousands deep are problems."""
    (tmp_path / "t.toml").write_text(nest)
    for read, kind in (
        (questionnaire.load, "QUESTIONNAIRE"),
        (lambda f: survey_settings.parse(Path(f).read_bytes()), "SET"),
    ):
        with pytest.raises(SurveyError, match=kind):
            read(str(tmp_path / "t.toml"))


def test_files_without_end(tmp_path: Path) -> None:
    """Settings, questionnaires and units are read up to a bound; so are headings of a table."""
    (tmp_path / "t.toml").write_bytes(b"#" * (1 << 21))
    (tmp_path / "u.csv").write_bytes(b"commune_code,commune\n" + b"1,a\n" * (1 << 23))
    (tmp_path / "h.csv").write_text(",".join(f"c{i}" for i in range(20_000)) + "\n1\n")
    for read, file in (
        (questionnaire.load, "t.toml"), (places.load, "u.csv"), (lambda f: read_dataset(Path(f)), "h.csv"),
        (lambda f: survey_settings.parse(Path(f).read_bytes()), "t.toml"),
    ):  # fmt: skip
        with pytest.raises(SurveyError, match=r"UNREADABLE|TOO_LARGE|INVALID"):
            read(str(tmp_path / file))


def test_codes_that_are_paths(tmp_path: Path) -> None:
    """A commune code becomes the name of a file: one with a way out of the folder is refused."""
    for code in ("../../x", "/etc/x", "a\\b", "c:x"):
        (tmp_path / "u.csv").write_text(f"commune_code,commune\n{code},Xã\n")
        with pytest.raises(SurveyError, match="UNITS_UNREADABLE"):
            places.load(str(tmp_path / "u.csv"))


def test_an_envelope_that_asks_for_much_work(tmp_path: Path, store: Store) -> None:
    """A head that would take gigabytes to open is no envelope."""
    (tmp_path / "b").write_bytes(envelope.MAGIC + bytes([40]) + b"s" * 100)
    with pytest.raises(SurveyError, match="ENVELOPE_TYPE"):
        backup.look(tmp_path / "b", passphrase="một câu dài")
