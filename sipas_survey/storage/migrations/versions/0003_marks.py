"""Two more columns of the cache of form states; it is made anew by the next act, or by `sipas db rebuild`."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _forget()
    op.add_column("form_states", sa.Column("marks", sa.Integer, nullable=False, server_default="0"))
    op.add_column("form_states", sa.Column("out_since", TEXT, nullable=False, server_default=""))


def downgrade() -> None:
    _forget()
    op.drop_column("form_states", "out_since")
    op.drop_column("form_states", "marks")


def _forget() -> None:
    op.execute("DELETE FROM form_states")
    op.execute("DELETE FROM form_states_basis")
