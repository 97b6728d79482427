"""Cases, form codes and form events in the database. Row scope is applied here, once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from sqlalchemy import Connection, Select, delete, func, select

from sipas_survey.access import Viewer
from sipas_survey.cases import CASE_COLUMNS, ListKind
from sipas_survey.sampling.draw import Draw
from sipas_survey.storage.ledger import instant
from sipas_survey.storage.schema import cases, events, forms, frame_units, people
from sipas_survey.tracking.admission import FormCard
from sipas_survey.tracking.forms import Act, Event

_PLACE = ("district_code", "commune_code", "village", "field", "agency")


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form code with its case and its place."""

    form: str
    unit_id: str
    kind: ListKind
    stratum: str
    turn: int
    reissue_of: str
    place: dict[str, str]


def write_draw(connection: Connection, draw: Draw) -> None:
    """Store the cases of a draw and their first form codes."""
    columns = ["unit_id", "form", "kind", "stratum", "turn"]
    drawn_rows = [
        dict(zip(columns, row, strict=True)) for row in draw.cases[columns].itertuples(index=False, name=None)
    ]
    connection.execute(cases.insert(), drawn_rows)
    rows = [{"form": row["form"], "unit_id": row["unit_id"], "reissue_of": ""} for row in drawn_rows]
    connection.execute(forms.insert(), rows)


def remove_draw(connection: Connection) -> None:
    """Take the cases and form codes of a draw out of the tables; their numbers are never given again."""
    connection.execute(delete(forms))
    connection.execute(delete(cases))


def drawn(connection: Connection) -> bool:
    """Whether a draw is stored."""
    return connection.execute(select(cases.c.unit_id).limit(1)).first() is not None


def _in_scope(query: Select[tuple[object, ...]], viewer: Viewer) -> Select[tuple[object, ...]]:
    if viewer.districts is None:
        return query
    return query.where(frame_units.c.district_code.in_(sorted(viewer.districts)))


def case_table(connection: Connection, viewer: Viewer) -> pd.DataFrame:
    """The case table (CASE_COLUMNS) in order of stratum and turn; probabilities are left to the releases."""
    place = [frame_units.c[name] for name in _PLACE]
    query = select(cases.c.form, cases.c.unit_id, cases.c.kind, cases.c.stratum, cases.c.turn, *place)
    query = query.join_from(cases, frame_units, cases.c.unit_id == frame_units.c.unit_id)
    query = _in_scope(query.order_by(cases.c.stratum, cases.c.turn), viewer)
    table = pd.DataFrame(connection.execute(query).mappings().all())
    if table.empty:
        return pd.DataFrame({name: [] for name in CASE_COLUMNS})
    return table.assign(probability=float("nan"), weight=float("nan"))[list(CASE_COLUMNS)]


def form_rows(connection: Connection, viewer: Viewer) -> list[FormRow]:
    """Every form code in scope, re-issued ones included, in order of stratum, turn and code."""
    place = [frame_units.c[name] for name in _PLACE]
    query = (
        select(forms.c.form, forms.c.reissue_of, cases.c.unit_id, cases.c.kind, cases.c.stratum, cases.c.turn, *place)
        .join_from(forms, cases, forms.c.unit_id == cases.c.unit_id)
        .join(frame_units, frame_units.c.unit_id == cases.c.unit_id)
        .order_by(cases.c.stratum, cases.c.turn, forms.c.form)
    )
    rows = connection.execute(_in_scope(query, viewer)).mappings()
    return [
        FormRow(
            form=row["form"],
            unit_id=row["unit_id"],
            kind=ListKind(row["kind"]),
            stratum=row["stratum"],
            turn=row["turn"],
            reissue_of=row["reissue_of"],
            place={name: row[name] for name in _PLACE},
        )
        for row in rows
    ]


def cards(rows: Iterable[FormRow]) -> list[FormCard]:
    """What the register of arrivals needs to know of each form."""
    return [FormCard(row.form, row.unit_id, row.kind, row.stratum, row.turn) for row in rows]


def form_events(
    connection: Connection, *, until: date | None = None, known_until: datetime | None = None, form: str | None = None
) -> list[Event]:
    """The form events of the ledger: those that happened by a day, and were recorded before an instant."""
    query = select(events).where(events.c.form != "").order_by(events.c.seq)
    if until is not None:
        query = query.where(events.c.happened_on <= until.isoformat())
    if known_until is not None:
        query = query.where(events.c.recorded_at < instant(known_until))
    if form is not None:
        query = query.where(events.c.form == form)
    return [
        Event(
            event_id=row.event_id,
            form=row.form,
            act=Act(row.act),
            happened_on=date.fromisoformat(row.happened_on),
            worker=row.worker,
            reason=row.reason,
            refers_to=row.refers_to,
            note_digest=row.note_digest,
            author=row.author,
            seq=row.seq,
        )
        for row in connection.execute(query)
    ]


def add_forms(connection: Connection, reissued: Iterable[tuple[FormCard, str]]) -> None:
    """Store re-issued codes, each with the dead code it follows."""
    rows = [{"form": card.form, "unit_id": card.unit_id, "reissue_of": old} for card, old in reissued]
    if rows:
        connection.execute(forms.insert(), rows)


def add_notes(connection: Connection, rows: Iterable[dict[str, object]]) -> None:
    """Store the sealed notes of events."""
    notes = list(rows)
    if notes:
        connection.execute(people.insert(), notes)


def any_printed(connection: Connection) -> bool:
    """Whether a form has been printed."""
    query = select(func.count()).select_from(events).where(events.c.act == Act.PRINT, events.c.form != "")
    return int(connection.execute(query).scalar_one()) > 0


def field_begun(connection: Connection) -> bool:
    """Whether anything has been recorded of any form."""
    return connection.execute(select(events.c.seq).where(events.c.form != "").limit(1)).first() is not None
