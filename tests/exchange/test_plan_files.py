"""The plan in a folder."""

import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from sipas_survey.exchange.plan_files import read_plan
from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.papi_index import Group


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the plan that comes with the package."""
    shutil.copytree(Path(str(shipped("samples/plan_153"))), tmp_path / "plan")
    return tmp_path / "plan"


def test_what_the_plan_prints(folder: Path) -> None:
    """Every figure exactly as printed; a change that is not there is none."""
    plan = read_plan(folder)
    assert (plan.number, plan.issued_on, plan.year) == ("153/KH-UBND", date(2023, 7, 3), 2022)
    assert [float(row.share * 100) for row in plan.shares] == [88.29, 85.66, 85.5, 85.23, 85.23, 86.64]
    assert [row.change for row in plan.shares[-2:]] == [Fraction("-0.0183"), None]
    assert [(row.dimension, row.group, row.last_group) for row in plan.scores[:3:2]] == [
        ("1", Group.MID_LOW, Group.MID_HIGH),
        ("3", Group.MID_HIGH, Group.HIGH),
    ]


def test_files_may_be_left_out(folder: Path) -> None:
    """What is not there is not printed."""
    for name in ("appendix_1.csv", "appendix_2.csv", "statements.csv", "citations.csv"):
        (folder / name).unlink()
    plan = read_plan(folder)
    assert (plan.items, plan.shares, plan.statements, plan.citations, len(plan.scores)) == ((), (), (), (), 8)


@pytest.mark.parametrize(
    ("name", "old", "new", "kind"),
    [
        ("plan.toml", "year = 2022", "", "PLAN_FILE_MISSING"),
        ("plan.toml", "year = 2022", "year =", "PLAN_FILE_MISSING"),
        ("plan.toml", "2023-07-03", '"mùa hè"', "PLAN_FILE_MISSING"),
        ("appendix_2.csv", "percent", "share", "PLAN_COLUMN_MISSING"),
        ("appendix_2.csv", "88.29", "nhiều", "PLAN_CELL"),
        ("appendix_3.csv", "Trung bình thấp", "khá", "PLAN_CELL"),
        ("statements.csv", "36,61", "62,61", "PLAN_CELL"),
        ("statements.csv", "36,61", "0,61", "PLAN_CELL"),
        ("citations.csv", "262,2", "262,1.5", "PLAN_CELL"),
    ],
)
def test_a_plan_that_cannot_be(folder: Path, name: str, old: str, new: str, kind: str) -> None:
    """Each fault is named with its file."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SurveyError, match=kind) as refused:
        read_plan(folder)
    assert {p.place.file for p in refused.value.problems} == {name}
