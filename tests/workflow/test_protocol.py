"""The protocol of a stored draw: true, told in the survey's language, and refused where the draw does not repeat."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from sipas_survey.problems import SurveyError
from sipas_survey.storage.schema import frame_units
from sipas_survey.storage.store import Store
from sipas_survey.workflow import drawing, frame, office, protocol
from tests.published_rule import sha
from tests.small_surveys import csv_file, new_survey, people

SEED = "Xổ số 05/12/2023: 81 042"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = new_survey(tmp_path / "survey")
    frame.import_frame(made, csv_file(tmp_path / "f.csv", people()))
    frame.freeze(made)
    drawing.set_design(made, drawing.Asked(per_district=3, reserve=1))
    drawing.draw_lists(made, seed=SEED)
    return made


def test_the_record_of_the_draw(store: Store) -> None:
    """Seed, digests, counts and head of the ledger are those of the store; the ten units are as the lists say."""
    told = protocol.make_protocol(store)
    record = drawing.record_of(store)
    assert (told.seed, told.list_digest, told.published_first) == (SEED, record.list_digest, True)
    assert told.ledger_hash == office.verify(store).head
    assert [(s.stratum, s.population, s.main, s.reserve) for s in told.strata] == [
        (district, 12, 3, 3) for district in ("132", "133", "135")
    ]
    kinds = dict(drawing.export(store)[["unit_id", "kind"]].itertuples(index=False, name=None))
    assert {u.unit_id: u.standing for u in told.units} == {u.unit_id: kinds.get(u.unit_id, "out") for u in told.units}
    assert {u.digits for u in told.units} == {sha(f"{SEED}:{u.unit_id}")[:13] for u in told.units}
    assert told.names["132"] == "Thành phố Yên Bái"


def test_what_happens_later_changes_nothing(store: Store, tmp_path: Path) -> None:
    """The ledger goes on; the protocol of the draw stays the same bytes."""
    for name in ("a.pdf", "b.pdf"):
        protocol.write_protocol(store, tmp_path / name)
        with store.write() as transaction:
            transaction.note("export_lists", files=[], people=0)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_a_draw_done_again_stands_in_it(store: Store) -> None:
    """Reason and former list are told."""
    before = drawing.record_of(store).list_digest
    drawing.draw_lists(store, seed="khác", again="Công bố nhầm")
    (told,) = protocol.make_protocol(store).repeated
    assert (told.what, told.reason, told.list_digest) == ("draw", "Công bố nhầm", before)


@pytest.mark.parametrize(("paper", "languages"), [(None, ["vi"]), ("en", ["en"]), ("both", ["vi", "en"])])
def test_languages_of_the_paper(store: Store, tmp_path: Path, paper: str | None, languages: list[str]) -> None:
    """The survey's own unless asked; both, with the survey's own first."""
    protocol.write_protocol(store, tmp_path / "p.html", paper=paper)
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert [part[:2] for part in page.split('<article lang="')[1:]] == languages


@pytest.mark.parametrize(("name", "paper"), [("p.docx", None), ("p.html", "fr")])
def test_what_cannot_be_written(store: Store, tmp_path: Path, name: str, paper: str | None) -> None:
    """Another file type or language is wrong usage, and leaves no file."""
    with pytest.raises(SurveyError, match="WRONG_CHOICE"):
        protocol.write_protocol(store, tmp_path / name, paper=paper)
    assert not (tmp_path / name).exists()


def test_no_protocol_of_a_draw_that_does_not_repeat(store: Store, tmp_path: Path) -> None:
    """A frame bent after the draw gives no paper to sign: exit 4."""
    with store.write() as transaction:
        transaction.connection.execute(sa.update(frame_units).values(village="Khác"))
    with pytest.raises(SurveyError, match="DRAW_NOT_REPEATED") as refused:
        protocol.write_protocol(store, tmp_path / "p.html")
    assert refused.value.exit_code == 4
