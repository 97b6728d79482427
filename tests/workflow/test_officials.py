"""The survey of officials: people by agency, forms by mail or link, reminders, the same ledger and the same target."""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import SurveyError
from sipas_survey.storage.store import Store, open_store
from sipas_survey.workflow import (
    designing,
    drawing,
    field,
    frame,
    handover,
    office,
    overdue,
    papers,
    printing,
    progress,
    protocol,
)
from tests.documents.pdfs import texts
from tests.small_surveys import csv_file

AGENCIES = {"Sở Nội vụ": 8, "Sở Tài chính": 6, "UBND huyện Lục Yên": 10}


def clock() -> datetime:
    """A day in the middle of the round."""
    return datetime(2024, 1, 31, 3, tzinfo=UTC)


@pytest.fixture
def officials(tmp_path: Path, database: str) -> Store:
    """Three agencies, five officials drawn in each, the form on the web."""
    store = office.init(tmp_path / "a", office.NewSurvey(kind="officials"), author="an", clock=clock)
    rows = [["Mã hồ sơ", "Họ và tên", "Cơ quan", "Email"]]
    rows += [[f"{a}-{i}", f"Trần Văn {i}", a, f"o{i}@example.vn"] for a, n in AGENCIES.items() for i in range(n)]
    assert frame.import_frame(store, csv_file(tmp_path / "officials.csv", rows), renames={"Mã hồ sơ": "unit_id"}).stored
    settings = store.folder / "survey.toml"
    link = 'link = "https://khaosat.example.vn/{form}"\n'
    settings.write_text(link + settings.read_text(encoding="utf-8"), encoding="utf-8")
    store.close()
    store = open_store(store.folder, author="an", clock=clock)
    designing.set_design(store, designing.Asked(per_district=5, reserve=0.2))
    drawing.draw_lists(store, seed="officials")
    return store


def test_drawn_by_agency(officials: Store) -> None:
    """Five of each agency; the protocol and the frame speak of agencies."""
    drawn = drawing.export(officials)
    assert drawn[drawn["kind"] == "main"]["stratum"].value_counts().to_dict() == dict.fromkeys(AGENCIES, 5)
    assert {row[0]: row[2] for row in frame.show(officials, by="agency")} == AGENCIES
    assert {row.stratum for row in protocol.make_protocol(officials).strata} == set(AGENCIES)
    assert drawing.verify(officials).same


def test_the_same_target_and_ledger(officials: Store, tmp_path: Path) -> None:
    """Sent by mail and by link, two still out: status by agency, reminders with the address, lists with the link."""
    drawn = drawing.export(officials)
    main = drawn[drawn["kind"] == "main"]
    told = []
    for i, form in enumerate(main["form"]):
        by = "link" if i % 2 else "mail"
        told += [EventRow(None, form, "print", date(2024, 1, 8)), EventRow(None, form, "issue", date(2024, 1, 9), by)]
        told += [EventRow(None, form, "return", date(2024, 1, 12 + i), by)] if i >= 2 else []
    assert field.take_in(officials, told).stored
    status = progress.status(officials)
    assert [row["agency"] for row in status["rows"]] == sorted(AGENCIES)
    assert (status["total"]["issued"], status["total"]["returned"], status["total"]["target_met"]) == (15, 13, False)
    assert {row["quota"] for row in status["rows"]} == {5}
    files, forms = overdue.write_lists(officials, tmp_path / "reminders")
    assert (len(files), {form.overdue for form in forms}) == (1, {True})
    assert {form.address.partition("@")[2] for form in forms} == {"example.vn"}
    lists = papers.write_lists(officials, tmp_path / "lists").value
    assert len(lists) == 3
    book = openpyxl.load_workbook(lists[0], read_only=True)
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    assert any(str(cell).startswith("https://khaosat.example.vn/23") for cell in cells)
    as_csv = papers.write_lists(officials, tmp_path / "csv", as_csv=True).value
    assert pd.read_csv(as_csv[0], dtype=str)["link"].str.startswith("https://").all()


@pytest.mark.parametrize(("agency", "kind"), [("", "FRAME_AGENCY_UNUSABLE"), ("Sở A/B", "FRAME_AGENCY_UNUSABLE")])
def test_an_agency_that_cannot_be_drawn_by(tmp_path: Path, agency: str, kind: str) -> None:
    """Officials need an agency, without the sign that parts strata; a commune they need not have."""
    store = office.init(tmp_path / "a", office.NewSurvey(kind="officials"), clock=clock)
    done = frame.import_frame(
        store, csv_file(tmp_path / "f.csv", [["unit_id", "agency"], ["1", agency], ["2", "Sở C"]])
    )
    assert (done.stored, [p.kind for p in done.problems]) == (False, [kind])
    with pytest.raises(SurveyError, match=r"FRAME_COLUMN_MISSING.*agency"):
        frame.import_frame(store, csv_file(tmp_path / "g.csv", [["unit_id", "commune_code"], ["1", "04249"]]))
    store.close()


def test_a_link_without_a_place_for_the_code(officials: Store) -> None:
    """The address must say where the code goes."""
    file = officials.folder / "survey.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("{form}", "form"), encoding="utf-8")
    with pytest.raises(SurveyError, match="SETTINGS_INVALID"):
        office.open_survey(officials.folder)


def test_papers_by_agency(officials: Store, tmp_path: Path) -> None:
    """Forms, sheets and labels are made by agency; the cover names it, the form's title is that of officials."""
    batches = printing.print_forms(officials, tmp_path / "p", place="Sở Nội vụ").value
    assert [(b.place, b.kind, len(b.forms)) for b in batches] == [
        ("Sở Nội vụ", "main", 5),
        ("Sở Nội vụ", "reserve", 1),
    ]
    pages = texts((tmp_path / "p" / batches[0].file).read_bytes())
    assert "Sở Nội vụ" in pages[2]
    assert "PHIẾU LẤY Ý KIẾN CÁN BỘ, CÔNG CHỨC" in pages[4]
    assert len(handover.write_sheets(officials, tmp_path / "s").value) == 1
    assert len(handover.write_labels(officials, tmp_path / "l")) == 6
