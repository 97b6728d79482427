"""The tables and the migrations that make them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import sipas_survey.storage
from sipas_survey.storage.schema import SCHEMA_VERSION, metadata
from tests.small_surveys import new_survey

MIGRATIONS = Path(sipas_survey.storage.__file__).parent / "migrations"


def config(connection: sa.Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def test_the_migrations_make_the_tables(tmp_path: Path) -> None:
    """A new database, made by the migrations alone, has exactly the tables of the schema."""
    store = new_survey(tmp_path / "a")
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_up_and_down(tmp_path: Path) -> None:
    """Each migration can be taken back; the newest one is the version that the program knows."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        for _ in range(2):
            command.upgrade(config(connection), "head")
            assert MigrationContext.configure(connection).get_current_revision() == SCHEMA_VERSION
            command.downgrade(config(connection), "base")
            assert sa.inspect(connection).get_table_names() == ["alembic_version"]
        assert ScriptDirectory.from_config(config(connection)).get_heads() == [SCHEMA_VERSION]
    engine.dispose()
