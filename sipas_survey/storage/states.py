"""The cache `form_states`: where every form stands after all its events, written in the transaction of the events.

It holds nothing that the ledger does not say, and may be dropped at any time: whoever reads asks `knows` first, and
folds the events where it is missing or behind.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntFlag, auto
from functools import cache
from itertools import starmap
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Select, delete, func, select

from sipas_survey.access import Viewer
from sipas_survey.cases import ListKind
from sipas_survey.storage.casebook import PLACE, forms_of_worker
from sipas_survey.storage.database import insert_rows, rows_of, sliced
from sipas_survey.storage.schema import events, form_states, form_states_basis
from sipas_survey.tracking.forms import RETURNED_STATES, FormState, State
from sipas_survey.tracking.outcomes import INCOMPLETE
from sipas_survey.tracking.progress import FormRecord

_DAYS = ("printed_on", "issued_on", "withdrawn_on", "returned_on", "checked_on", "lost_on")
_FIRST, _SECOND, _LAST = "0001-01-01", "0001-01-02", "9999-12-31"
_TABLES = (form_states, form_states_basis)


class Mark(IntFlag):
    """What is counted of a form besides its state, in one number: the database groups forms by it at once."""

    MAIN = auto()
    RELEASED = auto()
    LAST_OF_CASE = auto()
    IN_QUESTION = auto()
    INCOMPLETE = auto()
    PRINTED = auto()
    ISSUED = auto()
    RETURNED = auto()
    REVERSED = auto()  # returned before it was issued

    @classmethod
    def of(cls, record: FormRecord) -> int:
        """The marks of a record, as the number that is stored."""
        state = record.state
        issued, returned = state.issued_on, state.returned_on
        return (
            (record.kind is ListKind.MAIN)
            | bool(record.released) << 1
            | bool(record.last_of_case) << 2
            | bool(state.in_question) << 3
            | (state.reason == INCOMPLETE) << 4
            | (state.printed_on is not None) << 5
            | (issued is not None) << 6
            | (returned is not None) << 7
            | (issued is not None and returned is not None and issued > returned) << 8
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What the cache was folded from: the last entry that matters, the last day of an event, visits that are final."""

    seq: int
    last_on: str
    visits: int


# ---------------------------------------------------------------- what it knows
def last_seq(connection: Connection) -> int:
    """The last entry that says something of forms: an event, or the draw that made them."""
    return int(connection.execute(_last_seq()).scalar() or 0)


def _last_seq() -> Select[Any]:
    matters = (events.c.form != "") | (events.c.act == "draw")
    return select(events.c.seq).where(matters).order_by(events.c.seq.desc()).limit(1)


def knows(connection: Connection, *, visits: int, as_of: date) -> bool:
    """Whether the cache tells where forms stand on a day: it knows all there is, nothing of it after that day."""
    basis = current_basis(connection, visits=visits)
    return basis is not None and basis.last_on <= as_of.isoformat()


def known_until(connection: Connection, *, visits: int) -> int:
    """The last entry that the cache knows of; 0 where it cannot be gone on with."""
    basis = basis_of(connection)
    return basis.seq if basis is not None and basis.visits == visits else 0


def exists(connection: Connection) -> bool:
    """Whether the tables of the cache are there; they may be dropped."""
    return {table.name for table in _TABLES} <= set(sa.inspect(connection).get_table_names())


def basis_of(connection: Connection) -> Basis | None:
    """What the cache was folded from; None where it is missing, or empty."""
    basis, _ = _basis_and_last(connection)
    return basis


def current_basis(connection: Connection, *, visits: int) -> Basis | None:
    """As `basis_of`; None too where it does not know all there is, or was folded by another rule."""
    basis, last = _basis_and_last(connection)
    return basis if basis is not None and basis.visits == visits and basis.seq == last else None


def _basis_and_last(connection: Connection) -> tuple[Basis | None, int]:
    """Both in one query, which every batch of events asks."""
    if not exists(connection):
        return None, 0
    row = connection.execute(select(form_states_basis, _last_seq().scalar_subquery())).first()
    return (Basis(*row[:3]), int(row[3] or 0)) if row else (None, 0)


# ---------------------------------------------------------------- writing
def make(connection: Connection) -> None:
    """Make the tables of the cache where they are missing."""
    for table in _TABLES:
        table.create(connection, checkfirst=True)


def rewrite(connection: Connection, records: Iterable[FormRecord], *, last_on: date | None, visits: int) -> None:
    """Write the whole cache anew."""
    connection.execute(delete(form_states))
    insert_rows(connection, form_states, map(_row, records))
    connection.execute(delete(form_states_basis))
    known = (last_seq(connection), last_on.isoformat() if last_on else "", visits)
    insert_rows(connection, form_states_basis, [known])


def update(connection: Connection, records: Sequence[FormRecord], *, gone: Iterable[str], basis: Basis) -> None:
    """Put the records of some cases in place of what is there of them; `gone` are codes that are no forms any more.

    `basis` is what the cache, which went on from what it knew before, is folded from now.
    """
    for codes in sliced([*(record.form for record in records), *gone]):
        connection.execute(delete(form_states).where(form_states.c.form.in_(codes)))
    insert_rows(connection, form_states, map(_row, records))
    known = {"seq": basis.seq, "last_on": basis.last_on, "visits": basis.visits}
    if connection.execute(form_states_basis.update().values(known)).rowcount != 1:
        raise ValueError("there is no cache to update")


_iso = cache(date.isoformat)  # of few days there are many forms
_places = itemgetter(*PLACE)
_days = attrgetter(*_DAYS)


def _row(record: FormRecord) -> tuple[object, ...]:
    state = record.state
    return (
        record.form,
        record.unit_id,
        str(record.kind),
        record.stratum,
        record.turn,
        *_places(record.place),
        int(record.released),
        int(record.last_of_case),
        str(state.state),
        int(state.in_question),
        *[_iso(day) if day else "" for day in _days(state)],
        state.worker,
        state.visits,
        state.reason,
        state.replaced_by,
        state.reissued_as,
        int(state.request_open),
        Mark.of(record),
        _iso(state.issued_on) if state.outstanding and state.issued_on else "",
    )


# ---------------------------------------------------------------- reading
def rows(connection: Connection) -> list[tuple[object, ...]]:
    """The cache as it stands, in order of form code."""
    return [tuple(row) for row in connection.execute(select(form_states).order_by(form_states.c.form))]


def as_rows(records: Iterable[FormRecord]) -> list[tuple[object, ...]]:
    """What the cache should hold of records, to compare with `rows`."""
    return sorted(map(_row, records))


def read(connection: Connection, viewer: Viewer) -> list[FormRecord]:
    """The record of every form in scope, in order of stratum, turn and code. Standings of events are not kept."""
    query = select(form_states).order_by(form_states.c.stratum, form_states.c.turn, form_states.c.form)
    names = tuple(column.name for column in form_states.columns)
    return [_record(dict(zip(names, row, strict=True))) for row in rows_of(connection, _in_scope(query, viewer))]


class Listed(NamedTuple):
    """A form in a list, as it is stored: days are ISO or empty, truth values 0 and 1; `out_since` of what is out."""

    form: str
    state: str
    kind: str
    released: int
    district_code: str
    commune_code: str
    village: str
    worker: str
    in_question: int
    request_open: int
    issued_on: str
    returned_on: str
    out_since: str


_LISTED = [form_states.c[name] for name in Listed._fields]
_listed = itemgetter(*(list(form_states.c).index(column) for column in _LISTED))


def listed(connection: Connection, viewer: Viewer) -> list[Listed]:
    """Every form in scope, in order of stratum, turn and code."""
    query = select(*_LISTED).order_by(form_states.c.stratum, form_states.c.turn, form_states.c.form)
    return list(starmap(Listed, rows_of(connection, _in_scope(query, viewer))))


def as_listed(records: Iterable[FormRecord]) -> list[Listed]:
    """The same of records, in their order."""
    return [Listed(*_listed(_row(record))) for record in records]


def alike(connection: Connection, viewer: Viewer, *, by: Sequence[str]) -> list[FormRecord]:
    """The forms in scope that `follow` or `follow_days` count alike, as one record each with their number.

    `by` are place columns, `worker` or `day`. What is not counted is blank. But by day, a day says only that it
    happened, and whether forms came back after they went out; that of the issue of an outstanding form is its own.
    """
    days = _DAYS if "day" in by else ("out_since",)
    kept = [form_states.c[name] for name in (*(name for name in by if name != "day"), "state", "marks", *days)]
    query = _in_scope(select(*kept, func.count().label("forms")).group_by(*kept), viewer)
    return [_record({**_BLANK, **row, **_told(row)}) for row in connection.execute(query).mappings()]


_BLANK = {column.name: 0 if isinstance(column.type, sa.Integer) else "" for column in form_states.columns}


def _told(row: sa.RowMapping) -> dict[str, Any]:
    """What the marks of a group of forms say, in the columns of one form."""
    marks = Mark(row["marks"])
    told = {
        "kind": ListKind.MAIN if Mark.MAIN in marks else ListKind.RESERVE,
        "released": Mark.RELEASED in marks,
        "last_of_case": Mark.LAST_OF_CASE in marks,
        "in_question": Mark.IN_QUESTION in marks,
        "reason": INCOMPLETE if Mark.INCOMPLETE in marks else "",
    }
    return told if "printed_on" in row else {**told, **_days_of(marks, out_since=row["out_since"])}


def _days_of(marks: Mark, *, out_since: str) -> dict[str, str]:
    """Days in the order in which those of the forms were; only the issue of what is out is known."""
    issued, returned = (out_since or _SECOND, _FIRST) if Mark.REVERSED in marks else (out_since or _FIRST, _LAST)
    return {
        "printed_on": _FIRST if Mark.PRINTED in marks else "",
        "issued_on": issued if Mark.ISSUED in marks else "",
        "returned_on": returned if Mark.RETURNED in marks else "",
    }


def returned_by_day(connection: Connection, viewer: Viewer, *, by: Sequence[str]) -> list[tuple[str, str, int]]:
    """How many forms in scope came back: the last of some columns, the day (ISO) and the number, in order of days."""
    of = form_states.c
    back = of.state.in_([str(state) for state in RETURNED_STATES]) & (of.in_question == 0) & (of.issued_on != "")
    key = of[by[-1]]
    query: Select[Any] = select(key, of.returned_on, func.count()).where(back).group_by(key, of.returned_on)
    return [(k, day, n) for k, day, n in connection.execute(_in_scope(query.order_by(of.returned_on), viewer))]


def returned_since(connection: Connection, viewer: Viewer, day: date) -> int:
    """The number of forms in scope that are back, and came back on a day or later."""
    of = form_states.c
    back = of.state.in_([str(state) for state in RETURNED_STATES]) & (of.in_question == 0) & (of.issued_on != "")
    query: Select[Any] = select(func.count(of.form)).where(back, of.returned_on >= day.isoformat())
    return int(connection.execute(_in_scope(query, viewer)).scalar_one())


_day = cache(date.fromisoformat)
_KINDS, _STATES = {str(kind): kind for kind in ListKind}, {str(state): state for state in State}


def _record(row: Mapping[str, Any]) -> FormRecord:
    return FormRecord(
        form=row["form"],
        unit_id=row["unit_id"],
        kind=_KINDS[row["kind"]],
        stratum=row["stratum"],
        released=bool(row["released"]),
        last_of_case=bool(row["last_of_case"]),
        state=_state(row),
        place={name: row[name] for name in PLACE},
        turn=row["turn"],
        forms=row.get("forms", 1),
    )


def _state(row: Mapping[str, Any]) -> FormState:
    days: dict[str, Any] = {name: _day(row[name]) if row[name] else None for name in _DAYS}
    return FormState(
        state=_STATES[row["state"]],
        in_question=bool(row["in_question"]),
        worker=row["worker"],
        visits=row["visits"],
        reason=row["reason"],
        replaced_by=row["replaced_by"],
        reissued_as=row["reissued_as"],
        request_open=bool(row["request_open"]),
        **days,
    )


def _in_scope(query: Select[tuple[Any, ...]], viewer: Viewer) -> Select[tuple[Any, ...]]:
    if viewer.districts is not None:
        query = query.where(form_states.c.district_code.in_(sorted(viewer.districts)))
    if viewer.communes is not None:
        query = query.where(form_states.c.commune_code.in_(sorted(viewer.communes)))
    if viewer.worker is not None:
        query = query.where(form_states.c.form.in_(forms_of_worker(viewer.worker)))
    return query
