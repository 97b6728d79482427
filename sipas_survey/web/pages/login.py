"""Coming in and going out, and the first administrator."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from sipas_survey.problems import SurveyError, stop
from sipas_survey.web.asking import Asked, Door, cookie_name, foreign, language, secret_of
from sipas_survey.web.shown import STATUS, back, bare_page
from sipas_survey.workflow import accounts

router = APIRouter(include_in_schema=False)
Typed = Annotated[str, Form(max_length=1100)]


@router.get("/login")
def ask(request: Request) -> Response:
    """The log-in page; in a survey without users the page of the first administrator."""
    return bare_page(request, "login.html", first=accounts.nobody_yet(request.app.state.store), problems=[])


@router.post("/login")
def enter(request: Request, username: Typed = "", password: Typed = "", code: Typed = "") -> Response:
    """Open a session: under a new secret each time, so that nobody can have fixed it before."""
    store, first = request.app.state.store, False
    try:
        if foreign(request):
            raise stop("REQUEST_FORGED")
        first = accounts.nobody_yet(store)
        if first:
            if not hmac.compare_digest(code.strip().encode(), request.app.state.first_code.encode()):
                raise stop("FIRST_CODE_WRONG")
            accounts.add_first(store, username, password)
        address = request.client.host if request.client else ""
        secret = accounts.log_in(store, username, password, address=address)
    except SurveyError as error:
        lang = language(request)
        told, status = [p.message(lang) for p in error.problems], STATUS.get(error.problems[0].kind, 422)
        return bare_page(request, "login.html", status=status, first=first, problems=told)
    response = back("/")
    response.set_cookie(
        cookie_name(request), secret, httponly=True, secure=request.app.state.secure, samesite="lax", path="/"
    )
    return response


@router.post("/logout")
def leave(asked: Annotated[Asked, Depends(Door())]) -> RedirectResponse:
    """End the session."""
    secret, token = secret_of(asked.request)
    if not token:
        accounts.log_out(asked.store, secret)
    response = back("/login")
    response.delete_cookie(cookie_name(asked.request), path="/", secure=asked.request.app.state.secure, httponly=True)
    return response
