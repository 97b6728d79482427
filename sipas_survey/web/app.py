"""The application: its state, its outer layers, and the pages."""

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sipas_survey.formats import LANGUAGES, Lang
from sipas_survey.problems import SurveyError, problem
from sipas_survey.resources import shipped
from sipas_survey.storage.store import Store
from sipas_survey.web import navigation, shown
from sipas_survey.web.uploads import Tray
from sipas_survey.web.workshop import Workshop
from sipas_survey.workflow.intake import Intake
from sipas_survey.workflow.office import package_version

LARGEST_MB = 64
log = logging.getLogger("sipas.web")
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


class Outside:
    """Headers on every response; one line in the log, without query, names or codes of people."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and dress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request, begun, status = Request(scope), time.perf_counter(), 500

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(request, MutableHeaders(scope=message))
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        finally:
            route, took = scope.get("route"), round((time.perf_counter() - begun) * 1000)
            told = {"method": request.method, "route": getattr(route, "path", "-"), "status": status, "ms": took}
            log.info("request", extra=told)


def _dress(request: Request, headers: MutableHeaders) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if request.app.state.secure:
        headers["strict-transport-security"] = "max-age=31536000"
    if not request.url.path.startswith("/static/"):
        headers.setdefault("cache-control", "no-store")
    said = request.query_params.get("lang")
    if said in LANGUAGES:
        headers.append("set-cookie", f"sipas_lang={said}; Max-Age=31536000; Path=/; SameSite=lax; HttpOnly")


class BoundedBody:
    """Refuses a request as soon as more than so many megabytes of it have come, whatever it said of its length."""

    def __init__(self, app: ASGIApp, megabytes: int = LARGEST_MB) -> None:
        self.app, self.most = app, megabytes << 20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received; once it is too much, that is the answer, whatever is made of the broken request."""
        come, answered = 0, False

        async def counted() -> Message:
            nonlocal come
            message = await receive()
            come += len(message.get("body", b""))
            if come > self.most:
                raise SurveyError(problem("REQUEST_TOO_LARGE", found=str(self.most >> 20)))
            return message

        async def answer(message: Message) -> None:
            nonlocal answered
            if come <= self.most:
                await send(message)
            elif not answered:
                answered = True
                too_large = problem("REQUEST_TOO_LARGE", found=str(self.most >> 20))
                await shown.told(Request(scope), [too_large])(scope, receive, send)

        http = scope["type"] == "http"
        await self.app(scope, counted if http else receive, answer if http else send)


def create_app(store: Store, *, lang: Lang = "vi", secure: bool = False, first_code: str | None = None) -> FastAPI:
    """The application over an open survey.

    `secure`: the way to the browser is encrypted. `first_code`: what makes somebody the first administrator.
    """
    workshop = Workshop()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        workshop.close()

    app = FastAPI(
        title="sipas", version=package_version(), docs_url=None, redoc_url=None, openapi_url=None, lifespan=life
    )
    app.state.store, app.state.lang, app.state.secure = store, lang, secure
    app.state.first_code, app.state.intake = first_code or secrets.token_hex(4), Intake()
    app.state.tray, app.state.workshop = Tray(), workshop
    app.add_middleware(BoundedBody)
    app.add_middleware(Outside)
    app.mount("/static", StaticFiles(directory=str(shipped("web/static"))), name="static")
    for router in navigation.routers():
        app.include_router(router)
    app.add_exception_handler(SurveyError, _survey_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)
    return app


def _survey_error(request: Request, error: Exception) -> Response:
    return shown.told(request, error.problems if isinstance(error, SurveyError) else ())


def _wrong_request(request: Request, error: Exception) -> Response:
    where = error.errors()[:3] if isinstance(error, RequestValidationError) else []
    places = ", ".join("/".join(str(part) for part in each["loc"]) for each in where)[:200]
    return shown.told(request, [problem("REQUEST_WRONG", found=places)])


def _fault(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the log has it
    return shown.told(request, [problem("SERVER_FAULT")])


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = shown.told(request, [problem("PAGE_UNKNOWN")])
    response.status_code = status
    return response
