"""The form of the design: what it asks for, and what the design will be able to say, in words."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sipas_survey.formats import MISSING, Lang, number, percent, points, target_percent
from sipas_survey.problems import SurveyError, stop
from sipas_survey.storage.store import Store
from sipas_survey.web.asking import Asked
from sipas_survey.web.downloads import whole_number
from sipas_survey.workflow import designing
from sipas_survey.workflow.designing import Outlook

_COUNTS = ("population", "quota", "main", "reserve")


@contextmanager
def asked_design(asked: Asked) -> Iterator[tuple[designing.Asked, str]]:
    """The design that the form asks for, and the token of its file of quotas, kept for the second word.

    `way` is district, total, quota or stages; the fields of the other ways do not count.
    """
    said, token = asked.form, ""
    with ExitStack() as stack:
        quota: Path | None = None
        if said.get("way") == "quota":
            tray = asked.request.app.state.tray
            upload = asked.files.get("quota") or tray.find(asked.viewer.name, said.get("quota_token", ""))
            token = tray.keep(asked.viewer.name, upload)
            quota = stack.enter_context(upload.as_file())
        yield _made(asked, quota), token


def _made(asked: Asked, quota: Path | None) -> designing.Asked:
    said = asked.form
    common: dict[str, Any] = {
        "method": said.get("method") or "simple", "reserve": _share(said.get("reserve", "")),
        "within": (said["within"][:40],) if said.get("within") else (),
    }  # fmt: skip
    match said.get("way", ""):
        case "district":
            return designing.Asked(per_district=whole_number(asked, "per_district"), **common)
        case "total":
            return designing.Asked(
                total=whole_number(asked, "total"), allocation=said.get("allocation") or "proportional", **common
            )
        case "quota":
            return designing.Asked(quota_file=quota, **common)
        case "stages":
            return designing.Asked(stages=said.get("stages", "")[:40])
    raise stop("REQUEST_WRONG", found="way")


def _share(text: str) -> float | None:
    """Reserve names per name, with a point or a comma."""
    if not text.strip():
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise stop("REQUEST_WRONG", found="reserve")
    return value


def outlook_of(store: Store) -> Outlook | None:
    """What the design that is set will be able to say; None where it does not fit the frame (yet)."""
    try:
        return designing.show_design(store)
    except SurveyError:
        return None


def shown_outlook(outlook: Outlook, lang: Lang, names: Mapping[str, str]) -> dict[str, Any]:
    """The table of a design as text, and what there is to say about it."""
    record = designing.record_of_outlook(outlook, lang)
    staged = outlook.design.stages is not None

    def row(found: Mapping[str, Any], name: str) -> dict[str, str]:
        half = {k: "±" + points(found[k], lang)[1:] if found[k] else MISSING for k in ("margin", "margin_at_target")}
        share = {
            k: MISSING if found[k] is None else percent(found[k], lang, decimals=1)
            for k in ("met_from", "not_met_below")
        }
        return {"name": name, **{k: number(found[k], lang) for k in _COUNTS}, **half, **share}

    rows = [] if staged else [row(r, names.get(r["stratum"], r["stratum"])) for r in record["districts"]]
    return {
        "rows": rows, "total": row(record["total"], ""), "target": target_percent(outlook.target, lang),
        "problems": record["problems"], "method": str(outlook.design.method), "staged": staged,
    }  # fmt: skip
