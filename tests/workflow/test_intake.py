"""Many report at once: nothing is lost, doubled, or told to the wrong one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError, stop
from sipas_survey.storage.store import Store
from sipas_survey.workflow import office
from sipas_survey.workflow.field import take_in_together
from sipas_survey.workflow.intake import Intake
from tests.surveys import Survey, drawn


@pytest.fixture
def made(tmp_path: Path) -> Survey:
    """A small survey that has been drawn."""
    return drawn(tmp_path)


def batch(made: Survey, author: str, text: str) -> tuple[Store, list]:
    """What somebody reports."""
    return replace(made.store, author=author), list(made.rows(text))


def test_batches_are_written_together_in_their_authors_names(made: Survey) -> None:
    """Two people's batches, the second resting on the first, come in at once, each under its own name."""
    done = take_in_together([batch(made, "an", "print 2 A1"), batch(made, "binh", "issue 3 A1\nprint 2 B1")])
    assert done is not None
    assert [each.new for each in done] == [1, 2]
    authors = [row["author"] for row in office.journal(made.store) if row["form"]]
    assert authors == ["an", "binh", "binh"]
    assert office.verify(made.store).intact


def test_a_wrong_batch_keeps_the_others_whole(made: Survey) -> None:
    """Where one of them is wrong nothing is stored together."""
    assert take_in_together([batch(made, "an", "print 2 A1"), batch(made, "binh", "return 3 B1\nprint 2 X")]) is None
    assert not [row for row in office.journal(made.store) if row["form"]]


def test_many_at_once(made: Survey) -> None:
    """Sixteen threads with good and bad batches: each is told of its own, and all that was acknowledged is there."""
    intake, forms = Intake(), ("A1", "A2", "B1", "B2")
    batches = [batch(made, f"u{i}", f"e{i}: print 2 {forms[i % 4] if i % 3 else 'nobody'}") for i in range(16)]
    with ThreadPoolExecutor(16) as threads:
        done = list(threads.map(lambda told: intake.take(*told), batches))
    assert [each.stored for each in done] == [bool(i % 3) for i in range(16)]
    new = sum(each.new for each in done)
    assert new == len([row for row in office.journal(made.store) if row["form"]]) == len(forms)
    assert office.verify(made.store).intact


def test_what_fails_is_raised_to_its_own(tmp_path: Path, made: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault reaches the one whose batch it is, and the desk is free again."""
    intake = Intake()

    def broken(*_: object) -> None:
        raise stop("DATABASE_BUSY")

    with monkeypatch.context() as patch:
        patch.setattr("sipas_survey.workflow.intake.take_in", broken)
        with pytest.raises(SurveyError, match=r"DATABASE_BUSY|busy|wait"):
            intake.take(*batch(made, "an", "print 2 A1"))
    assert intake.take(*batch(made, "an", "print 2 A1")).new == 1
