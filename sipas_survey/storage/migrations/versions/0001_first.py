"""The first schema: frame, people (sealed), cases, forms, answers, and the append-only ledger."""

import sqlalchemy as sa
from alembic import op

from sipas_survey.storage.migrations import append_only

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table("survey", sa.Column("id", TEXT, primary_key=True))
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", TEXT, nullable=False, unique=True),
        *_text("form", "act", "happened_on", "worker", "reason", "refers_to", "note_digest", "details"),
        *_text("recorded_at", "author", "hash"),
    )
    op.create_index("events_form", "events", ["form"])
    op.create_table(
        "frame_units",
        sa.Column("unit_id", TEXT, primary_key=True),
        *_text("district_code", "commune_code", "village", "field", "agency", "result_on", "size", "person_hash"),
    )
    op.create_table(
        "people",
        sa.Column("unit_id", TEXT, primary_key=True),
        sa.Column("event_id", TEXT, primary_key=True),
        *_text("key_id"),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("unit_id", TEXT, primary_key=True),
        sa.Column("form", TEXT, nullable=False, unique=True),
        *_text("kind", "stratum"),
        sa.Column("turn", sa.Integer, nullable=False),
    )
    op.create_table(
        "forms",
        sa.Column("form", TEXT, primary_key=True),
        *_text("unit_id", "reissue_of"),
    )
    op.create_index("forms_unit", "forms", ["unit_id"])
    op.create_table(
        "answers",
        sa.Column("form", TEXT, primary_key=True),
        sa.Column("batch", sa.Integer, nullable=False),
        *_text("answers", "respondent"),
    )
    append_only.make_function()
    append_only.protect("events")


def downgrade() -> None:
    for name in ("answers", "forms", "cases", "people", "frame_units", "events", "survey"):
        op.drop_table(name)
    append_only.drop_function()
