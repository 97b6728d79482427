"""Weights moved within classes: from those who did not answer to those who did, and from the heaviest to the rest."""

from collections.abc import Sequence

import numpy as np

from sipas_survey.problems import Checked, problem
from sipas_survey.statistics.arrays import Floats, Ints, Mask, total_by

CAP = 3.0
"""The largest weight is this many times the median of its class (the survey's own rule, METHOD §6)."""


def class_adjustment(weight: Floats, classes: Ints, *, responding: Mask, names: Sequence[str]) -> Checked[Floats]:
    """Let those who answered carry the weight of their whole class.

    Parameters
    ----------
    weight : (n,) weights of eligible units, not negative.
    classes : (n,) codes 0..K-1 of response classes, named by `names` (K,).
    responding : (n,) who answered.

    Returns
    -------
    (n,) weights, 0 for those who did not answer; the total of each class is conserved. A class in which nobody
    answered is RESPONSE_CLASS_EMPTY; its weight stays where it was.

    Source: Särndal, Swensson & Wretman (1992), ch. 15.6 (response homogeneity groups).
    """
    size = len(names)
    whole = total_by(classes, weight, size=size)
    carried = total_by(classes, weight * responding, size=size)
    lost = np.flatnonzero((carried <= 0) & (whole > 0))
    if len(lost):
        found = tuple(problem("RESPONSE_CLASS_EMPTY", found=names[j], total=float(whole[j])) for j in lost.tolist())
        return Checked(weight, found)
    factor = whole / np.where(carried > 0, carried, 1.0)
    return Checked(np.where(responding, weight * factor[classes], 0.0))


def trim(weight: Floats, classes: Ints, *, names: Sequence[str], cap: float = CAP) -> Checked[Floats]:
    """Cut weights above `cap` times the median of their class, and spread what was cut over the rest of the class.

    Parameters
    ----------
    weight : (n,) weights, not negative; zeros stay and do not enter the median.
    classes : (n,) codes 0..K-1, named by `names` (K,).
    cap : at least 1.

    Returns
    -------
    (n,) weights, none above the cap of its class, each class with its total. The excess is spread in proportion to the
    weights below the cap, again and again until none is above it. Where a class is so uneven that all its weights at
    the cap hold less than its total: TRIM_IMPOSSIBLE, nothing changed.

    Source: Potter (1990), Proceedings of the ASA survey section, 225–230; METHOD §6.
    """
    if not cap >= 1:
        raise ValueError(f"a cap of {cap} would cut the median itself")
    size = len(names)
    whole = total_by(classes, weight, size=size)
    limit = cap * _medians(weight, classes, size)
    room = limit * np.bincount(classes[weight > 0], minlength=size)
    if len(full := np.flatnonzero(room < whole)):
        return Checked(weight, tuple(problem("TRIM_IMPOSSIBLE", found=names[j], cap=cap) for j in full.tolist()))
    trimmed, top = weight, limit[classes]
    capped = np.zeros(len(weight), dtype=bool)
    while (over := (trimmed > top) & ~capped).any():
        capped |= over
        trimmed = np.where(capped, top, trimmed)
        held = total_by(classes, np.where(capped, trimmed, 0.0), size=size)
        rest = total_by(classes, np.where(capped, 0.0, trimmed), size=size)
        factor = (whole - held) / np.where(rest > 0, rest, 1.0)
        trimmed = np.where(capped, trimmed, trimmed * factor[classes])
    return Checked(trimmed)


def _medians(weight: Floats, classes: Ints, size: int) -> Floats:
    """(size,) medians of the weights above 0 of each class; 0 for a class without one."""
    used = np.flatnonzero(weight > 0)
    ranked = weight[used][np.lexsort((weight[used], classes[used]))]
    count = np.bincount(classes[used], minlength=size)
    first = np.cumsum(count) - count
    some = np.flatnonzero(count)
    medians = np.zeros(size)
    low, high = first[some] + (count[some] - 1) // 2, first[some] + count[some] // 2
    medians[some] = (ranked[low] + ranked[high]) / 2
    return medians
