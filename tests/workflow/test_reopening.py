"""Doing it again: openly, with a reason, before any form has gone out, and never under the same form codes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage import ledger
from sipas_survey.storage.store import Store
from sipas_survey.workflow import drawing, field, frame, office, reopening
from sipas_survey.workflow.reopening import Reopened
from tests.small_surveys import acts, csv_file, new_survey, people

SEED, OTHER = "Xổ số 05/12/2023: 81 042", "Xổ số 06/12/2023: 11 905"
WHY = "Công bố nhầm kết quả xổ số"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A survey of 36 dossiers with a draw of four names and two reserves in each of three districts."""
    made = new_survey(tmp_path / "survey")
    frame.import_frame(made, csv_file(tmp_path / "f.csv", people()))
    frame.freeze(made)
    drawing.set_design(made, drawing.Asked(per_district=4, reserve=0.5))
    drawing.draw_lists(made, seed=SEED)
    return made


def numbers(store: Store) -> set[int]:
    return {int(form[2:8]) for form in drawing.export(store)["form"]}


def again(store: Store, what: str, *, why: str = WHY) -> object:
    """Do one of the three again: a larger frame, another design, another seed."""
    file = csv_file(store.folder.parent / "larger.csv", people(13))
    deeds: dict[str, Callable[[], object]] = {
        "frame": lambda: frame.import_frame(store, file, again=why),
        "design": lambda: drawing.set_design(store, drawing.Asked(per_district=5, reserve=0.5), again=why),
        "draw": lambda: drawing.draw_lists(store, seed=OTHER, again=why),
    }
    return deeds[what]()


def test_another_draw_takes_the_place_of_the_first(store: Store) -> None:
    """The new seed gives a new list that verifies; its codes go on after the highest ever given."""
    before = drawing.record_of(store)
    assert numbers(store) == set(range(100_001, 100_019))
    again(store, "draw")
    after = drawing.record_of(store)
    assert (after.seed, after.list_digest != before.list_digest) == (OTHER, True)
    assert numbers(store) == set(range(100_019, 100_037))
    assert drawing.verify(store).same
    assert office.verify(store).intact
    assert acts(store)[-2:] == ["reopen_draw", "draw"]


def test_every_time_is_told(store: Store) -> None:
    """What was done again, why, and which draw it set aside, in order."""
    first = drawing.record_of(store)
    again(store, "draw")
    second = drawing.record_of(store)
    again(store, "design", why="Thêm phiếu cho mỗi huyện")
    drawing.draw_lists(store, seed=OTHER)
    with store.read() as connection:
        told = reopening.reopenings(connection)
    assert [(t.what, t.reason, t.list_digest) for t in told] == [
        (Reopened.DRAW, WHY, first.list_digest),
        (Reopened.DESIGN, "Thêm phiếu cho mỗi huyện", second.list_digest),
    ]
    assert numbers(store) == set(range(100_037, 100_037 + 24))


def test_another_frame_begins_anew(store: Store) -> None:
    """The old units go, the frame is open until it is frozen again, and the draw is gone until there is another."""
    with store.read() as connection:
        old = ledger.standing(connection, "freeze_frame")
    done = frame.import_frame(store, csv_file(store.folder.parent / "g.csv", people(7)), again=WHY)
    assert [p.kind for p in done.problems] == ["FRAME_BEGUN_ANEW"]
    assert (done.new, done.stored, done.problems[0].found) == (21, True, "36")
    with pytest.raises(SurveyError, match="DRAW_MISSING"):
        drawing.record_of(store)
    assert office.verify(store).intact
    assert drawing.draw_lists(store, seed=SEED).value.published_first is False
    assert old is not None
    assert drawing.record_of(store).frame_digest != old["frame_digest"]
    assert drawing.verify(store).same
    assert min(numbers(store)) == 100_019


def test_the_same_is_not_done_again(store: Store) -> None:
    """The standing draw's own seed, and the standing design, change nothing whatever the reason."""
    before = acts(store), drawing.record_of(store)
    drawing.draw_lists(store, seed=SEED, again=WHY)
    drawing.set_design(store, drawing.Asked(per_district=4, reserve=0.5), again=WHY)
    assert (acts(store), drawing.record_of(store)) == before


@pytest.mark.parametrize("what", list(Reopened))
def test_without_a_reason_nothing_is_done_again(store: Store, what: Reopened) -> None:
    """A blank reason is none: exit 2, and everything stays."""
    before = acts(store), drawing.record_of(store)
    with pytest.raises(SurveyError, match="AGAIN_REASON_EMPTY") as refused:
        again(store, what, why="  ")
    assert refused.value.exit_code == 2
    assert (acts(store), drawing.record_of(store)) == before


@pytest.mark.parametrize("what", list(Reopened))
def test_after_the_first_print_it_is_too_late(store: Store, what: Reopened) -> None:
    """Once a form is printed frame, design and draw stay: exit 4, and everything stays."""
    field.record(store, "print", [drawing.export(store)["form"].iloc[0]], on=date(2023, 12, 5))
    before = acts(store), drawing.record_of(store), numbers(store)
    with pytest.raises(SurveyError, match="AGAIN_TOO_LATE") as refused:
        again(store, what)
    assert refused.value.exit_code == 4
    assert (acts(store), drawing.record_of(store), numbers(store)) == before


@pytest.mark.parametrize("what", list(Reopened))
def test_before_anything_there_is_nothing_to_do_again(tmp_path: Path, what: Reopened) -> None:
    """On a new survey `again` does what it would do without, and no entry speaks of a repetition."""
    store = new_survey(tmp_path / "survey")
    if what is not Reopened.FRAME:
        frame.import_frame(store, csv_file(tmp_path / "f.csv", people()))
    again(store, what)
    assert not [act for act in acts(store) if act.startswith("reopen")]


def test_a_dry_run_sets_nothing_aside(store: Store) -> None:
    """`--dry-run` shows the other draw and the other frame, and leaves both as they were."""
    before = acts(store), drawing.record_of(store), numbers(store)
    file = csv_file(store.folder.parent / "g.csv", people(7))
    assert drawing.draw_lists(store, seed=OTHER, again=WHY, dry_run=True).value.seed == OTHER
    assert frame.import_frame(store, file, again=WHY, dry_run=True).new == 21
    assert (acts(store), drawing.record_of(store), numbers(store)) == before


def test_a_wrong_file_sets_nothing_aside(store: Store) -> None:
    """A new frame with an error leaves the old one, and its draw, as they were."""
    before = acts(store), drawing.record_of(store)
    rows = people(7)
    rows[3][1] = "99999"
    done = frame.import_frame(store, csv_file(store.folder.parent / "g.csv", rows), again=WHY)
    assert (done.stored, done.wrong) == (False, 1)
    assert (acts(store), drawing.record_of(store)) == before
