"""A file comes in: looked at first, with everything it would change; stored at a second word; then its batch."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import ACTS, Right
from sipas_survey.formats import moment
from sipas_survey.problems import stop
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.downloads import sent
from sipas_survey.web.pages.draw import told_of
from sipas_survey.web.shown import as_csv, as_json, back, page
from sipas_survey.workflow import acting, answers, batches
from sipas_survey.workflow.batches import Batch
from sipas_survey.workflow.frame import Imported

router = APIRouter(tags=["import"])
Known = Annotated[Asked, Depends(Door(Right.IMPORT))]
_EVENT_COLUMNS = ("seq", "form", "act", "happened_on", "worker", "reason", "author", "recorded_at")
Do = Callable[[Asked, Path, bool], Imported]


def _events(asked: Asked, file: Path, dry_run: bool) -> Imported:
    return acting.submit_file(asked.store, asked.viewer, file, dry_run=dry_run)


def _answers(asked: Asked, file: Path, dry_run: bool) -> Imported:
    keep = bool(asked.form.get("keep_valid"))
    return answers.import_responses(asked.store, [file], keep_valid=keep, dry_run=dry_run)


KINDS: Mapping[str, Do] = {"events": _events, "answers": _answers}


def _own_kinds(asked: Asked) -> list[str]:
    """What a role may hand in: reports of the field, answers, or both."""
    acts = asked.viewer.role is None or bool(ACTS[asked.viewer.role])
    return [kind for kind, may in (("events", acts), ("answers", asked.viewer.may(Right.ANSWERS))) if may]


def _do(asked: Asked) -> Do:
    kind = asked.form.get("kind", "")
    if kind not in _own_kinds(asked):
        raise stop("REQUEST_WRONG" if kind not in KINDS else "RIGHT_MISSING", found="kind")
    return KINDS[kind]


# ---------------------------------------------------------------- looked at, then stored
@router.get("/import", include_in_schema=False)
def listed(asked: Known) -> Response:
    """What may be handed in."""
    return _page(asked)


@router.post("/import", include_in_schema=False)
def look(asked: Known) -> Response:
    """What a file would change; nothing is stored, the file waits for a second word."""
    do, upload = _do(asked), sent(asked, "file")
    with upload.as_file() as file:
        done = do(asked, file, True)
    token = asked.request.app.state.tray.keep(asked.viewer.name, upload)
    return _page(asked, looked=_looked(asked, done, upload.name, upload.sha256), token=token)


@router.post("/import/confirm", include_in_schema=False)
def take(asked: Known) -> Response:
    """Store the file that was looked at; on to its batch."""
    tray, token, do = asked.request.app.state.tray, asked.form.get("token", ""), _do(asked)
    upload, before = tray.find(asked.viewer.name, token), batches.head_of(asked.store)
    with upload.as_file() as file:
        done = do(asked, file, False)
    if not done.stored:
        return _page(asked, looked=_looked(asked, done, upload.name, upload.sha256), token=token)
    tray.clear(asked.viewer.name, token)
    return back(f"/import/{before + 1}" if done.new else "/import")


def _page(asked: Asked, *, looked: dict[str, Any] | None = None, token: str = "") -> Response:
    return page(asked, "imports.html", kinds=_own_kinds(asked), looked=looked, token=token)


def _looked(asked: Asked, done: Imported, name: str, sha256: str) -> dict[str, Any]:
    kind = asked.form.get("kind", "")
    return {
        "kind": kind, "name": name, "sha256": sha256, "new": done.new, "known": done.known, "clash": done.clash,
        "wrong": done.wrong, "changes": [asdict(change) for change in done.changes],
        "problems": told_of(done.problems, asked), "keep": kind == "answers" and done.wrong > 0,
        "can": bool(done.new) and not done.clash and (not done.wrong or kind == "answers"),
    }  # fmt: skip


# ---------------------------------------------------------------- the batch
@router.get("/import/{code}.json")
def twin(asked: Known, code: str) -> Response:
    """What a batch has stored."""
    found = _batch(asked, code)
    return as_json({"author": found.author, "recorded_at": found.recorded_at.isoformat(), "events": _rows(found),
                    "notes": [{"act": row["act"], **row["details"]} for row in found.notes]})  # fmt: skip


@router.get("/import/{code}.csv")
def table(asked: Known, code: str, excel: bool = False) -> Response:
    """The events of a batch."""
    return as_csv(_rows(_batch(asked, code)), name=f"batch-{code}", excel=excel, columns=_EVENT_COLUMNS)


@router.get("/import/{code}", include_in_schema=False)
def shown(asked: Known, code: str) -> Response:
    """What a batch has stored."""
    found = _batch(asked, code)
    at = moment(found.recorded_at, asked.lang, asked.store.settings.timezone)
    return page(asked, "batch.html", batch=found, at=at, code=code)


def _batch(asked: Asked, code: str) -> Batch:
    if not code.isdecimal() or len(code) > 9:
        raise stop("PAGE_UNKNOWN")
    return batches.batch_of(asked.store, asked.viewer, int(code))


def _rows(found: Batch) -> list[dict[str, Any]]:
    return [{name: row[name] for name in _EVENT_COLUMNS} for row in found.events]
