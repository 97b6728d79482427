"""Printing: a table for people, JSON and CSV for programs; problems as the catalogue words them."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.formats import Lang, form_code, visible, word
from sipas_survey.problems import Problem, SurveyError

if TYPE_CHECKING:
    from sipas_survey.workflow.frame import Imported


MOST_OF_A_KIND = 50


class Format(StrEnum):
    """How a result is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
ExcelOption = Annotated[bool, typer.Option("--excel", help="CSV that Excel opens with accents.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; store nothing.")]
KeepValidOption = Annotated[bool, typer.Option("--keep-valid", help="Store the rows without an error.")]
AgainOption = Annotated[bool, typer.Option("--again", help="Do it again; needs --reason.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why; it is printed publicly.")]


def reason_of(asked: bool, reason: str | None, *, option: str) -> str | None:
    """The reason that belongs to an option such as `--again`; wrong usage where one stands without the other."""
    if asked != (reason is not None):
        raise typer.BadParameter(f"{option} + --reason", param_hint="--reason")
    return reason


@dataclass(frozen=True)
class Column:
    """A column of a table: its key in the record, its heading, and how a value is shown to people."""

    key: str
    heading: str
    show: Callable[[Any], str] = str
    right: bool = False


def show_record(
    record: Mapping[str, Any] | Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column], *, form: Format, excel: bool = False, title: str = "",
) -> None:  # fmt: skip
    """Print a result: the whole record as JSON, or its rows as CSV or as a table."""
    if form is Format.JSON:
        show_json(record)
    elif form is Format.CSV:
        from sipas_survey.exchange.records import csv_of

        sys.stdout.write(csv_of(rows, columns=[c.key for c in columns], excel=excel))
    else:
        show_table(rows, columns, title=title)


def show_json(record: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    """Print a record as JSON, and nothing else."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def show_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, title: str = "") -> None:
    """Print a table: fitted to a terminal; elsewhere as wide as its content, nothing cut."""
    cells = [[visible(column.show(row.get(column.key))) for column in columns] for row in rows]
    if sys.stdout.isatty():
        _show_fitted(cells, columns, title)
    else:
        sys.stdout.write(plain_table(cells, columns, title))


def _show_fitted(cells: Sequence[Sequence[str]], columns: Sequence[Column], title: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    for part in in_parts(cells, columns, console.width):
        table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, title_style="bold")
        for i in part:
            least = min(max([len(row[0]) for row in cells] + [1]), console.width // 2) if i == 0 else None
            table.add_column(
                columns[i].heading, justify="right" if columns[i].right else "left", overflow="fold", min_width=least
            )
        for row in cells:
            table.add_row(*(Text(row[i]) for i in part))
        console.print(table)
        title = ""


def in_parts(cells: Sequence[Sequence[str]], columns: Sequence[Column], width: int) -> list[list[int]]:
    """The columns of each table in which a wide one is shown on a terminal: the first column in each of them."""
    from rich.cells import cell_len

    wanted = [
        3 + max([cell_len(row[i]) for row in cells] + [cell_len(part) for part in column.heading.split()] + [1])
        for i, column in enumerate(columns)
    ]
    parts, room = [[0]], width - wanted[0]
    for i in range(1, len(columns)):
        if wanted[i] > room and len(parts[-1]) > 1:
            parts.append([0])
            room = width - wanted[0]
        parts[-1].append(i)
        room -= wanted[i]
    return parts


def plain_table(cells: Sequence[Sequence[str]], columns: Sequence[Column], title: str = "") -> str:
    """The table as text, each column as wide as its widest cell (wide signs count as two)."""
    from rich.cells import cell_len

    headings = [column.heading for column in columns]
    widths = [max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)]

    def line(row: Sequence[str]) -> str:
        padded = []
        for column, cell, width in zip(columns, row, widths, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(f" {space}{cell} " if column.right else f" {cell}{space} ")
        return f" {' '.join(padded)} \n"

    blank = line([""] * len(columns))
    rule = f" {'─' * (len(blank) - 3)} \n"
    head = title + " " * (len(blank) - 1 - cell_len(title)) + "\n" if title else ""
    return "".join([head, blank, line(headings), rule, *map(line, cells), blank])


def show_problems(problems: Iterable[Problem], *, lang: Lang, as_json: bool = False) -> None:
    """Print problems: one line each on standard error, or a JSON object on standard output.

    Of one kind the first `MOST_OF_A_KIND` are printed, then how many more there are; JSON has all.
    """
    if as_json:
        show_json({"problems": [p.as_dict(lang) for p in problems]})
        return
    told: Counter[str] = Counter()
    for problem in problems:
        told[problem.kind] += 1
        if told[problem.kind] <= MOST_OF_A_KIND:
            typer.echo(problem.line(lang), err=True)
    for kind, count in told.items():
        if count > MOST_OF_A_KIND:
            typer.echo(word("cli_more_problems", lang, n=count - MOST_OF_A_KIND, kind=kind), err=True)


@contextmanager
def working(lang: Lang) -> Iterator[Callable[[int], None]]:
    """Show on a terminal that work goes on; yields what to call with the number of rows just done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    rows = TextColumn("{task.completed:,.0f} " + word("cli_rows", lang))
    columns = (SpinnerColumn(), TextColumn(word("cli_working", lang)), rows, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done: bar.advance(task, done)


def imported_record(done: "Imported", lang: Lang) -> dict[str, Any]:
    """What an import did, as the contract's record."""
    counts = {name: getattr(done, name) for name in ("new", "known", "clash", "wrong", "stored")}
    changes = {"changes": [asdict(change) for change in done.changes]} if done.changes else {}
    return {**counts, **changes, "problems": [p.as_dict(lang) for p in done.problems]}


def _change_columns(lang: Lang) -> list[Column]:
    """What a dry run says of each form."""

    def acts(told: Sequence[str]) -> str:
        return ", ".join(word(f"act_{act}", lang) for act in told)

    return [
        Column("form", word("column_form", lang), form_code),
        Column("before", word("column_state_before", lang), lambda v: word(f"state_{v}", lang)),
        Column("acts", word("column_act", lang), acts),
        Column("after", word("column_state_after", lang), lambda v: word(f"state_{v}", lang)),
    ]


def finish_import(
    do: Callable[[Callable[[int], None]], "Imported"], *, form: Format, lang: Lang, keep_valid: bool, dry_run: bool,
    beside: Callable[[], Mapping[str, Any]] = dict,
) -> int:  # fmt: skip
    """Run an import, print what it did, and return the exit code; `do` is given what to call as rows are done.

    `beside` gives what else stands in its JSON.
    """
    from sipas_survey.workflow.frame import Imported

    try:
        with working(lang) as advance:
            done, exit_code = do(advance), None
    except SurveyError as error:
        wrong = sum(p.severity == "error" for p in error.problems)
        done, exit_code = Imported(0, 0, 0, wrong, False, error.problems), error.exit_code
    if form is Format.TABLE:
        show_problems(done.problems, lang=lang)
        if done.changes:
            show_table([asdict(change) for change in done.changes], _change_columns(lang))
        said = "cli_import_nothing"
        if done.stored:
            said = "cli_import_stored" if done.new else "cli_import_known"
        elif dry_run:
            said = "cli_import_dry"
        counts = {name: getattr(done, name) for name in ("new", "known", "clash", "wrong")}
        typer.echo(word("cli_import", lang, **counts) + " " + word(said, lang))
    elif form is Format.JSON:
        show_json({**imported_record(done, lang), **beside()})
    else:
        record = imported_record(done, lang)
        rows = [{**record, "changes": len(done.changes), "problems": len(done.problems)}]
        show_record(record, rows, [], form=form)
    if exit_code is not None:
        return exit_code
    if done.clash:
        return 4
    return 3 if done.wrong and not keep_valid else 0
