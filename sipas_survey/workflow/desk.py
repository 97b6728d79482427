"""The desk where events are judged: the register of what the ledger holds, and the writing of what was admitted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import stop
from sipas_survey.storage import casebook, frames, states
from sipas_survey.storage.casebook import FormRow
from sipas_survey.storage.database import insert_rows
from sipas_survey.storage.schema import people
from sipas_survey.storage.states import Basis
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.fold import reissued_forms, released_forms
from sipas_survey.tracking.forms import Act, Event
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.tracking.register import Elsewhere, Register, Rules

_SMALL = 2_000  # a batch of so few events is judged without reading the whole ledger


@dataclass(frozen=True)
class Desk:
    """A register with the rows of its forms, and the stored events of all forms that point at something.

    `whole`: it holds every form of the survey.
    """

    register: Register
    rows: Sequence[FormRow]
    pointing: Sequence[Event]
    whole: bool


# ---------------------------------------------------------------- opening
def open_desk(connection: Connection, store: Store, batch: Sequence[Event]) -> Desk:
    """What is needed to judge a batch. Raises SurveyError DRAW_MISSING."""
    settings = store.settings
    rules = Rules(
        store.today, settings.round_code, settings.defaults.visits, approval=settings.approvals.replace
    )  # fmt: skip
    pointing = casebook.pointing_events(connection)
    if len(batch) > _SMALL:
        rows = _existing(connection, casebook.form_rows(connection))
        register = Register(casebook.cards(rows), casebook.form_events(connection), rules=rules)
        return Desk(register, rows, pointing, whole=True)
    rows, known = _touched(connection, batch)
    elsewhere = _elsewhere(connection, batch, pointing, held={row.form for row in rows})
    register = Register(casebook.cards(rows), known, rules=rules, elsewhere=elsewhere)
    return Desk(register, rows, pointing, whole=False)


def _touched(connection: Connection, batch: Sequence[Event]) -> tuple[list[FormRow], list[Event]]:
    """The forms that a batch can change or rest on, with their events: those of its own units, of the units that these
    have released, and of those to be released."""
    rows = _existing(connection, casebook.form_rows(connection, beside={event.form for event in batch}))
    units = {row.unit_id for row in rows}
    known = _events_of(connection, rows)
    more = casebook.units_of_forms(connection, {e.refers_to for e in known if e.act is Act.REPLACE})
    if any(event.act in (Act.REPLACE, Act.REQUEST_REPLACE) for event in batch):
        more |= casebook.reserve_units(connection, {row.stratum for row in rows})
    if more <= units:
        return rows, known
    rows = casebook.form_rows(connection, units=units | more)
    return rows, _events_of(connection, rows)


def _existing(connection: Connection, rows: list[FormRow]) -> list[FormRow]:
    if not rows and not casebook.drawn(connection):
        raise stop("DRAW_MISSING")
    return rows


def _events_of(connection: Connection, rows: Iterable[FormRow]) -> list[Event]:
    return casebook.form_events(connection, forms={row.form for row in rows})


def _elsewhere(
    connection: Connection, batch: Sequence[Event], pointing: Sequence[Event], *, held: set[str]
) -> Elsewhere:
    """What other forms have to do with a batch: the order of releases, ids that it uses again, the highest code."""
    ids = {event.event_id for event in batch} - {""}
    return Elsewhere(
        releases=tuple(e for e in pointing if e.form not in held),
        same_ids=tuple(e for e in casebook.form_events(connection, ids=ids) if e.form not in held) if ids else (),
        highest=casebook.highest_number(connection) if any(e.act is Act.REISSUE for e in batch) else 0,
    )


# ---------------------------------------------------------------- writing
def write(transaction: Transaction, desk: Desk, rows: Iterable[EventRow] = ()) -> None:
    """Store what a register has admitted: events, codes, the notes of the rows that they came from, the cache."""
    connection, register = transaction.connection, desk.register
    before = states.current_basis(connection, visits=register.rules.visits)
    first_print = any(e.act is Act.PRINT for e in register.admitted) and not casebook.any_printed(connection)
    seq = transaction.ledger.append_events(register.admitted)
    dead_of = {e.refers_to: e.form for e in register.admitted if e.act is Act.REISSUE}
    casebook.add_forms(connection, [(card, dead_of[card.form]) for card in register.reissued])
    insert_rows(connection, people, _sealed_notes(transaction.store, register, rows))
    _cache(connection, desk, replace(before, seq=seq) if before else None)
    if first_print:  # until now `draw` might have been repeated with other people; from now on nobody else is needed
        transaction.note("forget_undrawn", people=frames.forget_undrawn(connection))


def _sealed_notes(store: Store, register: Register, rows: Iterable[EventRow]) -> list[tuple[object, ...]]:
    """The notes of admitted events as rows of `people`, sealed beside the person."""
    notes = {(row.form, store.unlocked().digest(row.note)): row.note for row in rows if row.note}
    sealed: list[tuple[object, ...]] = []
    for event in register.admitted if notes else ():
        if event.note_digest:
            unit = register.cards[event.form].unit_id
            text = {"note": notes[event.form, event.note_digest]}
            sealed.append((unit, event.event_id, *store.unlocked().seal(unit, text, event_id=event.event_id)))
    return sealed


# ---------------------------------------------------------------- the cache
def _cache(connection: Connection, desk: Desk, basis: Basis | None) -> None:
    """Bring the cache of form states up to the events just written, or make it anew where it was behind.

    `basis`: what it was folded from, with the last of these events; None where it cannot be gone on with.
    """
    register = desk.register
    if basis is None and not states.exists(connection):
        return  # dropped: everything is folded until `db rebuild`
    rows = sorted([*desk.rows, *_reissued(desk)], key=lambda row: (row.stratum, row.turn, row.form))
    if desk.whole:
        records = _records(desk, rows)
        states.rewrite(connection, records, last_on=casebook.last_day(connection), visits=register.rules.visits)
    elif basis is not None:
        changed = _changed_units(register)
        rows = [row for row in rows if row.unit_id in changed]
        records = _records(desk, rows)
        gone = {row.form for row in rows} - {record.form for record in records}
        last_on = max(basis.last_on, *(e.happened_on.isoformat() for e in register.admitted))
        states.update(connection, records, gone=gone, basis=replace(basis, last_on=last_on))
    else:
        rebuild(connection, visits=register.rules.visits)


def _records(desk: Desk, rows: Iterable[FormRow]) -> list[FormRecord]:
    pointing = [*desk.pointing, *(event for event in desk.register.admitted if event.refers_to)]
    released, reissued = released_forms(pointing), reissued_forms(pointing)
    return casebook.records(rows, desk.register.state, released=released, reissued=reissued)


def _reissued(desk: Desk) -> list[FormRow]:
    """The rows of the codes that this batch has given."""
    row_of = {row.form: row for row in desk.rows}
    made = []
    for card in desk.register.reissued:
        old = desk.register.made_by[card.form].form
        row_of[card.form] = row_of[old]._replace(form=card.form, reissue_of=old)
        made.append(row_of[card.form])
    return made


def _changed_units(register: Register) -> set[str]:
    """The units of the forms that something happened to, and of those that they released or took back."""
    changed = {event.form for event in register.admitted}
    changed |= {event.refers_to for form in list(changed) for event in register.events_of(form)}
    return {register.cards[form].unit_id for form in changed if form in register.cards}


def rebuild(connection: Connection, *, visits: int) -> int:
    """Fold every form anew and write the whole cache; return how many forms there are."""
    records = casebook.folded(connection, visits=visits)
    states.rewrite(connection, records, last_on=casebook.last_day(connection), visits=visits)
    return len(records)
