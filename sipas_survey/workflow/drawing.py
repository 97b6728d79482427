"""The second chapter: the design, the public draw, and the proof that it can be repeated."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from sipas_survey.access import EVERYONE
from sipas_survey.cases import FIRST_NUMBER
from sipas_survey.exchange import headings
from sipas_survey.exchange.tables import open_table
from sipas_survey.problems import Checked, Place, Problem, problem, stop
from sipas_survey.sampling import design as designs
from sipas_survey.sampling.allocation import Allocation, Target, allocate, read_targets
from sipas_survey.sampling.design import Design, Plan
from sipas_survey.sampling.draw import Draw, draw, seed_text
from sipas_survey.sampling.frame import PERSONAL, frame_digest, people_digest
from sipas_survey.sampling.methods import Method
from sipas_survey.sampling.precision import Precision, precision, told_of
from sipas_survey.sampling.reserve import with_releases
from sipas_survey.storage import casebook, frames, ledger
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.fold import released_forms
from sipas_survey.workflow.frame import freeze_in, read_file
from sipas_survey.workflow.office import package_version, units_of
from sipas_survey.workflow.reopening import Reopened, next_number, reopen

_QUOTA_ALIASES: headings.Aliases = {
    "district_code": ("Mã huyện", "Huyện", "District"),
    "commune_code": ("Mã xã", "Xã", "Commune"),
    "stratum": ("Tầng",),
    "quota": ("Chỉ tiêu", "Số phiếu", "Forms"),
    "margin": ("Sai số", "Margin"),
    "expected": ("Tỷ lệ dự kiến", "Expected"),
}


@dataclass(frozen=True)
class DrawRecord:
    """A stored draw as the ledger tells it."""

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


# ---------------------------------------------------------------- design
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A design as it is asked for: None stands for what the settings say.

    `quota_file` or `total` with `allocation`, `targets_file`, `minimum` and `maximum`, or `per_district`.
    """

    per_district: int | None = None
    quota_file: Path | None = None
    total: int | None = None
    allocation: str | None = None
    targets_file: Path | None = None
    minimum: int = 0
    maximum: int | None = None
    within: tuple[str, ...] = ()
    method: str = str(Method.SIMPLE)
    size: str | None = None
    reserve: float | None = None


@dataclass(frozen=True)
class Outlook:
    """A design over the frame as it stands, with the precision of every stratum, district and of all together."""

    plan: Plan
    design: Design
    strata: Mapping[str, Precision]
    total: Precision
    target: Fraction
    problems: tuple[Problem, ...]


def set_design(store: Store, asked: Asked | None = None, *, dry_run: bool = False, again: str | None = None) -> Outlook:
    """Set how many names each stratum gives; refused (DESIGN_FIXED) once another design has been drawn.

    With `again`, a reason, that draw is set aside.
    """
    design, told = _made(store, asked or Asked())
    with store.write() as transaction:
        connection = transaction.connection
        if casebook.drawn(connection):
            if design.as_record() != _record(connection).design.as_record():
                if again is None:
                    raise stop("DESIGN_FIXED")
                reopen(transaction, Reopened.DESIGN, reason=again)
                transaction.note("set_design", **design.as_record())
        elif design.as_record() != _stored_record(connection):
            transaction.note("set_design", **design.as_record())
        plan = _plan(connection, design, designs.stratum_column(units_of(store)))
        if dry_run:
            transaction.abandon()
    return _outlook(store, plan, design, told)


def _made(store: Store, asked: Asked) -> tuple[Design, tuple[Problem, ...]]:
    """The design that is asked for; quotas that are to be allocated are divided over the frame as it stands."""
    units, defaults = units_of(store), store.settings.defaults
    quota: dict[str, int] | None = None
    allocation: dict[str, object] | None = None
    told: tuple[Problem, ...] = ()
    if asked.quota_file:
        table, place = _table(asked.quota_file)
        quota = designs.read_quota(table, units, place=place).or_raise()
    elif asked.allocation is not None or asked.total is not None:
        quota, allocation, told = _allocated(store, asked)
    design = designs.make(
        per_stratum=defaults.per_district if asked.per_district is None else asked.per_district,
        quota=quota,
        reserve=_fraction(defaults.reserve if asked.reserve is None else asked.reserve),
        method=asked.method,
        size=asked.size,
        within=asked.within,
        allocation=allocation,
    )
    return design, told


def _allocated(store: Store, asked: Asked) -> tuple[dict[str, int], dict[str, object], tuple[Problem, ...]]:
    kind = Allocation(asked.allocation or Allocation.PROPORTIONAL)
    if asked.total is None and kind is not Allocation.BETHEL:
        raise stop("DESIGN_TOTAL_MISSING", found=str(kind))
    units = units_of(store)
    targets: tuple[Target, ...] = ()
    if asked.targets_file:
        table, place = _table(asked.targets_file)
        targets = read_targets(table, units, place=place).or_raise()
    with store.read() as connection:
        sizes = frames.sizes(connection, [designs.stratum_column(units)])
    if not sizes:
        raise stop("FRAME_EMPTY")
    divided = allocate(
        kind, {key[0]: size for key, size in sizes}, total=asked.total, targets=targets, minimum=asked.minimum,
        maximum=asked.maximum,
    )  # fmt: skip
    record = {"kind": str(kind), "total": asked.total, "minimum": asked.minimum, "maximum": asked.maximum}
    wanted = [{"stratum": t.stratum, "margin": t.margin, "expected": t.expected} for t in targets]
    return divided.value, {**record, **({"targets": wanted} if wanted else {})}, divided.problems


def _table(file: Path) -> tuple[pd.DataFrame, Place]:
    """A table of quotas or targets with its headings understood."""
    source = open_table(file)
    names = headings.match(source.columns, _QUOTA_ALIASES, place=source.place).or_raise()
    return headings.renamed(source.frame().or_raise(), names), source.place


def _fraction(value: float) -> Fraction:
    return Fraction(str(value))  # 0.1 means one tenth, not its nearest double


def _stored_record(connection: Connection) -> dict[str, Any] | None:
    stored = ledger.last_details(connection, "set_design")
    if stored is None:
        return None
    return {name: stored[name] for name in designs.RECORDED if name in stored}


def design_of(connection: Connection, store: Store) -> Design:
    """The design that was set, or the default one."""
    record = _stored_record(connection)
    defaults = store.settings.defaults
    return Design.from_record(record) if record else Design(defaults.per_district, None, _fraction(defaults.reserve))


def _plan(connection: Connection, design: Design, column: str) -> Plan:
    counted = frames.sizes(connection, [column, *design.within])
    return designs.lay_over(design, {design.stratum_of(key): size for key, size in counted})


def show_design(store: Store) -> Outlook:
    """What the design that is set will be able to say."""
    with store.read() as connection:
        design = design_of(connection, store)
        plan = _plan(connection, design, designs.stratum_column(units_of(store)))
    return _outlook(store, plan, design, ())


def _outlook(store: Store, plan: Plan, design: Design, told: tuple[Problem, ...]) -> Outlook:
    target, level = store.settings.targets.satisfaction, store.settings.defaults.level
    strata = {s.stratum: precision([s], target=target, level=level) for s in plan.strata}
    strata |= {top: precision(plan.of(top), target=target, level=level) for top in plan.tops}
    total = precision(plan.strata, target=target, level=level)
    problems = (*told, *plan.problems, *told_of(plan, plan.tops, target=target, level=level))
    return Outlook(plan, design, strata, total, _fraction(target), problems)


# ---------------------------------------------------------------- draw
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
            return Checked(_record(connection))
        if again is not None:
            reopen(transaction, Reopened.DRAW, reason=again)
        elif stored:
            raise stop("DRAW_DIFFERENT", seed=stored["seed"], digest=stored["list_digest"])
        frozen_before = ledger.standing(connection, "freeze_frame") is not None
        problems = _draw_in(transaction, seed, published_first=frozen_before)
        record = _record(connection)
        if dry_run:
            transaction.abandon()
    return Checked(record, problems)


def _draw_in(transaction: Transaction, seed: str, *, published_first: bool) -> tuple[Problem, ...]:
    connection, store = transaction.connection, transaction.store
    frozen = freeze_in(transaction)
    design, first = design_of(connection, store), next_number(connection)
    drawn = _redraw(frames.table(connection), design, store, seed, frozen.frame_digest, first=first)
    casebook.write_draw(connection, drawn.value)
    transaction.note(
        "draw",
        seed=seed,
        frame_digest=frozen.frame_digest,
        people_digest=frozen.people_digest,
        design=drawn.value.design.as_record(),
        population=dict(drawn.value.population),
        main=drawn.value.main,
        reserve=drawn.value.reserve,
        **({"first_number": first} if first != FIRST_NUMBER else {}),
        list_digest=drawn.value.list_digest,
        published_first=published_first,
        package_version=package_version(),
    )
    return drawn.problems


def _redraw(units: pd.DataFrame, design: Design, store: Store, seed: str, digest: str, *, first: int) -> Checked[Draw]:
    return draw(
        units,
        design,
        seed=seed,
        stratum_column=designs.stratum_column(units_of(store)),
        frame_digest=digest,
        round_code=store.settings.round_code,
        first_number=first,
    )


def record_of(store: Store) -> DrawRecord:
    """The stored draw. Raises SurveyError DRAW_MISSING."""
    with store.read() as connection:
        return _record(connection)


def _record(connection: Connection) -> DrawRecord:
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
    )


def export(store: Store) -> pd.DataFrame:
    """The case table with the probabilities and weights that hold after the releases so far."""
    with store.read() as connection:
        record = _record(connection)
        table = casebook.case_table(connection, EVERYONE)
        return with_releases(
            table,
            released_units(connection),
            population=record.population,
            design=record.design,
            units=frames.table(connection) if record.design.size else None,
            stratum_column=designs.stratum_column(units_of(store)),
        )


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
        record = _record(connection)
        stored_list = casebook.case_table(connection, EVERYONE)
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
    again = _redraw(units, record.design, store, record.seed, digest, first=record.first_number).value
    differing = [
        name
        for name, same in {
            "frame_digest": digest == record.frame_digest,
            "list_digest": again.list_digest == record.list_digest,
            "stored_list": _same_list(again.cases, stored_list),
        }.items()
        if not same
    ]
    problems = (problem("DRAW_NOT_REPEATED", what=differing),) if differing else ()
    return Repetition(not differing, people_same, record.seed, digest, again.main, again.reserve, problems)


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
