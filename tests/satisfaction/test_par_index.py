"""PAR INDEX: sums, remainders, shares, and the faults of a sheet."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.satisfaction.par_index import APPRAISED, SURVEYED, Level, Line, Points, fill, make_sheet, source_of

F = Fraction


def line(code: str, maximum: str = "", reached: str = "", *, survey: str = "", agency: str = "") -> Line:
    """A line as a sheet would have it."""
    points = [F(text) if text else None for text in (maximum, reached)]
    return Line(code, f"Dòng {code}", points[0], points[1], survey, agency)


SHEET = (
    line("1", "5", agency="Sở Nội vụ"),
    line("1.1", "3"),
    line("1.1.1", "1", "0.1"),
    line("1.1.2", "2", "0.2", agency="Sở Tư pháp"),
    line("1.2", "2", survey="citizens:service"),
    line("3", "13", "12.937"),
)


def test_sums_by_hand() -> None:
    """0.1 + 0.2 is 0.3; 13 − 12.937 is 0.063; what nobody has scored is open and no 0."""
    sheet = make_sheet(SHEET).or_raise()
    assert sheet.points("1.1") == Points(F(3), F("0.3"), F(0))
    assert sheet.points("1") == Points(F(5), F("0.3"), F(2))
    assert sheet.points("3").remainder == F("0.063")
    assert (sheet.points("1.2").unscored, sheet.points("1.2").share, sheet.points("1").share) == (True, None, F("0.06"))
    assert sheet.total == Points(F(18), F("13.237"), F(2))
    assert [each.level for each in SHEET[:3]] == list(Level)


def test_sums_by_agency_and_source() -> None:
    """A line without an agency is its parent's; surveyed and appraised points are told apart."""
    sheet = make_sheet(SHEET).or_raise()
    assert {agency: p.maximum for agency, p in sheet.by(sheet.agency_of).items()} == {
        "Sở Nội vụ": 3, "Sở Tư pháp": 2, "": 13,
    }  # fmt: skip
    assert {source: p.maximum for source, p in sheet.by(source_of).items()} == {APPRAISED: 16, SURVEYED: 2}


@pytest.mark.parametrize(
    ("lines", "kind", "column", "found"),
    [
        ([line("1", "1", "1.001")], "PAR_INDEX_OVER", "reached", "1.001"),
        ([line("1", "4"), line("1.1", "3"), line("1.2", "2")], "PAR_INDEX_MAXIMUM_SUM", "maximum", "4"),
        ([line("1", "3", "2"), line("1.1", "3", "1.9")], "PAR_INDEX_REACHED_SUM", "reached", "2"),
        ([line("1", "", "2")], "PAR_INDEX_NO_MAXIMUM", "maximum", "1"),
        ([line("1", "1"), line("1", "1")], "PAR_INDEX_CODE_TWICE", "code", "1"),
        ([line("1", "1"), line("2.1", "1")], "PAR_INDEX_NO_PARENT", "code", "2.1"),
        ([line("1", survey="citizens:x"), line("1.1", "1")], "PAR_INDEX_SURVEY_ON_SUM", "survey", "citizens:x"),
    ],
)
def test_faults_of_a_sheet(lines: list[Line], kind: str, column: str, found: str) -> None:
    """Each fault is one problem with its column and what stands there."""
    (told,) = make_sheet(lines).problems
    assert (told.kind, told.place.column, told.found) == (kind, column, found)


def test_the_line_of_the_whole_is_compared() -> None:
    """Its maximum and points are those of all lines, or a problem."""
    lines = [line("1", "2", "1"), line("2", "3", "1.5")]
    assert make_sheet(lines, total=line("", "5", "2.5")).problems == ()
    wrong = make_sheet(lines, total=line("", "6", "2.4")).problems
    assert [p.kind for p in wrong] == ["PAR_INDEX_MAXIMUM_SUM", "PAR_INDEX_REACHED_SUM"]


def test_sums_that_are_not_written_are_not_missed() -> None:
    """A field without a maximum has that of its lines."""
    assert make_sheet([line("1"), line("1.1", "2.5", "2")]).or_raise().points("1") == Points(F("2.5"), F(2))


# ---------------------------------------------------------------- surveys
def test_points_from_a_survey() -> None:
    """Maximum × share, exactly; other surveys' lines stay; a typed figure that differs gives way with a warning."""
    lines = [
        line("1", "10", survey="citizens:service"),
        line("2", "3", "1", survey="citizens:results"),
        line("3", "2", survey="officials:overall"),
        line("4", "4", "3.5"),
    ]
    filled = fill(lines, {"citizens:service": F(2, 3), "citizens:results": F(1, 2)})
    assert [each.reached for each in filled.value] == [F(20, 3), F(3, 2), None, F("3.5")]
    assert [(p.kind, p.found, p.details["computed"]) for p in filled.problems] == [
        ("PAR_INDEX_SURVEY_DIFFERS", "1", F(3, 2))
    ]
    typed = fill([line("1", "10", "6.67", survey="citizens:service")], {"citizens:service": F(2, 3)})
    assert typed.problems == ()


def test_a_survey_that_cannot_fill() -> None:
    """An index that it does not have is an error; one without an answer leaves the line as it is."""
    lines = [line("1", "10", survey="citizens:beauty"), line("2", "1", survey="citizens:service")]
    filled = fill(lines, {"citizens:service": None})
    assert [p.kind for p in filled.problems] == ["PAR_INDEX_SURVEY_UNKNOWN", "PAR_INDEX_NO_ANSWERS"]
    assert filled.value == tuple(lines)


# ---------------------------------------------------------------- whatever the sheet
points_of_a_line = st.tuples(
    st.integers(0, 20_000), st.one_of(st.none(), st.integers(0, 20_000)), st.sampled_from("AB")
)
sheets = st.lists(st.lists(st.lists(points_of_a_line, max_size=3), max_size=3), min_size=1, max_size=4)


@given(sheets, st.randoms())
def test_points_are_conserved(fields: list[list[list[tuple[int, int | None, str]]]], chance: object) -> None:
    """Fields, agencies and scored lines add up to the same total in any order; reached and remainder to the maximum."""
    lines = []
    for i, criteria in enumerate(fields, 1):
        lines.append(Line(f"{i}", "f", *(() if criteria else (F(1),))))
        for j, components in enumerate(criteria, 1):
            lines.append(Line(f"{i}.{j}", "c", *(() if components else (F(2), F(1)))))
            for k, (maximum, reached, agency) in enumerate(components, 1):
                most = None if reached is None else F(min(reached, maximum), 1000)
                lines.append(Line(f"{i}.{j}.{k}", "x", F(maximum, 1000), most, agency=agency))
    sheet = make_sheet(lines).or_raise()
    nothing = Points()
    top = [sheet.points(each.code) for each in lines if each.level is Level.FIELD]
    assert sum(top, nothing) == sum(sheet.by(sheet.agency_of).values(), nothing) == sheet.total
    assert sheet.total.reached + sheet.total.remainder == sheet.total.maximum
    assert 0 <= sheet.total.reached + sheet.total.open <= sheet.total.maximum
    chance.shuffle(lines)  # type: ignore[attr-defined]
    assert make_sheet(lines).or_raise().total == sheet.total
