"""The sample campaign: its files are the generator's, and its facts are facts."""

import csv
import re
from pathlib import Path

from sipas_survey.resources import shipped
from sipas_survey.workflow.demo import sample

GENERATED = ("frame.csv", "quota.csv", "events.csv", "answers.csv")


def rows_of(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(shipped(f"{sample.FOLDER}/{name}").read_text(encoding="utf-8").splitlines()))


def test_sample_is_what_the_generator_writes(tmp_path: Path) -> None:
    """Made again, every generated file has the shipped bytes."""
    sample.write(tmp_path)
    assert sorted(f.name for f in tmp_path.iterdir()) == sorted(GENERATED)
    for name in GENERATED:
        assert (tmp_path / name).read_bytes() == shipped(f"{sample.FOLDER}/{name}").read_bytes(), name


def test_units_are_those_of_2023() -> None:
    """9 districts, 173 communes, every code once and with its zeros."""
    rows = rows_of("units.csv")
    assert len(rows) == len({row["commune_code"] for row in rows}) == 173
    assert len({row["district_code"] for row in rows}) == 9
    assert all(
        re.fullmatch(r"\d{5}", row["commune_code"]) and re.fullmatch(r"\d{3}", row["district_code"]) for row in rows
    )


def test_every_address_can_be_found_on_a_street_or_in_a_village() -> None:
    """Each address begins with the number of a house."""
    assert [row["address"] for row in rows_of("frame.csv") if not re.match(r"Số (nhà )?\d+, ", row["address"])] == []


def test_frame_covers_every_commune_with_the_right_district() -> None:
    """Every commune has dossiers, and no dossier names a district that is not its commune's."""
    district = {row["commune_code"]: row["district_code"] for row in rows_of("units.csv")}
    frame = rows_of("frame.csv")
    assert len(frame) == len({row["unit_id"] for row in frame}) == sample.SIZE
    assert {row["commune_code"]: row["district_code"] for row in frame} == district
    assert all(district[row["commune_code"]] == row["district_code"] for row in frame)


def test_readme_says_what_is_invented_and_counts_right() -> None:
    """The sample's README calls the people invented, names the plan, and gives the numbers of rows."""
    text = shipped(f"{sample.FOLDER}/README.md").read_text(encoding="utf-8")
    assert "invented" in text.splitlines()[1]
    assert "153/KH-UBND" in text
    for name in ("units.csv", *GENERATED):
        count, columns = re.findall(rf"^\| `{name}` \| ([\d,]+) [^|]*\| `([^`]*)`", text, flags=re.MULTILINE)[0]
        rows = rows_of(name)
        assert int(count.replace(",", "")) == len(rows), name
        assert columns.split(" … ")[0].split(", ") == list(rows[0])[: len(columns.split(" … ")[0].split(", "))], name
    assert sample.GENERATOR_SEED in text
    assert sample.DRAW_SEED in text
