"""`sipas units …`: administrative units, dated, and what became of them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import MISSING, number, word

app = typer.Typer(help="Administrative units and what became of them.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """The units that come with the program, with the days between which they hold."""
    from sipas_survey import places

    lang = session_of(context).lang
    shown = [places.load(name) for name in places.shipped_names()]
    rows = [
        {"units": u.name, "districts": len(u.districts), "communes": len(u.communes), "valid_from": u.valid_from,
         "valid_to": u.valid_to} for u in shown
    ]  # fmt: skip
    columns = [Column(name, word(f"column_units_{name}", lang), lambda v: str(v) if v is not None else MISSING)
               for name in rows[0]]  # fmt: skip
    plain = [{name: str(v) if name.startswith("valid") and v else v for name, v in row.items()} for row in rows]
    show_record({"rows": plain}, plain, columns, form=form, excel=excel)


@app.command()
def follow(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table with a column commune_code.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .csv, .xlsx or .parquet file.")],
    new: Annotated[str, typer.Option("--to", metavar="UNITS", help="Units of now.")],
    old: Annotated[str, typer.Option("--from", metavar="UNITS", help="Units of the file.")] = "yen_bai_2023",
    form: FormatOption = Format.TABLE,
) -> None:
    """Copy a table with the commune that each row's own has become.

    The column `succession` says whole, doubtful or unknown.
    """
    from sipas_survey.workflow import succession

    lang = session_of(context).lang
    done = succession.follow(file, out, old=old, new=new)
    counts = asdict(done.value)
    if form is Format.TABLE:
        show_problems(done.problems, lang=lang)
        typer.echo(word("cli_units_followed", lang, file=out, **{k: number(n, lang) for k, n in counts.items()}))
    else:
        problems = [p.as_dict(lang) for p in done.problems]
        show_record({**counts, "problems": problems}, [counts], [], form=form)
