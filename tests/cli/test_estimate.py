"""`sipas estimate`, through the program, against R's survey package and against what users get wrong."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Sipas

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = ("api_clustered", "api_stratified", "cardiac_arrest", "fpc_example")
CLOSE, ITERATED = 1e-8, 1e-6
DESIGN = ("--cluster", "dnum", "--weight", "pw", "--fpc", "fpc")
SCHOOLS = REFERENCE / "api_clustered.csv"

Row = Mapping[str, Any]


def rows() -> Iterator[tuple[str, Row]]:
    """Every estimate of every case, but for those of other commands."""
    for case in CASES:
        for row in json.loads((REFERENCE / f"{case}.json").read_text())["estimates"]:
            if row["kind"] not in ("weights", "rao_scott_F", "rao_scott_chisq"):
                yield case, row


def design_of(design: Row, row: Row) -> list[str]:
    """The options of the design."""
    options = []
    for name, option in (("strata", "--strata"), ("clusters", "--cluster"), ("weight", "--weight"), ("fpc", "--fpc")):
        if design.get(name) and not (name == "fpc" and (row.get("weighting") == "without fpc" or "lonely_unit" in row)):
            options += [option, design[name]]
    return [*options, "--lonely", row["lonely_unit"]] if "lonely_unit" in row else options


def weighting_of(design: Row, row: Row, folder: Path) -> list[str]:
    """The options of what was done to the weights, or of the replicates."""
    weighting = row.get("weighting", "design")
    margins = {}
    for margin, counts in design.get("margins", {}).items():
        margins[margin] = folder / f"{margin}.csv"
        lines = "".join(f"{value},{total}\n" for value, total in counts.items())
        margins[margin].write_text("value,total\n" + lines)
    if weighting.startswith("poststratified"):
        return ["--rake", f"stype={margins['stype']}"]
    if weighting.startswith("raked"):
        return ["--rake", f"stype={margins['stype']}", "--rake", f"sch_wide={margins['sch_wide']}"]
    if "calibration" in weighting:
        known = ["--rake", f"stype={margins['stype']}", "--calibrate", f"api99={design['totals']['api99']}"]
        distance = weighting.split("-")[0].split()[0]
        return [*known, "--distance", distance, *(["--bounds", "0.5,2"] if distance == "logit" else [])]
    return {"JK1 replicates": ["--jackknife"], "BRR replicates": ["--replicates", "rep_", "--method", "brr"]}.get(
        weighting, []
    )


def asked_of(row: Row) -> list[str]:
    """The options of the estimate itself."""
    kind, variable = row["kind"], row["variable"].removeprefix("as.numeric(").removesuffix("=='Yes')")
    domain = ["--by", row["by"]] if "domain" in row else []
    if kind == "proportion":
        return ["--share", f"{variable}=Yes", *domain]
    if kind == "proportion_ci":
        method = {"mean": "t", "xlogit": "logit"}.get(row["method"], row["method"])
        return ["--share", f"{variable}={row['level']}", "--interval", method]
    if kind == "difference":
        return ["--difference", f"{variable}:{row['by']}:{row['a']}-{row['b']}"]
    if kind == "quantile":
        return ["--quantile", f"{variable}@{row['p']}"]
    if kind == "mean" and row.get("label", variable) != variable:
        return ["--share", f"{variable}={row['label'].removeprefix(variable)}", "--interval", "t"]
    return [f"--{kind}", variable, *domain]


def file_of(case: str, design: Row, row: Row, folder: Path) -> Path:
    """The case's file; with the rows and the replicate weights that the estimate is about."""
    table = pd.read_csv(REFERENCE / f"{case}.csv", dtype=str, keep_default_na=False)
    if "rows" in row:
        table = table.iloc[:6]
    for i, factors in enumerate(design.get("replicate_weights", [])):
        table[f"rep_{i}"] = np.array(factors) * table[design["weight"]].astype(float)
    file = folder / f"{case}.csv"
    table.to_csv(file, index=False)
    return file


@pytest.mark.parametrize(("case", "row"), list(rows()))
def test_equals_r(case: str, row: Row, tmp_path: Path, sipas: Sipas) -> None:
    """Value, standard error, degrees of freedom, limits and design effect are those of R's survey package."""
    design = json.loads((REFERENCE / f"{case}.json").read_text())["design"]
    file = file_of(case, design, row, tmp_path)
    options = [*design_of(design, row), *weighting_of(design, row, tmp_path), *asked_of(row)]
    result = sipas("estimate", file, *options, "--format", "json")
    assert result.code == 0, result.out
    (found,) = [e for e in result.json if "domain" not in row or e["by"] == {row["by"]: row["domain"]}]
    close = ITERATED if any(word in row.get("weighting", "") for word in ("raked", "calibration")) else CLOSE
    for key in ("value", "se", "df", "lower", "upper", "deff"):
        if key in row:
            assert found[key] == pytest.approx(row[key], rel=close), key


def test_all_cases_are_there() -> None:
    """The reference files hold estimates of every kind but those of other commands."""
    kinds = {row["kind"] for _, row in rows()}
    assert kinds >= {"mean", "total", "ratio", "proportion", "proportion_ci", "difference"}


def test_kinds_of_files(tmp_path: Path, sipas: Sipas) -> None:
    """CSV, XLSX, Parquet, SPSS and Stata hold the same data and give the same estimates, to the last digit."""
    pyreadstat = pytest.importorskip("pyreadstat")
    table = pd.read_csv(SCHOOLS)[["dnum", "stype", "api00", "enroll", "pw", "fpc"]]
    files = [tmp_path / f"trường.{kind}" for kind in ("csv", "xlsx", "parquet", "sav", "zsav", "dta")]
    table.to_csv(files[0], index=False)
    table.to_excel(files[1], index=False, engine="xlsxwriter")
    table.to_parquet(files[2])
    pyreadstat.write_sav(table, str(files[3]))
    pyreadstat.write_sav(table, str(files[4]), compress=True)
    table.to_stata(files[5], write_index=False)
    asked = ("--mean", "api00", "--ratio", "api00/enroll", "--levels", "stype", "--by", "stype")
    answers = [sipas("estimate", file, *DESIGN, *asked, "--format", "json").out for file in files]
    assert len(json.loads(answers[0])) == 15
    assert [answer == answers[0] for answer in answers] == [True] * len(files)


def test_a_missing_outcome_leaves_the_estimate_not_the_design(tmp_path: Path, sipas: Sipas) -> None:
    """Blank outcomes are counted out; a domain without one answer stands in the list, without a value."""
    table = pd.read_csv(SCHOOLS)
    table.loc[table["stype"] == "H", "api00"] = np.nan
    table.to_csv(tmp_path / "blank.csv", index=False)
    result = sipas("estimate", tmp_path / "blank.csv", *DESIGN, "--mean", "api00", "--by", "stype", "--format", "json")
    assert [(e["by"]["stype"], e["n"]) for e in result.json] == [("E", 144), ("H", 0), ("M", 25)]
    assert result.json[1]["value"] is None
    assert "ESTIMATE_NO_ANSWER" in result.err


def test_the_bootstrap_repeats_itself(sipas: Sipas) -> None:
    """The same seed gives the same bytes, another seed another standard error, near the linearised one."""

    def se(seed: str) -> float:
        result = sipas("estimate", SCHOOLS, *DESIGN, "--mean", "api00", "--bootstrap", "400", "--seed", seed,
                       "--format", "json")  # fmt: skip
        return float(result.json[0]["se"])

    assert se("một") == se("một") != se("hai")
    assert se("một") == pytest.approx(23.54, rel=0.2)


def test_tables_for_people(sipas: Sipas) -> None:
    """A table in Vietnamese with decimal commas; a CSV with full precision and the domain in its column."""
    people = sipas("--lang", "vi", "estimate", SCHOOLS, *DESIGN, "--mean", "api00")
    assert "644,169" in people.out
    assert "Sai số chuẩn" in people.out
    table = sipas("estimate", SCHOOLS, *DESIGN, "--mean", "api00", "--by", "stype", "--format", "csv").out.splitlines()
    assert table[0] == "what,of,level,stype,value,se,df,lower,upper,cv,deff,n"
    assert table[1].startswith("mean,api00,,E,648.8680555555")


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--mean", "api2000"), "ESTIMATE_COLUMN_UNKNOWN"),
        (("--mean", "sname"), "ESTIMATE_NOT_A_NUMBER"),
        (("--share", "stype=X"), "ESTIMATE_VALUE_UNKNOWN"),
        (("--mean", "api00", "--where", "stype=X"), "ESTIMATE_DOMAIN_EMPTY"),
        (("--ratio", "api00"), "ESTIMATE_REQUEST"),
        (("--quantile", "api00@2"), "ESTIMATE_REQUEST"),
        (("--difference", "api00:stype"), "ESTIMATE_REQUEST"),
        (("--difference", "api00:stype:E-X"), "ESTIMATE_VALUE_UNKNOWN"),
        (("--mean", "api00", "--replicates", "rep_"), "ESTIMATE_REPLICATES"),
        (("--mean", "api00", "--calibrate", "api99=many"), "ESTIMATE_REQUEST"),
        (("--mean", "api00", "--calibrate", "api99=9e9", "--distance", "logit", "--bounds", "0.9,1.1"),
         "CALIBRATION_BOUNDS_TIGHT"),
        (("--mean", "api00", "--calibrate", "api99=3914069", "--distance", "logit"), "CALIBRATION_BOUNDS"),
    ],
)  # fmt: skip
def test_wrong_requests(options: tuple[str, ...], kind: str, sipas: Sipas) -> None:
    """Each has its problem, and no estimate."""
    result = sipas("estimate", SCHOOLS, "--cluster", "dnum", "--weight", "pw", *options, "--format", "json")
    assert result.code in (2, 3)
    assert result.kinds[0] == kind


@pytest.mark.parametrize(
    ("lines", "options", "kind"),
    [
        ("w\n-1\n1", ("--weight", "w"), "ESTIMATE_WEIGHT"),
        ("w\n0\n0", ("--weight", "w"), "ESTIMATE_WEIGHTS_ALL_ZERO"),
        ("w\n\n1", ("--weight", "w"), "ESTIMATE_WEIGHT"),
        ("w\n1\n1", ("--fpc", "w"), None),
        ("w\n1.5\n1.5", ("--fpc", "w"), "ESTIMATE_FPC_SMALL"),
        ("w\n3\n4", ("--fpc", "w"), "ESTIMATE_FPC_VARIES"),
        ("w\n0\n0.5", ("--probability", "w"), "ESTIMATE_PROBABILITY"),
        ("w\n7\n7", ("--cluster", "w"), "ESTIMATE_ONE_CLUSTER"),
        ("w\n1\n2", ("--strata", "w"), "ESTIMATE_LONELY"),
        ("w\n1\n2", ("--fpc", "w", "--fpc", "w"), "ESTIMATE_FPC_STAGES"),
    ],
)
def test_wrong_designs(lines: str, options: tuple[str, ...], kind: str | None, tmp_path: Path, sipas: Sipas) -> None:
    """Two rows that are no design: each fault is named."""
    head, first, second = lines.split("\n")
    (tmp_path / "two.csv").write_text(f"{head},y\n{first},2\n{second},5\n")
    result = sipas("estimate", tmp_path / "two.csv", *options, "--mean", "y", "--format", "json")
    if kind is None:
        assert (result.code, result.json[0]["se"]) == (0, 0.0)
    else:
        assert result.kinds[0] == kind


@pytest.mark.parametrize(
    ("margins", "kind"),
    [
        ("value,total\nE,100\nH,50\n", "ESTIMATE_MARGIN_MISSING"),
        ("value,total\nE,100\nH,50\nM,60\nX,9\n", "CALIBRATION_CATEGORY_EMPTY"),
        ("value,total\nE,100\nH,-50\nM,60\n", "CALIBRATION_TOTAL"),
        ("value,total\nE,100\nE,50\nM,60\n", "ESTIMATE_MARGIN_TWICE"),
        ("value,total\nE,100\nH,\nM,60\n", "ESTIMATE_NOT_A_NUMBER"),
        ("value,count\nE,100\n", "ESTIMATE_COLUMN_UNKNOWN"),
    ],
)
def test_wrong_margins(margins: str, kind: str, tmp_path: Path, sipas: Sipas) -> None:
    """Known totals that do not fit the data, or are none."""
    (tmp_path / "stype.csv").write_text(margins)
    rake = ("--rake", f"stype={tmp_path / 'stype.csv'}")
    result = sipas("estimate", SCHOOLS, *DESIGN, *rake, "--mean", "api00", "--format", "json")
    assert result.kinds[0] == kind


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--mean", "api00", "--bootstrap", "9"),
        ("--mean", "api00", "--jackknife", "--bootstrap", "9", "--seed", "x"),
        ("--mean", "api00", "--bounds", "1"),
        ("--mean", "api00", "--method", "brr"),
    ],
)
def test_wrong_usage(options: tuple[str, ...], sipas: Sipas) -> None:
    """Options that make no sense together are refused before the file is read."""
    assert sipas("estimate", "no-such-file.csv", *options).code == 2


@pytest.mark.parametrize("kind", ["parquet", "sav", "dta", "csv", "xlsx"])
def test_damaged_files(kind: str, tmp_path: Path, sipas: Sipas) -> None:
    """Noise under any name is a problem, never a traceback."""
    file = tmp_path / f"noise.{kind}"
    file.write_bytes(np.random.default_rng(1).bytes(5000))
    result = sipas("estimate", file, "--mean", "x", "--format", "json")
    assert result.code == 3
    assert result.kinds[0] in ("FILE_UNREADABLE", "FILE_TYPE", "FILE_ENCODING")
