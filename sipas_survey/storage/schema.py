"""The tables. The first migration makes them; a test holds the two together.

Days and instants are ISO text, so that the canonical text of an entry is the same on every database. Form events and
survey entries (frame, design, draw, …) stand in one append-only, chained table.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA_VERSION = "0001"

metadata = MetaData()

survey = Table(
    "survey",
    metadata,
    Column("id", Text, primary_key=True),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False, unique=True),
    Column("form", Text, nullable=False),  # empty in an entry about the survey itself
    Column("act", Text, nullable=False),
    Column("happened_on", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("refers_to", Text, nullable=False),
    Column("note_digest", Text, nullable=False),
    Column("details", Text, nullable=False),  # canonical JSON of a survey entry
    Column("recorded_at", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("events_form", "form"),
)

frame_units = Table(
    "frame_units",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("district_code", Text, nullable=False),
    Column("commune_code", Text, nullable=False),
    Column("village", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("result_on", Text, nullable=False),
    Column("size", Text, nullable=False),
    Column("person_hash", Text, nullable=False),  # keyed; serves equality only
)

people = Table(
    "people",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),  # empty for the person's own data, else the event whose note this is
    Column("key_id", Text, nullable=False),
    Column("nonce", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("form", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("stratum", Text, nullable=False),
    Column("turn", Integer, nullable=False),
)

forms = Table(
    "forms",
    metadata,
    Column("form", Text, primary_key=True),
    Column("unit_id", Text, nullable=False),
    Column("reissue_of", Text, nullable=False),  # empty for the first form of a case
    Index("forms_unit", "unit_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("form", Text, primary_key=True),
    Column("batch", Integer, nullable=False),  # seq of the entry of its import
    Column("answers", Text, nullable=False),  # JSON: criterion → value, or the kind of unusable answer
    Column("respondent", Text, nullable=False),  # JSON: field of the respondent section → code
)
