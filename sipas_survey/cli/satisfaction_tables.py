"""The tables of `sipas satisfaction`: which columns each has, and the sentences below them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import typer

from sipas_survey.cli.show import Column, show_table
from sipas_survey.formats import MISSING, Lang, number, percent, points, target_percent, word


@dataclass(frozen=True)
class Printer:
    """How shares and counts are printed: in a language, never carried across the target."""

    lang: Lang
    threshold: Fraction
    few_forms: int
    by: tuple[str, ...]

    def share(self, value: Any) -> str:
        """A share in percent."""
        return percent(value, self.lang, targets=[self.threshold])

    def count(self, value: Any) -> str:
        """A whole number."""
        return number(value, self.lang)

    def points(self, value: Any) -> str:
        """A difference in percentage points with its sign."""
        return points(value, self.lang)

    def column(self, key: str, heading: str, show: Callable[[Any], str] = str, *, right: bool = True) -> Column:
        """A column under a word of the catalogue."""
        return Column(key, word(heading, self.lang), show, right=right)

    @property
    def domains(self) -> list[Column]:
        """The columns of the domains."""
        return [Column(name, name, lambda v: v or "") for name in self.by]

    @property
    def target(self) -> str:
        """The target in percent."""
        return target_percent(self.threshold, self.lang)


def main_columns(out: Printer, *, weighted: bool, extras: bool) -> list[Column]:
    """The columns of the indices."""
    lang = out.lang

    def beside(value: Any) -> str:
        if not value:
            return MISSING
        return f"{out.share(value['value'])} [{out.share(value['lower'])}; {out.share(value['upper'])}]"

    weighted_column = out.column("weighted", "column_weighted", beside)
    reached = Column(
        "reached", word("column_reached", lang, target=out.target), lambda v: word(f"reached_{str(v).lower()}", lang)
    )
    columns = [
        *out.domains,
        out.column("index", "column_index", right=False),
        out.column("label", "column_label", right=False),
        *([weighted_column] if weighted else []),
        out.column("satisfied", "column_satisfied", out.count),
        out.column("valid", "column_valid", out.count),
        out.column("blank", "column_blank", out.count),
        out.column("forms_shown", "indices_forms_counted"),
        out.column("exact", "column_share", out.share),
        out.column("lower", "column_lower", out.share),
        out.column("upper", "column_upper", out.share),
        reached,
        out.column("verdict", "column_verdict", lambda v: word(f"verdict_{v}", lang), right=False),
        out.column("adjusted_verdict", "indices_adjusted", lambda v: word(f"verdict_{v}", lang), right=False),
    ]
    more = [
        out.column("mean", "indices_mean_point", lambda v: _interval(v, lambda x: number(x, lang, decimals=2))),
        out.column("net", "indices_net_score", lambda v: _interval(v, out.points)),
    ]
    return [*columns, *([] if weighted else [weighted_column]), *(more if extras else [])]


def _interval(found: Mapping[str, Any] | None, show: Callable[[Any], str]) -> str:
    if found is None or found["value"] is None:
        return MISSING
    return f"{show(found['value'])} [{show(found['lower'])}; {show(found['upper'])}]"


def shown_forms(row: Mapping[str, Any], lang: Lang) -> str:
    """The number of forms, marked where they are few."""
    return number(row["forms"], lang) + (" *" if row["few_forms"] else "")


def print_few(out: Printer, rows: Sequence[Mapping[str, Any]]) -> None:
    """What the mark at few forms means, where there is one."""
    if any(row["few_forms"] for row in rows):
        typer.echo(word("few_forms_note", out.lang, few=out.count(out.few_forms)))


def print_league(out: Printer, record: Mapping[str, Any]) -> None:
    """The league table of an index."""
    rows = [
        {**row, **row["by"], "forms_shown": shown_forms(row, out.lang),
         "ranks": f"{row['best_rank']}–{row['worst_rank']} / {row['of']}"}
        for row in record["rows"]
    ]  # fmt: skip
    columns = [
        out.column("rank", "indices_place_in_order", out.count),
        out.column("ranks", "indices_rank_interval"),
        *out.domains,
        out.column("forms_shown", "indices_forms_counted"),
        out.column("value", "column_share", out.share),
        out.column("lower", "column_lower", out.share),
        out.column("upper", "column_upper", out.share),
    ]
    show_table(rows, columns, title=word("league_title", out.lang, label=record["label"]))
    print_few(out, record["rows"])
    typer.echo(word("league_note", out.lang))


def print_costs(out: Printer, record: Mapping[str, Any]) -> None:
    """What the criteria of an index cost it."""
    rows = [{**row, "ranks": f"{row['best_rank']}–{row['worst_rank']} / {row['of']}"} for row in record["rows"]]
    columns = [
        out.column("rank", "indices_place_in_order", out.count),
        out.column("ranks", "indices_rank_interval"),
        out.column("criterion", "column_index", right=False),
        out.column("label", "column_label", right=False),
        out.column("value", "column_share", out.share),
        out.column("weight", "indices_weight_in_index", lambda v: percent(v, out.lang)),
        out.column("gap", "indices_gap", out.points),
        out.column("gain_to_target", "indices_gain_target", out.points),
        out.column("gain_to_best", "indices_gain_best", out.points),
    ]
    show_table(rows, columns, title=word("costs_title", out.lang, label=record["label"]))
    if record["value"] is None:
        return
    short = record["points_to_target"] > 0
    typer.echo(
        word(
            "costs_below" if short else "costs_above",
            out.lang,
            label=record["label"],
            share=out.share(record["value"]),
            target=out.target,
            points=number(100 * record["points_to_target"], out.lang, decimals=2),
            count=out.count(record["criteria_needed"]),
        )
    )


def print_comparison(out: Printer, record: Mapping[str, Any]) -> None:
    """The changes since another round."""

    def yes(value: bool | None) -> str:
        return MISSING if value is None else word("yes" if value else "no", out.lang)

    rows = [
        {**row, **row["by"], "interval": _between(out, row["change_lower"], row["change_upper"])}
        for row in record["rows"]
    ]
    columns = [
        *out.domains,
        out.column("index", "column_index", right=False),
        out.column("label", "column_label", right=False),
        out.column("value", "indices_now", out.share),
        out.column("lower", "column_lower", out.share),
        out.column("upper", "column_upper", out.share),
        out.column("before", "indices_before", out.share),
        out.column("change", "indices_points_change", out.points),
    ]
    if not record["published"]:
        columns += [
            out.column("interval", "indices_change_interval"),
            out.column("outside_noise", "indices_noise", yes, right=False),
            out.column("same_criteria", "indices_same_criteria", yes, right=False),
        ]
    against = " ".join(filter(None, (record["against"], record["year"])))
    show_table(rows, columns, title=word("comparison_title", out.lang, against=against))
    typer.echo(_how_compared(out, record))


def _between(out: Printer, lower: float | None, upper: float | None) -> str:
    return MISSING if lower is None else f"{out.points(lower)} – {out.points(upper)}"


def _how_compared(out: Printer, record: Mapping[str, Any]) -> str:
    if record["published"]:
        return word("comparison_published", out.lang)
    if record["paired"] is None:
        return word("comparison_independent", out.lang)
    counts = {name: out.count(record["paired"][name]) for name in ("common", "now", "before")}
    return word("comparison_paired", out.lang, column=record["paired"]["by"], **counts)


def print_explanation(out: Printer, record: Mapping[str, Any]) -> None:
    """How one figure came about."""
    from sipas_survey.workflow import explanation

    lang = out.lang
    where = ", ".join(f"{name} {value or MISSING}" for name, value in record["by"].items())
    title = f"{record['label']}{' – ' + where if where else ''}"
    columns = [
        out.column("criterion", "column_index", right=False),
        out.column("label", "column_label", right=False),
        out.column("satisfied", "column_satisfied", out.count),
        out.column("valid", "column_valid", out.count),
        out.column("blank", "column_blank", out.count),
        out.column("value", "column_share", out.share),
    ]
    show_table(record["criteria"], columns, title=word("explain_title", lang, label=title))
    for line in explanation.sentences(record, lang, out.threshold):
        typer.echo(line)
    rules = [{**rule, "standing": word(f"rule_standing_{rule['standing']}", lang)} for rule in record["rules"]]
    shown = [
        out.column("text", "indices_rule", right=False),
        out.column("standing", "indices_standing", right=False),
    ]
    typer.echo("")
    show_table(rules, shown, title=word("explain_rules", lang))
