"""From templates to pages: HTML through Jinja, PDF through Typst with the fonts that come with the package."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.resources import as_file
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from sipas_survey.problems import stop
from sipas_survey.resources import shipped


def _template(name: str) -> str:
    return shipped(f"documents/templates/{name}").read_text(encoding="utf-8")


@cache
def html_templates() -> Environment:
    """The shipped HTML templates; every value is escaped, a name that is not given is an error."""
    return Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def pdf(template: str, content: Mapping[str, Any], *, created: datetime) -> bytes:
    """A PDF from a shipped Typst template; the same content and day give the same bytes.

    `content` reaches the template as JSON in `sys.inputs.content`: text stays text, it is never read as markup. System
    fonts are left out, so that a page looks the same everywhere: Liberation Serif and Sans come with the package, and
    Typst brings DejaVu Sans Mono. Raises SurveyError EXTRA_MISSING without Typst.
    """
    try:
        typst: Any = import_module("typst")
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="typst", extra="documents") from error
    with as_file(shipped("documents/fonts")) as fonts:
        made: bytes = typst.compile(
            _template(template).encode(),
            sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            timestamp=int(created.timestamp()),
        )
    return made
