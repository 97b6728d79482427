"""`sipas estimate`: means, totals, shares and their errors from any survey file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.session import Session, session_of
from sipas_survey.cli.show import Column, ExcelOption, Format, FormatOption, show_problems, show_record
from sipas_survey.formats import Lang, significant, word
from sipas_survey.statistics.choices import Distance, Lonely, ReplicateMethod, ShareInterval

if TYPE_CHECKING:
    from sipas_survey.workflow.estimates.results import Estimates

Texts = list[str] | None


def _some(name: str, shape: str, about: str) -> Any:
    """An option that may stand several times."""
    return typer.Option(name, metavar=shape, help=about)


def estimate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet, SPSS or Stata.")],
    strata: Annotated[str | None, typer.Option(metavar="COL", help="Strata.")] = None,
    cluster: Annotated[Texts, _some("--cluster", "COL", "Clusters; several are stages.")] = None,
    weight: Annotated[str | None, typer.Option(metavar="COL", help="Weights.")] = None,
    fpc: Annotated[Texts, _some("--fpc", "COL", "Population counts, or fractions drawn, stage by stage.")] = None,
    probability: Annotated[str | None, typer.Option(metavar="COL", help="Inclusion probabilities.")] = None,
    replicates: Annotated[str | None, typer.Option(metavar="PREFIX", help="Columns of replicate weights.")] = None,
    method: Annotated[ReplicateMethod | None, typer.Option(help="How they were made.")] = None,
    rho: Annotated[float, typer.Option(min=0.0, max=0.99, help="Fay's coefficient.")] = 0.3,
    scale: Annotated[str | None, typer.Option(metavar="X|FILE", help="Factors of the replicates.")] = None,
    bootstrap: Annotated[int | None, typer.Option(metavar="N", min=2, help="Rao-Wu replicates; needs --seed.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="TEXT", help="Of the bootstrap.")] = None,
    jackknife: Annotated[bool, typer.Option("--jackknife", help="Leave out one cluster at a time.")] = False,
    rake: Annotated[Texts, _some("--rake", "COL=FILE", "Known counts: value,total.")] = None,
    calibrate: Annotated[Texts, _some("--calibrate", "COL=TOTAL", "Known totals.")] = None,
    distance: Annotated[Distance | None, typer.Option(help="Of the calibrated weights.")] = None,
    bounds: Annotated[str | None, typer.Option(metavar="L,U", help="Of the factors.")] = None,
    mean: Annotated[Texts, _some("--mean", "COL", "Means.")] = None,
    total: Annotated[Texts, _some("--total", "COL", "Totals.")] = None,
    ratio: Annotated[Texts, _some("--ratio", "NUM/DEN", "Ratios.")] = None,
    share: Annotated[Texts, _some("--share", "COL=VALUE", "Shares.")] = None,
    levels: Annotated[Texts, _some("--levels", "COL", "Shares of every value.")] = None,
    quantile: Annotated[Texts, _some("--quantile", "COL@P", "Quantiles.")] = None,
    difference: Annotated[Texts, _some("--difference", "COL:BY:A-B", "Differences of means.")] = None,
    by: Annotated[Texts, _some("--by", "COL", "In every domain of these columns.")] = None,
    where: Annotated[Texts, _some("--where", "COL=VALUE", "Among these rows.")] = None,
    interval: Annotated[ShareInterval, typer.Option(help="Of shares.")] = ShareInterval.LOGIT,
    level: Annotated[float, typer.Option(min=0.5, max=0.9999, help="Of the intervals.")] = 0.95,
    lonely: Annotated[Lonely, typer.Option(help="Strata with one cluster.")] = Lonely.FAIL,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """Estimates with standard errors and intervals, for any design.

    Rows with a missing outcome leave that estimate, not the design.
    """
    session = session_of(context)
    _only_one(("--replicates", replicates), ("--bootstrap", bootstrap), ("--jackknife", jackknife))
    _together("--bootstrap", bootstrap, "--seed", seed)
    if replicates is None and (method is not None or scale is not None):
        raise typer.BadParameter("--method, --scale: --replicates PREFIX", param_hint="--replicates")
    if not any((mean, total, ratio, share, levels, quantile, difference)):
        raise typer.BadParameter("--mean | --total | --ratio | --share | --levels | --quantile | --difference")
    from sipas_survey.workflow.estimates import files
    from sipas_survey.workflow.estimates.sample import DesignColumns

    found = files.estimate_file(
        file,
        files.Wanted(
            means=mean or (), totals=total or (), ratios=ratio or (), shares=share or (), levels=levels or (),
            quantiles=quantile or (), differences=difference or (), by=by or (), where=where or (), interval=interval,
        ),
        design=DesignColumns(strata, tuple(cluster or ()), weight, tuple(fpc or ()), probability),
        known=files.KnownTotals(
            rake=rake or (), calibrate=calibrate or (), distance=distance, bounds=_bounds(bounds)
        ),
        repetition=files.Repetition(
            prefix=replicates, method=method or ReplicateMethod.BOOTSTRAP, rho=rho, scale=scale,
            bootstrap=bootstrap, seed=seed or "", jackknife=jackknife,
        ),
        lonely=lonely,
        level=level,
    )  # fmt: skip
    _show(found, session, by or [], form=form, excel=excel)


def _show(found: "Estimates", session: Session, by: list[str], *, form: Format, excel: bool) -> None:
    records = [estimate.record() for estimate in found]
    rows = [{**row, **row["by"]} for row in records] if form is Format.TABLE else records
    show_record(records, rows, _columns(by, session.lang), form=form, excel=excel)
    show_problems(found.problems, lang=session.lang)


def _columns(by: list[str], lang: Lang) -> list[Column]:
    def figure(value: Any) -> str:
        return significant(value, lang)

    columns = [Column("what", word("column_what", lang), lambda what: word(f"what_{what}", lang))]
    columns += [Column("of", word("column_of", lang)), Column("level", word("column_level", lang), lambda v: v or "")]
    columns += [Column(name, name) for name in by]
    names = ("value", "se", "df", "lower", "upper", "cv", "deff", "n")
    return [*columns, *(Column(name, word(f"column_{name}", lang), figure, right=True) for name in names)]


def _only_one(*options: tuple[str, object]) -> None:
    given = [name for name, value in options if value]
    if len(given) > 1:
        raise typer.BadParameter(" | ".join(given), param_hint=given[0])


def _together(name: str, value: object, other: str, its: object) -> None:
    if (value is None) != (its is None):
        raise typer.BadParameter(f"{name} + {other}", param_hint=other)


def _bounds(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    low, _, high = text.partition(",")
    try:
        return float(low), float(high)
    except ValueError:
        raise typer.BadParameter(f"{text}: L,U", param_hint="--bounds") from None
