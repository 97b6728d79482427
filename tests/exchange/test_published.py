"""Published figures in."""

from fractions import Fraction
from pathlib import Path

import pytest

from sipas_survey.exchange.published import is_published, read_published
from sipas_survey.problems import SurveyError


def read(tmp_path: Path, text: str, year: str | None = None) -> dict[str, Fraction]:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    return dict(read_published(tmp_path / "p.csv", year=year).shares)


@pytest.mark.parametrize(
    "text",
    [
        "index,value\naccess,0.8829\n",
        "year,element,percent\n2022,access,88.29\n",
        'index;value\naccess;"88,29%"\n',
        "Chỉ số,Tỷ lệ,Năm\naccess,88.29,2022\n",
    ],
)
def test_every_way_to_write_a_share(text: str, tmp_path: Path) -> None:
    """Shares, percent, decimal comma, Vietnamese headings: the same exact figure."""
    assert read(tmp_path, text) == {"access": Fraction(8829, 10000)}


def test_a_column_of_percents_is_one_as_a_whole(tmp_path: Path) -> None:
    """0.5 beside 88 in a column value is half a percent; alone it is a half. Empty cells are not there."""
    assert read(tmp_path, "index,value\naccess,88\nresults,0.5\nfeedback,\n")["results"] == Fraction(1, 200)
    assert read(tmp_path, "index,value\nresults,0.5\n")["results"] == Fraction(1, 2)


def test_one_of_several_years(tmp_path: Path) -> None:
    """It must be said which; one that there is not is named with those there are."""
    text = "year,index,percent\n2021,access,90\n2022,access,88\n"
    assert read(tmp_path, text, "2021") == {"access": Fraction(9, 10)}
    for year in (None, "2019"):
        with pytest.raises(SurveyError, match="PUBLISHED_YEARS"):
            read(tmp_path, text, year)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("index,value\naccess,much\n", "PUBLISHED_VALUE"),
        ("index,percent\naccess,101\n", "PUBLISHED_VALUE"),
        ("index,value\naccess,1\naccess,1\n", "PUBLISHED_TWICE"),
        ("index,remark\naccess,1\n", "PUBLISHED_COLUMNS"),
    ],
)
def test_what_is_wrong_is_told(text: str, kind: str, tmp_path: Path) -> None:
    """With its place, never a traceback."""
    with pytest.raises(SurveyError, match=kind):
        read(tmp_path, text)


def test_headings_tell_published_figures_from_answers() -> None:
    """An index and a value; answers have a column per criterion."""
    assert is_published(["year", "element", "percent"])
    assert not is_published(["form", "q15", "q16"])
