"""`sipas design …`: how many names each stratum gives."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.session import Session, session_of
from sipas_survey.cli.show import (
    AgainOption,
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    ReasonOption,
    reason_of,
    show_problems,
    show_record,
)
from sipas_survey.formats import MISSING, number, points, word

if TYPE_CHECKING:
    from sipas_survey.sampling.design import Plan

app = typer.Typer(help="The design: quotas and reserves.", no_args_is_help=True, rich_markup_mode=None)


@app.command("set")
def set_(
    context: typer.Context,
    per_district: Annotated[int | None, typer.Option(metavar="N", help="Forms per district (60).")] = None,
    quota: Annotated[Path | None, typer.Option(metavar="FILE", help="Table: district_code, quota.")] = None,
    reserve: Annotated[float | None, typer.Option(help="Reserve names per name (1.0).")] = None,
    dry_run: DryRunOption = False,
    again: AgainOption = False,
    reason: ReasonOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set quotas and reserves; a design that was drawn stays, unless --again sets the draw aside."""
    from sipas_survey.workflow import drawing

    session, why = session_of(context), reason_of(again, reason, option="--again")
    if per_district is not None and quota is not None:
        raise typer.BadParameter("--per-district | --quota", param_hint="--quota")
    with session.store() as store:
        checked = drawing.set_design(
            store, per_district=per_district, quota_file=quota, reserve=reserve, dry_run=dry_run, again=why
        )
        plan, margins = drawing.show_design(store) if not dry_run else (checked.value, [])
    _show(session, plan, margins, form=form, excel=False)


@app.command()
def show(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """The design over the frame, with the margins to expect at 95 %."""
    from sipas_survey.workflow import drawing

    session = session_of(context)
    with session.store() as store:
        plan, margins = drawing.show_design(store)
    _show(session, plan, margins, form=form, excel=excel)


def _show(session: Session, plan: "Plan", margins: list[float], *, form: Format, excel: bool) -> None:
    lang = session.lang
    padded = margins or [math.nan] * len(plan.strata)
    rows: list[dict[str, Any]] = [
        {
            "stratum": s.stratum,
            "population": s.population,
            "quota": s.quota,
            "main": s.main,
            "reserve": s.reserve,
            "margin": None if math.isnan(m) else m,
        }
        for s, m in zip(plan.strata, padded, strict=True)
    ]
    total = {name: sum(row[name] for row in rows) for name in ("population", "quota", "main", "reserve")}
    columns = [Column("stratum", word("column_stratum", lang), lambda v: v or word("total", lang))]
    columns += [
        Column(name, word(f"column_{name}", lang), lambda n: number(n, lang), right=True)
        for name in ("population", "quota", "main", "reserve")
    ]
    columns.append(
        Column("margin", word("column_margin", lang), lambda m: "±" + points(m, lang)[1:] if m else MISSING, right=True)
    )
    record = {"rows": rows, "total": total, "problems": [p.as_dict(lang) for p in plan.problems]}
    show_record(record, rows if form is not Format.TABLE else [*rows, total], columns, form=form, excel=excel)
    if form is not Format.JSON:
        show_problems(plan.problems, lang=lang)
