"""The people behind the forms: looked up with a reason, and taken away when the time has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.formats import masked, name_key, normal, search_key
from sipas_survey.problems import Place, Problem, problem, stop
from sipas_survey.storage import casebook, database, frames, people
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import State

_SHOWN = ("full_name", "birth_year", "phone", "address")
_IN_FIELD = (State.OUT, State.WITH_RESPONDENT, State.NOT_MET)


# ---------------------------------------------------------------- looking up
@dataclass(frozen=True)
class Person:
    """Somebody drawn. The personal values are masked unless they were asked for."""

    form: str
    unit_id: str
    commune_code: str
    village: str
    personal: Mapping[str, str]


def find(
    store: Store, text: str, *, reason: str, reveal: bool = False, viewer: Viewer = EVERYONE
) -> list[Person]:  # fmt: skip
    """The people drawn whose name or phone holds a text (without case and accents; all of them for none), by name.

    Names are opened in memory, compared and sorted there. That somebody looked, why, and how many he saw is an entry
    of the ledger; what he looked for is not, because it may be a name. Answers are never beside it.

    Raises SurveyError SHOW_REASON_EMPTY, PERSONAL_DATA_LOCKED.
    """
    key, why = store.unlocked(), normal(reason)
    if not why:
        raise stop("SHOW_REASON_EMPTY")
    with store.write() as transaction:
        cases = casebook.case_table(transaction.connection, viewer)
        persons = frames.people_of(transaction.connection, key, cases["unit_id"].tolist())
        found = [
            Person(form, unit, commune, village, persons[unit])
            for form, unit, commune, village in zip(
                *(cases[name] for name in ("form", "unit_id", "commune_code", "village")), strict=True
            )
            if unit in persons and _holds(persons[unit], text)
        ]
        transaction.note("show_names", where="privacy find", people=len(found), revealed=reveal, reason=why)
    found.sort(key=lambda person: (name_key(person.personal.get("full_name", "")), person.form))
    return [_shown(person, reveal=reveal) for person in found]


def of_form(store: Store, form: str, *, reason: str, viewer: Viewer = EVERYONE) -> Person:
    """The person behind one form, unmasked. That it was asked, of which form and why, is an entry of the ledger.

    Raises SurveyError SHOW_REASON_EMPTY, PERSONAL_DATA_LOCKED, FORM_UNKNOWN.
    """
    key, why = store.unlocked(), normal(reason)
    if not why:
        raise stop("SHOW_REASON_EMPTY")
    with store.write() as transaction:
        connection = transaction.connection
        rows = casebook.form_rows(connection, viewer, beside=[form])
        row = next((row for row in rows if row.form == form), None)
        if row is None:
            raise stop("FORM_UNKNOWN", Place(form=form), found=form)
        values = frames.people_of(connection, key, [row.unit_id]).get(row.unit_id, {})
        transaction.note("show_names", where="form", form=form, people=1, revealed=True, reason=why)
    person = Person(form, row.unit_id, row.place["commune_code"], row.place["village"], values)
    return _shown(person, reveal=True)


def _holds(person: Mapping[str, str], text: str) -> bool:
    wanted = search_key(text)
    digits = "".join(letter for letter in text if letter.isdigit())
    phone = "".join(letter for letter in person.get("phone", "") if letter.isdigit())
    return wanted in search_key(person.get("full_name", "")) or (len(digits) >= 4 and digits in phone)


def _shown(person: Person, *, reveal: bool) -> Person:
    values = {name: person.personal.get(name, "") for name in _SHOWN}
    if not reveal:
        values = {name: " ".join(masked(word) for word in value.split()) for name, value in values.items()}
    return Person(person.form, person.unit_id, person.commune_code, person.village, values)


# ---------------------------------------------------------------- taking away
@dataclass(frozen=True)
class Purged:
    """How many people and notes went, or would go."""

    people: int
    notes: int
    problems: tuple[Problem, ...] = ()


def purge(store: Store, *, before: date, dry_run: bool = False) -> Purged:
    """Take away the names of everybody to whose forms nothing happened since a day, and notes from before it.

    Ledger, draw, rates and public frame stay as they are; the purge is an entry of the ledger. No key is needed. The
    database is written anew afterwards, so that nothing of it is left in its files.
    """
    with store.write() as transaction:
        out = _in_field(transaction.connection, store)
        done = people.purge(transaction.connection, before)
        lost = len(out - people.stored(transaction.connection, out))
        if dry_run or not (done.people or done.notes):
            transaction.abandon()
        else:
            transaction.note("purge", before=before.isoformat(), people=done.people, notes=done.notes)
    told = (problem("PURGED_STILL_OUT", found=str(lost)),) if lost else ()
    if dry_run:
        return Purged(done.people, done.notes, told)
    return Purged(done.people, done.notes, (*told, *scrub(store)))


def _in_field(connection: Connection, store: Store) -> set[str]:
    """The people, stored with a name, whose forms are somewhere in the field."""
    records = casebook.folded(connection, visits=store.settings.defaults.visits)
    return people.stored(connection, {r.unit_id for r in records if r.state.state in _IN_FIELD})


def scrub(store: Store) -> tuple[Problem, ...]:
    """Write the tables anew, so that nothing deleted is left in their files; a warning where others were in the way."""
    return () if database.scrub(store.home) else (problem("SCRUB_BUSY", found=store.home.shown),)
