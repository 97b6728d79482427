"""The same frame and seed give the same list from any file; whatever else stands in the frame is found out."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipas_survey.storage.store import Store
from sipas_survey.workflow import drawing, frame, papers
from tests.published_rule import sha
from tests.small_surveys import csv_file, new_survey, people, workbook_file

SEED = "Xổ số 05/12/2023: 81 042"
STORED = "37605775e5bf685824a7e212feed6c2f90de871912c31faee37e2fa27fc45fe8"
"""The digest of the list when this test was written: a draw made then must come out the same today."""


def parquet_file(path: Path, rows: list[list[str]]) -> Path:
    pd.DataFrame(rows[1:], columns=rows[0]).to_parquet(path)
    return path


WRITERS: dict[str, Callable[[Path, list[list[str]]], Path]] = {
    "csv": csv_file,
    "xlsx": workbook_file,
    "parquet": parquet_file,
}
FOUND_BY_ALL = ("unit_id", "commune_code", "village", "field", "agency", "result_on", "size")
OTHER = {"commune_code": "04375", "result_on": "2023-01-01", "size": "77", "birth_year": "1931"}
SUFFIXES = st.sampled_from(sorted(WRITERS))


def written(folder: Path, rows: list[list[str]], suffix: str, *, order: int = 0) -> Path:
    """The frame as a file of a type, its rows in one of many orders."""
    body = sorted(rows[1:], key=lambda row: sha(f"{order}{row[0]}")) if order else rows[1:]
    return WRITERS[suffix](folder / f"frame.{suffix}", [rows[0], *body])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A draw of four names and two reserves in each of three districts, from a CSV file."""
    folder = tmp_path_factory.mktemp("repeatable")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIPAS_KEY_FILE", str(folder / "key"))
        made = new_survey(folder / "survey")
    frame.import_frame(made, written(folder, people(), "csv"))
    drawing.set_design(made, drawing.Asked(per_district=4, reserve=0.5))
    drawing.draw_lists(made, seed=SEED)
    return made


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_the_same_list_from_every_file(store: Store, tmp_path: Path, suffix: str, order: int) -> None:
    """CSV, XLSX and Parquet, rows shuffled or not: the list that was drawn first, code by code, today as then."""
    other = new_survey(tmp_path / "other")
    frame.import_frame(other, written(tmp_path, people(), suffix, order=order))
    drawing.set_design(other, drawing.Asked(per_district=4, reserve=0.5))
    drawing.draw_lists(other, seed=SEED)
    pd.testing.assert_frame_equal(drawing.export(other), drawing.export(store))
    assert drawing.record_of(other).list_digest == STORED


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 36), st.sampled_from(FOUND_BY_ALL), SUFFIXES, st.integers(0, 9))
def test_any_public_change_is_found(
    store: Store, tmp_path: Path, row: int, column: str, suffix: str, order: int
) -> None:
    """One other id, code, stratum, size or other public cell, in any file type and order: another digest, exit 4."""
    rows = people()
    rows[row][rows[0].index(column)] = OTHER.get(column, "Khác")
    again = drawing.verify(store, frame_file=written(tmp_path, rows, suffix, order=order))
    assert not again.same
    assert again.frame_digest != drawing.record_of(store).frame_digest


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 36), st.sampled_from(["full_name", "birth_year"]), SUFFIXES, st.integers(0, 9))
def test_a_change_of_a_person_is_found_by_the_keyed_digest_only(
    store: Store, tmp_path: Path, row: int, column: str, suffix: str, order: int
) -> None:
    """The list and the public digest stay the same; the digest of the people does not."""
    rows = people()
    rows[row][rows[0].index(column)] = OTHER.get(column, "Khác")
    again = drawing.verify(store, frame_file=written(tmp_path, rows, suffix, order=order))
    assert (again.same, again.people_same) == (True, False)


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 36), SUFFIXES)
def test_a_missing_or_added_unit_is_found(store: Store, tmp_path: Path, row: int, suffix: str) -> None:
    """A frame without somebody, or with one more, is another frame."""
    rows = people()
    for changed in ([*rows[:row], *rows[row + 1 :]], [*rows, ["THÊM", *rows[row][1:]]]):
        assert not drawing.verify(store, frame_file=written(tmp_path, changed, suffix)).same


@pytest.mark.parametrize("suffix", sorted(WRITERS))
def test_the_extract_alone_proves_the_draw(store: Store, tmp_path: Path, suffix: str) -> None:
    """The published columns without any name, in any file type, repeat the draw; of people nothing is said."""
    papers.write_public_frame(store, tmp_path / "public.csv")
    rows = [line.split(",") for line in (tmp_path / "public.csv").read_text(encoding="utf-8").splitlines()]
    again = drawing.verify(store, frame_file=written(tmp_path, rows, suffix, order=3))
    assert (again.same, again.people_same) == (True, None)
