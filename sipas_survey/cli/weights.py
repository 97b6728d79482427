"""`sipas weights`: how the weights of the forms came about, and what is done to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import (
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    show_problems,
    show_record,
)
from sipas_survey.formats import Lang, number, word

if TYPE_CHECKING:
    from sipas_survey.satisfaction.weights import Weights


def weights(
    context: typer.Context,
    margins: Annotated[Path | None, typer.Option(metavar="FILE", help="Known counts: variable,value,total.")] = None,
    trim: Annotated[float | None, typer.Option(metavar="X", min=1.0, help="Cap: X times the median.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Back to the weights of the draw.")] = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """The weights of the forms that count, step by step.

    With --margins or --trim the office decides what is done to them; weighted results use it from then on.
    """
    from sipas_survey.workflow import weights as weighing

    session = session_of(context)
    if plain and (margins is not None or trim is not None):
        raise typer.BadParameter("--plain | --margins, --trim", param_hint="--plain")
    deciding = plain or margins is not None or trim is not None
    with session.store() as store:
        with store.read() as connection:
            recipe = weighing.recipe_of(connection)
        if deciding:
            known = weighing.read_margins(margins) if margins is not None else {}
            recipe = weighing.Recipe(known, trim)
        made = weighing.set_recipe(store, recipe, dry_run=dry_run or not deciding)
    record = _record(made.value, recipe.as_record())
    show_record(record, record["ledger"], _columns(session.lang), form=form, excel=excel)
    if form is Format.TABLE:
        typer.echo(_sentence(made.value, session.lang))
        if deciding:
            typer.echo(word("cli_weights_dry" if dry_run else "cli_weights_set", session.lang))
    show_problems(made.problems, lang=session.lang)


def _record(made: "Weights", recipe: dict[str, Any]) -> dict[str, Any]:
    rows = zip(made.forms, made.strata, made.weight.tolist(), strict=True)
    return {
        **recipe,
        "forms": len(made.forms),
        "total": float(made.weight.sum()),
        "effective_forms": made.effective,
        "ledger": [
            {
                "step": str(row.step), "group": row.group, "cases": row.n, "before": row.before, "after": row.after,
                "smallest_factor": row.smallest, "largest_factor": row.largest,
            }
            for row in made.ledger
        ],
        "weights": [{"form": form, "stratum": stratum, "weight": weight} for form, stratum, weight in rows],
    }  # fmt: skip


def _columns(lang: Lang) -> list[Column]:
    def total(value: Any) -> str:
        return number(value, lang, decimals=1)

    def factor(value: Any) -> str:
        return number(value, lang, decimals=4)

    return [
        Column("step", word("column_step", lang), lambda step: word(f"weight_step_{step}", lang)),
        Column("group", word("column_group", lang)),
        Column("cases", word("column_cases", lang), lambda n: number(n, lang), right=True),
        Column("before", word("column_before", lang), total, right=True),
        Column("after", word("column_after", lang), total, right=True),
        Column("smallest_factor", word("column_factor", lang) + " ≥", factor, right=True),
        Column("largest_factor", word("column_factor", lang) + " ≤", factor, right=True),
    ]


def _sentence(made: "Weights", lang: Lang) -> str:
    if not made.forms:
        return word("cli_weights_none", lang)
    shown = {
        "total": made.weight.sum(), "smallest": made.weight.min(), "largest": made.weight.max(),
        "effective": made.effective,
    }  # fmt: skip
    figures = {name: number(float(value), lang, decimals=1) for name, value in shown.items()}
    return word("cli_weights", lang, forms=number(len(made.forms), lang), **figures)
