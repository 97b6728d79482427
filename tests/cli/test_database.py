"""`sipas db …` and `sipas audit …`, on both databases."""

from pathlib import Path

import pytest

from sipas_survey.storage.schema import SCHEMA_VERSION
from sipas_survey.workflow import office
from tests.cli.conftest import Sipas
from tests.databases import behind_the_back, without_triggers
from tests.surveys import Survey, drawn

LIFE = """
print 2 A1
issue 3 A1 worker=W1
return 5 A1 worker=W1
accept 8 A1
"""


@pytest.fixture
def survey(tmp_path: Path, database: str) -> Survey:
    """A small survey that has been drawn, on each of the two databases."""
    return drawn(tmp_path)


@pytest.fixture
def folder(survey: Survey) -> Path:
    """A survey with the whole life of one form."""
    assert survey.tell(LIFE).stored
    return survey.store.folder


def test_audit_show(folder: Path, survey: Survey, sipas: Sipas) -> None:
    """All entries in order, or those of one form, whose code may be told as it is printed; never a name."""
    everything = sipas("-C", folder, "audit", "show", "--format", "json")
    assert [row["seq"] for row in everything.json] == list(range(1, len(everything.json) + 1))
    assert everything.json[0]["act"] == "settings"
    code = survey.codes["A1"]
    printed = f"{code[:2]} {code[2:5]} {code[5:8]} {code[8:]}"
    of_one = sipas("-C", folder, "audit", "show", "--form", printed, "--format", "json")
    assert [(row["act"], row["happened_on"]) for row in of_one.json] == [
        ("print", "2024-01-02"), ("issue", "2024-01-03"), ("return", "2024-01-05"), ("accept", "2024-01-08"),
    ]  # fmt: skip
    shown = sipas("-C", folder, "audit", "show").out
    assert code in shown
    assert "Lê Văn Một" not in shown + everything.out


def test_db_rebuild(folder: Path, survey: Survey, sipas: Sipas) -> None:
    """Bent form states are found by the audit and made anew from the ledger; the numbers are as before."""
    before = sipas("-C", folder, "status", "--format", "json").json
    with behind_the_back(survey.store) as connection:
        connection.exec_driver_sql("UPDATE form_states SET state = 'refused' WHERE state = 'valid'")
    assert sipas("-C", folder, "status", "--format", "json").json != before
    assert sipas("-C", folder, "audit", "verify", "--format", "json").kinds == ["STATES_BENT"]
    assert sipas("-C", folder, "db", "rebuild").code == 0
    assert sipas("-C", folder, "status", "--format", "json").json == before
    assert sipas("-C", folder, "audit", "verify").code == 0


def test_db_upgrade(folder: Path, survey: Survey, sipas: Sipas) -> None:
    """Tables of today stay as they are; those of a newer program are refused with exit code 4, and left alone."""
    done = sipas("-C", folder, "db", "upgrade")
    assert (done.code, SCHEMA_VERSION in done.out) == (0, True)
    with behind_the_back(survey.store) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in (("db", "upgrade"), ("status",)):
        refused = sipas("-C", folder, *command)
        assert (refused.code, "DATABASE_NEWER" in refused.err) == (4, True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE events SET details = replace(details, '{', '{ ') WHERE act = 'settings'", "chain"),
        ("UPDATE events SET author = 'nobody' WHERE act = 'settings'", "chain"),
        ("UPDATE events SET details = replace(details, '{', '{ ') WHERE act = 'draw'", "chain"),
        ("UPDATE events SET recorded_at = '2024-01-30T03:00:00.000000Z' WHERE act = 'return'", "chain"),
        ("DELETE FROM events WHERE act = 'freeze_frame'", "chain"),
        ("UPDATE cases SET turn = 5 - turn WHERE turn < 5", "draw"),
        ("UPDATE frame_units SET village = 'Thôn 9' WHERE unit_id = 'U01'", "frame"),
        ("DELETE FROM forms WHERE form = (SELECT max(form) FROM forms)", "forms"),
        ("DELETE FROM people WHERE unit_id = (SELECT min(unit_id) FROM cases)", "people"),
    ],
)
def test_whatever_was_bent_is_found(folder: Path, survey: Survey, sipas: Sipas, change: str, why: str) -> None:
    """Settings, draw, frame, codes and people, changed by SQL with the triggers dropped: exit 4, and what it was."""
    with behind_the_back(survey.store) as connection:
        without_triggers(connection)
        assert connection.exec_driver_sql(change).rowcount > 0
    found = sipas("-C", folder, "audit", "verify", "--format", "json")
    assert (found.code, found.json["intact"], found.kinds) == (4, False, ["LEDGER_BROKEN"])
    assert [p.details["why"] for p in office.verify(survey.store).problems] == [why]
