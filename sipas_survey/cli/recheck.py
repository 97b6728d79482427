"""`sipas recheck …`: some forms are asked about again."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.cli.show import (
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    KeepValidOption,
    finish_import,
    show_json,
    show_problems,
    show_record,
    show_table,
)
from sipas_survey.formats import MISSING, Lang, form_code, has_word, number, percent, word

app = typer.Typer(help="Re-check: asking some people again.", no_args_is_help=True, rich_markup_mode=None)


class Shown(StrEnum):
    """The tables of the report."""

    FINDINGS = "findings"
    ERRORS = "errors"
    ITEMS = "items"
    ROUND = "round"
    FORMS = "forms"
    PROPOSALS = "proposals"


@app.command()
def draw(
    context: typer.Context,
    share: Annotated[str, typer.Option(help="Share of each worker's forms, rounded up.")] = "0.2",
    per_worker: Annotated[int, typer.Option(min=1, help="At least so many of each post worker.")] = 2,
    per_village: Annotated[int, typer.Option(min=0, help="At least so many of each village.")] = 1,
    seed: Annotated[str | None, typer.Option(help="Only for tests and rehearsals: the ledger says so.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Draw forms for the re-check by chance, and seal which ones until they are ordered."""
    from sipas_survey.tracking.recheck import Rules
    from sipas_survey.workflow import recheck as workflow

    session = session_of(context)
    try:
        rules = Rules(Fraction(share.replace(",", ".")), per_worker, per_village)
    except (ValueError, ZeroDivisionError) as error:
        raise typer.BadParameter(f"{share}: 0.2", param_hint="--share") from error
    with session.store() as store:
        drawn = workflow.draw(store, rules, seed=seed)
    record = workflow.record_of_draw(drawn)
    if form is Format.JSON:
        show_json({**record, "problems": [p.as_dict(session.lang) for p in drawn.problems]})
        return
    show_problems(drawn.problems, lang=session.lang)
    _say(record, form, "cli_recheck_drawn", session.lang, digest=record["seed_digest"])


@app.command()
def order(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the papers go.")],
    form_file: Annotated[Path | None, typer.Option("--form", metavar="FILE", help="A short form of one's own.")] = None,
    worker: Annotated[str | None, typer.Option(help="All forms of a post worker, for a cause.")] = None,
    paper: Annotated[str | None, typer.Option(metavar="vi|en", help="Language of the papers.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Open the sealed selection, order the re-check, and write workbooks and papers for the two bodies."""
    from sipas_survey.workflow import recheck as workflow

    session = session_of(context)
    with session.store() as store:
        done = workflow.order(store, folder, form_file=form_file, worker=worker, paper=paper)
    record = workflow.record_of_order(done)
    if form is Format.JSON:
        show_json({**record, "problems": [p.as_dict(session.lang) for p in done.problems]})
        return
    show_problems(done.problems, lang=session.lang)
    said = "cli_recheck_ordered" if done.new else "cli_recheck_again"
    _say(record, form, said, session.lang, seed=record["seed"] or MISSING)
    if form is Format.TABLE:
        for file in done.files:
            typer.echo(str(file))


def _say(record: Mapping[str, Any], form: Format, key: str, lang: Lang, **details: object) -> None:
    if form is Format.TABLE:
        shown = {name: number(v, lang) if isinstance(v, int) else v for name, v in record.items()}
        typer.echo(word(key, lang, **{**shown, **details}))
    else:
        row = {name: v for name, v in record.items() if not isinstance(v, list)}
        show_record(record, [row], [], form=form)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook of an order, filled in.")],
    keep_valid: KeepValidOption = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take findings and short-form answers in; the same file again changes nothing."""
    from sipas_survey.workflow.recheck_findings import import_findings

    session = session_of(context)
    with session.store() as store:
        code = finish_import(
            lambda _: import_findings(store, file, keep_valid=keep_valid, dry_run=dry_run),
            form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run,
        )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def report(
    context: typer.Context,
    show: Annotated[list[Shown] | None, typer.Option(help="Tables to show; CSV has the first one.")] = None,
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """What was found, by worker and district, what it says of the whole round, and what a person may decide."""
    from sipas_survey.workflow import recheck_report as workflow

    session = session_of(context)
    with session.store() as store:
        record = workflow.record_of_report(workflow.report(store))
    asked, lang = show or list(Shown), session.lang
    if form is not Format.TABLE:
        show_record(record, record[asked[0]], [], form=form, excel=excel)
        return
    for row in record[Shown.PROPOSALS]:
        row["said"] = word(f"recheck_step_{row['step']}", lang, **row)
    for table in asked:
        if record[table]:
            show_table(record[table], _columns(table, lang), title=word(f"recheck_table_{table}", lang))
    if any(row.get("small") for table in asked for row in record[table]):
        typer.echo(word("cli_recheck_small", lang))
    if Shown.PROPOSALS in asked and record[Shown.PROPOSALS]:
        typer.echo(word("cli_recheck_decide", lang))


# ---------------------------------------------------------------- columns
def _columns(table: Shown, lang: Lang) -> Sequence[Column]:
    def share(value: Any) -> str:
        return MISSING if value is None else percent(value, lang)

    def index(value: Any) -> str:
        return MISSING if value is None else number(value, lang, decimals=2)

    def count(value: Any) -> str:
        return number(value, lang)

    def plain(key: str, name: str, show: Callable[[Any], str] = count, *, right: bool = True) -> Column:
        return Column(key, word(f"column_{name}", lang), show, right=right)

    def words(prefix: str) -> Callable[[Any], str]:
        return lambda v: word(f"{prefix}_{v}", lang) if v and has_word(f"{prefix}_{v}") else str(v or MISSING)

    who = Column("who", word("column_who", lang), lambda v: v or word("about_round", lang))
    interval = [plain("lower", "interval", share), Column("upper", "", share, right=True)]
    interval += [Column("small", "", lambda v: "*" if v else "")]
    from sipas_survey.tracking.recheck import Finding

    code = plain("form", "form", form_code, right=False)
    tables: Mapping[Shown, Sequence[Column]] = {
        Shown.FINDINGS: [
            who, plain("ordered", "ordered"),
            *(Column(str(f), word(f"finding_{f}", lang), count, right=True) for f in Finding),
            plain("waiting", "finding_waiting"), plain("not_confirmed_rate", "not_confirmed", share), *interval,
        ],
        Shown.ERRORS: [
            who, plain("type", "type"), plain("differing", "differing"), plain("compared", "compared"),
            plain("error_rate", "rate", share), *interval, plain("flagged", "flagged", lambda v: "!" if v else ""),
        ],
        Shown.ITEMS: [
            plain("item", "item", str, right=False), plain("type", "type"), plain("pairs", "pairs"),
            Column("gdr", "GDR", index, right=True), plain("inconsistency", "inconsistency", index),
            Column("kappa", "Kappa", index, right=True), plain("weighted_kappa", "weighted_kappa", index),
            plain("reliability_ratio", "reliability", index),
            Column("yes_no", "NDR", lambda v: index(v["ndr"]), right=True),
            Column("yes_no", "McNemar p", lambda v: index(v["p_value"]), right=True),
            Column("round_kappa_lower", word("column_interval", lang), index, right=True),
            Column("round_kappa_upper", "", index, right=True), Column("small", "", lambda v: "*" if v else ""),
        ],
        Shown.ROUND: [
            Column("what", "", words("recheck_what")), plain("forms", "forms"), plain("drawn", "drawn"),
            plain("settled", "settled"), plain("not_confirmed_rate", "not_confirmed", share), *interval,
            plain("lower_bound", "bounds", share), Column("upper_bound", "", share, right=True),
        ],
        Shown.FORMS: [
            code, plain("worker", "worker", str, right=False),
            plain("finding", "finding", words("finding"), right=False),
            plain("differing", "differing"), plain("compared", "compared"), plain("share", "rate", share),
        ],
        Shown.PROPOSALS: [
            code, plain("worker", "worker", lambda v: v or MISSING, right=False),
            plain("finding", "finding", words("finding"), right=False),
            plain("said", "proposed", str, right=False),
        ],
    }  # fmt: skip
    return tables[table]
