"""PAR INDEX from a file and from campaigns."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.workflow import answers, designing, drawing, field, frame, office
from sipas_survey.workflow.par_index import record_of_sheet, score_sheet
from tests.small_surveys import csv_file, new_survey, people, text_file

SHEET = """\
    code,title,maximum,reached,survey
    1,Hài lòng,,,
    1.1,Người dân,10,,citizens:access
    1.2,Cán bộ,3,,officials:access
    """


def campaign(folder: Path, *, kind: str, answered: str) -> Path:
    """A small survey with four forms back, each with one answer of the dimension `access`."""
    store = new_survey(folder, kind=kind)
    rows = people() if kind == "citizens" else [["unit_id", "agency"], *([f"o{i}", "Sở Nội vụ"] for i in range(6))]
    frame.import_frame(store, csv_file(folder.parent / f"{kind}.csv", rows))
    designing.set_design(store, designing.Asked(per_district=4))
    drawing.draw_lists(store, seed="a")
    forms = drawing.export(store).query("kind == 'main'")["form"].tolist()[: len(answered)]
    for act in ("print", "issue", "return") if forms else ():
        field.record(store, act, forms, on=date(2023, 12, 5))
    if forms:
        text = "form,q15\n" + "".join(f"{form},{a}\n" for form, a in zip(forms, answered, strict=True))
        assert answers.import_responses(store, [text_file(folder.parent / f"{kind}-a.csv", text)]).stored
    store.close()
    return folder


def test_both_surveys_fill_their_points(tmp_path: Path) -> None:
    """Three of four citizens and two of four officials are satisfied: 7.5 and 1.5 points, with intervals of points."""
    sheet = text_file(tmp_path / "s.csv", SHEET)
    folders = [
        campaign(tmp_path / kind, kind=kind, answered=a) for kind, a in (("citizens", "5541"), ("officials", "5511"))
    ]
    scored = score_sheet(sheet, surveys=folders, author="an")
    assert [scored.sheet.points(code).reached for code in ("1.1", "1.2", "1")] == [Fraction(15, 2), Fraction(3, 2), 9]
    interval = scored.interval(scored.sheet.lines[1])
    assert interval is not None
    assert 0 <= interval[0] < 7.5 < interval[1] <= 10
    record = record_of_sheet(scored)
    assert (record["total"]["reached"], record["sources"][0]["source"]) == (9.0, "surveyed")
    alone = record_of_sheet(score_sheet(sheet))
    assert (alone["total"]["reached"], alone["total"]["open"], alone["total"]["share"]) == (None, 13.0, None)


def test_sums_are_those_of_what_is_written(tmp_path: Path) -> None:
    """A sheet whose typed survey points give way keeps its own sums; the new total has the computed points."""
    text = "code,title,maximum,reached,survey\n1,Hài lòng,10,8,\n1.1,Dân,10,8,citizens:access\n,Tổng,10,8,\n"
    sheet = text_file(tmp_path / "s.csv", text)
    scored = score_sheet(sheet, surveys=[campaign(tmp_path / "citizens", kind="citizens", answered="5541")])
    assert [(p.kind, p.place.row) for p in scored.problems] == [("PAR_INDEX_SURVEY_DIFFERS", 3)]
    assert scored.sheet.total.reached == Fraction(15, 2)


def test_a_survey_without_answers_and_two_of_a_kind(tmp_path: Path) -> None:
    """No answer leaves the line open with a warning; two surveys of citizens are refused."""
    sheet = text_file(tmp_path / "s.csv", SHEET)
    empty = campaign(tmp_path / "citizens", kind="citizens", answered="")
    scored = score_sheet(sheet, surveys=[empty])
    assert [(p.kind, p.place.row) for p in scored.problems] == [("PAR_INDEX_NO_ANSWERS", 3)]
    with pytest.raises(SurveyError, match="PAR_INDEX_SURVEY_TWICE"):
        score_sheet(sheet, surveys=[empty, empty])
    office.open_survey(empty).close()


def test_every_fault_has_its_place_under_the_heading_of_the_file(tmp_path: Path) -> None:
    """Row and heading as the file has them; an unreadable cell is told before any sum is judged."""
    file = text_file(tmp_path / "s.csv", "STT,Nội dung,Điểm tối đa,Điểm đạt\n1,a,3,\n1.1,b,2,2.5\n2,c,1,\n")
    with pytest.raises(SurveyError, match="PAR_INDEX_MAXIMUM_SUM") as refused:
        score_sheet(file)
    told = [(p.kind, p.place.file, p.place.row, p.place.column) for p in refused.value.problems]
    assert told == [("PAR_INDEX_MAXIMUM_SUM", "s.csv", 2, "Điểm tối đa"), ("PAR_INDEX_OVER", "s.csv", 3, "Điểm đạt")]
    file.write_text("STT,Nội dung,Điểm tối đa,Điểm đạt\n1,a,3,\n1.1,b,2,x\n", encoding="utf-8")
    with pytest.raises(SurveyError, match="PAR_INDEX_POINTS") as refused:
        score_sheet(file)
    assert [p.kind for p in refused.value.problems] == ["PAR_INDEX_POINTS"]
