"""Raw answers in the database: under the form code, never beside a person."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from sipas_survey.storage.ledger import canonical
from sipas_survey.storage.schema import answers


@dataclass(frozen=True, slots=True)
class Sheet:
    """The stored answers of one form: criterion → value 1–5 or kind of unusable answer; respondent field → code."""

    form: str
    answers: Mapping[str, int | str]
    respondent: Mapping[str, str]

    @property
    def content(self) -> tuple[str, str]:
        """What makes two sheets of a form the same."""
        return canonical(dict(self.answers)), canonical(dict(self.respondent))


def read(connection: Connection) -> list[Sheet]:
    """Every stored sheet, in order of form code."""
    query = select(answers).order_by(answers.c.form)
    return [Sheet(r.form, json.loads(r.answers), json.loads(r.respondent)) for r in connection.execute(query)]


def insert(connection: Connection, sheets: Sequence[Sheet], *, batch: int) -> None:
    """Store new sheets of one import."""
    rows = [{"form": s.form, "batch": batch, "answers": s.content[0], "respondent": s.content[1]} for s in sheets]
    if rows:
        connection.execute(answers.insert(), rows)


def digest(sheets: Sequence[Sheet]) -> str:
    """SHA-256 of sheets in order of form code: lines `form TAB answers TAB respondent LF`."""
    text = hashlib.sha256()
    for sheet in sorted(sheets, key=lambda s: s.form):
        text.update(("\t".join((sheet.form, *sheet.content)) + "\n").encode())
    return text.hexdigest()


def batches(connection: Connection) -> set[int]:
    """The imports that the stored sheets say they are of."""
    return set(connection.execute(select(answers.c.batch).distinct()).scalars())


def batch_digest(connection: Connection, batch: int) -> str:
    """The digest of what one import left in the table."""
    query = select(answers).where(answers.c.batch == batch)
    sheets = [Sheet(r.form, json.loads(r.answers), json.loads(r.respondent)) for r in connection.execute(query)]
    return digest(sheets)
