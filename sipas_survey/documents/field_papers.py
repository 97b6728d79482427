"""Papers of the field: hand-over sheets with their receipts, labels, and the forms still out on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import Any

from sipas_survey.documents.codes import qr_svg
from sipas_survey.documents.form_pages import address_lines, batch_shown
from sipas_survey.documents.overdue import FormOut, by_route
from sipas_survey.documents.pages import pdf
from sipas_survey.formats import Lang, day, form_code, number, word

_PARTS = ("paper.typ",)


# ---------------------------------------------------------------- hand-over sheets
@dataclass(frozen=True, slots=True)
class Carried:
    """One form that a worker carries, and to whom."""

    form: str
    full_name: str
    village: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The forms of one commune that one post worker takes over; `code` is what its QR code says."""

    code: str
    commune: str
    forms: tuple[Carried, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A post worker (empty: not named yet) with the sheets of his communes."""

    worker: str
    name: str
    sheets: tuple[Sheet, ...]


def render_sheets(routes: Sequence[Route], *, place: str, survey: str, on: date, languages: Sequence[Lang]) -> bytes:
    """The sheets of a place as PDF: for each worker a receipt, then a sheet per commune, numbered by itself.

    It holds names. The same routes and day give the same bytes. Raises SurveyError PAPER_SIGN_MISSING, EXTRA_MISSING.
    """
    content = {
        "lang": languages[0],
        "survey": survey,
        "place": place,
        "on": day(on, languages[0]),
        "words": _said("sheet_", _SHEET_WORDS, languages),
        "routes": [_route(route, languages) for route in routes],
    }
    return pdf("handover.typ", content, created=_instant(on), parts=_PARTS)


_SHEET_WORDS = (
    "title", "receipt", "note", "worker", "nobody", "commune", "code", "number", "form", "name", "village", "out", "in",
    "refuse", "not_met", "moved", "other", "day", "signature", "remark", "total", "forms", "taken", "filled", "blank",
    "lost", "signed_out", "signed_in", "post_office", "sign_here", "page",
)  # fmt: skip


def _route(route: Route, languages: Sequence[Lang]) -> dict[str, Any]:
    return {
        "worker": " – ".join(filter(None, (route.worker, route.name))),
        "total": number(sum(len(sheet.forms) for sheet in route.sheets), languages[0]),
        "sheets": [
            {
                "commune": sheet.commune,
                "code": batch_shown(sheet.code),
                "qr": qr_svg(sheet.code),
                "count": number(len(sheet.forms), languages[0]),
                "forms": [[form_code(one.form), one.full_name, one.village] for one in sheet.forms],
            }
            for sheet in route.sheets
        ],
    }


# ---------------------------------------------------------------- labels
class LabelSize(StrEnum):
    """Labels on a sheet of A4, 3 × 8 of 70 × 37 mm, or on a roll, one a page of 50 × 30 mm."""

    A4 = "3x8"
    ROLL = "50x30"


@dataclass(frozen=True, slots=True)
class Label:
    """What a label says. `full_name` is empty unless names are asked for; `held`: of a sealed reserve."""

    form: str
    commune: str
    village: str
    full_name: str = ""
    held: bool = False


def render_labels(
    labels: Sequence[Label], *, size: LabelSize, survey: str, on: date, languages: Sequence[Lang]
) -> bytes:
    """Labels as PDF. The same labels and day give the same bytes. Raises SurveyError PAPER_SIGN_MISSING."""
    content = {
        "lang": languages[0],
        "size": str(size),
        "survey": survey,
        "held": word("label_held", languages[0]),
        "labels": [
            {
                "shown": form_code(label.form),
                "qr": qr_svg(label.form),
                "name": label.full_name,
                "lines": [line for line in (label.village, label.commune) if line],
                "held": label.held,
            }
            for label in labels
        ],
    }
    return pdf("labels.typ", content, created=_instant(on), parts=_PARTS)


# ---------------------------------------------------------------- forms still out
def render_overdue(
    forms: Sequence[FormOut], *, place: str, survey: str, as_of: date, overdue_after: int,
    languages: Sequence[Lang],
) -> bytes:  # fmt: skip
    """The forms of a place that are still out as PDF: a table for each worker in the order of his route, with ages.

    It holds names. The same forms and day give the same bytes. Raises SurveyError PAPER_SIGN_MISSING, EXTRA_MISSING.
    """
    lang = languages[0]
    content = {
        "lang": lang,
        "survey": survey,
        "place": place,
        "as_of": [word("overdue_page_as_of", each, day=day(as_of, each)) for each in languages],
        "words": {
            **_said("overdue_", _OVERDUE_WORDS, languages),
            **_said("lists_", _LIST_WORDS, languages),
            **_said("sheet_", ("worker", "page"), languages),
        },
        "routes": [
            _still_out(worker, list(route), overdue_after, languages)
            for worker, route in groupby(sorted(forms, key=by_route), key=lambda form: form.worker)
        ],
    }
    return pdf("overdue.typ", content, created=_instant(as_of), parts=_PARTS)


_OVERDUE_WORDS = ("page_title", "note", "issued_on", "days", "what", "answer")
_LIST_WORDS = ("number", "form", "full_name", "phone", "address", "village", "commune")


def _still_out(worker: str, forms: Sequence[FormOut], overdue_after: int, languages: Sequence[Lang]) -> dict[str, Any]:
    lang, late = languages[0], sum(form.overdue for form in forms)
    counts = {"n": len(forms), "late": late, "remind": len(forms) - late, "limit": overdue_after}
    return {
        "worker": worker or word("overdue_nobody", lang),
        "counts": [word("overdue_page_counts", each, **counts) for each in languages],
        "forms": [
            {
                "form": form_code(form.form),
                "name": form.full_name,
                "phone": form.phone,
                "place": address_lines(form.address, form.village, form.commune),
                "issued_on": day(form.issued_on, lang),
                "days": number(form.days, lang),
                "what": word("overdue_late" if form.overdue else "overdue_remind", lang),
                "late": form.overdue,
            }
            for form in forms
        ],
    }


def _said(prefix: str, names: Sequence[str], languages: Sequence[Lang]) -> Mapping[str, list[str]]:
    return {name: list(dict.fromkeys(word(f"{prefix}{name}", lang) for lang in languages)) for name in names}


def _instant(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)
