"""What the re-check says: shares of forms with their intervals, and how far answers agree with those given again.

Shares beyond one worker are weighted by 1/π of the re-check and have the interval of its design. Only forms that were
drawn enter them: what was re-checked because of a finding would drag them to one side.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sipas_survey.statistics.agreement import (
    Change,
    agreement_table,
    change,
    gross_difference,
    inconsistency,
    kappa,
    reliability_ratio,
)
from sipas_survey.statistics.arrays import Floats, Ints, Mask
from sipas_survey.statistics.choices import Lonely
from sipas_survey.statistics.intervals import share_interval, t_interval
from sipas_survey.statistics.variance import degrees_of_freedom, variance_of_total
from sipas_survey.tracking.short_form import Item, ShortForm

FEW = 10  # forms below which a share says little
FLAG_ABOVE, LIST_FROM = 0.10, 0.30


@dataclass(frozen=True, slots=True)
class Sample:
    """The n forms that were drawn: their weights 1/π, strata (worker and layer, by draw), and the share of each drawn.

    Cells of a stratum are taken together in the variance, which makes it rather too large than too small.
    """

    forms: tuple[str, ...]
    weight: Floats
    stratum: Ints
    fraction: Floats

    @classmethod
    def unweighted(cls, forms: Sequence[str]) -> "Sample":
        """Forms of one worker: each counts once."""
        ones = np.ones(len(forms))
        return cls(tuple(forms), ones, np.zeros(len(forms), dtype=np.int64), np.zeros(1))


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of forms or answers with its interval; `forms` it is from. None where nothing was compared."""

    value: float | None
    se: float | None
    lower: float | None
    upper: float | None
    forms: int

    @property
    def small(self) -> bool:
        """Whether it is from few forms."""
        return self.forms < FEW


def rate(sample: Sample, part: Floats, whole: Floats) -> Rate:
    """A ratio of weighted totals, at most 1.

    Parameters
    ----------
    part, whole : (n,) of each form; forms with 0 of 0 stay in the design and say nothing.
    """
    w, used = sample.weight, whole > 0
    total = float((w * whole).sum())
    forms = int(used.sum())
    if not total:
        return Rate(None, None, None, None, 0)
    value = min(float((w * part).sum()) / total, 1.0)
    se, df = _error(sample, w * (part - value * whole) / total, used)
    lower, upper = share_interval(value, se, df, n=forms)
    return Rate(value, se, _known(lower), _known(upper), forms)


def _error(sample: Sample, scores: Floats, used: Mask) -> tuple[float, int]:
    """Standard error and degrees of freedom of a total of scores."""
    variance = variance_of_total(scores[:, None], sample.stratum, sample.fraction, lonely=Lonely.ADJUST)
    marks = used.astype(np.float64)[:, None]
    df = degrees_of_freedom(marks, sample.stratum, strata=len(sample.fraction))
    return float(np.sqrt(max(float(variance[0]), 0.0))), int(df[0])


def _known(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number


# ---------------------------------------------------------------- answers
Answers = Mapping[str, str]
"""Item → code of the answer given; what is not there was not answered."""


def differences(short: ShortForm, first: Answers, second: Answers) -> dict[int, tuple[int, int]]:
    """By type of item: how many answers of a form differ, of how many compared."""
    found = dict.fromkeys((1, 2, 3), (0, 0))
    for item in short.items:
        if item.code in first and item.code in second:
            differing, compared = found[item.type]
            found[item.type] = (differing + item.differ(first[item.code], second[item.code]), compared + 1)
    return found


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """How far the answers to one question agree; None where it cannot be said.

    Attributes
    ----------
    pairs : forms with both answers; the figures up to `reliability` count each of them once.
    change : of yes and no: points that count as satisfied, or the first of two choices; None for other questions.
    gdr, inconsistency, kappa : of all choices. weighted_kappa : quadratic, on a scale. reliability : ratio, on a scale.
    gross : the gross difference rate weighted by 1/π. round_kappa … : kappa (quadratic on a scale) likewise.
    """

    item: Item
    pairs: int
    change: Change | None
    gdr: float | None
    inconsistency: float | None
    kappa: float | None
    weighted_kappa: float | None
    reliability: float | None
    gross: Rate
    round_kappa: float | None
    round_kappa_lower: float | None
    round_kappa_upper: float | None


def item_agreement(
    sample: Sample, item: Item, satisfied: Sequence[int], first: Sequence[str | None], second: Sequence[str | None]
) -> ItemAgreement:
    """Compare one question on the forms of a sample: (n,) codes of answers, None where there is none."""
    codes = {choice.code: i for i, choice in enumerate(item.choices)}
    both = np.array([x in codes and y in codes for x, y in zip(first, second, strict=True)], dtype=bool)
    x, y = (
        np.array([codes.get(v or "", 0) for v in answers], dtype=np.int64) for answers in (first, second)
    )  # fmt: skip
    plain = agreement_table(x[both], y[both], levels=len(codes))
    value = kappa(plain).value
    return ItemAgreement(
        item,
        int(both.sum()),
        _change(item, satisfied, x[both], y[both]),
        gross_difference(plain),
        inconsistency(plain),
        value,
        kappa(plain, quadratic=True).value if item.on_scale else None,
        reliability_ratio(x[both].astype(float), y[both].astype(float)) if item.on_scale else None,
        rate(sample, (both & (x != y)).astype(np.float64), both.astype(np.float64)),
        *_round_kappa(sample, x, y, both, item),
    )


def _change(item: Item, satisfied: Sequence[int], x: Ints, y: Ints) -> Change | None:
    yes = [i for i, c in enumerate(item.choices) if c.code in {str(n) for n in satisfied}] if item.on_scale else [0]
    if (not item.on_scale and len(item.choices) != 2) or not yes:
        return None
    before, after = np.isin(x, yes), np.isin(y, yes)
    a, b, c, d = ((before & after), (before & ~after), (~before & after), (~before & ~after))
    return change(*(int(each.sum()) for each in (a, b, c, d)))


def _round_kappa(
    sample: Sample, x: Ints, y: Ints, both: Mask, item: Item
) -> tuple[float | None, float | None, float | None]:
    """Kappa weighted by 1/π with its interval."""
    w = sample.weight * both
    total = float(w.sum())
    table = agreement_table(x, y, levels=len(item.choices), weight=w)
    found = kappa(table, quadratic=item.on_scale)
    if found.value is None:
        return None, None, None
    se, df = _error(sample, w * found.scores[x, y] / total, both)
    lower, upper = t_interval(found.value, se, df)
    return found.value, _known(np.maximum(lower, -1.0)), _known(np.minimum(upper, 1.0))
