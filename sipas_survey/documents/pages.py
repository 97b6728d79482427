"""From templates to pages: HTML through Jinja, PDF through Typst with the fonts that come with the package."""

import json
import re
from collections.abc import Mapping, Sequence
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


def pdf(
    template: str, content: Mapping[str, Any], *, created: datetime, parts: Sequence[str] = (),
    inside: bytes | None = None, standard: str = "a-2b",
) -> bytes:  # fmt: skip
    """A PDF from a shipped Typst template; the same content and day give the same bytes.

    `content` reaches the template as JSON in `sys.inputs.content`: text stays text, it is never read as markup. What
    stands in `parts`, other shipped templates, is known to it. `inside` is a PDF whose pages the template places on its
    own, as `content.inside`: pages that are the same on a thousand sheets are then made, and kept, once. System fonts
    are left out, so that a page looks the same everywhere: Liberation Serif and Sans come with the package, and Typst
    brings DejaVu Sans Mono. Fonts are in the file, its text can be read out and searched; without `inside` it is PDF/A,
    by its `standard`.

    Raises SurveyError EXTRA_MISSING without Typst, PAPER_SIGN_MISSING where no font has a sign of the text.
    """
    source = _source(template, parts)
    if inside is None:
        return _compiled(source, content, created, standard=standard)
    signs = "".join(sorted(set(_inputs(content)["content"])))  # Typst tells of missing signs in PDF/A alone
    _compiled(_source("signs.typ", ()), {"signs": signs}, created, standard="a-2b")
    return _compiled(source, {**content, "inside": list(inside)}, created, standard=None)


_UNSHOWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)


def _compiled(source: bytes, content: Mapping[str, Any], created: datetime, *, standard: str | None) -> bytes:
    typst = _typst()
    with as_file(shipped("documents/fonts")) as fonts:
        try:
            made, warnings = typst.compile_with_warnings(
                source,
                sys_inputs=_inputs(content),
                font_paths=[str(fonts)],
                ignore_system_fonts=True,
                timestamp=int(created.timestamp()),
                pdf_standards=standard or [],
            )
        except typst.TypstError as error:
            if unshown := _UNSHOWN.search(error.message):
                raise stop("PAPER_SIGN_MISSING", found=unshown[1]) from error
            raise
    if warnings:
        raise RuntimeError("; ".join(warning.message for warning in warnings))
    return bytes(made)


def count_pages(template: str, content: Mapping[str, Any], *, parts: Sequence[str] = ()) -> int:
    """How many pages a template says that it has (a number labelled `pages`), without making a PDF."""
    typst = _typst()
    with as_file(shipped("documents/fonts")) as fonts:
        told = typst.query(
            _source(template, parts),
            "<pages>",
            field="value",
            one=True,
            sys_inputs=_inputs(content),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
        )
    return int(json.loads(told))


def _typst() -> Any:
    try:
        return import_module("typst")
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="typst", extra="documents") from error


def _source(template: str, parts: Sequence[str]) -> bytes:
    return "\n".join(_template(name) for name in (*parts, template)).encode()


def _inputs(content: Mapping[str, Any]) -> dict[str, str]:
    return {"content": json.dumps(content, ensure_ascii=False)}
