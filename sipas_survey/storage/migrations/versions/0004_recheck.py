"""The sealed selection of the re-check, and the answers that it brings."""

import sqlalchemy as sa
from alembic import op

from sipas_survey.storage.migrations import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "recheck_draws",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key_id", TEXT, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "recheck_answers",
        sa.Column("event_id", TEXT, primary_key=True),
        sa.Column("form", TEXT, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("answers", TEXT, nullable=False),
    )
    append_only.protect("recheck_answers")


def downgrade() -> None:
    op.drop_table("recheck_answers")
    op.drop_table("recheck_draws")
