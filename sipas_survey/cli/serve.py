"""`sipas serve`: the one command that starts the web application."""

import json
import logging
import os
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from sipas_survey.cli.session import session_of
from sipas_survey.formats import word
from sipas_survey.problems import stop

_SWITCH = 0.0005  # seconds: somebody's long list keeps nobody else waiting
_LOGGED = ("method", "route", "status", "ms")


class _Lines(logging.Formatter):
    """One JSON object a line, without anything of a person: no query, no address, no body."""

    def format(self, record: logging.LogRecord) -> str:
        told = {"at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname, "log": record.name}
        told |= {name: getattr(record, name) for name in _LOGGED if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            told["error"] = record.exc_info[0].__name__  # its value may quote somebody's data
        elif record.name.startswith("uvicorn"):
            told["text"] = record.getMessage()
        return json.dumps(told, ensure_ascii=False)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")] = 8000,
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", metavar="FILE", help="Certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE", help="Its key (PEM).")] = None,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="A proxy on this machine speaks TLS to the browsers.")
    ] = False,
) -> None:
    """Serve the pages, and the addresses that programs use."""
    try:
        import uvicorn

        from sipas_survey.web.app import create_app
    except ImportError as error:
        raise stop("EXTRA_MISSING", found=error.name or "fastapi", extra="web") from error
    from sipas_survey.workflow import accounts, progress

    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert + --tls-key", param_hint="--tls-key")
    sys.setswitchinterval(_SWITCH)
    session, code = session_of(context), os.environ.get("SIPAS_FIRST_CODE") or secrets.token_hex(4)
    secure = behind_tls or tls_cert is not None
    url = f"{'https' if tls_cert else 'http'}://{host}:{port}"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    with session.store() as store:
        progress.prepare(store)
        typer.echo(word("cli_serve_at", session.lang, url=url), err=True)
        if accounts.nobody_yet(store):
            typer.echo(word("cli_serve_first", session.lang, url=url, code=code), err=True)
        uvicorn.run(
            create_app(store, lang=session.lang, secure=secure, first_code=code), host=host, port=port,
            log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=20,
            ssl_certfile=tls_cert, ssl_keyfile=tls_key, proxy_headers=behind_tls, forwarded_allow_ips="127.0.0.1",
        )  # fmt: skip
