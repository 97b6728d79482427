"""The re-check in the database: its selection sealed until it is ordered, and the answers that it brings.

Answers lie under the code of the form and the event of the finding, never beside a person.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from sipas_survey.problems import stop
from sipas_survey.storage.keys import Key, Sealed
from sipas_survey.storage.ledger import canonical
from sipas_survey.storage.schema import recheck_answers, recheck_draws
from sipas_survey.tracking.forms import RESERVED_ID

_OWNER = "recheck"


# ---------------------------------------------------------------- the selection
@dataclass(frozen=True, slots=True)
class Selection:
    """The seed of a draw and the forms that it takes, in order of code."""

    seed: str
    forms: tuple[str, ...]


def seal(connection: Connection, key: Key, selection: Selection, *, seq: int) -> None:
    """Store the selection of the draw that has an entry of the ledger, readable with the key alone."""
    values = {"seed": selection.seed, "forms": " ".join(selection.forms)}
    sealed = key.seal(_OWNER, values, event_id=f"{RESERVED_ID}{seq}")
    connection.execute(recheck_draws.insert(), {"seq": seq, **sealed._asdict()})


def unseal(connection: Connection, key: Key, *, seq: int) -> Selection:
    """The selection of a draw.

    Raises SurveyError RECHECK_SELECTION_GONE, PERSONAL_DATA_LOCKED, PERSONAL_DATA_ALTERED.
    """
    row = connection.execute(select(recheck_draws).where(recheck_draws.c.seq == seq)).first()
    if row is None:
        raise stop("RECHECK_SELECTION_GONE", found=str(seq))
    values = key.open(_OWNER, Sealed(row.key_id, row.nonce, row.sealed), event_id=f"{RESERVED_ID}{seq}")
    return Selection(values["seed"], tuple(values["forms"].split()))


def sealed_draws(connection: Connection) -> set[int]:
    """The entries of the draws whose selection is stored."""
    return set(connection.execute(select(recheck_draws.c.seq)).scalars())


def reseal(connection: Connection, old: Key, new: Key) -> None:
    """Seal every selection anew under another key."""
    rows = [
        {"draw": row.seq, **_anew(row.seq, Sealed(row.key_id, row.nonce, row.sealed), old, new)._asdict()}
        for row in connection.execute(select(recheck_draws)).all()
    ]
    if rows:
        connection.execute(update(recheck_draws).where(recheck_draws.c.seq == bindparam("draw")), rows)


def _anew(seq: int, sealed: Sealed, old: Key, new: Key) -> Sealed:
    event = f"{RESERVED_ID}{seq}"
    return new.seal(_OWNER, old.open(_OWNER, sealed, event_id=event), event_id=event)


def opens(key: Key, seq: int, sealed: Sealed) -> None:
    """Open a seal without keeping it. Raises SurveyError as `unseal`."""
    key.open(_OWNER, sealed, event_id=f"{RESERVED_ID}{seq}")


# ---------------------------------------------------------------- answers
@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The answers that one re-check of a form brought: item → code of the choice."""

    event_id: str
    form: str
    answers: Mapping[str, str]

    @property
    def content(self) -> str:
        """The answers as they are stored and compared."""
        return canonical(dict(self.answers))


def read(connection: Connection) -> list[AskedAgain]:
    """Every stored row, in order of form and event."""
    query = select(recheck_answers).order_by(recheck_answers.c.form, recheck_answers.c.event_id)
    return [AskedAgain(r.event_id, r.form, json.loads(r.answers)) for r in connection.execute(query)]


def insert(connection: Connection, rows: Sequence[AskedAgain], *, batch: int) -> None:
    """Store new rows of one import."""
    values = [{"event_id": r.event_id, "form": r.form, "batch": batch, "answers": r.content} for r in rows]
    if values:
        connection.execute(recheck_answers.insert(), values)


def digest(rows: Sequence[AskedAgain]) -> str:
    """SHA-256 of rows in order of event: lines `event TAB form TAB answers LF`."""
    text = hashlib.sha256()
    for row in sorted(rows, key=lambda r: r.event_id):
        text.update(f"{row.event_id}\t{row.form}\t{row.content}\n".encode())
    return text.hexdigest()


def batches(connection: Connection) -> dict[int, str]:
    """The digest of what each import left in the table."""
    held: dict[int, list[AskedAgain]] = {}
    for r in connection.execute(select(recheck_answers)):
        held.setdefault(r.batch, []).append(AskedAgain(r.event_id, r.form, json.loads(r.answers)))
    return {batch: digest(rows) for batch, rows in held.items()}
