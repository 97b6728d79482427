"""The frame in the database: public columns in the open, people sealed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Connection, delete, func, select

from sipas_survey.sampling.frame import PERSONAL, PUBLIC, Frame, digest, people_digest, person_key
from sipas_survey.storage.database import insert_rows, sliced
from sipas_survey.storage.keys import Key, Sealed
from sipas_survey.storage.schema import cases, frame_units, people

_PIECE = 10_000
_PUBLIC = [frame_units.c[name] for name in PUBLIC]


@dataclass(frozen=True)
class Comparison:
    """How the rows of a frame stand to what is stored: positions of new and of clashing rows, number of known ones."""

    new: tuple[int, ...]
    known: int
    clashing: tuple[int, ...]

    @staticmethod
    def all_new(frame: Frame) -> "Comparison":
        """How a frame stands to an empty one."""
        return Comparison(tuple(range(len(frame))), 0, ())


def compare(connection: Connection, frame: Frame, *, key: Key | None) -> Comparison:
    """Which units are new, known with the same content, or known with another content."""
    stored = _stored(connection, frame.units["unit_id"].tolist())
    sealed = people_of(connection, key, stored) if key is not None else {}
    new, clashing = [], []
    for i, (unit, person) in enumerate(zip(_tuples(frame.units), _tuples(frame.people), strict=True)):
        if unit[0] not in stored:
            new.append(i)
        elif stored[unit[0]] != unit or (key is not None and sealed.get(unit[0], {}) != _values(person)):
            clashing.append(i)
    return Comparison(tuple(new), len(frame) - len(new) - len(clashing), tuple(clashing))


def _stored(connection: Connection, unit_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for ids in sliced(unit_ids):
        for row in connection.execute(select(*_PUBLIC).where(frame_units.c.unit_id.in_(ids))):
            found[row.unit_id] = tuple(row)
    return found


def _values(person: tuple[str, ...]) -> dict[str, str]:
    """What is sealed of a person: the values that are not empty, by column."""
    return {name: value for name, value in zip(PERSONAL, person[1:], strict=True) if value}


def _tuples(table: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    return zip(*(table[name].tolist() for name in table.columns), strict=True)


def insert(connection: Connection, frame: Frame, *, key: Key | None) -> None:
    """Store units, and their people sealed. Without a key a frame may hold no personal data."""
    if not len(frame):
        return
    persons = list(_tuples(frame.people))
    villages = frame.units["village"].tolist()
    hashes = [_hash(key, person, village) for person, village in zip(persons, villages, strict=True)]
    units = ((*unit, hashed) for unit, hashed in zip(_tuples(frame.units), hashes, strict=True))
    insert_rows(connection, frame_units, units)
    if key is not None:
        insert_rows(connection, people, (_sealed(key, person) for person in persons if any(person[1:])))


def _hash(key: Key | None, person: tuple[str, ...], village: str) -> str:
    text = person_key(person[1], person[2], village)
    return key.equality_hash(text) if key is not None and text else ""


def _sealed(key: Key, person: tuple[str, ...]) -> tuple[object, ...]:
    """A row of `people`."""
    return (person[0], "", *key.seal(person[0], _values(person)))


def people_of(connection: Connection, key: Key, unit_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The personal data of units, by unit id; units without any are absent."""
    found: dict[str, dict[str, str]] = {}
    for ids in sliced(unit_ids):
        query = select(people).where(people.c.unit_id.in_(ids), people.c.event_id == "")
        for row in connection.execute(query):
            found[row.unit_id] = key.open(row.unit_id, Sealed(row.key_id, row.nonce, row.sealed))
    return found


def forget_undrawn(connection: Connection) -> int:
    """Remove the personal data of everybody who was not drawn; return how many rows went."""
    undrawn = delete(people).where(people.c.unit_id.not_in(select(cases.c.unit_id)), people.c.event_id == "")
    return int(connection.execute(undrawn).rowcount)


def person_missing(connection: Connection) -> bool:
    """Whether a drawn unit that was stored with a person has lost him: its keyed hash is there, his row is not."""
    theirs = (people.c.unit_id == frame_units.c.unit_id) & (people.c.event_id == "")
    query = select(cases.c.unit_id).join_from(cases, frame_units, cases.c.unit_id == frame_units.c.unit_id)
    lost = query.outerjoin(people, theirs).where(frame_units.c.person_hash != "", people.c.unit_id.is_(None))
    return connection.execute(lost.limit(1)).first() is not None


def clear(connection: Connection) -> int:
    """Remove every unit and every person of the frame; return how many units went."""
    connection.execute(delete(people).where(people.c.event_id == ""))
    return int(connection.execute(delete(frame_units)).rowcount)


def remove(connection: Connection, unit_ids: Iterable[str]) -> None:
    """Remove some units and their people."""
    for ids in sliced(unit_ids):
        connection.execute(delete(people).where(people.c.unit_id.in_(ids), people.c.event_id == ""))
        connection.execute(delete(frame_units).where(frame_units.c.unit_id.in_(ids)))


def public_of(connection: Connection, unit_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """The public columns of units, by unit id; units not in the frame are absent."""
    return {unit: dict(zip(PUBLIC, row, strict=True)) for unit, row in _stored(connection, list(unit_ids)).items()}


def people_by_commune(connection: Connection, key: Key, *, only: Iterable[str] | None = None) -> Iterator[pd.DataFrame]:
    """The people of each commune (or of `only` some): text columns unit_id, village, full_name, birth_year."""
    communes = [code for (code,), _ in sizes(connection, ["commune_code"])] if only is None else sorted(only)
    for commune in communes:
        query = select(frame_units.c.unit_id, frame_units.c.village).where(frame_units.c.commune_code == commune)
        villages = {row.unit_id: row.village for row in connection.execute(query)}
        persons = people_of(connection, key, villages)
        rows = [
            (unit, villages[unit], person.get("full_name", ""), person.get("birth_year", ""))
            for unit, person in persons.items()
        ]
        yield pd.DataFrame(rows, columns=["unit_id", "village", "full_name", "birth_year"], dtype=object)


def public_rows(connection: Connection) -> Iterator[tuple[str, ...]]:
    """The public columns of every unit in code-point order of unit_id."""
    query = select(*_PUBLIC).order_by(frame_units.c.unit_id).execution_options(yield_per=_PIECE)
    for row in connection.execute(query):
        yield tuple(row)


def table(connection: Connection) -> pd.DataFrame:
    """The whole public frame as text columns PUBLIC."""
    return pd.DataFrame(list(public_rows(connection)), columns=list(PUBLIC), dtype=object)


def result_days(connection: Connection, unit_ids: Iterable[str]) -> dict[str, str]:
    """The day on which each unit got its result, as ISO text or empty."""
    found: dict[str, str] = {}
    for ids in sliced(unit_ids):
        query = select(frame_units.c.unit_id, frame_units.c.result_on).where(frame_units.c.unit_id.in_(ids))
        found |= {row.unit_id: row.result_on for row in connection.execute(query)}
    return found


def size(connection: Connection) -> int:
    """Number of units in the frame."""
    return int(connection.execute(select(func.count()).select_from(frame_units)).scalar_one())


def sizes(connection: Connection, by: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    """Number of units by columns of the frame."""
    columns = [frame_units.c[name] for name in by]
    query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
    return [(tuple(row[:-1]), int(row[-1])) for row in connection.execute(query)]


def digests(connection: Connection, key: Key | None) -> tuple[str, str | None]:
    """The public digest, and the keyed digest of the people (None while personal data are locked)."""
    public = digest(public_rows(connection))
    return public, people_digest(_people_rows(connection, key), key.digest_key) if key else None


def _people_rows(connection: Connection, key: Key) -> Iterator[tuple[str, ...]]:
    columns = (frame_units.c.unit_id, people.c.key_id, people.c.nonce, people.c.sealed)
    joined = frame_units.outerjoin(people, (people.c.unit_id == frame_units.c.unit_id) & (people.c.event_id == ""))
    query = select(*columns).select_from(joined).order_by(frame_units.c.unit_id)
    for row in connection.execute(query.execution_options(yield_per=_PIECE)):
        sealed = Sealed(row.key_id, row.nonce, row.sealed) if row.sealed is not None else None
        values: Mapping[str, str] = key.open(row.unit_id, sealed) if sealed else {}
        yield (row.unit_id, *(values.get(name, "") for name in PERSONAL))


def units_hashed(connection: Connection, hashes: Iterable[str]) -> list[tuple[str, str, str]]:
    """Unit, keyed hash and commune of everybody who has one of some hashes."""
    columns = (frame_units.c.unit_id, frame_units.c.person_hash, frame_units.c.commune_code)
    found: list[tuple[str, str, str]] = []
    for some in sliced(hashes):
        query = select(*columns).where(frame_units.c.person_hash.in_(some))
        found += [tuple(row) for row in connection.execute(query)]
    return found


def possible_duplicates(connection: Connection) -> Iterator[tuple[str, ...]]:
    """Groups of units that may be one person: the same keyed hash of name, birth year and village."""
    query = (
        select(func.aggregate_strings(frame_units.c.unit_id, "\n"))  # no unit id holds a line break
        .where(frame_units.c.person_hash != "")
        .group_by(frame_units.c.person_hash)
        .having(func.count() > 1)
    )
    for members in connection.execute(query).scalars():
        yield tuple(sorted(members.split("\n")))
