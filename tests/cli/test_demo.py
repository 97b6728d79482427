"""The demonstration, as a newcomer sees it."""

import re
import sqlite3
from pathlib import Path

import pytest

from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.resources import shipped
from tests.cli.conftest import Sipas
from tests.demonstrations import NAMES, demonstration

DIMENSIONS = {"access": 88.29, "procedures": 85.66, "civil_servants": 85.50, "results": 85.23, "feedback": 85.23}


def test_demo_leaves_everything_it_promises(told: Path) -> None:
    """Nine workbooks, a report in two forms, a database and the settings stand in the folder."""
    assert len(list((told / "lists").glob("*.xlsx"))) == 9
    for name in ("survey.toml", "survey.db", "report.html", "report.xlsx"):
        assert (told / name).stat().st_size > 0


def test_five_dimensions_come_out_as_published(told: Path, sipas: Sipas) -> None:
    """The sample's answers give the percentages that the plan prints for 2022, to the second decimal."""
    rows = sipas("-C", told, "satisfaction", "--format", "json").json["rows"]
    found = {r["index"]: round(100 * r["satisfied"] / r["valid"], 2) for r in rows if r["index"] in DIMENSIONS}
    assert found == DIMENSIONS


def test_counts_add_up_in_every_cell(told: Path, sipas: Sipas) -> None:
    """The identities hold by every level, and every level sums to the same total."""
    for level in ("district", "commune", "village", "worker", "field"):
        status = sipas("-C", told, "status", "--by", level, "--format", "json").json
        for row in [*status["rows"], status["total"]]:
            assert row["handed_out"] == row["issued"] + row["withdrawn"]
            assert row["issued"] == row["returned"] + row["outstanding"] + row["lost"]
            assert row["returned"] == row["valid"] + row["invalid"] + row["unchecked"]
            assert row["handed_out"] <= row["printed"]
        for name in ("printed", "handed_out", "withdrawn", "issued", "returned", "valid", "lost", "main"):
            assert sum(row[name] for row in status["rows"]) == status["total"][name], (level, name)
    assert (status["total"]["returned"], status["total"]["issued"], status["total"]["lost"]) == (540, 542, 2)


def test_demo_again_makes_the_same_report(demo: Path, sipas: Sipas) -> None:
    """Over its own folder it starts anew, and the same package writes the same bytes."""
    before = {name: (demo / name).read_bytes() for name in ("report.html", "report.xlsx")}
    lists = {file.name: file.read_bytes() for file in (demo / "lists").iterdir()}
    assert sipas("demo", demo).code == 0
    assert {name: (demo / name).read_bytes() for name in before} == before
    assert {file.name: file.read_bytes() for file in (demo / "lists").iterdir()} == lists


def test_demo_touches_no_other_folder(tmp_path: Path, sipas: Sipas) -> None:
    """A folder with somebody's files is refused with exit 4, and stays as it was."""
    (tmp_path / "luận văn.txt").write_text("của tôi", encoding="utf-8")
    result = sipas("demo", tmp_path)
    assert result.code == 4
    assert "SURVEY_EXISTS" in result.err
    assert [f.name for f in tmp_path.iterdir()] == ["luận văn.txt"]


def test_demo_is_told_in_both_languages(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The story ends with a verdict and says where the files are."""
    verdicts: dict[Lang, str] = {"vi": "KẾT LUẬN", "en": "VERDICT"}
    assert set(verdicts) == set(LANGUAGES)
    for lang, verdict in verdicts.items():
        _, said = demonstration(lang, tmp_path_factory)
        assert verdict in said
        assert NAMES[lang] in said.splitlines()[-1]


def test_no_name_leaves_its_room(told: Path) -> None:
    """No full name of the sample stands in the database, its journal, or a report: lists alone hold them."""
    frame = shipped("samples/yen_bai_2023/frame.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = {line.split(",")[4] for line in frame}
    assert len(names) > 5_000
    files = [f for f in told.iterdir() if f.is_file()]
    haystack = b"\n".join(f.read_bytes() for f in files)
    families = {name.partition(" ")[0] for name in names}
    places = [m.start() for family in families for m in re.finditer(re.escape(f"{family} ".encode()), haystack)]
    read_on = {haystack[at : at + 80] for at in places}  # no full name without its family name, and a space
    encoded = tuple(name.encode() for name in names)
    assert [text for text in read_on if text.startswith(encoded)] == []


def test_people_not_drawn_are_forgotten(told: Path) -> None:
    """After the first form is printed only the drawn keep a sealed row."""
    with sqlite3.connect(told / "survey.db") as database:
        (left,) = database.execute("SELECT count(*) FROM people WHERE event_id = ''").fetchone()
    database.close()
    assert left == 1080


def test_demo_with_a_strangers_file_stays_whole(demo: Path, sipas: Sipas) -> None:
    """A file that somebody put into a demonstration: refused, and nothing of the old one is gone."""
    before = sorted(file.name for file in demo.iterdir())
    (demo / "của tôi.txt").write_text("x", encoding="utf-8")
    assert sipas("demo", demo).code == 4
    assert sorted(file.name for file in demo.iterdir()) == sorted([*before, "của tôi.txt"])
