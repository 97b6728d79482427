"""Thousands of samples from a population that is known: intervals hold what they promise."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

import sipas_survey as sv
from sipas_survey.statistics.choices import ShareInterval
from sipas_survey.statistics.intervals import share_interval, t_interval

SAMPLES, STRATA, CLUSTERS, DRAWN, SIZE = 4000, 4, 120, 10, 12
SHARES = {"p30": 0.3, "p60": 0.6, "p90": 0.9, "p97": 0.97}


def population() -> pd.DataFrame:
    """Four strata of 120 clusters of 12: opinions that are alike within clusters, and one (`rare`) that is not."""
    chance = np.random.default_rng(11)
    stratum, cluster = (a.ravel() for a in np.mgrid[0:STRATA, 0:CLUSTERS, 0:SIZE][:2])
    table = pd.DataFrame({"stratum": stratum, "cluster": cluster, "N": CLUSTERS})
    mood = chance.normal(0, 0.5, (STRATA, CLUSTERS))[stratum, cluster] + 0.2 * stratum
    for name, share in SHARES.items():
        score = mood + chance.logistic(0, 1, len(table))
        table[name] = (score < np.quantile(score, share)).astype(int)
    table["y"] = 20 + 4 * mood + chance.gamma(2, 3, len(table))
    table["rare"] = (chance.random(len(table)) < 0.997).astype(int)
    return table


def samples(table: pd.DataFrame, number: int) -> Iterator[pd.DataFrame]:
    """Samples of ten clusters a stratum, without replacement."""
    chance = np.random.default_rng(12)
    rows = np.arange(len(table)).reshape(STRATA, CLUSTERS, SIZE)
    for _ in range(number):
        drawn = np.argsort(chance.random((STRATA, CLUSTERS)), axis=1)[:, :DRAWN]
        yield table.iloc[rows[np.arange(STRATA)[:, None], drawn].ravel()]


def survey(sample: pd.DataFrame) -> sv.Survey:
    return sv.Survey(sample, strata="stratum", clusters="cluster", fpc="N")


@pytest.fixture(scope="module")
def simulated() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The true means, and every estimate of 4,000 samples."""
    table = population()
    columns = ["y", *SHARES, "rare"]
    found = pd.concat([survey(one).mean(columns).to_frame() for one in samples(table, SAMPLES)])
    return table[columns].mean().to_frame("true"), found


def covered(limits: tuple[np.ndarray, np.ndarray], true: float) -> float:
    return float(np.mean((limits[0] <= true) & (true <= limits[1])))


@pytest.mark.soak
def test_t_intervals_of_means(simulated: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """95 % intervals hold the true mean in 93 to 97 % of samples, and standard errors are right on average."""
    true, found = simulated
    y = found[found["of"] == "y"]
    assert (y["df"] == STRATA * (DRAWN - 1)).all()
    assert 0.93 <= covered(t_interval(y["value"], y["se"], y["df"]), true.loc["y", "true"]) <= 0.97
    assert np.sqrt(np.mean(y["se"] ** 2)) == pytest.approx(y["value"].std(), rel=0.05)


@pytest.mark.soak
@pytest.mark.parametrize("of", SHARES)
@pytest.mark.parametrize("method", ["logit", "wilson", "beta"])
def test_intervals_of_shares(of: str, method: str, simulated: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Logit and Wilson within 93 to 97 % for shares of 0.3 to 0.9; beta, and all above 0.9, at least 93 %."""
    true, found = simulated
    rows = found[found["of"] == of]
    limits = share_interval(rows["value"], rows["se"], rows["df"], n=rows["n"], method=ShareInterval(method))
    upper = 0.97 if method != "beta" and SHARES[of] <= 0.9 else 1.0
    assert 0.93 <= covered(limits, true.loc[of, "true"]) <= upper


@pytest.mark.soak
def test_the_rule_at_one_hundred_percent(simulated: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Where all of a sample agree, the interval still holds the truth: over all samples at least 93 %."""
    true, found = simulated
    rows = found[found["of"] == "rare"]
    assert (rows["value"] == 1).mean() > 0.1
    limits = share_interval(rows["value"], rows["se"], rows["df"], n=rows["n"])
    assert covered(limits, true.loc["rare", "true"]) >= 0.93


@pytest.mark.soak
def test_the_bootstrap_agrees_with_linearisation() -> None:
    """4,000 replicates give standard errors within 5 % of the linearised ones, and so does the jackknife."""
    sample = next(samples(population(), 1))
    linear = survey(sample).mean(["y", *SHARES]).to_frame()["se"]
    for made in (survey(sample).bootstrap(4000, seed="2023"), survey(sample).jackknife()):
        assert made.mean(["y", *SHARES]).to_frame()["se"].to_numpy() == pytest.approx(linear.to_numpy(), rel=0.05)


@pytest.mark.soak
def test_calibration_helps_as_much_as_its_errors_say() -> None:
    """Raked to a known margin that explains much, estimates vary less, and their standard errors know it."""
    table = population().assign(group=lambda t: (t["y"] > t["y"].median()).astype(int))
    totals = {"group": table["group"].value_counts().to_dict()}
    values, errors = [], []
    for sample in samples(table, 800):
        found = survey(sample).rake(totals).mean("y")
        values.append(found.value)
        errors.append(found.se)
    plain = np.std([survey(sample).mean("y").value for sample in samples(table, 800)])
    assert np.std(values) < 0.8 * plain
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.07)
