"""Cases, form codes and form events in the database. Row scope is applied here, once."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, delete, func, select

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import CASE_COLUMNS, ListKind
from sipas_survey.sampling.draw import Draw
from sipas_survey.storage.database import insert_rows, rows_of, sliced
from sipas_survey.storage.ledger import instant
from sipas_survey.storage.schema import POINTING, cases, events, forms, frame_units, people
from sipas_survey.tracking.fold import fold_all, reissued_forms, released_forms
from sipas_survey.tracking.forms import Act, Event, FormState
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.tracking.register import FormCard

PLACE = ("district_code", "commune_code", "village", "field", "agency")
_UNTOUCHED = FormState()  # of a form of which nothing is known
_EVENT = [events.c[name] for name in Event._fields]  # the columns that a form event has


class FormRow(NamedTuple):
    """One form code with its case and its place."""

    form: str
    unit_id: str
    kind: ListKind
    stratum: str
    turn: int
    reissue_of: str
    place: Mapping[str, str]


def write_draw(connection: Connection, draw: Draw) -> None:
    """Store the cases of a draw and their first form codes."""
    columns = [column.name for column in cases.columns]
    insert_rows(connection, cases, draw.cases[columns].astype(object).itertuples(index=False, name=None))
    insert_rows(
        connection,
        forms,
        ((form, unit, "") for form, unit in zip(draw.cases["form"], draw.cases["unit_id"], strict=True)),
    )


def remove_draw(connection: Connection) -> None:
    """Take the cases and form codes of a draw out of the tables; their numbers are never given again."""
    connection.execute(delete(forms))
    connection.execute(delete(cases))


def drawn(connection: Connection) -> bool:
    """Whether a draw is stored."""
    return connection.execute(select(cases.c.unit_id).limit(1)).first() is not None


def number_of_cases(connection: Connection) -> int:
    """How many cases are drawn, reserves included."""
    return connection.execute(select(func.count()).select_from(cases)).scalar_one()


def forms_of_worker(worker: str) -> Select[tuple[str]]:
    """The forms on which somebody is named as the worker, as a query."""
    return select(events.c.form).where(events.c.worker == worker, events.c.form != "")


def _in_scope(
    query: Select[tuple[object, ...]], viewer: Viewer, form: ColumnElement[str]
) -> Select[tuple[object, ...]]:
    if viewer.districts is not None:
        query = query.where(frame_units.c.district_code.in_(sorted(viewer.districts)))
    if viewer.communes is not None:
        query = query.where(frame_units.c.commune_code.in_(sorted(viewer.communes)))
    if viewer.worker is not None:
        query = query.where(form.in_(forms_of_worker(viewer.worker)))
    return query


def case_table(connection: Connection, viewer: Viewer) -> pd.DataFrame:
    """The case table (CASE_COLUMNS) in order of stratum and turn; probabilities are left to the releases."""
    place = [frame_units.c[name] for name in PLACE]
    query = select(cases.c.form, cases.c.unit_id, cases.c.kind, cases.c.stratum, cases.c.turn, *place)
    query = query.join_from(cases, frame_units, cases.c.unit_id == frame_units.c.unit_id)
    query = _in_scope(query.order_by(cases.c.stratum, cases.c.turn), viewer, cases.c.form)
    table = pd.DataFrame(connection.execute(query).mappings().all())
    if table.empty:
        return pd.DataFrame({name: [] for name in CASE_COLUMNS})
    return table.assign(probability=float("nan"), weight=float("nan"))[list(CASE_COLUMNS)]


def forms_in_scope(connection: Connection, viewer: Viewer, codes: Iterable[str]) -> set[str]:
    """Those of some form codes that exist and are in scope."""
    query = select(forms.c.form).join(cases, forms.c.unit_id == cases.c.unit_id)
    query = _in_scope(query.join(frame_units, frame_units.c.unit_id == cases.c.unit_id), viewer, forms.c.form)
    pieces = [query.where(forms.c.form.in_(some)) for some in sliced(codes)]
    return {form for piece in pieces for (form,) in rows_of(connection, piece)}


def form_rows(
    connection: Connection, viewer: Viewer = EVERYONE, *, units: Collection[str] | None = None,
    beside: Collection[str] | None = None,
) -> list[FormRow]:  # fmt: skip
    """Every form code in scope, or of some units, re-issued ones included, in order of stratum, turn and code.

    `beside`: form codes, for those of the units to which these belong, themselves among them.
    """
    place = [frame_units.c[name] for name in PLACE]
    query = (
        select(forms.c.form, forms.c.reissue_of, cases.c.unit_id, cases.c.kind, cases.c.stratum, cases.c.turn, *place)
        .join_from(forms, cases, forms.c.unit_id == cases.c.unit_id)
        .join(frame_units, frame_units.c.unit_id == cases.c.unit_id)
    )
    query = _in_scope(query, viewer, forms.c.form)
    pieces: list[Select[Any]] = [query]
    if units is not None:
        pieces = [query.where(cases.c.unit_id.in_(ids)) for ids in sliced(units)]
    elif beside is not None:
        same = select(forms.c.unit_id)
        pieces = [query.where(cases.c.unit_id.in_(same.where(forms.c.form.in_(some)))) for some in sliced(beside)]
    kinds = {str(kind): kind for kind in ListKind}
    known: dict[tuple[str, ...], Mapping[str, str]] = {}  # a survey has many forms and few places

    def place_of(*values: str) -> Mapping[str, str]:
        return known.get(values) or known.setdefault(values, dict(zip(PLACE, values, strict=True)))

    rows = {
        form: FormRow(form, unit_id, kinds[kind], stratum, turn, reissue_of, place_of(*places))
        for piece in pieces
        for form, reissue_of, unit_id, kind, stratum, turn, *places in rows_of(connection, piece)
    }
    return sorted(rows.values(), key=lambda row: (row.stratum, row.turn, row.form))


def units_of_forms(connection: Connection, codes: Iterable[str]) -> set[str]:
    """The units to which some forms belong; unknown codes have none."""
    found: set[str] = set()
    for some in sliced(codes):
        found.update(connection.execute(select(forms.c.unit_id).where(forms.c.form.in_(some))).scalars())
    return found


def reserve_units(connection: Connection, strata: Collection[str]) -> set[str]:
    """The units of the reserve lists of some strata."""
    query = select(cases.c.unit_id).where(cases.c.kind == str(ListKind.RESERVE), cases.c.stratum.in_(strata))
    return set(connection.execute(query).scalars())


def highest_number(connection: Connection) -> int:
    """The highest running number that a form code has."""
    return int(connection.execute(select(func.max(func.substr(forms.c.form, 3, 6)))).scalar() or 0)


def cards(rows: Iterable[FormRow]) -> list[FormCard]:
    """What the register of arrivals needs to know of each form."""
    return [FormCard(row.form, row.unit_id, row.kind, row.stratum, row.turn) for row in rows]


def form_events(
    connection: Connection, *, until: date | None = None, known_until: datetime | None = None,
    forms: Collection[str] | None = None, ids: Collection[str] | None = None,
) -> list[Event]:  # fmt: skip
    """The form events of the ledger in its order: those that happened by a day, were recorded before an instant, are of
    some forms, or have some ids."""
    query = select(*_EVENT).where(events.c.form != "")
    if until is not None:
        query = query.where(events.c.happened_on <= until.isoformat())
    if known_until is not None:
        query = query.where(events.c.recorded_at < instant(known_until))
    if forms is not None:
        return _in_pieces(connection, query, events.c.form, forms)
    if ids is not None:
        return _in_pieces(connection, query, events.c.event_id, ids)
    return _events(connection, query.order_by(events.c.seq))


def pointing_events(connection: Connection) -> list[Event]:
    """The replacements, re-issues and undos of all forms, in the order of the ledger."""
    acts = [str(act) for act in (Act.REPLACE, Act.REISSUE, Act.UNDO)]
    query = select(*_EVENT).where(POINTING, events.c.act.in_(acts), events.c.form != "").order_by(events.c.seq)
    return _events(connection, query)


def _in_pieces(
    connection: Connection, query: Select[tuple[Any, ...]], column: ColumnElement[str], wanted: Iterable[str]
) -> list[Event]:
    found = [event for some in sliced(wanted) for event in _events(connection, query.where(column.in_(some)))]
    return sorted(found, key=lambda event: event.seq)


def _events(connection: Connection, query: Select[tuple[Any, ...]]) -> list[Event]:
    days: dict[str, date] = {}  # a ledger has many events and few days
    acts = {str(act): act for act in Act}
    found = []
    for event_id, form, act, on, *rest in rows_of(connection, query):
        day = days.get(on) or days.setdefault(on, date.fromisoformat(on))
        found.append(Event(event_id, form, acts[act], day, *rest))
    return found


def add_forms(connection: Connection, reissued: Iterable[tuple[FormCard, str]]) -> None:
    """Store re-issued codes, each with the dead code it follows."""
    insert_rows(connection, forms, ((card.form, card.unit_id, old) for card, old in reissued))


def add_notes(connection: Connection, rows: Iterable[dict[str, object]]) -> None:
    """Store the sealed notes of events."""
    notes = list(rows)
    if notes:
        connection.execute(people.insert(), notes)


def notes_apart(connection: Connection, *, since: str = "") -> list[int]:
    """Entries of what happened on a day (ISO) or later whose note is not there any more, in order."""
    noted = (events.c.note_digest != "") & (events.c.happened_on >= since)
    told = select(events.c.seq, events.c.event_id).where(noted).order_by(events.c.seq)
    there = set(connection.execute(select(people.c.event_id).where(people.c.event_id != "")).scalars())
    return [row.seq for row in connection.execute(told) if row.event_id not in there]


def recorded(connection: Connection, acts: Iterable[Act]) -> dict[Act, list[tuple[str, str, str, str]]]:
    """Of each act the form, worker, day and instant of recording of every event, whatever it amounts to."""
    of = events.c
    query = select(of.form, of.worker, of.happened_on, of.recorded_at).where(of.form != "").order_by(of.seq)
    return {
        act: [
            (r.form, r.worker, r.happened_on, r.recorded_at)
            for r in connection.execute(query.where(of.act == str(act)))
        ]
        for act in acts
    }


def recorded_on(connection: Connection, seq: int, zone: tzinfo) -> date:
    """The day, in a time zone, on which an entry was recorded."""
    text = connection.execute(select(events.c.recorded_at).where(events.c.seq == seq)).scalar_one()
    return datetime.fromisoformat(text).astimezone(zone).date()


def printed_forms(connection: Connection) -> set[str]:
    """The forms that have been printed."""
    query = select(events.c.form).where(events.c.act == str(Act.PRINT), events.c.form != "")
    return set(connection.execute(query).scalars())


def any_printed(connection: Connection) -> bool:
    """Whether a form has been printed."""
    query = select(events.c.seq).where(events.c.act == str(Act.PRINT), events.c.form != "").limit(1)
    return connection.execute(query).first() is not None


def records(
    rows: Iterable[FormRow], state_of: Callable[[str], FormState], *, released: Container[str],
    reissued: Container[str],
) -> list[FormRecord]:  # fmt: skip
    """Where forms stand, case by case; a code whose re-issue was taken back is no form.

    `rows` hold all forms of their cases, in order; `released` first forms of released reserves, `reissued` codes that a
    re-issue has given.
    """
    alive = [row for row in rows if not row.reissue_of or row.form in reissued]
    first = {row.unit_id: row.form for row in alive if not row.reissue_of}
    last = {row.unit_id: row.form for row in alive}  # codes of a case come in order
    states = {row.form: state_of(row.form) for row in alive}
    return [
        FormRecord(
            form=row.form,
            unit_id=row.unit_id,
            kind=row.kind,
            stratum=row.stratum,
            released=first[row.unit_id] in released or states[row.form].handed_out,
            last_of_case=last[row.unit_id] == row.form,
            state=states[row.form],
            place=row.place,
            turn=row.turn,
        )
        for row in alive
    ]


def folded(
    connection: Connection, viewer: Viewer = EVERYONE, *, visits: int, until: date | None = None,
    known_until: datetime | None = None,
) -> list[FormRecord]:  # fmt: skip
    """Where every form in scope stood, from its events: those that happened by a day, recorded before an instant."""
    return folded_from(connection, form_events(connection, until=until, known_until=known_until), viewer, visits=visits)


def folded_from(
    connection: Connection, known: Collection[Event], viewer: Viewer = EVERYONE, *, visits: int
) -> list[FormRecord]:
    """Where every form in scope stands by some events of the ledger alone."""
    states = fold_all(known, visits=visits)
    rows = form_rows(connection, viewer)
    return records(
        rows,
        lambda form: states.get(form, _UNTOUCHED),
        released=released_forms(known),
        reissued=reissued_forms(known),
    )


def last_day(connection: Connection) -> date | None:
    """The last day on which anything happened to a form."""
    last = connection.execute(select(func.max(events.c.happened_on)).where(events.c.form != "")).scalar()
    return date.fromisoformat(last) if last else None


def last_recorded(connection: Connection) -> str:
    """The instant at which the last form event was recorded; empty where there is none."""
    query = select(events.c.recorded_at).where(events.c.form != "").order_by(events.c.seq.desc()).limit(1)
    return str(connection.execute(query).scalar() or "")


def field_begun(connection: Connection) -> bool:
    """Whether anything has been recorded of any form."""
    return connection.execute(select(events.c.seq).where(events.c.form != "").limit(1)).first() is not None
