"""Strata that are groups of communes, for a province without districts."""

from datetime import date
from pathlib import Path

import pytest

from sipas_survey import places
from sipas_survey.problems import SurveyError
from sipas_survey.storage.store import Store
from sipas_survey.workflow import designing, drawing, frame, large_frame
from sipas_survey.workflow.progress import status
from sipas_survey.workflow.protocol import make_protocol
from tests.small_surveys import csv_file, new_survey

UNITS = places.load("lao_cai_2025")
CODES = sorted(UNITS.communes)


def rows() -> list[list[str]]:
    people = [[f"HS-{code}-{i}", code] for code in CODES for i in range(3)]
    return [["unit_id", "commune_code"], *people]


def groups(folder: Path, skipped: int = 0) -> Path:
    """Communes by name where that is clear, in two groups."""
    told = [["commune_code", "group"]]
    for i, code in enumerate(CODES[skipped:]):
        name = UNITS.communes[code].name
        told.append([name if UNITS.commune_codes(name) == (code,) else code, "vùng cao" if i % 3 else "vùng thấp"])
    return csv_file(folder / "groups.csv", told)


def survey(folder: Path) -> Store:
    return new_survey(folder, units="lao_cai_2025", frame_date=date(2025, 7, 2))


def test_groups_are_strata(tmp_path: Path) -> None:
    """Two groups, each with its quota; from a file the same; status is by commune, without quotas there."""
    file, asked = csv_file(tmp_path / "f.csv", rows()), designing.Asked(per_district=5, groups_file=groups(tmp_path))
    imported, straight = survey(tmp_path / "a"), survey(tmp_path / "b")
    frame.import_frame(imported, file)
    for store in (imported, straight):
        designing.set_design(store, asked)
    record = drawing.draw_lists(imported, seed="x").value
    large_frame.draw_from_file(straight, file, seed="x")
    assert dict(record.population) == {"vùng cao": 198, "vùng thấp": 99}
    assert (record.main, record.reserve) == (10, 10)
    assert drawing.export(imported).equals(drawing.export(straight))
    assert make_protocol(imported).strata == make_protocol(straight, frame_file=file).strata
    assert drawing.verify(imported).same
    assert status(imported)["total"]["quota"] == 10


def test_a_commune_without_a_group_is_told(tmp_path: Path) -> None:
    """Nobody loses the chance to be drawn by being forgotten in a table."""
    store = survey(tmp_path / "a")
    with pytest.raises(SurveyError, match="GROUPS_COMMUNE_LACKING"):
        designing.set_design(store, designing.Asked(groups_file=groups(tmp_path, skipped=2)))
    twice = csv_file(tmp_path / "t.csv", [["commune_code", "group"], [CODES[0], "a"], [CODES[0], "b"]])
    with pytest.raises(SurveyError, match="DESIGN_STRATUM_TWICE"):
        designing.set_design(store, designing.Asked(groups_file=twice))
    unclear = csv_file(tmp_path / "u.csv", [["commune_code", "group"], ["Không Có", "a"]])
    with pytest.raises(SurveyError, match="GROUPS_COMMUNE_UNCLEAR"):
        designing.set_design(store, designing.Asked(groups_file=unclear))
    with pytest.raises(SurveyError, match="GROUPS_NAME"):
        designing.set_design(store, designing.Asked(groups_file=csv_file(
            tmp_path / "n.csv", [["commune_code", "group"], [CODES[0], "a/b"]])))  # fmt: skip


def test_quotas_of_groups(tmp_path: Path) -> None:
    """A table of quotas names groups; a total is divided among them."""
    store = survey(tmp_path / "a")
    frame.import_frame(store, csv_file(tmp_path / "f.csv", rows()))
    table = csv_file(tmp_path / "q.csv", [["stratum", "quota"], ["vùng cao", "7"], ["vùng thấp", "2"]])
    shown = designing.set_design(store, designing.Asked(quota_file=table, groups_file=groups(tmp_path)))
    assert [(s.stratum, s.main) for s in shown.plan.strata] == [("vùng cao", 7), ("vùng thấp", 2)]
    shown = designing.set_design(store, designing.Asked(total=30, groups_file=groups(tmp_path)))
    assert [(s.stratum, s.main) for s in shown.plan.strata] == [("vùng cao", 20), ("vùng thấp", 10)]
