"""Codes for scanners: QR of level Q, as vector graphics."""

from functools import cache
from importlib import import_module
from itertools import groupby
from typing import Any

from sipas_survey.problems import stop


@cache
def _segno() -> Any:
    try:
        return import_module("segno")
    except ImportError as error:
        raise stop("EXTRA_MISSING", found="segno", extra="documents") from error


def qr_svg(text: str) -> str:
    """A QR code of level Q (a quarter of it may be spoilt) as SVG, one unit a module, without a margin.

    Its picture is one path, so that no hairlines show between modules. Raises SurveyError EXTRA_MISSING without segno.
    """
    rows = _segno().make_qr(text, error="q", boost_error=False).matrix
    path = "".join(f"M{x} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for x, width in _dark_runs(row))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}"><path d="{path}"/></svg>'


def _dark_runs(row: bytearray) -> list[tuple[int, int]]:
    """Where dark modules begin in a row, and how many follow one another."""
    runs, x = [], 0
    for dark, modules in groupby(row):
        width = len(list(modules))
        if dark:
            runs.append((x, width))
        x += width
    return runs
