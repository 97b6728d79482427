"""The sealed people as a whole: sealed anew under another key, or taken away for good."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, select, tuple_, update

from sipas_survey.sampling.frame import person_key
from sipas_survey.storage.database import sliced
from sipas_survey.storage.keys import Key, Sealed
from sipas_survey.storage.schema import cases, events, forms, frame_units, people

_PIECE = 10_000
_PERSON = people.c.event_id == ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many people and how many notes something was done with."""

    people: int
    notes: int


# ---------------------------------------------------------------- another key
def reseal(connection: Connection, old: Key, new: Key) -> Count:
    """Seal every person and every note anew, and hash the people anew.

    Hashes of people who were not drawn and are forgotten cannot be made anew; they go. Raises SurveyError
    PERSONAL_DATA_ALTERED, PERSONAL_DATA_LOCKED.
    """
    persons = notes = 0
    for rows in _pieces(connection):
        opened = [
            (r.unit_id, r.event_id, old.open(r.unit_id, Sealed(r.key_id, r.nonce, r.sealed), event_id=r.event_id))
            for r in rows
        ]
        connection.execute(_RESEALED, [
            {"unit": unit, "event": event, **new.seal(unit, values, event_id=event)._asdict()}
            for unit, event, values in opened
        ])  # fmt: skip
        _hash(connection, new, {unit: values for unit, event, values in opened if not event})
        notes += sum(1 for _, event, _ in opened if event)
        persons += sum(1 for _, event, _ in opened if not event)
    forget_hashes(connection)
    return Count(persons, notes)


_RESEALED = update(people).where(people.c.unit_id == bindparam("unit"), people.c.event_id == bindparam("event"))
_HASHED = update(frame_units).where(frame_units.c.unit_id == bindparam("unit"))


def _pieces(connection: Connection) -> Iterator[list[Row[tuple[str, str, str, bytes, bytes]]]]:
    """All rows, some at a time; they may be changed on the way."""
    place = tuple_(people.c.unit_id, people.c.event_id)
    query = select(people).order_by(people.c.unit_id, people.c.event_id).limit(_PIECE)
    rows = list(connection.execute(query))
    while rows:
        yield rows
        rows = list(connection.execute(query.where(place > (rows[-1].unit_id, rows[-1].event_id))))


def _hash(connection: Connection, key: Key, persons: dict[str, dict[str, str]]) -> None:
    rows = []
    for ids in sliced(persons):
        query = select(frame_units.c.unit_id, frame_units.c.village).where(frame_units.c.unit_id.in_(ids))
        for unit, village in connection.execute(query):
            text = person_key(persons[unit].get("full_name", ""), persons[unit].get("birth_year", ""), village)
            rows.append({"unit": unit, "person_hash": key.equality_hash(text) if text else ""})
    if rows:
        connection.execute(_HASHED, rows)


def forget_hashes(connection: Connection) -> None:
    """Take away the hashes of people who were not drawn and are not stored any more."""
    undrawn = frame_units.c.unit_id.not_in(select(cases.c.unit_id))
    unknown = frame_units.c.unit_id.not_in(select(people.c.unit_id).where(_PERSON))
    connection.execute(update(frame_units).where(undrawn, unknown).values(person_hash=""))


# ---------------------------------------------------------------- taken away
def purge(connection: Connection, before: date) -> Count:
    """Take away everybody to whose forms nothing has happened since a day, and the notes of events before it.

    Somebody of whose forms nothing is recorded counts from the day of the draw, or of the last frame import. Their
    keyed hashes go with them; the frame's public columns, cases, forms and events stay.
    """
    units = list(connection.execute(select(people.c.unit_id).where(_PERSON, _untouched(connection, before))).scalars())
    noted = (events.c.note_digest != "") & (events.c.happened_on < before.isoformat())
    told = select(events.c.event_id).where(noted)
    gone = int(connection.execute(delete(people).where(people.c.event_id.in_(told))).rowcount)
    for ids in sliced(units):
        connection.execute(delete(people).where(people.c.unit_id.in_(ids), _PERSON))
        connection.execute(update(frame_units).where(frame_units.c.unit_id.in_(ids)).values(person_hash=""))
    if units:
        forget_hashes(connection)
    return Count(len(units), gone)


def _untouched(connection: Connection, before: date) -> ColumnElement[bool]:
    day = before.isoformat()
    of_unit = select(forms.c.unit_id).join_from(forms, events, events.c.form == forms.c.form)
    untouched = people.c.unit_id.not_in(of_unit.where(events.c.happened_on >= day))
    begun = select(func.max(events.c.happened_on)).where(
        events.c.act.in_(("import_frame", "draw")), events.c.form == ""
    )
    if (connection.execute(begun).scalar() or "") < day:
        return untouched
    return untouched & people.c.unit_id.in_(of_unit)


def stored(connection: Connection, units: Iterable[str]) -> set[str]:
    """Those of some units whose person is stored."""
    found: set[str] = set()
    for ids in sliced(units):
        found.update(connection.execute(select(people.c.unit_id).where(people.c.unit_id.in_(ids), _PERSON)).scalars())
    return found
