"""The tables. The migrations make them; a test holds the two together.

Days and instants are ISO text, so that the canonical text of an entry is the same on every database. Form events and
survey entries (frame, design, draw, …) stand in one append-only, chained table.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine

SCHEMA_VERSION = "0005"
WRITTEN_ONCE = ("events", "answers", "recheck_answers")
"""Tables whose rows are never changed. Triggers refuse it for `events` and `recheck_answers`; on a server the writer's
role has no right."""
POINTING = text("refers_to <> ''")
"""The few events that point at something; an index holds them."""


def _text() -> TypeEngine[str]:
    """Text that is compared by code points on both databases, whatever collation a server was set up with."""
    return Text().with_variant(Text(collation="C"), "postgresql")


metadata = MetaData()

survey = Table(
    "survey",
    metadata,
    Column("id", _text(), primary_key=True),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", _text(), nullable=False, unique=True),
    Column("form", _text(), nullable=False),  # empty in an entry about the survey itself
    Column("act", _text(), nullable=False),
    Column("happened_on", _text(), nullable=False),
    Column("worker", _text(), nullable=False),
    Column("reason", _text(), nullable=False),
    Column("refers_to", _text(), nullable=False),
    Column("note_digest", _text(), nullable=False),
    Column("details", _text(), nullable=False),  # canonical JSON of a survey entry
    Column("recorded_at", _text(), nullable=False),
    Column("author", _text(), nullable=False),
    Column("hash", _text(), nullable=False),
    Index("events_form", "form"),
    Index("events_pointing", "refers_to", sqlite_where=POINTING, postgresql_where=POINTING),
)

frame_units = Table(
    "frame_units",
    metadata,
    Column("unit_id", _text(), primary_key=True),
    Column("district_code", _text(), nullable=False),
    Column("commune_code", _text(), nullable=False),
    Column("village", _text(), nullable=False),
    Column("field", _text(), nullable=False),
    Column("agency", _text(), nullable=False),
    Column("result_on", _text(), nullable=False),
    Column("size", _text(), nullable=False),
    Column("person_hash", _text(), nullable=False),  # keyed; serves equality only
)

people = Table(
    "people",
    metadata,
    Column("unit_id", _text(), primary_key=True),
    Column("event_id", _text(), primary_key=True),  # empty for the person's own data, else the event whose note this is
    Column("key_id", _text(), nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("unit_id", _text(), primary_key=True),
    Column("form", _text(), nullable=False, unique=True),
    Column("kind", _text(), nullable=False),
    Column("stratum", _text(), nullable=False),
    Column("turn", Integer, nullable=False),
)

forms = Table(
    "forms",
    metadata,
    Column("form", _text(), primary_key=True),
    Column("unit_id", _text(), nullable=False),
    Column("reissue_of", _text(), nullable=False),  # empty for the first form of a case
    Index("forms_unit", "unit_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("form", _text(), primary_key=True),
    Column("batch", Integer, nullable=False),  # seq of the entry of its import
    Column("answers", _text(), nullable=False),  # JSON: criterion → value, or the kind of unusable answer
    Column("respondent", _text(), nullable=False),  # JSON: field of the respondent section → code
)

recheck_draws = Table(  # the selection of a draw, sealed until it is ordered: see storage.rechecks
    "recheck_draws",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # the entry of the draw
    Column("key_id", _text(), nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

recheck_answers = Table(
    "recheck_answers",
    metadata,
    Column("event_id", _text(), primary_key=True),  # the finding that they came with
    Column("form", _text(), nullable=False),
    Column("batch", Integer, nullable=False),  # seq of the entry of its import
    Column("answers", _text(), nullable=False),  # JSON: item → code of the choice
)

form_states = Table(  # a cache of the fold, with the place of each form beside it: see storage.states
    "form_states",
    metadata,
    Column("form", _text(), primary_key=True),
    Column("unit_id", _text(), nullable=False),
    Column("kind", _text(), nullable=False),
    Column("stratum", _text(), nullable=False),
    Column("turn", Integer, nullable=False),
    *(
        Column(name, _text(), nullable=False)
        for name in ("district_code", "commune_code", "village", "field", "agency")
    ),
    Column("released", Integer, nullable=False),  # truth values are 0 and 1
    Column("last_of_case", Integer, nullable=False),
    Column("state", _text(), nullable=False),
    Column("in_question", Integer, nullable=False),
    *(
        Column(name, _text(), nullable=False)  # ISO days; empty where it has not happened
        for name in ("printed_on", "issued_on", "withdrawn_on", "returned_on", "checked_on", "lost_on")
    ),
    Column("worker", _text(), nullable=False),
    Column("visits", Integer, nullable=False),
    Column("reason", _text(), nullable=False),
    Column("replaced_by", _text(), nullable=False),
    Column("reissued_as", _text(), nullable=False),
    Column("request_open", Integer, nullable=False),
    Column("marks", Integer, nullable=False),  # what is counted of the form besides its state, in one number
    Column("out_since", _text(), nullable=False),  # the day of issue of an outstanding form
)

form_states_basis = Table(  # one row: what the cache was folded from
    "form_states_basis",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # the last entry that it knows of
    Column("last_on", _text(), nullable=False),  # the last day on which anything happened to a form
    Column("visits", Integer, nullable=False),  # the number of visits that made `not_met` final
)

users = Table(  # every change is an entry of the ledger; `audit verify` compares
    "users",
    metadata,
    Column("name", _text(), primary_key=True),
    Column("role", _text(), nullable=False),
    Column("districts", _text(), nullable=False),  # codes with a blank between them
    Column("worker", _text(), nullable=False),
    Column("state", _text(), nullable=False),  # active | locked
    Column("password", _text(), nullable=False),  # argon2id
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", _text(), primary_key=True),  # SHA-256 of what the browser holds
    Column("user_name", _text(), nullable=False),
    Column("made_at", _text(), nullable=False),
    Column("ends_at", _text(), nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("digest", _text(), primary_key=True),  # SHA-256 of the token
    Column("user_name", _text(), nullable=False),
    Column("ends_at", _text(), nullable=False),
)

attempts = Table(  # failed attempts to log in, by user and by address (digests)
    "attempts",
    metadata,
    Column("whose", _text(), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", _text(), nullable=False),
)
