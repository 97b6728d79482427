"""An earlier round: its people left out or kept, matched by name under another dossier, and the overlap told."""

from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage.store import Store
from sipas_survey.workflow import designing, drawing, frame, large_frame
from tests.small_surveys import csv_file, new_survey, people

OLD, NEW = "Xổ số 05/12/2022", "Xổ số 05/12/2023"


def survey(folder: Path, rows: list[list[str]]) -> Store:
    store = new_survey(folder)
    frame.import_frame(store, csv_file(folder.parent / f"{folder.name}.csv", rows))
    return store


def next_year(rows: list[list[str]]) -> list[list[str]]:
    """The same people under new dossier ids, and a new one in each district."""
    renamed = [[f"N-{row[0]}", *row[1:]] for row in rows[1:]]
    fresh = [["NEW-" + row[0], *row[1:7], f"Hoàng Mới {i}", "1999"] for i, row in enumerate(rows[1::12])]
    return [rows[0], *renamed, *fresh]


@pytest.fixture
def earlier(tmp_path: Path) -> Store:
    store = survey(tmp_path / "a", people())
    designing.set_design(store, designing.Asked(per_district=4, reserve=0.5))
    drawing.draw_lists(store, seed=OLD)
    return store


def main_of(store: Store) -> set[str]:
    cases = drawing.export(store)
    return set(cases.loc[cases["kind"] == "main", "unit_id"])


def test_nobody_is_asked_twice(earlier: Store, tmp_path: Path) -> None:
    """Who was on the main list last year is not drawn this year; the others keep the chance n/N, N counting all."""
    store = survey(tmp_path / "b", next_year(people()))
    designing.set_design(store, designing.Asked(per_district=4, reserve=0.5, leave_out=earlier.folder))
    record = drawing.draw_lists(store, seed=NEW).value
    assert {f"N-{unit}" for unit in main_of(earlier)} == set(record.left_out)
    cases = drawing.export(store)
    assert not set(cases["unit_id"]) & set(record.left_out)
    assert cases["probability"].dropna().unique().tolist() == [4 / 13]
    assert record.overlap == {"frame": 12, "main": 0, "reserve": 0}
    assert drawing.verify(store).same


def test_short_strata_are_told(earlier: Store, tmp_path: Path) -> None:
    """Where too few are left nobody is asked again: the quota falls short, with a warning."""
    store = survey(tmp_path / "b", next_year(people()))
    designing.set_design(store, designing.Asked(per_district=10, reserve=0.5, leave_out=earlier.folder))
    drawn = drawing.draw_lists(store, seed=NEW)
    assert drawn.value.main == 27
    assert sum(p.kind == "DESIGN_SHORTFALL" for p in drawn.problems) == 3


def test_the_order_goes_on(earlier: Store, tmp_path: Path) -> None:
    """Under the permanent seed the new main list is what followed the old one; the seed must be the same."""
    store = survey(tmp_path / "b", people())
    designing.set_design(store, designing.Asked(per_district=4, reserve=0.5, shift=earlier.folder))
    with pytest.raises(SurveyError, match="ROUND_SEED_OTHER"):
        drawing.draw_lists(store, seed=NEW)
    record = drawing.draw_lists(store, seed=OLD).value
    old = drawing.export(earlier)
    reserves = set(old.loc[old["kind"] == "reserve", "unit_id"])
    assert not main_of(store) & main_of(earlier)
    assert reserves <= main_of(store)
    assert record.overlap == {"frame": 12, "main": 0, "reserve": 0}
    assert drawing.verify(store).same


def test_a_part_stays_as_a_panel(earlier: Store, tmp_path: Path) -> None:
    """With an overlap of one half, half of each main list are of the earlier round."""
    store = survey(tmp_path / "b", people())
    designing.set_design(store, designing.Asked(per_district=4, reserve=0.5, shift=earlier.folder, overlap=0.5))
    record = drawing.draw_lists(store, seed=OLD).value
    assert len(main_of(store) & main_of(earlier)) == 6
    assert record.overlap == {"frame": 12, "main": 6, "reserve": 0}


def test_what_does_not_go_together_is_refused(earlier: Store, tmp_path: Path) -> None:
    """A round is not its own predecessor; shifting wants simple random sampling; a frame in a file knows no round."""
    with pytest.raises(SurveyError, match="ROUND_ITSELF"):
        designing.set_design(earlier, designing.Asked(leave_out=earlier.folder))
    store = survey(tmp_path / "b", people())
    with pytest.raises(SurveyError, match="ROUND_METHOD"):
        designing.set_design(store, designing.Asked(shift=earlier.folder, method="systematic"))
    with pytest.raises(SurveyError, match="ROUND_METHOD"):
        designing.set_design(store, designing.Asked(leave_out=earlier.folder, method="pareto", size="size"))
    straight = new_survey(tmp_path / "c")
    designing.set_design(straight, designing.Asked(leave_out=earlier.folder))
    with pytest.raises(SurveyError, match="ROUND_NOT_OF_FILE"):
        large_frame.draw_from_file(straight, tmp_path / "a.csv", seed=NEW)


def test_another_draw_in_the_folder_is_noticed(earlier: Store, tmp_path: Path) -> None:
    """The round that was named must still be there when it is drawn."""
    store = survey(tmp_path / "b", next_year(people()))
    designing.set_design(store, designing.Asked(per_district=4, leave_out=earlier.folder))
    drawing.draw_lists(earlier, seed="another", again="test")
    with pytest.raises(SurveyError, match="ROUND_OTHER"):
        drawing.draw_lists(store, seed=NEW)
