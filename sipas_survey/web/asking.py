"""What every page is given: who asks, in which language, the survey in his hands; and the door that lets him in."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from sipas_survey.access import Right, Viewer
from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.problems import stop
from sipas_survey.storage.store import Store
from sipas_survey.web.uploads import Upload, plain_name
from sipas_survey.workflow import accounts
from sipas_survey.workflow.acting import as_author

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Asked:
    """A request of somebody who is known: the survey with him as its author, his scope, his language.

    `form` holds the last value of each field of a posted form, `lists` all values, `files` what was uploaded.
    """

    request: Request
    store: Store
    viewer: Viewer
    lang: Lang
    csrf: str
    form: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    files: Mapping[str, Upload] = field(default_factory=dict)


class Door:
    """Lets in who has a right (None: anybody who is known); a page depends on one. Tests read `right` from it."""

    def __init__(self, right: Right | None = None) -> None:
        self.right = right

    async def __call__(self, request: Request) -> Asked:
        """Raises SurveyError LOGIN_NEEDED, RIGHT_MISSING, REQUEST_FORGED."""
        store, secret, token = request.app.state.store, *secret_of(request)
        viewer = await run_in_threadpool(accounts.who, store, secret, token=token) if secret else None
        if viewer is None:
            raise stop("LOGIN_NEEDED")
        request.state.viewer = viewer
        if self.right is not None and not viewer.may(self.right):
            raise stop("RIGHT_MISSING")
        form, lists, files = await _fields(request)
        csrf = "" if token else csrf_of(secret)
        if request.method not in SAFE and not token:
            said = form.get("csrf") or request.headers.get("x-csrf", "")
            if not hmac.compare_digest(said.encode(), csrf.encode()) or foreign(request):
                raise stop("REQUEST_FORGED")
        return Asked(request, as_author(store, viewer), viewer, language(request), csrf, form, lists, files)


async def _fields(request: Request) -> tuple[dict[str, str], dict[str, tuple[str, ...]], dict[str, Upload]]:
    """The fields of a posted form: the last value of each, all values, and the files."""
    kind = request.headers.get("content-type", "")
    if request.method in SAFE or not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return {}, {}, {}
    posted = await request.form(max_files=10, max_fields=20_000)
    lists: dict[str, tuple[str, ...]] = {}
    files: dict[str, Upload] = {}
    for name, value in posted.multi_items():
        if not isinstance(value, UploadFile):
            lists[name] = (*lists.get(name, ()), value.replace("\x00", ""))
        elif value.filename:
            files[name] = Upload(plain_name(value.filename), await value.read())
    await posted.close()
    return {name: values[-1] for name, values in lists.items()}, lists, files


def secret_of(request: Request) -> tuple[str, bool]:
    """The secret that a request brings, and whether it is a token rather than a session."""
    said = request.headers.get("authorization", "")
    if said:
        scheme, _, token = said.partition(" ")
        return (token.strip(), True) if scheme.lower() == "bearer" else ("", True)
    return request.cookies.get(cookie_name(request), ""), False


def is_program(request: Request) -> bool:
    """Whether a program asks: it gets status codes and JSON, never the log-in page."""
    if "authorization" in request.headers:
        return True
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "")


def cookie_name(request: Request) -> str:
    """The name of the session's cookie: bound to this host where the way to the browser is encrypted."""
    return "__Host-sipas" if request.app.state.secure else "sipas"


def csrf_of(secret: str) -> str:
    """What every form of a session carries: only who knows the session can make it."""
    return hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def foreign(request: Request) -> bool:
    """Whether a browser says that another site made it send this request."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return bool(origin) and urlsplit(str(origin)).netloc != request.headers.get("host", "")


def language(request: Request) -> Lang:
    """The language that was chosen, else the one the server was started in."""
    said = request.query_params.get("lang") or request.cookies.get("sipas_lang", "")
    if said in LANGUAGES:
        return "vi" if said == "vi" else "en"
    lang: Lang = request.app.state.lang
    return lang


def filters(request: Request, *names: str) -> dict[str, str]:
    """The filters in the address, as text of a bounded length."""
    found: Any = request.query_params
    return {name: found[name][:200].replace("\x00", "") for name in names if found.get(name)}
