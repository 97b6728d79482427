"""`sipas forms print | sheets | labels | scan`: the papers of the field, and the codes on them read back."""

import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sipas_survey.cli.session import day, session_of
from sipas_survey.cli.show import (
    DryRunOption,
    Format,
    FormatOption,
    KeepValidOption,
    finish_import,
    show_problems,
    working,
)
from sipas_survey.formats import word

if TYPE_CHECKING:
    from sipas_survey.workflow.frame import Imported
    from sipas_survey.workflow.scanning import ScanDone

DirArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")]
PaperOption = Annotated[str | None, typer.Option("--paper", metavar="vi|en|both", help="Language on paper.")]
OnOption = Annotated[
    date | None, typer.Option("--on", parser=day, metavar="DATE", help="The day on the paper (today).")
]


def register(forms: typer.Typer) -> None:
    """Hang the commands of this file under `sipas forms`."""
    forms.command("print")(print_)
    forms.command()(sheets)
    forms.command()(labels)
    forms.command()(scan)


def print_(
    context: typer.Context,
    folder: DirArgument,
    district: Annotated[
        str | None, typer.Option("--district", metavar="CODE", help="Only this district (commune, agency).")
    ] = None,
    on: OnOption = None,
    paper: PaperOption = None,
    sides: Annotated[
        int, typer.Option("--sides", metavar="1|2", min=1, max=2, help="Sides of the paper that are printed on.")
    ] = 2,
    reprint: Annotated[bool, typer.Option("--reprint", help="The same pages again, without an event.")] = False,
) -> None:
    """Print the forms that are not printed yet, each behind its cover.

    A PDF per district and batch; reserves are sealed batches of their own. The covers hold names. The forms are
    recorded as printed; from the first one on, people who were not drawn are removed.
    """
    from sipas_survey.workflow import printing

    session = session_of(context)
    if reprint and (on or paper or sides != 2):
        raise typer.BadParameter("--reprint: --on, --paper, --sides", param_hint="--reprint")
    with session.store() as store, working(session.lang) as advance:
        done = (
            printing.reprint_forms(store, folder, place=district, advance=advance)
            if reprint
            else printing.print_forms(store, folder, place=district, on=on, paper=paper, sides=sides, advance=advance)
        )
    show_problems(done.problems, lang=session.lang)
    counts: dict[str, Any] = {
        "batches": len(done.value),
        "forms": sum(len(batch.forms) for batch in done.value),
        "sealed": sum(len(batch.forms) for batch in done.value if batch.kind == "reserve"),
    }
    said = "cli_forms_reprinted" if reprint else "cli_forms_printed"
    if done.value:
        typer.echo(word(said, session.lang, folder=folder, **counts))


def sheets(
    context: typer.Context,
    folder: DirArgument,
    workers: Annotated[
        Path | None, typer.Option("--workers", metavar="FILE", help="Table: worker, name, district_code, commune_code.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is in the field or has come back.")] = False,
    on: OnOption = None,
    paper: PaperOption = None,
) -> None:
    """Write hand-over sheets: for each post worker a receipt, and a sheet per commune. They hold names."""
    from sipas_survey.workflow import handover

    session = session_of(context)
    with session.store() as store:
        done = handover.write_sheets(store, folder, workers_file=workers, everything=everything, on=on, paper=paper)
    show_problems(done.problems, lang=session.lang)
    if done.value:
        typer.echo(word("cli_sheets", session.lang, n=len(done.value), folder=folder))


def labels(
    context: typer.Context,
    folder: DirArgument,
    size: Annotated[str, typer.Option("--size", metavar="3x8|50x30", help="Labels on A4, or on a roll.")] = "3x8",
    names: Annotated[bool, typer.Option("--names", help="With people's names.")] = False,
    on: OnOption = None,
    paper: PaperOption = None,
) -> None:
    """Write labels with code, commune and village; with --names also the name."""
    from sipas_survey.documents.field_papers import LabelSize
    from sipas_survey.workflow import handover

    session = session_of(context)
    if size not in tuple(LabelSize):
        raise typer.BadParameter(f"{size}: {' | '.join(LabelSize)}", param_hint="--size")
    with session.store() as store:
        written = handover.write_labels(store, folder, size=LabelSize(size), with_names=names, on=on, paper=paper)
    typer.echo(word("cli_labels", session.lang, n=len(written), folder=folder))


def scan(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Pictures, PDFs; - for a scanner's lines.")],
    on: Annotated[
        date | None, typer.Option("--on", parser=day, metavar="DATE", help="When they came back (today).")
    ] = None,
    worker: Annotated[str, typer.Option(metavar="W", help="Post worker who brought them.")] = "",
    review: Annotated[
        Path | None, typer.Option("--review", metavar="DIR", help="Where pages without a code go (DIR/review).")
    ] = None,
    keep_valid: KeepValidOption = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Read the codes of scanned pages: which forms came back, which pages are missing. They are recorded as returned.

    Pages whose code cannot be read are kept as pictures. A USB scanner's lines on standard input work too (-).
    """
    from sipas_survey.workflow import scanning

    session = session_of(context)
    done = None

    def read(advance: Callable[[int], None]) -> "Imported":
        nonlocal done
        done = scanning.scan(
            store, files, review=review or session.folder / "review", on=on, worker=worker, keep_valid=keep_valid,
            dry_run=dry_run, lines=sys.stdin, advance=advance,
        )  # fmt: skip
        return done.imported

    with session.store() as store:
        code = finish_import(
            read, form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run,
            beside=lambda: _as_record(done) if done else {},
        )  # fmt: skip
    if form is Format.TABLE and done:
        typer.echo(word("cli_scanned", session.lang, **_counts(done)))
    raise typer.Exit(code)


def _counts(done: "ScanDone") -> dict[str, int]:
    return {
        "pages": done.pages,
        "blank": done.blank,
        "forms": len(done.forms),
        "incomplete": sum(bool(seen.missing) for seen in done.forms),
        "covers": len(done.covers),
        "unread": len(done.unread),
    }


def _as_record(done: "ScanDone") -> dict[str, Any]:
    """What a scan held, as JSON."""
    return {
        "pages": done.pages,
        "blank": done.blank,
        "forms": [asdict(seen) for seen in done.forms],
        "covers": list(done.covers),
        "batches": list(done.batches),
        "unread": list(done.unread),
    }
