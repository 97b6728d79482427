"""`sipas forms …`: facts about forms enter the ledger."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from sipas_survey.cases import plain_code
from sipas_survey.cli.session import Session, day, session_of
from sipas_survey.cli.show import (
    Column,
    DryRunOption,
    ExcelOption,
    Format,
    FormatOption,
    KeepValidOption,
    finish_import,
    show_problems,
    show_record,
)
from sipas_survey.formats import MISSING, form_code, shown, word
from sipas_survey.formats import day as show_day

app = typer.Typer(help="Facts about forms enter the ledger.", no_args_is_help=True, rich_markup_mode=None)
OnOption = Annotated[date | None, typer.Option("--on", parser=day, metavar="DATE", help="The day it happened (today).")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="CODE", help="Why.")]


@app.command()
def record(
    context: typer.Context,
    act: Annotated[str, typer.Argument(metavar="ACT", help="print, issue, deliver, return, refuse, not_met, …")],
    forms: Annotated[list[str], typer.Argument(metavar="FORM...", help="Form codes.")],
    on: Annotated[date, typer.Option("--on", parser=day, metavar="DATE", help="The day it happened.")],
    worker: Annotated[str, typer.Option(metavar="W", help="Post worker.")] = "",
    reason: ReasonOption = "",
    refers_to: Annotated[str, typer.Option("--refers-to", metavar="X", help="What the act points at.")] = "",
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Record one act on some forms."""
    from sipas_survey.workflow import field

    session = session_of(context)
    codes = [plain_code(code) for code in forms]
    with session.store() as store:
        code = finish_import(
            lambda _: field.record(
                store, act, codes, on=on, worker=worker, reason=reason, refers_to=refers_to, dry_run=dry_run
            ),
            form=form, lang=session.lang, keep_valid=False, dry_run=dry_run,
        )  # fmt: skip
    raise typer.Exit(code)


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Event file, or a clerk's workbook.")],
    keep_valid: KeepValidOption = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TABLE,
) -> None:
    """Take a file of events into the ledger.

    The file may be a list workbook: then its sheet "Theo dõi" is read.
    """
    from sipas_survey.workflow import field

    session = session_of(context)
    with session.store() as store:
        code = finish_import(
            lambda advance: field.import_events(
                store, file, keep_valid=keep_valid, dry_run=dry_run, advance=advance
            ),
            form=form, lang=session.lang, keep_valid=keep_valid, dry_run=dry_run,
        )  # fmt: skip
    raise typer.Exit(code)


def _point(context: typer.Context, act: str, form: str, on: date | None, output: Format, **details: str) -> None:
    from sipas_survey.tracking.forms import Act
    from sipas_survey.workflow import field

    session = session_of(context)
    with session.store() as store:
        admission = field.point(store, Act(act), plain_code(form), on=on or store.today, **details)
    _tell(session, admission, output)


def _tell(session: Session, admission: Any, output: Format) -> None:
    event = admission.event
    record = {
        "form": event.form,
        "act": str(event.act),
        "happened_on": event.happened_on.isoformat(),
        "refers_to": event.refers_to or None,
        "event_id": event.event_id,
        "stored": admission.arrival == "new",
    }
    if output is not Format.TABLE:
        full = {**record, "problems": [p.as_dict(session.lang) for p in admission.problems]}
        show_record(full, [record], [], form=output)
        return
    show_problems(admission.problems, lang=session.lang)
    said = f"cli_did_{event.act}"
    typer.echo(
        word(said, session.lang, form=form_code(event.form), other=form_code(event.refers_to), event=event.event_id)
    )


@app.command()
def reissue(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="A lost or void form.")],
    reason: ReasonOption = "",
    on: OnOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Give the case of a lost or void form a new code."""
    _point(context, "reissue", form, on, output, reason=reason)


@app.command()
def replace(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="A form with a final outcome.")],
    reason: ReasonOption = "",
    on: OnOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Replace a case by the next reserve.

    Where survey.toml wants a second person, this is a request, and `approve` makes it a replacement.
    """
    _point(context, "replace", form, on, output, reason=reason)


@app.command()
def approve(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="A form whose replacement was requested.")],
    on: OnOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Approve a requested replacement; never one's own request."""
    from sipas_survey.workflow import field

    session = session_of(context)
    with session.store() as store:
        admission = field.approve(store, plain_code(form), on=on or store.today)
    _tell(session, admission, output)


@app.command("reject-request")
def reject_request(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="A form whose replacement was requested.")],
    reason: ReasonOption = "",
    on: OnOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Reject a requested replacement."""
    _point(context, "reject_request", form, on, output, reason=reason)


@app.command()
def decide(
    context: typer.Context,
    form: Annotated[str, typer.Argument(metavar="FORM", help="A form in question.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event that tells what happened.")],
    on: OnOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Settle contradicting outcomes."""
    _point(context, "decide", form, on, output, refers_to=event)


@app.command()
def undo(
    context: typer.Context,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event to take back.")],
    reason: ReasonOption = "",
    output: FormatOption = Format.TABLE,
) -> None:
    """Take an event back; nothing is deleted."""
    from sipas_survey.workflow import field

    session = session_of(context)
    with session.store() as store:
        admission = field.undo(store, event, reason=reason)
    _tell(session, admission, output)


@app.command()
def overdue(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")],
    as_of: Annotated[date | None, typer.Option("--as-of", parser=day, metavar="DATE", help="As of a day.")] = None,
    as_pdf: Annotated[bool, typer.Option("--pdf", help="PDF to print in place of workbooks.")] = False,
    paper: Annotated[str | None, typer.Option("--paper", metavar="vi|en|both", help="Language on paper.")] = None,
) -> None:
    """Write what is still out, by route: reminders from the third day, overdue from the sixth."""
    from sipas_survey.workflow import overdue as workflow

    session = session_of(context)
    with session.store() as store:
        written, forms = workflow.write_lists(store, folder, as_of=as_of, as_pdf=as_pdf, paper=paper)
    counts = {"n": len(written), "forms": len(forms), "overdue": sum(form.overdue for form in forms)}
    typer.echo(word("cli_overdue", session.lang, folder=folder, **counts))


@app.command()
def waiting(context: typer.Context, form: FormatOption = Format.TABLE, excel: ExcelOption = False) -> None:
    """Stored events without effect as things stand.

    They wait, cannot have happened, contradict another, or came from a dead code.
    """
    from sipas_survey.workflow import field

    session = session_of(context)
    lang = session.lang
    with session.store() as store:
        rows = [
            {
                "form": found.event.form,
                "act": found.event.act,
                "happened_on": found.event.happened_on,
                "worker": found.event.worker,
                "standing": found.standing,
                "event_id": found.event.event_id,
            }
            for found in field.waiting(store)
        ]
    _show_events(rows, form=form, excel=excel, lang=lang)


@app.command()
def show(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="FORM", help="A form code.")],
    form: FormatOption = Format.TABLE,
    excel: ExcelOption = False,
) -> None:
    """The history of a form, without personal data."""
    from sipas_survey.workflow import field

    session = session_of(context)
    lang = session.lang
    with session.store() as store:
        found = field.history(store, plain_code(code))
    rows = [
        {
            "form": e.form,
            "act": e.act,
            "happened_on": e.happened_on,
            "worker": e.worker,
            "reason": e.reason,
            "refers_to": e.refers_to,
            "standing": found.state.standing[e.event_id],
            "event_id": e.event_id,
        }
        for e in found.events
    ]
    head: dict[str, Any] = {
        "form": found.row.form,
        "unit_id": found.row.unit_id,
        "kind": str(found.row.kind),
        "stratum": found.row.stratum,
        "turn": found.row.turn,
        "state": str(found.state.state),
        "in_question": found.state.in_question,
        "held": found.held,
        "allowed": sorted(str(act) for act in found.state.allowed()),
    }
    if form is Format.TABLE:
        state = word("state_held", lang) if found.held else shown(found.state.state, lang)
        allowed = ", ".join(shown(act, lang) for act in sorted(found.state.allowed()))
        shown_head = {**head, "form": form_code(head["form"]), "state": state, "allowed": allowed}
        typer.echo(word("cli_form", lang, **shown_head))
    _show_events(rows, form=form, excel=excel, lang=lang, head=head)


def _show_events(
    rows: list[dict[str, Any]], *, form: Format, excel: bool, lang: Any, head: dict[str, Any] | None = None
) -> None:
    shows = {"happened_on": lambda d: show_day(d, lang), "form": form_code}
    names = list(rows[0]) if rows else ["form", "act", "happened_on", "standing", "event_id"]
    columns = [
        Column(n, word(f"column_{n}", lang), shows.get(n, lambda v: shown(v, lang) if v else MISSING)) for n in names
    ]
    plain = [{k: v.isoformat() if isinstance(v, date) else str(v) for k, v in row.items()} for row in rows]
    record = {**(head or {}), "events" if head else "rows": plain}
    show_record(record, rows if form is Format.TABLE else plain, columns, form=form, excel=excel)
