"""The cache of form states, and an index of the events that point at forms."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
POINTING = sa.text("refers_to <> ''")
DAYS = ("printed_on", "issued_on", "withdrawn_on", "returned_on", "checked_on", "lost_on")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "form_states",
        sa.Column("form", TEXT, primary_key=True),
        *_text("unit_id", "kind", "stratum"),
        *_number("turn"),
        *_text("district_code", "commune_code", "village", "field", "agency"),
        *_number("released", "last_of_case"),
        *_text("state"),
        *_number("in_question"),
        *_text(*DAYS, "worker"),
        *_number("visits"),
        *_text("reason", "replaced_by", "reissued_as"),
        *_number("request_open"),
    )
    op.create_table(
        "form_states_basis",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *_text("last_on"),
        *_number("visits"),
    )
    op.create_index("events_pointing", "events", ["refers_to"], sqlite_where=POINTING, postgresql_where=POINTING)


def downgrade() -> None:
    op.drop_index("events_pointing", "events")
    op.drop_table("form_states_basis")
    op.drop_table("form_states")
