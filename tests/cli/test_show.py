"""Tables as text: laid out as the library for terminals lays them out, but many times faster."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sipas_survey.cli import show
from sipas_survey.cli.show import Column, plain_table
from sipas_survey.problems import problem

WORDS = st.text(alphabet="aBệ漢 …%,-", max_size=8)
HEADINGS = st.text(alphabet="aBệ漢%", min_size=1, max_size=8)


def by_rich(cells: list[list[str]], columns: list[Column]) -> str:
    table = Table(box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column.heading, justify="right" if column.right else "left", no_wrap=True)
    for row in cells:
        table.add_row(*map(Text, row))
    said = io.StringIO()
    Console(file=said, width=10_000, highlight=False).print(table)
    return said.getvalue()


@given(st.data(), st.integers(1, 4), st.integers(0, 4))
def test_plain_tables_are_those_of_the_library(data: st.DataObject, width: int, length: int) -> None:
    """Any cells, also wide signs and empty ones: the same text."""
    columns = [Column("", data.draw(HEADINGS), right=data.draw(st.booleans())) for _ in range(width)]
    cells = [[data.draw(WORDS).strip() for _ in range(width)] for _ in range(length)]
    assert plain_table(cells, columns) == by_rich(cells, columns)


def test_a_title_stands_above() -> None:
    """The title is the first line, never cut."""
    lines = plain_table([["1"]], [Column("", "n")], "Một tiêu đề dài").splitlines()
    assert lines[0] == "Một tiêu đề dài"
    assert lines[2].strip() == "n"


def test_a_wide_table_is_shown_in_parts() -> None:
    """Each part fits, begins with the first column, and every other column stands in one part."""
    columns = [Column("", name) for name in ("District", "one", "two", "three", "four five", "six")]
    cells = [["Thành phố Yên Bái", "1", "22", "333", "4", "a cell of some width"], ["x", "", "", "", "", ""]]
    assert show.in_parts(cells, columns, 200) == [[0, 1, 2, 3, 4, 5]]
    assert show.in_parts(cells, columns, 45) == [[0, 1, 2, 3], [0, 4], [0, 5]]
    assert show.in_parts(cells, columns, 28) == [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]]
    assert show.in_parts([], columns, 30) == [[0, 1, 2], [0, 3, 4], [0, 5]]
    assert show.in_parts(cells, columns, 3) == [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]]


def test_problems_do_not_flood(capsys: pytest.CaptureFixture[str]) -> None:
    """Of many problems of a kind the first are printed and the rest counted; JSON is whole."""
    warnings = [problem("OVERDUE_NOTHING") for _ in range(show.MOST_OF_A_KIND + 7)]
    errors = [problem("FORM_UNKNOWN", found=str(i)) for i in range(show.MOST_OF_A_KIND + 3)]
    show.show_problems([*warnings, *errors], lang="en")
    lines = capsys.readouterr().err.splitlines()
    assert sum("OVERDUE_NOTHING" in line for line in lines) == show.MOST_OF_A_KIND + 1
    assert sum("FORM_UNKNOWN" in line for line in lines) == show.MOST_OF_A_KIND + 1
    assert [line.split()[2] for line in lines[-2:]] == ["7", "3"]
    show.show_problems(warnings, lang="en", as_json=True)
    assert len(json.loads(capsys.readouterr().out)["problems"]) == len(warnings)
