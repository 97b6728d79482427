"""`sipas status` and `sipas lists`."""

from dataclasses import replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import day, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import MISSING, Lang, Share, number, percent, target_percent, word
from sipas_survey.formats import day as show_day


class Level(StrEnum):
    """Levels of `status --by`."""

    DISTRICT = "district"
    COMMUNE = "commune"
    VILLAGE = "village"
    WORKER = "worker"
    FIELD = "field"
    AGENCY = "agency"
    DAY = "day"


class Shown(StrEnum):
    """Which columns of the table `status` shows."""

    COUNTS = "counts"
    RATES = "rates"
    AGES = "ages"


_COUNTS = ("quota", "printed", "handed_out", "withdrawn", "issued", "returned", "valid", "invalid", "unchecked",
           "outstanding", "lost", "in_question", "released_reserve")  # fmt: skip
_OF_DAY = ("printed", "handed_out", "withdrawn", "issued", "returned", "valid", "invalid", "lost", "issued_to_date",
           "returned_to_date", "outstanding_to_date")  # fmt: skip


def status(
    context: typer.Context,
    by: Annotated[Level | None, typer.Option("--by", help="Level of the table.")] = None,
    as_of: Annotated[date | None, typer.Option("--as-of", parser=day, metavar="DATE", help="As of a day.")] = None,
    known_on: Annotated[
        date | None, typer.Option("--known-on", parser=day, metavar="DATE", help="By what was recorded until that day.")
    ] = None,
    shown: Annotated[
        Shown, typer.Option("--show", help="Counts, rates (AAPOR), or ages of what is out.")
    ] = Shown.COUNTS,
    check: Annotated[bool, typer.Option("--check", help="Exit 1 when the return target is not met.")] = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Where every form stands, and the five numbers."""
    from sipas_survey.workflow import progress

    session = session_of(context)
    with session.store() as store:
        record = progress.status(store, by=by, as_of=as_of, known_on=known_on)
    problems = record["problems"]
    record["problems"] = [p.as_dict(session.lang) for p in problems]
    columns = _columns(record, by, session.lang, shown=shown)
    rows = _for_people(record, columns[0].key, by, session.lang) if form is Format.TABLE else record["rows"]
    show_record(record, rows, columns, form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(_sentence(record, session.lang))
        typer.echo(_foreseen(record["forecast"], session.lang))
    if form is not Format.JSON:
        show_problems(problems, lang=session.lang)
    if problems:
        raise typer.Exit(70)
    if check and not record["total"]["target_met"]:
        raise typer.Exit(1)


def _for_people(record: dict[str, Any], first: str, by: Level | None, lang: Lang) -> list[dict[str, Any]]:
    """The rows with a total below them; shares that are judged are printed from their integers."""
    total = [] if by is Level.DAY else [{**record["total"], first: word("total", lang)}]
    judged = {"return_rate": ("returned", "issued"), "valid_rate": ("valid", "returned")}
    return [
        {**row, **{name: Share(row[part], row[whole]) for name, (part, whole) in judged.items()}}
        for row in [*record["rows"], *total]
    ]


def _columns(record: dict[str, Any], by: Level | None, lang: Lang, *, shown: Shown) -> list[Column]:
    first = record["rows"][0] if record["rows"] else {"district": ""}
    keys = [k for k in first if k in ("district", "commune", "village", "worker", "field", "agency", "day")]
    columns = [Column(k, word(f"column_{k}", lang), lambda v: v or MISSING) for k in keys]
    if shown is not Shown.COUNTS and by is not Level.DAY:
        return columns + _described(shown, lang)
    names = _OF_DAY if by is Level.DAY else _COUNTS
    columns += [Column(n, _heading(n, lang), lambda v: number(v, lang), right=True) for n in names]
    rates = () if by is Level.DAY else ("return_rate", "valid_rate", "rr1")
    return columns + [Column(n, _heading(n, lang), lambda v: percent(v, lang), right=True) for n in rates]


def _described(shown: Shown, lang: Lang) -> list[Column]:
    """The columns of ages, or of the rates that are most asked for; JSON and CSV hold all of them."""
    if shown is Shown.AGES:
        names = ("issued", "outstanding", "outstanding_0_2", "outstanding_3_5", "outstanding_6_plus")
        return [Column(name, _heading(name, lang), lambda v: number(v, lang), right=True) for name in names]
    columns = [_rate("rates", name, lang) for name in ("rr1", "rr2", "rr3", "rr5", "coop1", "ref1", "con1")]
    return [
        *columns,
        replace(_rate("rates_with_replacements", "rr1", lang), heading=_heading("rr1_all", lang)),
        Column("return_rate", _heading("return_rate", lang), lambda v: percent(v, lang), right=True),
        Column("withdrawn", _heading("withdrawn", lang), lambda v: number(v, lang), right=True),
    ]


def _rate(among: str, name: str, lang: Lang) -> Column:
    return Column(among, _heading(name, lang), lambda rates: percent(rates[name], lang), right=True)


def _foreseen(found: dict[str, Any], lang: Lang) -> str:
    """When the last form will be back."""
    if not found["outstanding"]:
        return word("cli_forecast_none_out", lang)
    said = "cli_forecast" if found["finish"] else "cli_forecast_never"
    day_of = {name: show_day(date.fromisoformat(found[name]), lang) for name in ("since", "finish") if found[name]}
    return word(said, lang, **{**found, **day_of})


def _heading(name: str, lang: Lang) -> str:
    if name.endswith("_to_date"):
        return word("to_date", lang, what=word(f"count_{name.removesuffix('_to_date')}", lang))
    return word(f"count_{name}", lang)


def _sentence(record: dict[str, Any], lang: Lang) -> str:
    total = record["total"]
    said = "cli_status_met" if total["target_met"] else "cli_status_not_met"
    return word(
        said,
        lang,
        as_of=show_day(date.fromisoformat(record["as_of"]), lang),
        returned=number(total["returned"], lang),
        issued=number(total["issued"], lang),
        withdrawn=number(total["withdrawn"], lang),
        rate=percent(Share(total["returned"], total["issued"]), lang),
        target=target_percent(Fraction(str(record["target"])), lang),
    )


class ListFormat(StrEnum):
    """File types of `lists`."""

    XLSX = "xlsx"
    CSV = "csv"


def lists(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")],
    as_: Annotated[ListFormat, typer.Option("--as", help="File type.")] = ListFormat.XLSX,
    by_commune: Annotated[bool, typer.Option("--by-commune", help="A sheet (CSV: a file) per commune.")] = False,
    workers: Annotated[
        Path | None, typer.Option("--workers", metavar="FILE", help="Table: worker, name, district_code, commune_code.")
    ] = None,
    excel: ExcelOption = False,
) -> None:
    """Write one respondent list per district.

    Each has the main list, the reserve, a summary, and the sheet that a clerk fills in and hands back. With --workers
    the villages are divided among post workers.
    """
    from sipas_survey.workflow import papers

    session = session_of(context)
    with session.store() as store:
        written = papers.write_lists(
            store, folder, as_csv=as_ is ListFormat.CSV, excel=excel, by_commune=by_commune, workers_file=workers
        )
    show_problems(written.problems, lang=session.lang)
    typer.echo(word("cli_lists", session.lang, n=len(written.value), folder=folder))
