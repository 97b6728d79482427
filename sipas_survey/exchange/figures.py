"""Figures as offices type them, read exactly: `12,937` is 12937/1000, whatever a float would make of it."""

import re
from fractions import Fraction

_FIGURE = re.compile(r"([+-]?)(\d{1,15})(?:[.,](\d{1,20}))?(?:[eE](-?\d{1,2}))?", re.ASCII)
_PLACES = 9  # what a spreadsheet computes has noise behind it: 0.1 + 0.2 is 0.30000000000000004 there


def exact_figure(text: str) -> Fraction | None:
    """The number that a cell means, with a point or a decimal comma; None where it is no number.

    Rounded to nine decimals, which takes away the noise of a spreadsheet's own sums and nothing that people type.
    """
    found = _FIGURE.fullmatch(text.strip().replace("−", "-").removesuffix("%").rstrip())
    if found is None:
        return None
    sign, whole, rest, power = found.groups()
    value = Fraction(int(whole + (rest or ""))) * Fraction(10) ** (int(power or 0) - len(rest or ""))
    return round(-value if sign == "-" else value, _PLACES)
