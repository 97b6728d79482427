"""What is asked for, as people write it, turned into quotients of columns."""

from typing import Any

import numpy as np

from sipas_survey.problems import SurveyError, stop
from sipas_survey.statistics.arrays import Mask
from sipas_survey.workflow.estimates.assembly import Asked
from sipas_survey.workflow.estimates.columns import Codes, Numbers, Table, label_of
from sipas_survey.workflow.estimates.quotients import Quotient, Request


def total_of(table: Table, column: str) -> Request:
    """The total of a column."""
    return lambda: Quotient(table.numbers(column))


def mean_of(table: Table, column: str) -> Request:
    """The mean of a column."""
    return lambda: Quotient(table.numbers(column), ones=True)


def shares_of(table: Table, column: str, value: Any) -> list[Asked]:
    """The share of a value, or of every value that occurs where `value` is None.

    Raises SurveyError (ESTIMATE_VALUE_UNKNOWN).
    """
    codes = table.codes(column)
    known = codes.code >= 0
    mask = None if known.all() else known
    asked = []
    for label in codes.labels if value is None else (label_of(value),):
        position = codes.position(label)
        if position is None:
            raise _unknown_value(table, column, label)
        asked.append(Asked("share", column, _indicator(codes, position, mask), level=label))
    return asked


def contrast_of(table: Table, text: str) -> tuple[str, str, str, str]:
    """COL:BY:A-B, split at the hyphen that leaves a value of BY on both sides.

    Raises SurveyError (ESTIMATE_REQUEST, ESTIMATE_VALUE_UNKNOWN).
    """
    parts = text.split(":", 2)
    if len(parts) != 3:
        raise stop("ESTIMATE_REQUEST", found=text, shape="COL:BY:A-B")
    column, over, sides = parts
    codes = table.codes(over)
    for i, letter in enumerate(sides):
        if letter == "-" and codes.position(sides[:i]) is not None and codes.position(sides[i + 1 :]) is not None:
            return column, over, label_of(sides[:i]), label_of(sides[i + 1 :])
    raise _unknown_value(table, over, sides)


def position_of(share: Any) -> float:
    """P of a quantile, in [0, 1]. Raises SurveyError (ESTIMATE_REQUEST)."""
    try:
        position = float(share)
    except ValueError:
        position = -1.0
    if not 0 <= position <= 1:
        raise stop("ESTIMATE_REQUEST", found=str(share), shape="COL@P")
    return position


def _indicator(codes: Codes, position: int, known: Mask | None) -> Request:
    return lambda: Quotient(Numbers((codes.code == position).astype(np.float64), known, binary=True), ones=True)


def _unknown_value(table: Table, column: str, found: str) -> SurveyError:
    values = ", ".join(table.codes(column).labels[:20])
    return stop("ESTIMATE_VALUE_UNKNOWN", table.place.at(column=column), found=found, values=values)
