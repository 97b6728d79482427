"""From the frame to the public draw: each step with what it needs, what it did, and what comes next."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from sipas_survey.access import Right
from sipas_survey.formats import moment, normal
from sipas_survey.problems import Problem, stop
from sipas_survey.sampling.methods import Method
from sipas_survey.web.asking import Asked, Door
from sipas_survey.web.downloads import download, sent
from sipas_survey.web.pages.designs import asked_design, outlook_of, shown_outlook
from sipas_survey.web.shown import as_json, back, page
from sipas_survey.workflow import designing, drawing, duplicates, frame, papers, preparation, protocol
from sipas_survey.workflow.frame import Imported
from sipas_survey.workflow.large_frame import repeat
from sipas_survey.workflow.office import units_of
from sipas_survey.workflow.progress import LEVELS, default_level

router = APIRouter(tags=["draw"])
Known = Annotated[Asked, Depends(Door(Right.DRAW))]
Seen = Annotated[Asked, Depends(Door(Right.PROTOCOL))]
WITHIN = ("", "commune_code", "field")
PLANS = ("province", "sipas_national", "papi")


def reason_of(asked: Asked) -> str | None:
    """Why something is done anew; None where it is done for the first time."""
    return normal(asked.form.get("reason", "")[:200]) or None


# ---------------------------------------------------------------- the page
@router.get("/draw", include_in_schema=False)
def listed(asked: Seen) -> Response:
    """The steps, and how far they are done."""
    return _page(asked)


@router.get("/draw.json")
def twin(asked: Seen) -> Response:
    """The draw that stands, as `sipas draw show` tells it; null before it."""
    record = preparation.prepared(asked.store).drawn
    names = ("seed", "frame_digest", "list_digest", "main", "reserve", "frozen_at", "drawn_at", "published_first")
    return as_json({"draw": {name: getattr(record, name) for name in names} if record else None})


def _page(asked: Asked, **more: Any) -> Response:
    done, store = preparation.prepared(asked.store), asked.store
    may = asked.viewer.may(Right.DRAW)
    sizes = frame.show(store, by=LEVELS[default_level(store)][0]) if may and done.units else []
    outlook = more.pop("outlook", None)
    if outlook is None and may and done.units:
        outlook = outlook_of(store)
    values: dict[str, Any] = {"imported": None, "token": "", "pairs": None, "repeated": None, "wanted": {}}
    return page(
        asked, "draw.html", done=done, may=may, sizes=sizes, at=lambda text: _at(asked, text),
        outlook=shown_outlook(outlook, asked.lang, units_of(store).names) if outlook else None,
        methods=list(Method), within=WITHIN, plans=PLANS, defaults=store.settings.defaults, **{**values, **more},
    )  # fmt: skip


def _at(asked: Asked, text: str) -> str:
    return moment(datetime.fromisoformat(text), asked.lang, asked.store.settings.timezone) if text else ""


# ---------------------------------------------------------------- the frame
@router.post("/draw/frame", include_in_schema=False)
def look_at_frame(asked: Known) -> Response:
    """What a file of people would do to the frame; nothing is stored, the file waits for a second word."""
    upload = sent(asked, "file")
    with upload.as_file() as file:
        done = frame.import_frame(asked.store, file, dry_run=True, again=reason_of(asked))
    token = asked.request.app.state.tray.keep(asked.viewer.name, upload)
    return _page(asked, imported=_imported(asked, done, upload.name, upload.sha256), token=token)


@router.post("/draw/frame/confirm", include_in_schema=False)
def take_frame(asked: Known) -> Response:
    """Take the file in that was looked at."""
    tray, token = asked.request.app.state.tray, asked.form.get("token", "")
    upload, keep = tray.find(asked.viewer.name, token), bool(asked.form.get("keep_valid"))
    with upload.as_file() as file:
        done = frame.import_frame(asked.store, file, keep_valid=keep, again=reason_of(asked))
    if not done.stored:
        return _page(asked, imported=_imported(asked, done, upload.name, upload.sha256), token=token)
    tray.clear(asked.viewer.name, token)
    return back("/draw#design")


def _imported(asked: Asked, done: Imported, name: str, sha256: str) -> dict[str, Any]:
    return {
        "new": done.new, "known": done.known, "clash": done.clash, "wrong": done.wrong, "name": name, "sha256": sha256,
        "problems": told_of(done.problems, asked), "reason": reason_of(asked) or "", "keep": done.wrong > 0,
    }  # fmt: skip


def told_of(problems: Sequence[Problem], asked: Asked) -> list[dict[str, Any]]:
    """Problems as the rows of a table, errors first."""
    return sorted((p.as_dict(asked.lang) for p in problems), key=lambda p: p["severity"])


# ---------------------------------------------------------------- one person, one form
@router.post("/draw/duplicates", include_in_schema=False)
def look_for_duplicates(asked: Known) -> Response:
    """Pairs that may be one person. Names are shown, which the ledger records."""
    found, _ = duplicates.suspected(asked.store)
    return _page(asked, pairs=found)


@router.post("/draw/duplicates/drop", include_in_schema=False)
def drop(asked: Known) -> Response:
    """Take the ticked units out, or (`do` = same) all but one of everybody who is the same."""
    why = asked.form.get("reason", "")[:200]
    if asked.form.get("do") == "same":
        duplicates.reduce_to_persons(asked.store, reason=why)
    elif units := asked.lists.get("unit", ()):
        duplicates.drop(asked.store, units, reason=why)
    else:
        raise stop("REQUEST_WRONG", found="unit")
    return back("/draw")


@router.post("/draw/freeze", include_in_schema=False)
def freeze(asked: Known) -> Response:
    """Freeze the frame; the digest is to be published before the seed is named."""
    frame.freeze(asked.store)
    return back("/draw#freeze")


# ---------------------------------------------------------------- the draw
@router.post("/draw/draw", include_in_schema=False)
def draw(asked: Known) -> Response:
    """Draw with the seed that was named in front of witnesses."""
    if not asked.form.get("witnessed"):
        raise stop("REQUEST_WRONG", found="witnessed")
    drawing.draw_lists(asked.store, seed=asked.form.get("seed", "")[:500], again=reason_of(asked))
    return back("/draw#draw")


@router.post("/draw/verify", include_in_schema=False)
def verify(asked: Seen) -> Response:
    """Draw once more, and compare."""
    return _page(asked, repeated=repeat(asked.store, None))


@router.get("/draw/protocol.{code}", include_in_schema=False)
def give_protocol(asked: Seen, code: str, paper: str = "") -> Response:
    """The protocol on one page, .html or .pdf."""

    def write(folder: Path) -> Sequence[Problem]:
        protocol.write_protocol(asked.store, folder / f"protocol.{code[:10]}", paper=paper[:10] or None)
        return ()

    return download(asked, "protocol", write)


@router.get("/draw/frame.csv", include_in_schema=False)
def public_frame(asked: Seen) -> Response:
    """The public columns of the frame: with them anybody can repeat the draw."""

    def write(folder: Path) -> Sequence[Problem]:
        papers.write_public_frame(asked.store, folder / "public-frame.csv")
        return ()

    return download(asked, "frame", write)


@router.get("/draw/cases.{code}", include_in_schema=False)
def cases(asked: Known, code: str) -> Response:
    """The case table, .csv or .xlsx, without names."""

    def write(folder: Path) -> Sequence[Problem]:
        papers.write_cases(asked.store, folder / f"cases.{code[:10]}")
        return ()

    return download(asked, "cases", write)


@router.post("/draw/design", include_in_schema=False)
def design(asked: Known) -> Response:
    """Look at a design (`do` = look), or set it."""
    with asked_design(asked) as (wanted, token):
        looked = asked.form.get("do") == "look"
        outlook = designing.set_design(asked.store, wanted, dry_run=looked, again=reason_of(asked))
    return (
        _page(asked, outlook=outlook, wanted={**asked.form, "quota_token": token}) if looked else back("/draw#design")
    )
