"""`sv.Survey`, held against loops, against itself, and against what the contract says of it."""

import json
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sipas_survey as sv
from sipas_survey.problems import SurveyError
from tests.workflow.estimates import naive

REFERENCE = Path(__file__).parents[2] / "reference"
CLOSE = 1e-9
CHI_CLUSTERED = (5.1933695414748771, 1.4946397777074554, 20.9249568879043757, 0.0217474623707969)


def table_of(seed: int, *, strata: int = 3, clusters: int = 4, rows: int = 60, missing: float = 0.0) -> pd.DataFrame:
    """A made sample: cluster codes repeat across strata, each stratum has two clusters at least."""
    chance = np.random.default_rng(seed)
    stratum = np.r_[np.repeat(np.arange(strata), 2), chance.integers(0, strata, rows)]
    cluster = np.r_[np.tile([0, 1], strata), chance.integers(0, clusters, rows)]
    n = len(stratum)
    table = pd.DataFrame(
        {
            "stratum": stratum,
            "cluster": cluster,
            "person": np.arange(n),
            "w": chance.uniform(1, 5, n).round(2),
            "y": chance.normal(10, 4, n).round(3),
            "x": chance.uniform(1, 9, n).round(3),
            "q": chance.integers(0, 2, n),
            "sex": np.where(chance.random(n) < 0.5, "Nam", "Nữ"),
            "area": chance.integers(1, 4, n),
        }
    )
    table["N"] = 20 + 3 * table["stratum"]
    table["M"] = table.groupby(["stratum", "cluster"])["y"].transform("size") + 7
    if missing:
        table["y"] = table["y"].mask(chance.random(n) < missing)
    return table


def naively(table: pd.DataFrame, *arguments: Any, **options: Any) -> naive.Answer:
    """The loops over the table's rows."""
    return naive.estimate(table.to_dict("records"), *arguments, **options)


def agrees(found: Any, wanted: naive.Answer) -> None:
    """Value, standard error and degrees of freedom."""
    assert found.value == pytest.approx(wanted.value, rel=CLOSE)
    assert found.se == pytest.approx(wanted.se, rel=CLOSE, abs=1e-12)
    assert found.df == wanted.df


STAGES = [
    ({"clusters": "cluster"}, [("cluster", None)]),
    ({"clusters": "cluster", "fpc": "N"}, [("cluster", "N")]),
    ({"clusters": ["cluster", "person"], "fpc": ["N", "M"]}, [("cluster", "N"), ("person", "M")]),
    ({"clusters": ["cluster", "person"], "fpc": ["N"]}, [("cluster", "N")]),
    ({}, [("person", None)]),
    ({"fpc": "big"}, [("person", "big")]),
]


@pytest.mark.parametrize(("design", "stages"), STAGES)
@pytest.mark.parametrize("seed", [1, 2])
def test_equals_the_definitions(design: dict[str, Any], stages: Sequence[Any], seed: int) -> None:
    """Means, totals and ratios, in all rows and in domains, at one and two stages, equal the loops."""
    table = table_of(seed).assign(big=900)
    survey = sv.Survey(table, strata="stratum", weights="w", **design)
    agrees(survey.mean("y"), naively(table, lambda r: r["y"], lambda _: 1.0, stages=stages))
    agrees(survey.total("y"), naively(table, lambda r: r["y"], stages=stages))
    agrees(survey.ratio("y", "x"), naively(table, lambda r: r["y"], lambda r: r["x"], stages=stages))
    agrees(survey.share("q", 1), naively(table, lambda r: r["q"], lambda _: 1.0, stages=stages))
    for estimate in survey.mean("y", by=["sex", "area"]):

        def there(row: naive.Row, by: Any = estimate.by) -> bool:
            return row["sex"] == by["sex"] and str(row["area"]) == by["area"]

        agrees(estimate, naively(table, lambda r: r["y"], lambda _: 1.0, stages=stages, inside=there))


def test_missing_outcomes() -> None:
    """Rows without an outcome leave the estimate and stay in the design; each outcome has its own rows."""
    table = table_of(3, missing=0.3)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w", fpc="N")
    both = survey.mean(["y", "x"], by="sex")
    for estimate in both:

        def there(row: naive.Row, sex: str = estimate.by["sex"], of: str = estimate.of) -> bool:
            return row["sex"] == sex and row[of] == row[of]

        agrees(estimate, naively(table, lambda r, of=estimate.of: r[of], lambda _: 1.0, inside=there,
                                 stages=[("cluster", "N")]))  # fmt: skip
        assert estimate.n == sum(there(row) for row in table.to_dict("records"))
    assert both.to_frame().groupby("of")["n"].sum().to_dict() == {"x": len(table), "y": table["y"].notna().sum()}


def test_where_by_and_zero_weights_are_one_thing() -> None:
    """The same domain by `by`, by `where` or by weights of 0 has the same value, se, df and interval."""
    table = table_of(4)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    by = {e.by["sex"]: e for e in survey.mean("y", by="sex")}["Nam"]
    where = survey.mean("y", where={"sex": "Nam"})
    zero = sv.Survey(table.assign(w=table["w"].where(table["sex"] == "Nam", 0)), strata="stratum", clusters="cluster",
                     weights="w").mean("y")  # fmt: skip
    for other in (where, survey.mean("y", where="sex=Nam"), zero):
        for key in ("value", "se", "df", "lower", "upper"):
            assert getattr(other, key) == pytest.approx(getattr(by, key), rel=1e-12), key


def test_many_at_once_are_each_alone() -> None:
    """A list of outcomes and domains gives what each alone gives, outcomes outside, domains inside."""
    table = table_of(5)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    frame = survey.mean(["y", "x", "q"], by=["area"]).to_frame()
    assert list(frame.columns) == ["what", "of", "level", "area", "value", "se", "df", "lower", "upper", "cv", "deff",
                                   "n"]  # fmt: skip
    assert list(zip(frame["of"], frame["area"], strict=True)) == [(of, a) for of in "yxq" for a in "123"]
    for of in "yxq":
        alone = survey.mean(of, by="area").to_frame()
        pd.testing.assert_frame_equal(frame[frame["of"] == of].reset_index(drop=True), alone)


@pytest.mark.parametrize("kind", ["arrow", "nullable", "categorical", "text", "shuffled"])
def test_any_kind_of_table(kind: str) -> None:
    """Arrow tables, nullable and categorical columns, numbers as text and rows in any order: the same figures."""
    table = table_of(6, missing=0.2)
    other: Any = {
        "arrow": lambda: __import__("pyarrow").Table.from_pandas(table),
        "nullable": table.convert_dtypes,
        "categorical": lambda: table.astype({"sex": "category", "stratum": "category", "area": "category"}),
        "text": lambda: table.astype(str).replace("nan", ""),
        "shuffled": lambda: table.sample(frac=1, random_state=1),
    }[kind]()
    design: dict[str, Any] = {"strata": "stratum", "clusters": "cluster", "weights": "w", "fpc": "N"}
    asked: dict[str, Any] = {"columns": ["y", "x"], "by": ["sex", "area"]}
    wanted = sv.Survey(table, **design).mean(**asked).to_frame()
    pd.testing.assert_frame_equal(sv.Survey(other, **design).mean(**asked).to_frame(), wanted, rtol=1e-12)


def test_inputs_are_never_changed() -> None:
    """Neither the table nor the survey change by what is asked of them; results are frozen."""
    table = table_of(7, missing=0.1)
    before = table.copy(deep=True)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w", fpc="N")
    weights = survey.weights
    raked = survey.rake({"sex": {"Nam": 100, "Nữ": 100}})
    found = raked.mean("x", by="sex")
    survey.bootstrap(10, seed="a").total("x")
    survey.jackknife().share("sex")
    survey.weights[:] = 0
    pd.testing.assert_frame_equal(table, before)
    assert np.array_equal(survey.weights, weights)
    with pytest.raises(FrozenInstanceError, match="value"):
        found[0].value = 1.0  # type: ignore[misc]


def test_results_for_the_eye() -> None:
    """A plain table, a notebook table, and the figures of a single row by name."""
    survey = sv.Survey(table_of(8), strata="stratum", clusters="cluster", weights="w")
    found = survey.mean("y", by="sex")
    assert repr(found).splitlines()[0].split() == ["what", "of", "sex", "value", "se", "df", "lower", "upper", "cv",
                                                   "deff", "n"]  # fmt: skip
    assert found._repr_html_().startswith("<table")
    assert survey.mean("y").value == survey.mean("y")[0].value
    with pytest.raises(AttributeError, match="value"):
        _ = found.value


def test_a_row_that_misses_its_domain_is_in_none() -> None:
    """A blank in `by` is no value of its own."""
    table = table_of(9)
    table["sex"] = table["sex"].mask(table["area"] == 1, None)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    assert [e.by["sex"] for e in survey.mean("y", by="sex")] == ["Nam", "Nữ"]
    assert sum(e.n for e in survey.mean("y", by="sex")) == (table["area"] != 1).sum()


def test_differences_have_their_covariance() -> None:
    """A difference is the mean of one linear combination of scores: equal to the jackknife's up to 5 %, and to
    its negative turned round."""
    survey = sv.Survey(table_of(10, rows=600, clusters=40), strata="stratum", clusters="cluster", weights="w")
    one = survey.difference("y", by="sex", between=("Nam", "Nữ"))
    other = survey.difference("y:sex:Nữ-Nam")
    assert (one.value, one.se) == pytest.approx((-other.value, other.se), rel=1e-12)
    values = {e.by["sex"]: e.value for e in survey.mean("y", by="sex")}
    assert one.value == pytest.approx(values["Nam"] - values["Nữ"], rel=1e-12)
    jackknife = survey.jackknife()
    assert jackknife.difference("y:sex:Nam-Nữ").se == pytest.approx(one.se, rel=0.05)


def test_replicates_from_a_file() -> None:
    """Complete weights of a jackknife, written down as columns, give the standard errors of the jackknife itself."""
    table = table_of(11, strata=1, clusters=12, rows=200)
    made = sv.Survey(table, clusters="cluster", weights="w").jackknife()
    for c in range(12):
        table[f"jk{c}"] = table["w"] * np.where(table["cluster"] == c, 0, 12 / 11)
    given_ = sv.Survey(table, weights="w", replicates="jk", method="jk1")
    for asked in ("mean", "total"):
        one, other = getattr(made, asked)("y", by="sex"), getattr(given_, asked)("y", by="sex")
        assert [e.se for e in one] == pytest.approx([e.se for e in other], rel=CLOSE)
    assert made.quantile("y", 0.5).value == given_.quantile("y", 0.5).value


def test_calibrated_replicates() -> None:
    """Every replicate is raked again: a margin that is known has no error left, by either road."""
    table = table_of(12, rows=400, clusters=20)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    margins = {"sex": {"Nam": 700.0, "Nữ": 600.0}, "area": {1: 500, 2: 400, 3: 400}}
    raked = survey.rake(margins)
    for made in (raked, raked.jackknife(), survey.jackknife().rake(margins), raked.bootstrap(40, seed="x")):
        shares = made.share("area")
        assert [e.value for e in shares] == pytest.approx([5 / 13, 4 / 13, 4 / 13], rel=1e-9)
        assert max(e.se or 0.0 for e in shares) < 1e-9
        assert made.total("x").se > 0
    linear, jackknife = raked.mean("y"), raked.jackknife().mean("y")
    assert jackknife.se == pytest.approx(linear.se, rel=0.05)


def test_weights_after_calibration() -> None:
    """Known totals of numbers, counts and the number of units are reached together, by every distance."""
    table = table_of(13, rows=300)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    start = {e.of: e.value for e in survey.total(["x", "q"])}
    known: dict[str, Any] = {"sex": {"Nam": 500, "Nữ": 480}, "x": start["x"] * 1.02, "count": 980}
    for options in ({}, {"distance": "raking"}, {"distance": "logit", "bounds": (0.3, 3)}, {"bounds": (0.5, 2)}):
        made = survey.calibrate(known, **options)
        assert made.total("x").value == pytest.approx(known["x"], rel=1e-9)
        assert made.weights.sum() == pytest.approx(980, rel=1e-9)
        low, high = options.get("bounds", (-np.inf, np.inf))
        factor = made.weights / survey.weights
        assert factor.min() >= low - 1e-12
        assert factor.max() <= high + 1e-12


def test_negative_weights_are_told() -> None:
    """Linear calibration far from the sample makes negative weights, and says so."""
    table = pd.DataFrame({"w": [1.0, 1, 1, 1], "x": [1.0, 2, 3, 4]})
    made = sv.Survey(table, weights="w").calibrate({"count": 4, "x": 17})
    assert made.weights.min() < 0
    assert [p.kind for p in made.problems] == ["CALIBRATION_NEGATIVE"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"w": "lots"}, "ESTIMATE_NOT_A_NUMBER"),
        ({"w": -1.0}, "ESTIMATE_WEIGHT"),
        ({"w": np.nan}, "ESTIMATE_WEIGHT"),
        ({"w": np.inf}, "ESTIMATE_WEIGHT"),
        ({"stratum": None}, "ESTIMATE_DESIGN_BLANK"),
        ({"N": np.nan}, "ESTIMATE_DESIGN_BLANK"),
    ],
)
def test_wrong_cells(change: dict[str, Any], kind: str) -> None:
    """A cell of the design that cannot be is named with its row and column."""
    table = table_of(14).astype(object)
    ((column, value),) = change.items()
    table.loc[4, column] = value
    with pytest.raises(SurveyError, match=kind) as caught:
        sv.Survey(table, strata="stratum", clusters="cluster", weights="w", fpc="N")
    place = caught.value.problems[0].place
    assert (place.row, place.column) == (6, column)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(5, 80), missing=st.sampled_from([0.0, 0.4]))
def test_any_small_sample(seed: int, rows: int, missing: float) -> None:
    """Whatever the sample: means equal the loops, doubling the weights changes no mean and doubles every total."""
    table = table_of(seed, rows=rows, missing=missing)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    doubled = sv.Survey(table.assign(w=2 * table["w"]), strata="stratum", clusters="cluster", weights="w")
    there = {"inside": lambda r: r["y"] == r["y"]}
    agrees(survey.mean("y"), naively(table, lambda r: r["y"], lambda _: 1.0, **there))
    assert doubled.mean("y").se == pytest.approx(survey.mean("y").se, rel=CLOSE, abs=1e-12)
    assert doubled.total("y").se == pytest.approx(2 * survey.total("y").se, rel=CLOSE)


def schools(case: str) -> pd.DataFrame:
    """A reference file."""
    return pd.read_csv(REFERENCE / f"{case}.csv")


def test_independence_as_in_r() -> None:
    """Both corrections of Pearson's test equal svychisq, stratified (from the reference file)."""
    survey = sv.Survey(schools("api_stratified"), strata="stype", weights="pw", fpc="fpc")
    found = survey.independence("both", "stype")
    rows = {row["kind"]: row for row in json.loads((REFERENCE / "api_stratified.json").read_text())["estimates"]}
    second, first = rows["rao_scott_F"], rows["rao_scott_chisq"]
    assert (found.second_order, found.numerator_df, found.denominator_df, found.second_order_p) == pytest.approx(
        (second["statistic"], second["ndf"], second["ddf"], second["p_value"]), rel=1e-8
    )
    assert (found.pearson, found.first_order_p) == pytest.approx((first["statistic"], first["p_value"]), rel=1e-8)


def test_independence_in_clusters_as_in_r() -> None:
    """R: svydesign(~dnum, weights=~pw, data=apiclus1, fpc=~fpc), svychisq(~sch.wide+stype, statistic="F")."""
    survey = sv.Survey(schools("api_clustered"), clusters="dnum", weights="pw", fpc="fpc")
    found = survey.independence("sch_wide", "stype")
    assert (found.second_order, found.numerator_df, found.denominator_df, found.second_order_p) == pytest.approx(
        CHI_CLUSTERED, rel=1e-8
    )
    replicated = survey.jackknife().independence("sch_wide", "stype")
    assert replicated.second_order == pytest.approx(found.second_order, rel=0.4)


def test_a_table_of_one_value_is_no_table() -> None:
    """A column with one value cannot be tested."""
    survey = sv.Survey(table_of(1).assign(one="x"), strata="stratum", clusters="cluster", weights="w")
    with pytest.raises(SurveyError, match="ESTIMATE_TABLE_NARROW"):
        survey.independence("one", "sex")


def test_a_ranking_says_how_sure_it_is() -> None:
    """Areas far apart have their rank for sure, others share theirs; over replicates the same order."""
    table = table_of(15, rows=900, clusters=40)
    table["y"] += 3.0 * (table["area"] == 2)
    survey = sv.Survey(table, strata="stratum", clusters="cluster", weights="w")
    for made in (survey, survey.jackknife()):
        first, *rest = made.ranking("y", by="area")
        assert (first.by, first.rank, first.best, first.worst) == ({"area": "2"}, 1, 1, 1)
        assert [(r.best, r.worst) for r in rest] == [(2, 3), (2, 3)]
