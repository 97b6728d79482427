"""The triggers that keep a table append-only, for both databases. Only migrations use them."""

from alembic import op

_SAID = "the ledger is append-only"
_FUNCTION = "refuse_change"


def make_function() -> None:
    """What the triggers of a PostgreSQL schema call; SQLite needs none."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_SAID}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )


def drop_function() -> None:
    """Take away what `make_function` made."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {_FUNCTION}()")


def protect(table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE (which SQLite does not know) on a table."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        )
