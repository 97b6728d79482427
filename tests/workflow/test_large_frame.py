"""A frame that stays in its file: the same draw as from an imported one, and nobody stored who was not drawn."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sipas_survey.engines import large_frame as engine
from sipas_survey.problems import SurveyError
from sipas_survey.storage import frames
from sipas_survey.storage.store import Store
from sipas_survey.workflow import designing, drawing, frame, large_frame, office
from sipas_survey.workflow.protocol import make_protocol
from tests.small_surveys import csv_file, new_survey, people

SEED = "Xổ số 05/12/2023: 81 042"


def as_parquet(file: Path, rows: list[list[str]]) -> Path:
    table = pd.DataFrame(rows[1:], columns=rows[0])
    if "birth_year" in table:
        table["birth_year"] = pd.to_numeric(table["birth_year"]).astype("Int64")
    path = file.with_suffix(".parquet")
    table.to_parquet(path)
    return path


def as_csv(file: Path, rows: list[list[str]]) -> Path:
    return csv_file(file.with_suffix(".csv"), rows)


def store_with(folder: Path, **design: Any) -> Store:
    store = new_survey(folder)
    designing.set_design(store, designing.Asked(**{"per_district": 4, "reserve": 0.5, **design}))
    return store


def cases_of(store: Store) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in drawing.export(store).itertuples(index=False, name=None)]


@pytest.mark.parametrize("write", [as_parquet, as_csv])
@pytest.mark.parametrize(
    "design",
    [{}, {"within": ("commune_code", "village")}, {"method": "systematic"}, {"method": "pivotal", "per_district": 2}],
)
def test_the_same_as_in_memory(tmp_path: Path, write: Any, design: dict[str, Any]) -> None:
    """List, probabilities, digests and the ten units of the protocol are those of the frame imported."""
    file = write(tmp_path / "people", people())
    imported, straight = store_with(tmp_path / "a", **design), store_with(tmp_path / "b", **design)
    frame.import_frame(imported, file)
    one = drawing.draw_lists(imported, seed=SEED)
    two = large_frame.draw_from_file(straight, file, seed=f" {SEED} ")
    assert cases_of(imported) == cases_of(straight)
    for name in ("frame_digest", "list_digest", "population", "main", "reserve"):
        assert getattr(one.value, name) == getattr(two.value, name)
    ours, theirs = make_protocol(imported), make_protocol(straight, frame_file=file)
    assert (ours.units, ours.strata, ours.frame_digest) == (theirs.units, theirs.strata, theirs.frame_digest)


def test_only_drawn_people_are_stored(tmp_path: Path) -> None:
    """Units and people of the lists come in, nobody else; the audit finds nothing bent, and what is bent it finds."""
    store = store_with(tmp_path / "s")
    drawn = large_frame.draw_from_file(store, as_parquet(tmp_path / "p", people()), seed=SEED).value
    with store.read() as connection:
        ids = {row[0] for row in frames.public_rows(connection)}
        assert ids == {row[1] for row in cases_of(store)}
        assert len(ids) == drawn.main + drawn.reserve < len(people()) - 1
        assert store.key is not None
        assert set(frames.people_of(connection, store.key, ids)) == ids
    assert office.verify(store).intact
    with store.engine.begin() as connection:
        connection.exec_driver_sql("update frame_units set village = 'x'")
    assert not office.verify(store).intact


def test_it_is_drawn_and_verified_from_the_file(tmp_path: Path) -> None:
    """Again is no change; another seed and another file clash; verification asks for the file and finds a change."""
    store, rows = store_with(tmp_path / "s"), people()
    file = as_parquet(tmp_path / "p", rows)
    held = large_frame.freeze_file(store, file)
    record = large_frame.draw_from_file(store, file, seed=SEED).value
    assert (record.published_first, record.frame_digest) == (True, held.frame_digest)
    assert large_frame.draw_from_file(store, file, seed=SEED).value == record
    assert large_frame.repeat(store, file).same
    assert [s.population for s in designing.show_design(store).plan.strata] == [12, 12, 12]
    with pytest.raises(SurveyError, match="DRAW_DIFFERENT"):
        large_frame.draw_from_file(store, file, seed="another")
    with pytest.raises(SurveyError, match="FRAME_IN_FILE"):
        drawing.draw_lists(store, seed="another", again="x")
    with pytest.raises(SurveyError, match="FRAME_IN_FILE"):
        large_frame.repeat(store, None)
    other = as_parquet(tmp_path / "q", rows[:-1])
    with pytest.raises(SurveyError, match="FRAME_FILE_OTHER"):
        large_frame.draw_from_file(store, other, seed=SEED)
    assert not large_frame.repeat(store, other).same
    anew = large_frame.draw_from_file(store, file, seed="another", again="wrong seed").value
    assert anew.list_digest != record.list_digest
    assert office.verify(store).intact


def test_what_is_refused(tmp_path: Path) -> None:
    """A stored frame, sizes, ids that come twice, unknown communes: told as an import would, with the row."""
    rows = people()
    file = as_parquet(tmp_path / "p", rows)
    stored = store_with(tmp_path / "a")
    frame.import_frame(stored, file)
    with pytest.raises(SurveyError, match="FRAME_STORED"):
        large_frame.draw_from_file(stored, file, seed=SEED)
    sized = store_with(tmp_path / "b", method="pareto", size="size")
    with pytest.raises(SurveyError, match="DRAW_FILE_SIZES"):
        large_frame.draw_from_file(sized, file, seed=SEED)
    store = store_with(tmp_path / "c")
    with pytest.raises(SurveyError, match="FRAME_ID_REPEATED") as refused:
        large_frame.draw_from_file(store, as_parquet(tmp_path / "t", [*rows, rows[1]]), seed=SEED)
    assert [p.place.row for p in refused.value.problems] == [len(rows) + 1]
    at = rows[0].index("commune_code")
    wrong = [*rows, [*["new"], *rows[1][1:at], "99999", *rows[1][at + 1 :]]]
    with pytest.raises(SurveyError, match="FRAME_UNKNOWN_COMMUNE") as refused:
        large_frame.draw_from_file(store, as_csv(tmp_path / "w", wrong), seed=SEED)
    assert [p.place.row for p in refused.value.problems] == [len(rows) + 1]
    with store.read() as connection:
        assert frames.size(connection) == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_any_threads_pieces_and_order(tmp_path: Path, threads: int) -> None:
    """20,000 units in or out of order, by one thread or two, in pieces of any size: digest and the nearest units."""
    ids = [f"U{i:05d}" for i in range(20_000)]
    table = pd.DataFrame({"unit_id": ids, "district_code": ["1", "2"] * 10_000, "commune_code": "04249"})
    found = []
    for step, shuffled in ((20_000, table), (7_000, table.sample(frac=1, random_state=1))):
        path = tmp_path / f"{step}.parquet"
        pieces = (shuffled.iloc[i : i + step] for i in range(0, len(table), step))
        engine.write_pieces(path, (p.set_axis(p.index + 2, axis=0) for p in pieces))
        names = {name: name for name in (*table.columns, engine.ROW)}
        with engine.open_frame(path, names, room=tmp_path, threads=threads) as large:
            large.become(["commune_code"], pd.DataFrame({"commune_code": ["04249"], "clean_commune_code": ["04250"]}))
            near = large.nearest(["district_code"], {"1": 50, "2": 9_990}, seed="s")
            found.append((large.digest(), {s: sorted(rows["unit_id"])[:5] for s, rows in near.items()}))
            assert len(near["1"]) < 500
            assert len(near["2"]) == 10_000
    assert found[0] == found[1]
