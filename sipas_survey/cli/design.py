"""`sipas design …`: how many names are needed, how they are divided among strata, and what they will be able to say."""

from enum import StrEnum
from fractions import Fraction
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
from sipas_survey.formats import MISSING, Lang, number, percent, points, target_percent, word

if TYPE_CHECKING:
    from sipas_survey.sampling.stages import StagePlan
    from sipas_survey.workflow.designing import Outlook

app = typer.Typer(help="The design: sizes, quotas, reserves.", no_args_is_help=True, rich_markup_mode=None)


class How(StrEnum):
    """Ways to divide a total."""

    EQUAL = "equal"
    PROPORTIONAL = "proportional"
    POWER = "power"
    NEYMAN = "neyman"
    BETHEL = "bethel"


class By(StrEnum):
    """Ways to draw."""

    SIMPLE = "simple"
    SYSTEMATIC = "systematic"
    PARETO = "pareto"
    PPS_SYSTEMATIC = "pps-systematic"
    PIVOTAL = "pivotal"


@app.command("size")
def size_(
    context: typer.Context,
    margin: Annotated[float | None, typer.Option(metavar="E", min=1e-4, max=0.5, help="Half-width wanted.")] = None,
    expected: Annotated[float, typer.Option(metavar="P", min=0.001, max=0.999, help="Share to expect.")] = 0.5,
    deff: Annotated[float, typer.Option(min=0.01, max=1000, help="Design effect.")] = 1.0,
    population: Annotated[int | None, typer.Option(metavar="N", min=1, help="Units there are.")] = None,
    response: Annotated[float, typer.Option(min=0.01, max=1, help="Share that will answer.")] = 1.0,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Of the interval.")] = 0.95,
    yamane: Annotated[str | None, typer.Option(metavar="E", help="The rule N/(1 + N e²) instead.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """How many names a share of a given precision needs, each step of the derivation shown."""
    from sipas_survey.statistics.sample_size import size_for_share, yamane_size

    lang = session_of(context).lang
    if (margin is None) == (yamane is None):
        raise typer.BadParameter("--margin | --yamane", param_hint="--margin")
    if yamane is not None:
        if population is None:
            raise typer.BadParameter("--yamane + --population", param_hint="--population")
        found = yamane_size(population, _between(yamane))
    else:
        found = size_for_share(
            margin or 0.0, expected, level=level, deff=deff, population=population, response=response
        )
    rows = [{"step": step.name, "value": step.value} for step in found.steps]
    columns = [
        Column("step", word("column_step", lang), lambda step: word(f"size_step_{step}", lang)),
        Column("value", word("column_names", lang), lambda n: number(n, lang, decimals=2), right=True),
    ]
    show_record({"n": found.n, "steps": rows}, rows, columns, form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(word("cli_design_size", lang, n=number(found.n, lang)))


@app.command("set")
def set_(
    context: typer.Context,
    per_district: Annotated[int | None, typer.Option(metavar="N", help="Forms per district (60).")] = None,
    quota: Annotated[Path | None, typer.Option(metavar="FILE", help="Table: district_code, quota.")] = None,
    total: Annotated[int | None, typer.Option(metavar="N", min=1, help="Forms in all, to be divided.")] = None,
    allocation: Annotated[How | None, typer.Option(help="How the total is divided.")] = None,
    targets: Annotated[Path | None, typer.Option(metavar="FILE", help="Table: stratum or total, margin.")] = None,
    minimum: Annotated[int, typer.Option("--min", metavar="N", min=0, help="At least, per stratum.")] = 0,
    maximum: Annotated[int | None, typer.Option("--max", metavar="N", min=0, help="At most, per stratum.")] = None,
    within: Annotated[str | None, typer.Option(metavar="COL,COL", help="Sub-strata: commune, field, …")] = None,
    method: Annotated[By, typer.Option(help="How units are drawn.")] = By.SIMPLE,
    size: Annotated[str | None, typer.Option(metavar="COLUMN", help="In proportion to this column.")] = None,
    reserve: Annotated[float | None, typer.Option(help="Reserve names per name (1.0).")] = None,
    stages: Annotated[
        str | None, typer.Option(metavar="PLAN", help="In stages: province, sipas_national, papi, or a file.")
    ] = None,
    groups: Annotated[Path | None, typer.Option(metavar="FILE", help="Strata: commune_code, group.")] = None,
    leave_out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Ask nobody who was asked in this earlier round.")
    ] = None,
    shift: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Go on in the order of this round, with its seed.")
    ] = None,
    overlap: Annotated[
        float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of names that --shift keeps.")
    ] = 0.0,
    dry_run: DryRunOption = False,
    again: AgainOption = False,
    reason: ReasonOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set quotas, reserves and the way to draw; a design that was drawn stays, unless --again sets the draw aside."""
    from sipas_survey.workflow import designing

    session, why = session_of(context), reason_of(again, reason, option="--again")
    allocated = total is not None or allocation is not None
    _only_one(
        {"--stages": stages, "--within": within, "--size": size, "--reserve": reserve, "--groups": groups,
         "--method": None if method is By.SIMPLE else method, "--shift": shift},
        {"--leave-out": leave_out, "--shift": shift}, overlap=overlap,
    )  # fmt: skip
    ways = [name for name, given in (("--per-district", per_district is not None), ("--quota", quota is not None),
                                     ("--total", allocated), ("--stages", stages is not None)) if given]  # fmt: skip
    if len(ways) > 1:
        raise typer.BadParameter(" | ".join(ways), param_hint=ways[-1])
    if not allocated and (targets is not None or minimum or maximum is not None):
        raise typer.BadParameter("--targets, --min, --max: --total N --allocation …", param_hint="--total")
    asked = designing.Asked(
        per_district=per_district, quota_file=quota, total=total, allocation=allocation, targets_file=targets,
        minimum=minimum, maximum=maximum, within=_columns_within(within), method=str(method), size=size,
        reserve=reserve, stages=stages, groups_file=groups, leave_out=leave_out, shift=shift, overlap=overlap,
    )  # fmt: skip
    with session.store() as store:
        shown = designing.set_design(store, asked, dry_run=dry_run, again=why)
    _show(session, shown, form=form, excel=False)


def _only_one(with_stages: dict[str, Any], rounds: dict[str, Any], *, overlap: float) -> None:
    """Options that do not go together: a plan says what the first say, and there is one earlier round."""
    given = [name for name, value in with_stages.items() if value is not None]
    if "--stages" in given and len(given) > 1:
        raise typer.BadParameter(" | ".join(given), param_hint="--stages")
    given = [name for name, value in rounds.items() if value is not None]
    if len(given) > 1 or (overlap and "--shift" not in given):
        raise typer.BadParameter(" | ".join(given) or "--overlap: --shift FOLDER", param_hint="--shift")


def _between(text: str) -> Fraction:
    """A margin as it is written, 0.05 or 5%, exactly."""
    try:
        value = Fraction(text.rstrip("%").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value < 1:
        raise typer.BadParameter(f"{text}: 0.05", param_hint="--yamane")
    return value


def _columns_within(text: str | None) -> tuple[str, ...]:
    """`commune,field` as the frame's columns: commune stands for commune_code."""
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return tuple("commune_code" if name == "commune" else name for name in names)


@app.command()
def show(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """The design over the frame, with the margins to expect."""
    from sipas_survey.workflow import designing

    session = session_of(context)
    with session.store() as store:
        shown = designing.show_design(store)
    _show(session, shown, form=form, excel=excel)


_COUNTS = ("population", "quota", "main", "reserve")


def _show(session: Session, shown: "Outlook", *, form: Format, excel: bool) -> None:
    from sipas_survey.workflow import designing

    lang = session.lang
    record = designing.record_of_outlook(shown, lang)
    rows, districts, total = record["rows"], record["districts"], record["total"]
    columns = _columns(lang, shown.target)
    table = [total] if shown.design.stages is not None else [*districts, total]
    show_record(record, rows if form is not Format.TABLE else table, columns, form=form, excel=excel)
    if form is Format.TABLE and shown.design.stages is not None:
        typer.echo(_stages(shown.design.stages, lang))
    if form is not Format.JSON:
        show_problems(shown.problems, lang=lang)


def _stages(plan: "StagePlan", lang: Lang) -> str:
    """A line for each stage, and one for the people."""
    lines = []
    for stage in plan.stages:
        sure = ", ".join(stage.certain) or MISSING
        take = word("cli_stage_all", lang) if stage.take is None else number(stage.take, lang)
        size = word(f"cli_stage_size_{stage.size or 'none'}", lang)
        level = word(f"cli_stage_{stage.level}", lang)
        seat = word("cli_stage_seat", lang) if stage.seat else ""
        lines.append(word("cli_stage", lang, level=level, take=take, method=stage.method, size=size, sure=sure + seat))
    people = {name: number(getattr(plan, name), lang) for name in ("take", "reserve", "wanted")}
    return "\n".join([*lines, word("cli_stage_people", lang, **people), word("cli_stage_margin", lang)])


def _columns(lang: Lang, target: Fraction) -> list[Column]:
    def half(value: Any) -> str:
        return "±" + points(value, lang)[1:] if value else MISSING

    def share(value: Any) -> str:
        return MISSING if value is None else percent(value, lang, decimals=1)

    said = target_percent(target, lang)
    columns = [Column("stratum", word("column_stratum", lang), lambda v: v or word("total", lang))]
    columns += [Column(n, word(f"column_{n}", lang), lambda x: number(x, lang), right=True) for n in _COUNTS]
    return [
        *columns,
        Column("margin", word("column_margin", lang), half, right=True),
        Column("margin_at_target", word("column_margin_at", lang, target=said), half, right=True),
        Column("met_from", word("column_met_from", lang), share, right=True),
        Column("not_met_below", word("column_not_met_below", lang), share, right=True),
    ]
