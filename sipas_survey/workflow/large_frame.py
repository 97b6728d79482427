"""A frame that stays in its file: frozen and drawn from without being stored. Only drawn people come in."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from sipas_survey.access import EVERYONE
from sipas_survey.engines import large_frame as engine
from sipas_survey.engines.large_frame import ROW, LargeFrame
from sipas_survey.exchange import headings
from sipas_survey.exchange.cells import clean
from sipas_survey.exchange.limits import LIMITS
from sipas_survey.exchange.tables import Source, open_table
from sipas_survey.problems import Checked, Problem, SurveyError, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.design import Design, Plan
from sipas_survey.sampling.draw import Draw, draw_within, seed_text
from sipas_survey.sampling.frame import PERSONAL, Frame, FrameChecker
from sipas_survey.sampling.methods import Method
from sipas_survey.sampling.protocol import SHOWN
from sipas_survey.storage import casebook, frames, frozen, ledger
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.workflow import drawing
from sipas_survey.workflow.designing import design_of
from sipas_survey.workflow.drawing import DrawRecord, Repetition, standing_record
from sipas_survey.workflow.frame import Frozen, file_digest, frozen_of, recognised
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.reopening import Reopened, next_number, reopen

ANY_SIZE = replace(LIMITS, text_bytes=1 << 50)
_TOLD = 1000  # rows that are told of; a file with more of them is wrong as a whole
_CHECKED_ALONE = ("village", "field", "agency", "result_on", "size", "birth_year", "sex")
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Opened:
    """A file that was found to be a usable frame."""

    frame: LargeFrame
    digest: str
    checker: FrameChecker
    problems: tuple[Problem, ...]

    def people(self, unit_ids: list[str]) -> Checked[Frame]:
        """The frame of some units, checked like an import."""
        rows = self.frame.rows_of(unit_ids)
        table = pd.DataFrame({name: _cleaned(rows[name]) for name in self.frame.columns}, dtype=object)
        return self.checker.check(table.set_axis(rows[ROW].astype(int), axis=0))


def _cleaned(cells: "pd.Series[str]") -> list[str]:
    """The cells of a column, each text that occurs cleaned once."""
    known = {text: clean(text) for text in cells.unique()}
    return [known[text] for text in cells]


@contextmanager
def opened(store: Store, file: Path, *, advance: Advance = lambda _: None) -> Iterator[Opened]:
    """Open a frame file of any size and check it.

    A Parquet file of plain columns is read where it lies; any other is first brought into that form, piece by piece,
    by the reader of imports, in a folder that nobody else can read and that goes with the end.
    Raises SurveyError with what an import would stop at; of the personal columns only birth years are judged in rows
    that are not drawn.
    """
    source = open_table(file, limits=ANY_SIZE)
    names, checker = recognised(store, source, {})
    if set(names.values()) & set(PERSONAL):
        store.unlocked()
    with (
        tempfile.TemporaryDirectory(prefix="sipas-") as room,
        _large(file, source, names, Path(room), advance) as frame,
    ):
        told = _check_values(frame, store, checker)
        if any(one.severity == "error" for one in told):
            raise SurveyError(told)
        digest, sound = frame.digest()
        if not sound:
            raise SurveyError((*told, *_broken_ids(frame, checker)))
        yield Opened(frame, digest, checker, told)


@contextmanager
def _large(file: Path, source: Source, names: Mapping[str, str], room: Path, advance: Advance) -> Iterator[LargeFrame]:
    if file.suffix.lower() == ".parquet" and engine.is_plain(file, names):
        with engine.open_frame(file, names, room=room) as frame:
            if frame.ids_are_plain():
                yield frame
                return
    copy = room / "frame.parquet"
    engine.write_pieces(copy, _pieces(source, names, advance))
    with engine.open_frame(copy, {**{ours: ours for ours in names.values()}, ROW: ROW}, room=room) as frame:
        yield frame


def _pieces(source: Source, names: Mapping[str, str], advance: Advance) -> Iterator[pd.DataFrame]:
    for chunk in source.chunks():
        if chunk.errors:
            raise SurveyError(chunk.problems)
        renamed = headings.renamed(chunk.value, names)
        yield renamed[list(names.values())]
        advance(len(renamed))


def _check_values(frame: LargeFrame, store: Store, checker: FrameChecker) -> tuple[Problem, ...]:
    """Check each value that occurs once, by the checker of imports, and tell the engine what it becomes."""
    some_commune = next(iter(checker.units.communes))
    places = frame.distinct("commune_code", "district_code")
    told = [*_checked(frame, places, ["commune_code", "district_code"], store, checker)]
    for name in _CHECKED_ALONE:
        if name in frame.columns:
            values = frame.distinct(name).assign(commune_code=some_commune)
            told += _checked(frame, values, [name], store, checker)
    return tuple(told[:_TOLD])


def _checked(
    frame: LargeFrame, values: pd.DataFrame, columns: list[str], store: Store, checker: FrameChecker
) -> tuple[Problem, ...]:
    rows = values[ROW].astype(int)
    table = values.drop(columns=ROW).map(clean).assign(unit_id=[f"v{i}" for i in range(len(values))])
    found = FrameChecker(checker.units, store.today, checker.place).check(table.set_axis(rows, axis=0))
    cleaned = found.value.units.join(found.value.people.drop(columns="unit_id"))
    if not found.errors and not set(columns) & set(PERSONAL):
        became = {f"clean_{name}": cleaned[name].tolist() for name in columns}
        frame.become(columns, values[columns].assign(**became))
    return found.problems


def _broken_ids(frame: LargeFrame, checker: FrameChecker) -> tuple[Problem, ...]:
    rows = frame.broken_ids(_TOLD)
    table = rows[list(frame.columns)].map(clean)
    return checker.check(table.set_axis(rows[ROW].astype(int), axis=0)).errors


# ---------------------------------------------------------------- freezing and drawing
def freeze_file(store: Store, file: Path) -> Frozen:
    """Freeze a frame that stays in its file: its digest and that of the file's bytes go into the ledger."""
    with opened(store, file) as source, store.write() as transaction:
        return _freeze_in(transaction, source, file)


def _freeze_in(transaction: Transaction, source: Opened, file: Path) -> Frozen:
    """Raises SurveyError FRAME_STORED where a frame is stored, FRAME_FILE_OTHER where another one was frozen."""
    connection = transaction.connection
    standing = ledger.standing(connection, "freeze_frame")
    stored = frames.size(connection)
    if stored and not frozen.in_file(connection):
        raise stop("FRAME_STORED", found=str(stored))
    if standing is None:
        transaction.note(
            "freeze_frame", frame_digest=source.digest, people_digest=None, units=source.frame.size(), file=file.name,
            sha256=file_digest(file),
        )  # fmt: skip
    elif standing["frame_digest"] != source.digest:
        raise stop("FRAME_FILE_OTHER", found=source.digest, digest=standing["frame_digest"])
    return frozen_of(connection)


def draw_from_file(
    store: Store, file: Path, *, seed: str, dry_run: bool = False, again: str | None = None,
    advance: Advance = lambda _: None,
) -> Checked[DrawRecord]:  # fmt: skip
    """Draw straight from a frame file: the same list, digest and protocol as from the same frame imported.

    Only who is drawn is stored. Everything else as `drawing.draw_lists`; raises also as `freeze_file`, and
    DRAW_FILE_SIZES where the design draws in proportion to sizes, ROUND_NOT_OF_FILE where it knows of an earlier round.
    """
    seed = seed_text(seed)
    with opened(store, file, advance=advance) as source, store.write() as transaction:
        connection = transaction.connection
        frozen_before = ledger.standing(connection, "freeze_frame") is not None
        held = _freeze_in(transaction, source, file)
        stored = ledger.standing(connection, "draw")
        if stored and stored["seed"] == seed:
            return Checked(standing_record(connection))
        if again is not None:
            reopen(transaction, Reopened.DRAW, reason=again)
        elif stored:
            raise stop("DRAW_DIFFERENT", seed=stored["seed"], digest=stored["list_digest"])
        frames.clear(connection)  # those of a draw that was set aside
        told = _draw_in(transaction, source, held, seed, published_first=frozen_before)
        record = standing_record(connection)
        if dry_run:
            transaction.abandon()
    return Checked(record, (*source.problems, *told))


def _draw_in(
    transaction: Transaction, source: Opened, held: Frozen, seed: str, *, published_first: bool
) -> tuple[Problem, ...]:
    connection, store = transaction.connection, transaction.store
    design, first = design_of(connection, store), next_number(connection)
    drawn = _drawn(source, design, store, seed, first=first)
    ids = drawn.value.cases["unit_id"].tolist()
    people = source.people(ids)
    frames.insert(connection, people.or_raise(), key=store.key)
    left = source.frame.first_left(_by(design, store), ids, seed=seed, limit=sum(SHOWN.values()))
    drawing.keep(
        transaction, drawn.value, held, published_first=published_first, first=first,
        stored_digest=frozen.stored_digest(connection), first_left=left,
    )  # fmt: skip
    return (*people.problems, *drawn.problems)


def _by(design: Design, store: Store) -> tuple[str, ...]:
    return design.columns(designs.stratum_column(units_of(store)))


def _drawn(source: Opened, design: Design, store: Store, seed: str, *, first: int) -> Checked[Draw]:
    """The draw of a design from a file."""
    if design.sizes_matter():
        raise stop("DRAW_FILE_SIZES")
    if design.left_out is not None or design.shift is not None:
        raise stop("ROUND_NOT_OF_FILE")
    frame, by = source.frame, _by(design, store)
    if design.groups is not None:
        frame.group_communes(design.groups)

    def reach(plan: Plan) -> Callable[[str], pd.DataFrame]:
        if design.method is not Method.SIMPLE:
            return lambda stratum: frame.stratum(by, stratum)
        wanted = {one.stratum: one.main + one.reserve for one in plan.strata}
        return frame.nearest(by, wanted, seed=seed).__getitem__

    return draw_within(
        frame.population(by), reach, design, seed=seed, frame_digest=source.digest,
        round_code=store.settings.round_code, first_number=first,
    )  # fmt: skip


def repeat(store: Store, frame_file: Path | None) -> Repetition:
    """Draw again, as `drawing.verify`, with a frame in a file read where it lies."""
    with store.read() as connection:
        in_file = frozen.in_file(connection)
        record, stored_list = standing_record(connection), casebook.case_table(connection, EVERYONE)
    if frame_file is None or in_file is None:
        return drawing.verify(store, frame_file=frame_file)
    with opened(store, frame_file) as source:
        again = _drawn(source, record.design, store, record.seed, first=record.first_number).value
    return drawing.compared(again, record, stored_list, people_same=None)
