"""Confidence intervals."""

import numpy as np
import pytest
from scipy import stats

from sipas_survey.statistics.choices import ShareInterval
from sipas_survey.statistics.intervals import share_interval, t_interval


def test_t_by_hand() -> None:
    """5 ± 2.2281 · 2 with ten degrees of freedom."""
    lower, upper = t_interval(5, 2, 10)
    assert (float(lower), float(upper)) == pytest.approx((5 - 2 * 2.228138852, 5 + 2 * 2.228138852), abs=1e-8)


def test_logit_by_hand() -> None:
    """p = ½, se = 0.1: logit 0 ± t · 0.4, so the limits are mirrored."""
    lower, upper = share_interval(0.5, 0.1, 9, n=10, level=0.9)
    half = stats.t.ppf(0.95, 9) * 0.4
    assert float(upper) == pytest.approx(1 / (1 + np.exp(-half)), rel=1e-12)
    assert float(lower + upper) == pytest.approx(1)


def test_none_satisfied_in_ten_clusters_of_two() -> None:
    """20 answers in 10 clusters, none satisfied: 0 to 0.194. n counts the 20 rows, df the clusters less a stratum."""
    lower, upper = share_interval(0.0, 0.0, 9, n=20)
    assert (float(lower), round(float(upper), 3)) == (0.0, 0.194)
    mirrored = share_interval(1.0, 0.0, 9, n=20)
    assert [float(x) for x in mirrored] == pytest.approx([1 - float(upper), 1.0])


def test_forms_as_units_give_the_exact_binomial_limit() -> None:
    """With n forms and n − 1 degrees of freedom, none of n satisfied gives 1 − 0.025^(1/n)."""
    for n in (2, 7, 30):
        assert float(share_interval(0.0, 0.0, n - 1, n=n)[1]) == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-10)


def test_no_degrees_of_freedom() -> None:
    """df = 0: no interval inside, 0 to 1 at the ends, none without a value."""
    lower, upper = share_interval([0.0, 0.4, 1.0, np.nan], [0.0, 0.1, 0.0, np.nan], [0, 0, 0, 0], n=[1, 1, 1, 0])
    assert [float(x) for x in lower] == pytest.approx([0, np.nan, 0, np.nan], nan_ok=True)
    assert [float(x) for x in upper] == pytest.approx([1, np.nan, 1, np.nan], nan_ok=True)
    assert np.isnan(t_interval(1.0, 1.0, 0)).all()


def test_a_missing_standard_error_is_no_interval() -> None:
    """A lonely stratum leaves no standard error, and so no limits."""
    assert np.isnan(share_interval(0.4, np.nan, 5, n=9)).all()


@pytest.mark.parametrize(
    ("method", "lower", "upper"),
    [
        ("logit", 0.823798892379034, 0.911900077021223),
        ("asin", 0.827533453321086, 0.914614571848907),
        ("beta", 0.823702210847501, 0.914704492126865),
        ("t", 0.830650204123468, 0.917983675657953),
    ],
)
def test_methods_of_r(method: str, lower: float, upper: float) -> None:
    """R: svydesign(~dnum, weights=~pw, data=apiclus1, fpc=~fpc), svyciprop(~I(sch.wide == "Yes"), method=...)."""
    found = share_interval(0.87431693989071, 0.0203594772446274, 14, n=183, method=ShareInterval(method))
    # svyciprop fits the logit by iteration, to eleven digits
    assert [float(x) for x in found] == pytest.approx([lower, upper], rel=1e-10)


def test_wilson_by_hand() -> None:
    """The limits solve |x − p| = t √(x(1−x)/n) with n = p(1−p)/se²."""
    p, se, df = 0.3, 0.04, 17
    t, n = stats.t.ppf(0.975, df), p * (1 - p) / se**2
    for x in share_interval(p, se, df, n=99, method=ShareInterval.WILSON):
        assert abs(float(x) - p) == pytest.approx(t * np.sqrt(float(x) * (1 - float(x)) / n), rel=1e-12)


@pytest.mark.parametrize("method", ShareInterval)
def test_limits_of_every_method(method: ShareInterval) -> None:
    """Limits lie in [0, 1] about the share; no standard error, no width; the ends are answered alike."""
    share = np.array([0.0, 1e-3, 0.5, 0.999, 1.0])
    lower, upper = share_interval(share, [0.0, 0.1, 0.0, 0.1, 0.0], [9] * 5, n=[20] * 5, method=method)
    assert ((lower >= 0) & (lower <= share + 1e-12) & (share - 1e-12 <= upper) & (upper <= 1)).all()
    assert [lower[2], upper[2]] == pytest.approx([0.5, 0.5])
    assert [lower[0], upper[0]] == pytest.approx([0.0, 0.19383], abs=1e-5)
    assert np.isnan(share_interval(0.4, 0.1, 0, n=9, method=method)).all()


def test_coverage_of_the_share_interval() -> None:
    """Of 4,000 samples of 60 with p = 0.85, the 95 % interval holds p in about 95 %."""
    n, p, samples = 60, 0.85, 4000
    share = np.random.default_rng(7).binomial(n, p, samples) / n
    lower, upper = share_interval(share, np.sqrt(share * (1 - share) / (n - 1)), n - 1, n=n)
    assert 0.935 < np.mean((lower <= p) & (p <= upper)) < 0.975
