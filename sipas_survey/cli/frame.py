"""`sipas frame …`: people come in, and the frame is frozen."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    show_problems,
    show_record,
)
from sipas_survey.formats import MISSING, Lang, number, word

if TYPE_CHECKING:
    from sipas_survey.workflow.duplicates import Dropped, Suspicion

app = typer.Typer(help="The frame: who can be asked.", no_args_is_help=True, rich_markup_mode=None)


class Level(StrEnum):
    """Levels of `frame show`."""

    DISTRICT = "district"
    COMMUNE = "commune"
    AGENCY = "agency"


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
    """How many units each district, commune or agency has."""
    from sipas_survey.workflow import frame, progress

    session = session_of(context)
    with session.store() as store:
        level = str(by or progress.default_level(store))
        column = progress.LEVELS[level][0]
        rows: list[dict[str, Any]] = [
            {column: code, level: name, "units": size} for code, name, size in frame.show(store, by=column)
        ]
    total = sum(row["units"] for row in rows)
    columns = [
        Column(column, word("column_code", session.lang)),
        Column(level, word(f"column_{level}", session.lang)),
        Column("units", word("column_units", session.lang), lambda n: number(n, session.lang), right=True),
    ]
    shown = rows if form is not Format.TABLE else [*rows, {level: word("total", session.lang), "units": total}]
    columns[0] = Column(columns[0].key, columns[0].heading, lambda v: v or "")
    show_record({"rows": rows, "total": {"units": total}}, shown, columns, form=form, excel=excel)


@app.command()
def duplicates(
    context: typer.Context,
    more: Annotated[list[str] | None, typer.Argument(metavar="[UNIT…]", help="More units to take out.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", metavar="UNIT…", help="Take units out.")] = None,
    all_same: Annotated[
        bool, typer.Option("--all-same", help="Leave one unit of everybody with the same name, year and village.")
    ] = False,
    reason: ReasonOption = None,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Units that may be one person; names are shown where the key is.

    With --drop and --reason a decision: one person, one form. With --all-same it is made for everybody at once.
    """
    from sipas_survey.workflow import duplicates as twins

    session, why = session_of(context), reason_of(bool(drop) or all_same, reason, option="--drop | --all-same")
    if all_same and drop:
        raise typer.BadParameter("--drop | --all-same", param_hint="--all-same")
    if more and not drop:
        raise typer.BadParameter("--drop UNIT…", param_hint="--drop")
    with session.store() as store:
        if drop and why is not None:
            done = twins.drop(store, [*drop, *(more or [])], reason=why, dry_run=dry_run)
            _show_dropped(done, session.lang, form, dry_run=dry_run)
            return
        if all_same and why is not None:
            done = twins.reduce_to_persons(store, reason=why, dry_run=dry_run)
            _show_dropped(done, session.lang, form, dry_run=dry_run)
            return
        found, problems = twins.suspected(store)
    rows = [_suspicion(one) for one in found]
    columns = [Column(name, word(f"column_{name}", session.lang), _blank) for name in _SUSPICION_COLUMNS]
    columns[0] = Column("score", columns[0].heading, lambda score: number(score, session.lang, decimals=2), right=True)
    show_record(
        {"rows": rows, "problems": [p.as_dict(session.lang) for p in problems]}, rows, columns, form=form, excel=excel
    )
    if form is not Format.JSON:
        show_problems(
            [p for p in problems if p.kind == "DUPLICATES_LOCKED"], lang=session.lang
        )  # the rest is the table


_SUSPICION_COLUMNS = ("score", "unit_id", "full_name", "birth_year", "village", "commune_code",
                      "other", "other_name", "other_birth_year", "other_village")  # fmt: skip


def _suspicion(one: "Suspicion") -> dict[str, Any]:
    """A row: what is personal is null where the key is not here."""
    return {
        "score": one.pair.score,
        "same": one.pair.same,
        "unit_id": one.pair.unit_id,
        "full_name": one.unit.get("full_name"),
        "birth_year": one.unit.get("birth_year"),
        "village": one.unit["village"],
        "commune_code": one.unit["commune_code"],
        "other": one.pair.other,
        "other_name": one.other.get("full_name"),
        "other_birth_year": one.other.get("birth_year"),
        "other_village": one.other["village"],
    }


def _blank(value: str | None) -> str:
    return value or MISSING


def _show_dropped(done: "Dropped", lang: Lang, form: Format, *, dry_run: bool) -> None:
    stored = bool(done.taken_out) and not dry_run
    record = {"new": len(done.taken_out), "known": done.known, "stored": stored, "units": dict(done.taken_out)}
    if form is Format.TABLE:
        said = "cli_dropped" if stored else "cli_import_dry" if dry_run else "cli_import_known"
        pairs = ", ".join(f"{unit} ({stays})" for unit, stays in done.taken_out.items())
        typer.echo(word(said, lang, n=number(len(done.taken_out), lang), pairs=pairs))
    else:
        rows = [{"unit_id": unit, "stays": stays} for unit, stays in done.taken_out.items()]
        show_record(record, rows, [], form=form)


@app.command()
def freeze(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--frame", metavar="FILE", help="A frame that stays in its file.")
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Freeze the frame and print its digests.

    They are to be published before the seed is named.
    """
    from sipas_survey.workflow import frame, large_frame

    session = session_of(context)
    with session.store() as store:
        frozen = frame.freeze(store) if file is None else large_frame.freeze_file(store, file)
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
