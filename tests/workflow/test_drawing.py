"""The public draw, from frame files to the proof that it can be repeated."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow import drawing, field, frame, papers
from tests import published_rule
from tests.small_surveys import acts, csv_file, new_survey, people, text_file, workbook_file

SEED = "Xổ số 05/12/2023: 81 042"
DAY = date(2023, 12, 5)


def drawn(folder: Path, write: Callable[[Path], Path], **design: Any) -> Store:
    """A survey with a frame from a file and a draw of four names a district."""
    store = new_survey(folder)
    frame.import_frame(store, write(folder.parent / f"{folder.name}.file"))
    drawing.set_design(store, drawing.Asked(**{"per_district": 4, "reserve": 0.5, **design}))
    drawing.draw_lists(store, seed=SEED)
    return store


def rows_of(store: Store) -> list[tuple[str, ...]]:
    table = drawing.export(store)[["form", "unit_id", "kind", "stratum", "turn"]]
    return [tuple(map(str, row)) for row in table.itertuples(index=False, name=None)]


def as_csv(path: Path, rows: list[list[str]] | None = None, *, delimiter: str = ",") -> Path:
    return csv_file(path.with_suffix(".csv"), rows or people(), delimiter=delimiter)


def units() -> list[dict[str, str]]:
    rows = people()
    districts = {"04249": "132", "04282": "133", "04303": "135"}
    found = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return [{**unit, "district_code": districts[unit["commune_code"]]} for unit in found]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return drawn(tmp_path / "survey", as_csv)


def test_the_draw_is_the_published_rule(store: Store) -> None:
    """Order, lists, form codes and digest equal a recomputation with hashlib alone."""
    again = published_rule.draw(units(), SEED, quota=4, reserve=2, by="district_code", round_code=23)
    assert rows_of(store) == again
    record = drawing.record_of(store)
    assert record.frame_digest == published_rule.frame_digest(units())
    assert record.list_digest == published_rule.sha("".join("\t".join(row) + "\n" for row in again))
    assert (record.main, record.reserve) == (12, 6)


@pytest.mark.parametrize("how", ["shuffled", "renamed", "semicolon", "workbook"])
def test_neither_order_nor_names_nor_file_type_matter(store: Store, tmp_path: Path, how: str) -> None:
    """The same public columns give the same draw and digest; other names only another keyed digest."""
    rows = people()
    head, body = rows[0], rows[1:]
    changed = {
        "shuffled": [head, *sorted(body, key=lambda row: published_rule.sha(row[0]))],
        "renamed": [head, *([*row[:7], f"Trần Văn {i}", row[8]] for i, row in enumerate(body))],
    }.get(how, rows)

    def write(path: Path) -> Path:
        if how == "workbook":
            return workbook_file(path.with_suffix(".xlsx"), changed)
        return as_csv(path, changed, delimiter=";" if how == "semicolon" else ",")

    other = drawn(tmp_path / "other", write)
    assert rows_of(other) == rows_of(store)
    assert drawing.record_of(other).frame_digest == drawing.record_of(store).frame_digest
    same_people = drawing.verify(store, frame_file=write(tmp_path / "again")).people_same
    assert same_people is (how != "renamed")


@pytest.mark.parametrize("column", [0, 1, 2, 3, 4, 5, 6])
def test_every_public_column_is_in_the_digest(store: Store, tmp_path: Path, column: int) -> None:
    """Another id, commune, village, field, agency, day or size is another frame: `verify` says so."""
    rows = people()
    rows[1][column] = {1: "04252", 5: "2023-01-01", 6: "9"}.get(column, "Khác")
    again = drawing.verify(store, frame_file=as_csv(tmp_path / "changed", rows))
    assert not again.same
    assert again.frame_digest != drawing.record_of(store).frame_digest
    assert [p.kind for p in again.problems] == ["DRAW_NOT_REPEATED"]


def test_the_same_draw_again_changes_nothing(store: Store) -> None:
    """The same seed, however it is spaced, is the same draw; another one is refused with exit code 4."""
    before = acts(store), drawing.record_of(store)
    assert drawing.draw_lists(store, seed=f"  {SEED} ").value == before[1]
    with pytest.raises(SurveyError, match="DRAW_DIFFERENT") as refused:
        drawing.draw_lists(store, seed="another")
    assert refused.value.exit_code == 4
    assert (acts(store), drawing.record_of(store)) == before


def test_the_design_is_fixed_by_the_draw(store: Store) -> None:
    """After the draw the same design may be set again, another one may not."""
    drawing.set_design(store, drawing.Asked(per_district=4, reserve=0.5))
    with pytest.raises(SurveyError, match="DESIGN_FIXED"):
        drawing.set_design(store, drawing.Asked(per_district=5))


def test_the_default_design_is_fixed_too(tmp_path: Path) -> None:
    """A draw without `design set` has the settings' design; setting just that changes nothing."""
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, as_csv(tmp_path / "f"))
    drawing.draw_lists(store, seed=SEED)
    before = acts(store)
    drawing.set_design(store)
    assert acts(store) == before


def test_a_freeze_inside_the_draw_is_told(store: Store, tmp_path: Path) -> None:
    """A frame frozen by the draw itself was not published before the seed; one frozen before was."""
    assert acts(store)[-2:] == ["freeze_frame", "draw"]
    assert drawing.record_of(store).published_first is False
    other = new_survey(tmp_path / "other")
    frame.import_frame(other, as_csv(tmp_path / "f"))
    frame.freeze(other)
    assert drawing.draw_lists(other, seed=SEED).value.published_first is True


def test_a_dry_run_draws_nothing(tmp_path: Path) -> None:
    """`--dry-run` shows the draw and leaves the frame open."""
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, as_csv(tmp_path / "f"))
    before = acts(store)
    assert drawing.draw_lists(store, seed=SEED, dry_run=True).value.main == 36
    assert acts(store) == before
    with pytest.raises(SurveyError, match="DRAW_MISSING"):
        drawing.record_of(store)


def test_verification_needs_no_names(store: Store, tmp_path: Path) -> None:
    """The public extract alone proves the draw, also after everybody not drawn is forgotten."""
    papers.write_public_frame(store, tmp_path / "public.csv")
    assert drawing.verify(store).people_same is True
    for _ in range(2):
        again = drawing.verify(store, frame_file=tmp_path / "public.csv")
        assert (again.same, again.people_same, again.main, again.reserve) == (True, None, 12, 6)
        field.record(store, "print", [rows_of(store)[0][0]], on=DAY)
    assert (drawing.verify(store).same, drawing.verify(store).people_same) == (True, None)
    assert drawing.verify(store, frame_file=as_csv(tmp_path / "names")).people_same is True


def test_shortfalls_are_warned_of(tmp_path: Path) -> None:
    """A stratum too small for its quota gives all it has; one too small for its reserve says what is left."""
    text = "district_code,quota\n132,20\nVăn Chấn,1\n133,8\n"
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, as_csv(tmp_path / "f"))
    told = drawing.set_design(store, drawing.Asked(quota_file=text_file(tmp_path / "q.csv", text))).problems
    assert [(p.kind, p.details.get("stratum")) for p in told] == [
        ("DESIGN_SHORTFALL", "132"),
        ("DESIGN_SHORT_RESERVE", "133"),
        ("DESIGN_SHORTFALL", "140"),
        ("DESIGN_IMPRECISE", None),
    ]
    done = drawing.draw_lists(store, seed=SEED)
    assert done.problems == told[:3]
    assert (done.value.main, done.value.reserve) == (20, 4)


def test_a_released_reserve_changes_probabilities(store: Store) -> None:
    """n + r of N are in the field: each has probability (n + r)/N; a reserve still held has none."""
    main = [row[0] for row in rows_of(store) if row[3] == "132" and row[2] == "main"]
    field.record(store, "print", [row[0] for row in rows_of(store)], on=DAY)
    field.record(store, "issue", main, on=DAY)
    field.record(store, "refuse", main[:1], on=DAY)
    released = field.point(store, Act.REPLACE, main[0], on=DAY)
    table = drawing.export(store).query("stratum == '132'")
    assert table["probability"].tolist()[:5] == [5 / 12] * 5
    assert table["weight"].tolist()[:5] == [12 / 5] * 5
    assert table["probability"].isna().tolist() == [False] * 5 + [True]
    assert released.event.refers_to == table["form"].tolist()[4]
    assert drawing.verify(store).same


def test_communes_without_districts(tmp_path: Path) -> None:
    """Units without a district tier are drawn by commune."""
    listed = text_file(tmp_path / "units.csv", "commune_code,commune\n04249,Xã A\n04282,Xã B\n04303,Xã C\n")
    store = new_survey(tmp_path / "survey", units=str(listed))
    frame.import_frame(store, as_csv(tmp_path / "f"))
    drawing.set_design(store, drawing.Asked(per_district=4, reserve=0.5))
    drawing.draw_lists(store, seed=SEED)
    plain = [{**unit, "district_code": ""} for unit in units()]
    again = published_rule.draw(plain, SEED, quota=4, reserve=2, by="commune_code", round_code=23)
    assert rows_of(store) == again
    assert drawing.record_of(store).frame_digest == published_rule.frame_digest(plain)


def test_precision_is_shown_before_the_draw(tmp_path: Path) -> None:
    """`design show` gives the sizes and the margin of each stratum."""
    store = new_survey(tmp_path / "survey")
    frame.import_frame(store, as_csv(tmp_path / "f"))
    shown = drawing.show_design(store)
    assert next((s.stratum, s.population, s.main) for s in shown.plan.strata) == ("132", 12, 12)
    assert shown.strata["132"].margin == pytest.approx(0)
