"""How a page, a twin or a problem becomes a response."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import PurePath
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import URL

from sipas_survey import formats
from sipas_survey.exchange.records import csv_of, workbook_of
from sipas_survey.formats import Lang
from sipas_survey.problems import Problem
from sipas_survey.web.asking import Asked, is_program, language
from sipas_survey.web.navigation import bar

STATUS: Mapping[str, int] = {
    "LOGIN_NEEDED": 401, "LOGIN_WRONG": 401, "RIGHT_MISSING": 403, "ACT_NOT_ALLOWED": 403, "REQUEST_FORGED": 403,
    "FIRST_CODE_WRONG": 403, "PERSONAL_DATA_LOCKED": 403, "FORM_UNKNOWN": 404, "PAGE_UNKNOWN": 404,
    "REQUEST_TOO_LARGE": 413, "LOGIN_WAIT": 429, "DATABASE_BUSY": 503, "SERVER_FAULT": 500,
}  # fmt: skip
"""The status of a response by the kind of its first problem; any other kind is 422."""
KINDS: Mapping[str, str] = {
    ".csv": "text/csv; charset=utf-8", ".html": "text/html; charset=utf-8", ".json": "application/json",
    ".pdf": "application/pdf", ".svg": "image/svg+xml", ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""What a file that goes out is, by the ending of its name."""


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("sipas_survey.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals["form_code"] = formats.form_code
    return made


def _speaking(lang: Lang) -> dict[str, Callable[..., str]]:
    """The formatters of templates, in a language."""
    return {
        "w": lambda key, **details: formats.word(key, lang, **details),
        "n": lambda x: formats.number(x, lang),
        "pct": lambda x: formats.percent(x, lang),
        "day": lambda x: formats.day(date.fromisoformat(x) if isinstance(x, str) and x else x or None, lang),
    }


def page(asked: Asked, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page of somebody who is known."""
    return _page(asked.request, template, asked.lang, status, asked=asked, bar=bar(asked.viewer), **values)


def part(asked: Asked, template: str, **values: object) -> str:
    """A piece that stands alone, such as a picture."""
    return _environment().get_template(template).render(**_speaking(asked.lang), lang=asked.lang, **values)


def bare_page(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page of somebody who is not known yet."""
    return _page(request, template, language(request), status, asked=None, bar=(), **values)


def _page(request: Request, template: str, lang: Lang, status: int, **values: object) -> HTMLResponse:
    text = _environment().get_template(template).render(
        **_speaking(lang), lang=lang, path=request.url.path, survey=request.app.state.store.settings,
        other=_other_language(request.url, lang), **values,
    )  # fmt: skip
    return HTMLResponse(text, status_code=status)


def _other_language(url: URL, lang: Lang) -> str:
    other = url.include_query_params(lang="en" if lang == "vi" else "vi")
    return f"{other.path}?{other.query}"


def back(path: str) -> RedirectResponse:
    """To a page of ours, after something was done."""
    return RedirectResponse(path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/", 303)


def as_json(record: object) -> Response:
    """A JSON twin: full precision, every row."""
    return Response(json.dumps(record, ensure_ascii=False, allow_nan=False), media_type="application/json")


def as_csv(
    rows: Sequence[Mapping[str, Any]], *, name: str, excel: bool = False, columns: Sequence[str] = ()
) -> Response:
    """A CSV twin: every row; inner records as `outer_inner`."""
    return attached(csv_of(rows, columns=columns, excel=excel).encode(), f"{name}.csv")


def as_xlsx(asked: Asked, rows: Sequence[Mapping[str, Any]], *, name: str, columns: Sequence[str] = ()) -> Response:
    """A twin as a workbook: every row, full precision."""
    return attached(workbook_of(rows, created=asked.store.clock(), columns=columns), f"{name}.xlsx")


def attached(content: bytes, name: str) -> Response:
    """Bytes as a file to be kept."""
    kind = KINDS.get(PurePath(name).suffix, "application/octet-stream")
    return Response(content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def told(request: Request, problems: Iterable[Problem]) -> Response:
    """Problems as JSON for a program, as a page for a person; the log-in page where nobody is logged in."""
    problems, lang = list(problems), language(request)
    errors = [p.kind for p in problems if p.severity == "error"]
    status = STATUS.get(errors[0] if errors else "", 422)
    if is_program(request):
        record = {"problems": [p.as_dict(lang) for p in problems]}
        headers = {"www-authenticate": "Bearer"} if status == 401 else {}
        return JSONResponse(record, status_code=status, headers=headers)
    if "LOGIN_NEEDED" in errors and request.method == "GET":
        return RedirectResponse("/login", 303)
    return bare_page(request, "problem.html", status=status, problems=[p.message(lang) for p in problems])
