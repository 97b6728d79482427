"""`sipas frame …`: people come in, and the frame is frozen."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import (
    AgainOption,
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    KeepValidOption,
    ReasonOption,
    finish_import,
    reason_of,
    show_record,
)
from sipas_survey.formats import number, word

app = typer.Typer(help="The frame: who can be asked.", no_args_is_help=True, rich_markup_mode=None)


class Level(StrEnum):
    """Levels of `frame show`."""

    DISTRICT = "district"
    COMMUNE = "commune"


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="csv, xlsx or parquet")],
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    renames: Annotated[list[str] | None, typer.Option("--map", metavar="THEIRS=OURS", help="Name a column.")] = None,
    keep_valid: KeepValidOption = False,
    dry_run: DryRunOption = False,
    again: AgainOption = False,
    reason: ReasonOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take people into the frame; with an error nothing is stored.

    With --again the frame begins anew with this file; a draw is set aside.
    """
    from sipas_survey.exchange.headings import parse_renames
    from sipas_survey.workflow import frame

    session = session_of(context)
    names, why = parse_renames(renames or []), reason_of(again, reason, option="--again")
    with session.store() as store:
        code = finish_import(
            lambda advance: frame.import_frame(
                store, file, sheet=sheet, renames=names, keep_valid=keep_valid, dry_run=dry_run, again=why,
                advance=advance,
            ),
            form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run,
        )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def show(
    context: typer.Context,
    by: Annotated[Level | None, typer.Option(help="Level of the table.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """How many units each district or commune has."""
    from sipas_survey.workflow import field, frame

    session = session_of(context)
    with session.store() as store:
        level = by or field.default_level(store)
        rows: list[dict[str, Any]] = [
            {f"{level}_code": code, str(level): name, "units": size}
            for code, name, size in frame.show(store, by=f"{level}_code")
        ]
    total = sum(row["units"] for row in rows)
    columns = [
        Column(f"{level}_code", word("column_code", session.lang)),
        Column(str(level), word(f"column_{level}", session.lang)),
        Column("units", word("column_units", session.lang), lambda n: number(n, session.lang), right=True),
    ]
    shown = rows if form is not Format.TABLE else [*rows, {str(level): word("total", session.lang), "units": total}]
    columns[0] = Column(columns[0].key, columns[0].heading, lambda v: v or "")
    show_record({"rows": rows, "total": {"units": total}}, shown, columns, form=form, excel=excel)


@app.command()
def freeze(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """Freeze the frame and print its digests.

    They are to be published before the seed is named.
    """
    from sipas_survey.workflow import frame

    session = session_of(context)
    with session.store() as store:
        frozen = frame.freeze(store)
    record = {"units": frozen.units, "frame_digest": frozen.frame_digest, "people_digest": frozen.people_digest}
    record["frozen_at"] = frozen.frozen_at
    if form is Format.TABLE:
        units = number(frozen.units, session.lang)
        people = frozen.people_digest or "–"
        typer.echo(word("cli_frozen", session.lang, units=units, digest=frozen.frame_digest, people=people))
    else:
        show_record(record, [record], [], form=form)


@app.command()
def export(
    context: typer.Context,
    public: Annotated[Path, typer.Option("--public", metavar="FILE", help="CSV of the columns that may be published.")],
) -> None:
    """Write the public columns of the frame.

    They are what an outsider needs to repeat the draw.
    """
    from sipas_survey.workflow import papers

    session = session_of(context)
    with session.store() as store:
        rows = papers.write_public_frame(store, public)
    typer.echo(word("cli_written", session.lang, file=public, rows=number(rows, session.lang)))
