"""The second chapter: the public draw, and the proof that it can be repeated."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection

from sipas_survey.access import EVERYONE
from sipas_survey.cases import FIRST_NUMBER
from sipas_survey.problems import Checked, Problem, problem, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.design import Design
from sipas_survey.sampling.draw import Draw, draw, seed_text
from sipas_survey.sampling.frame import PERSONAL, frame_digest, people_digest
from sipas_survey.sampling.reserve import with_releases
from sipas_survey.sampling.staged import StageUnit, probabilities_above
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage import frozen as frozen_frames
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.fold import released_forms
from sipas_survey.workflow.designing import design_of
from sipas_survey.workflow.frame import Frozen, freeze_in, read_file
from sipas_survey.workflow.office import package_version, units_of
from sipas_survey.workflow.reopening import Reopened, next_number, reopen
from sipas_survey.workflow.rounds import earlier_units, overlap_of
from sipas_survey.workflow.staging import with_stages


@dataclass(frozen=True)
class DrawRecord:
    """A stored draw as the ledger tells it.

    `units` are those taken at the stages of a draw in stages; `left_out` the units of people of an earlier round that
    were not drawn from, `overlap` how many of the names are of that round: in the frame, on the main list, in reserve.
    """

    seed: str
    frame_digest: str
    list_digest: str
    main: int
    reserve: int
    population: Mapping[str, int]
    design: Design
    package_version: str
    drawn_at: str
    frozen_at: str
    published_first: bool
    first_number: int
    units: tuple[StageUnit, ...] = ()
    left_out: tuple[str, ...] = ()
    overlap: Mapping[str, int] | None = None

    @property
    def above(self) -> Mapping[str, float]:
        """In a draw in stages the probability of each stratum itself."""
        return probabilities_above(self.units)


def draw_lists(store: Store, *, seed: str, dry_run: bool = False, again: str | None = None) -> Checked[DrawRecord]:
    """Draw in public: freeze the frame if that was not done, draw, give every case its code, record it all.

    The same draw again changes nothing; another seed is refused (DRAW_DIFFERENT), unless `again`, a reason, sets the
    standing draw aside.
    """
    seed = seed_text(seed)
    with store.write() as transaction:
        connection = transaction.connection
        stored = ledger.standing(connection, "draw")
        if stored and stored["seed"] == seed:
            return Checked(standing_record(connection))
        if frozen_frames.in_file(connection):
            raise stop("FRAME_IN_FILE")
        if again is not None:
            reopen(transaction, Reopened.DRAW, reason=again)
        elif stored:
            raise stop("DRAW_DIFFERENT", seed=stored["seed"], digest=stored["list_digest"])
        frozen_before = ledger.standing(connection, "freeze_frame") is not None
        problems = _draw_in(transaction, seed, published_first=frozen_before)
        record = standing_record(connection)
        if dry_run:
            transaction.abandon()
    return Checked(record, problems)


def _draw_in(transaction: Transaction, seed: str, *, published_first: bool) -> tuple[Problem, ...]:
    connection, store = transaction.connection, transaction.store
    frozen = freeze_in(transaction)
    design, first = design_of(connection, store), next_number(connection)
    units = frames.table(connection)
    earlier = earlier_units(connection, store, design)
    left = earlier.units if design.left_out is not None else ()
    drawn = _redraw(units, design, store, seed, frozen.frame_digest, first=first, left_out=left)
    further: dict[str, object] = {"left_out": list(left)} if left else {}
    if earlier.told:
        further["overlap"] = overlap_of(drawn.value.cases, earlier.units)
    keep(transaction, drawn.value, frozen, published_first=published_first, first=first, **further)
    return (*earlier.problems, *drawn.problems)


def keep(
    transaction: Transaction, drawn: Draw, frozen: Frozen, *, published_first: bool, first: int, **further: object
) -> None:
    """Store a draw and put it into the ledger, with whatever else its entry is to tell."""
    casebook.write_draw(transaction.connection, drawn)
    transaction.note(
        "draw",
        seed=drawn.seed,
        frame_digest=frozen.frame_digest,
        people_digest=frozen.people_digest,
        design=drawn.design.as_record(),
        population=dict(drawn.population),
        main=drawn.main,
        reserve=drawn.reserve,
        **({"first_number": first} if first != FIRST_NUMBER else {}),
        **({"units": [unit.as_record() for unit in drawn.units]} if drawn.units else {}),
        list_digest=drawn.list_digest,
        published_first=published_first,
        package_version=package_version(),
        **further,
    )


def _redraw(
    units: pd.DataFrame, design: Design, store: Store, seed: str, digest: str, *, first: int,
    left_out: Collection[str] = (),
) -> Checked[Draw]:  # fmt: skip
    return draw(
        units,
        design,
        seed=seed,
        stratum_column=designs.stratum_column(units_of(store)),
        frame_digest=digest,
        round_code=store.settings.round_code,
        first_number=first,
        left_out=left_out,
    )


def record_of(store: Store) -> DrawRecord:
    """The stored draw. Raises SurveyError DRAW_MISSING."""
    with store.read() as connection:
        return standing_record(connection)


def standing_record(connection: Connection) -> DrawRecord:
    """The draw that stands. Raises SurveyError DRAW_MISSING."""
    details = ledger.standing(connection, "draw")
    if details is None:
        raise stop("DRAW_MISSING")
    frozen = ledger.standing(connection, "freeze_frame") or {}
    return DrawRecord(
        seed=details["seed"],
        frame_digest=details["frame_digest"],
        list_digest=details["list_digest"],
        main=details["main"],
        reserve=details["reserve"],
        population=details["population"],
        design=Design.from_record(details["design"]),
        package_version=details["package_version"],
        drawn_at=details["recorded_at"],
        frozen_at=frozen.get("recorded_at", ""),
        published_first=details["published_first"],
        first_number=details.get("first_number", FIRST_NUMBER),
        units=tuple(StageUnit.from_record(unit) for unit in details.get("units", ())),
        left_out=tuple(details.get("left_out", ())),
        overlap=details.get("overlap"),
    )


def export(store: Store) -> pd.DataFrame:
    """The case table with the probabilities and weights that hold after the releases so far.

    Of a draw in stages with more columns: the probability of each stage, and what an estimator is told of the design
    (`staging.DESIGN_COLUMNS`).
    """
    with store.read() as connection:
        record = standing_record(connection)
        table = casebook.case_table(connection, EVERYONE)
        cases = with_releases(
            table,
            released_units(connection),
            population=record.population,
            design=record.design,
            units=frames.table(connection) if record.design.size else None,
            stratum_column=designs.stratum_column(units_of(store)),
            above=record.above,
        )
    return with_stages(cases, record.units, record.population) if record.units else cases


def released_units(connection: Connection) -> set[str]:
    """Unit ids of the reserves that a replacement has released."""
    released = released_forms(casebook.pointing_events(connection))
    return {row.unit_id for row in casebook.form_rows(connection, EVERYONE) if row.form in released}


@dataclass(frozen=True)
class Repetition:
    """What repeating a draw showed."""

    same: bool
    people_same: bool | None
    seed: str
    frame_digest: str
    main: int
    reserve: int
    problems: tuple[Problem, ...] = ()


def verify(store: Store, *, frame_file: Path | None = None) -> Repetition:
    """Draw again from the frame (stored, or in a file) and compare digest and list with what is stored."""
    with store.read() as connection:
        record = standing_record(connection)
        stored_list = casebook.case_table(connection, EVERYONE)
        if frozen_frames.in_file(connection) and frame_file is None:
            raise stop("FRAME_IN_FILE")
        if frame_file is None:
            units = frames.table(connection)
            digest, personal = frames.digests(connection, store.key)
    people_same = None
    if frame_file is not None:
        frame = read_file(store, frame_file).or_raise()
        units, digest = frame.units, frame_digest(frame)
        personal = _people_digest(store, frame.people)
    frozen = _frozen_people_digest(store)
    if personal is not None and frozen is not None and not (frame_file is None and _undrawn_forgotten(store)):
        people_same = personal == frozen
    again = _redraw(
        units, record.design, store, record.seed, digest, first=record.first_number, left_out=record.left_out
    ).value
    return compared(again, record, stored_list, people_same=people_same)


def compared(again: Draw, record: DrawRecord, stored_list: pd.DataFrame, *, people_same: bool | None) -> Repetition:
    """What a draw that was repeated shows beside the one that is stored."""
    differing = [
        name
        for name, same in {
            "frame_digest": again.frame_digest == record.frame_digest,
            "list_digest": again.list_digest == record.list_digest,
            "stored_list": _same_list(again.cases, stored_list),
        }.items()
        if not same
    ]
    problems = (problem("DRAW_NOT_REPEATED", what=differing),) if differing else ()
    return Repetition(not differing, people_same, record.seed, again.frame_digest, again.main, again.reserve, problems)


def _people_digest(store: Store, people: pd.DataFrame) -> str | None:
    if store.key is None or not any((people[name] != "").any() for name in PERSONAL):
        return None
    rows = sorted(people.itertuples(index=False, name=None), key=lambda row: row[0])
    return people_digest(rows, store.key.digest_key)


def _frozen_people_digest(store: Store) -> str | None:
    with store.read() as connection:
        frozen = ledger.standing(connection, "freeze_frame") or {}
    digest: str | None = frozen.get("people_digest")
    return digest


def _undrawn_forgotten(store: Store) -> bool:
    with store.read() as connection:
        return ledger.last_details(connection, "forget_undrawn") is not None


def _same_list(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    columns = ["form", "unit_id", "kind", "stratum", "turn"]
    return bool(one[columns].reset_index(drop=True).equals(other[columns].astype(one[columns].dtypes.to_dict())))
