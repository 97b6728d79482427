"""`sipas draw …`: the public draw, and the proof that it can be repeated."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import (
    AgainOption,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    ReasonOption,
    reason_of,
    show_problems,
    show_record,
    working,
)
from sipas_survey.formats import Lang, moment, number, word

app = typer.Typer(help="The public draw.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def draw(
    context: typer.Context,
    seed: Annotated[str | None, typer.Option(metavar="TEXT", help="The public seed.")] = None,
    frame: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw straight from this file; only who is drawn is stored.")
    ] = None,
    dry_run: DryRunOption = False,
    again: AgainOption = False,
    reason: ReasonOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw main and reserve lists; the same draw again changes nothing, another one needs --again."""
    if context.invoked_subcommand is not None:
        return
    from sipas_survey.workflow import drawing, large_frame

    if seed is None:
        raise typer.BadParameter("--seed TEXT", param_hint="--seed")
    session, why = session_of(context), reason_of(again, reason, option="--again")
    with session.store() as store:
        if frame is None:
            drawn = drawing.draw_lists(store, seed=seed, dry_run=dry_run, again=why)
        else:
            with working(session.lang) as advance:
                drawn = large_frame.draw_from_file(store, frame, seed=seed, dry_run=dry_run, again=why, advance=advance)
        timezone = store.settings.timezone
    record = {**_record(drawn.value), "problems": [p.as_dict(session.lang) for p in drawn.problems]}
    if form is Format.JSON:
        show_record(record, [record], [], form=form)
        return
    show_problems(drawn.problems, lang=session.lang)
    _print(record, form, session.lang, timezone)


@app.command()
def show(context: typer.Context, form: FormatOption = Format.TABLE) -> None:
    """The stored draw: seed, digests, sizes, times."""
    from sipas_survey.workflow import drawing

    session = session_of(context)
    with session.store() as store:
        _print(_record(drawing.record_of(store)), form, session.lang, store.settings.timezone)


def _record(drawn: Any) -> dict[str, Any]:
    names = ("seed", "frame_digest", "list_digest", "main", "reserve", "frozen_at", "drawn_at", "published_first")
    record = {**{name: getattr(drawn, name) for name in names}, "package_version": drawn.package_version}
    if drawn.units:
        record["units"] = [
            {"level": str(u.level), "unit": u.path, "probability": u.probability, "certain": u.certain}
            for u in drawn.units
        ]
    if drawn.overlap is not None:
        record |= {"overlap": dict(drawn.overlap), "left_out": list(drawn.left_out)}
    return record


def _print(record: dict[str, Any], form: Format, lang: Lang, timezone: str) -> None:
    if form is not Format.TABLE:
        row = {name: value for name, value in record.items() if not isinstance(value, list | dict)}
        show_record(record, [row], [], form=form)
        return
    shown = {name: number(record[name], lang) for name in ("main", "reserve")}
    shown["drawn_at"] = moment(datetime.fromisoformat(record["drawn_at"]), lang, timezone)
    typer.echo(word("cli_draw", lang, **{**record, **shown}))
    if not record["published_first"]:
        typer.echo(word("cli_draw_not_published", lang))
    if "overlap" in record:
        typer.echo(word("cli_draw_overlap", lang, **{k: number(n, lang) for k, n in record["overlap"].items()}))


@app.command()
def verify(
    context: typer.Context,
    frame: Annotated[Path | None, typer.Option(metavar="FILE", help="A frame file, or the public extract.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw again and compare; exit 4 when the result is another."""
    from sipas_survey.workflow import large_frame

    session = session_of(context)
    with session.store() as store:
        again = large_frame.repeat(store, frame)
    names = ("same", "people_same", "seed", "frame_digest", "main", "reserve")
    record = {name: getattr(again, name) for name in names}
    if form is Format.TABLE:
        said = "cli_verify_same" if again.same else "cli_verify_other"
        typer.echo(word(said, session.lang, **record))
        if again.people_same is False:
            typer.echo(word("cli_verify_people_other", session.lang))
        show_problems(again.problems, lang=session.lang)
    else:
        full = {**record, "problems": [p.as_dict(session.lang) for p in again.problems]}
        show_record(full, [record], [], form=form)
    if not again.same:
        raise typer.Exit(4)


@app.command()
def protocol(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An .html or .pdf file.")],
    paper: Annotated[str | None, typer.Option("--paper", metavar="vi|en|both", help="Language on paper.")] = None,
    frame: Annotated[Path | None, typer.Option(metavar="FILE", help="The frame, where it lies in a file.")] = None,
) -> None:
    """Write the protocol on one page.

    Times, seed, digests, the rule in plain words, and ten units that anyone can check.
    """
    from sipas_survey.workflow.protocol import write_protocol

    session = session_of(context)
    with session.store() as store:
        write_protocol(store, file, paper=paper, frame_file=frame)
    typer.echo(word("cli_protocol", session.lang, file=file))


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .xlsx or .parquet file.")],
    excel: ExcelOption = False,
) -> None:
    """Write the case table.

    Columns: form, unit_id, kind, stratum, turn, probability, weight.
    """
    from sipas_survey.workflow import papers

    session = session_of(context)
    with session.store() as store:
        rows = papers.write_cases(store, file, excel=excel)
    typer.echo(word("cli_written", session.lang, file=file, rows=number(rows, session.lang)))
