"""Users, their sessions and tokens, and failed attempts to get in."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "users", sa.Column("name", TEXT, primary_key=True), *_text("role", "districts", "worker", "state", "password")
    )
    op.create_table("sessions", sa.Column("digest", TEXT, primary_key=True), *_text("user_name", "made_at", "ends_at"))
    op.create_table("tokens", sa.Column("digest", TEXT, primary_key=True), *_text("user_name", "ends_at"))
    op.create_table(
        "attempts",
        sa.Column("whose", TEXT, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        *_text("last_at"),
    )


def downgrade() -> None:
    for name in ("attempts", "tokens", "sessions", "users"):
        op.drop_table(name)
