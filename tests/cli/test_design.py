"""`sipas design …`, and every way to draw, from a frame to verified lists and weighted figures."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Sipas

SEED = "XSMB 2023-12-01 / 40 917"
METHODS = ("simple", "systematic", "pareto", "pps-systematic", "pivotal")


@pytest.fixture
def sized(tmp_path: Path, sipas: Sipas) -> Path:
    """A survey with 3 districts of 40 dossiers, each with a size, in two communes and two fields."""
    folder = tmp_path / "sized"
    assert sipas("init", folder).code == 0
    rows = ["unit_id,commune_code,village,field,size"]
    communes = {"132": ("04249", "04252"), "133": ("04282", "04285"), "135": ("04303", "04306")}
    for district, pair in communes.items():
        rows += [
            f"HS-{district}-{i:03d},{pair[i % 2]},Thôn {i % 4},{('Hộ tịch', 'Đất đai')[i % 5 == 0]},{1 + i % 7}"
            for i in range(40)
        ]
    (tmp_path / "sized.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert sipas("-C", folder, "frame", "import", tmp_path / "sized.csv").code == 0
    return folder


def rows_of(folder: Path, sipas: Sipas) -> list[dict[str, str]]:
    """The exported case table."""
    file = folder.parent / "cases.csv"
    assert sipas("-C", folder, "draw", "export", file).code == 0
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


# ---------------------------------------------------------------- size
def test_size_step_by_step(sipas: Sipas) -> None:
    """±5 points, p = ½: 384.15; × 1.5; of 20,000; 90 % answer: 622 names, rounded up once."""
    asked = ("design", "size", "--margin", "0.05", "--deff", "1.5", "--population", "20000", "--response", "0.9")
    found = sipas(*asked, "--format", "json").json
    steps = {step["step"]: step["value"] for step in found["steps"]}
    assert list(steps) == ["simple", "design_effect", "finite_population", "response"]
    assert steps["simple"] == pytest.approx(384.1459, abs=1e-4)
    assert steps["response"] == pytest.approx(384.1459 * 1.5 / (1 + (576.2188 - 1) / 20000) / 0.9, abs=1e-3)
    assert found["n"] == 623
    assert "623" in sipas("--lang", "vi", *asked).out


def test_the_rule_of_2012(sipas: Sipas) -> None:
    """N/(1 + N e²) = 20000/51 = 392.2: 393."""
    for margin in ("0.05", "5%", "0,05"):
        found = sipas("design", "size", "--yamane", margin, "--population", "20000", "--format", "json")
        assert found.json["n"] == 393
    assert sipas("design", "size", "--yamane", "many", "--population", "5").code == 2
    assert sipas("design", "size", "--yamane", "0.05").code == 2
    assert sipas("design", "size").code == 2


# ---------------------------------------------------------------- precision
def test_show_tells_what_can_be_said(sized: Path, sipas: Sipas) -> None:
    """Margins by stratum and in all, from which share on the target is met, and who is too imprecise to be judged."""
    assert sipas("-C", sized, "design", "set", "--per-district", "12").code == 0
    shown = sipas("-C", sized, "design", "show", "--format", "json").json
    first, total = shown["rows"][0], shown["total"]
    assert total["margin"] < first["margin"] < 1
    assert first["met_from"] is None or first["met_from"] > 0.85
    assert total["not_met_below"] < 0.85 < total["met_from"]
    assert [p["kind"] for p in shown["problems"]] == ["DESIGN_IMPRECISE"]
    table = sipas("-C", sized, "--lang", "vi", "design", "show")
    assert "Kết luận đạt từ" in table.out
    assert "DESIGN_IMPRECISE" in table.err


# ---------------------------------------------------------------- allocation
@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--total", "31", "--allocation", "equal"), [11, 10, 10]),
        (("--total", "31", "--allocation", "proportional"), [11, 10, 10]),
        (("--total", "30", "--allocation", "power", "--min", "8", "--max", "11"), [10, 10, 10]),
        (("--total", "30"), [10, 10, 10]),
    ],
)
def test_a_total_is_divided(options: tuple[str, ...], wanted: list[int], sized: Path, sipas: Sipas) -> None:
    """The sum is met to one; the design keeps how it was made."""
    found = sipas("-C", sized, "design", "set", *options, "--format", "json").json
    assert [row["main"] for row in found["rows"]] == wanted
    assert found["design"]["allocation"]["total"] == int(options[1])


def test_targets_are_reached(sized: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Bethel: margins in one district and in all, with as few names as will do."""
    file = tmp_path / "targets.csv"
    file.write_text("stratum,margin\n133,10%\ntotal,0.12\n")
    found = sipas("-C", sized, "design", "set", "--allocation", "bethel", "--targets", file, "--format", "json").json
    by = {row["stratum"]: row for row in found["rows"]}
    assert by["133"]["margin"] <= 0.10
    assert found["total"]["margin"] <= 0.12
    assert by["133"]["main"] > by["132"]["main"]


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (("--allocation", "equal"), "DESIGN_TOTAL_MISSING"),
        (("--total", "9", "--allocation", "bethel"), "DESIGN_TARGETS_MISSING"),
        (("--within", "colour"), "DESIGN_COLUMN"),
        (("--size", "field", "--method", "pareto"), "DESIGN_COLUMN"),
        (("--size", "size", "--method", "simple"), "DESIGN_METHOD_SIZE"),
    ],
)
def test_designs_that_cannot_be(options: tuple[str, ...], kind: str, sized: Path, sipas: Sipas) -> None:
    """Each is named, and nothing is set."""
    result = sipas("-C", sized, "design", "set", *options, "--format", "json")
    assert (result.code, result.kinds) == (2, [kind])


def test_options_that_exclude_each_other(sized: Path, sipas: Sipas) -> None:
    """One way to say how many; bounds belong to a total."""
    assert sipas("-C", sized, "design", "set", "--per-district", "3", "--total", "9").code == 2
    assert sipas("-C", sized, "design", "set", "--per-district", "3", "--min", "2").code == 2


def test_units_without_a_size(survey: Path, sipas: Sipas) -> None:
    """Drawing by size from a frame without sizes names the units."""
    assert sipas("-C", survey, "design", "set", "--per-district", "3", "--method", "pareto", "--size", "size").code == 0
    result = sipas("-C", survey, "draw", "--seed", SEED, "--format", "json")
    assert (result.code, set(result.kinds)) == (3, {"DESIGN_UNIT_SIZE"})


# ---------------------------------------------------------------- every way to draw
@pytest.mark.parametrize("method", METHODS)
def test_from_frame_to_verified_lists(method: str, sized: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Design, draw, verify from the store and from the public extract alone, protocol, lists, probabilities."""
    size = ("--size", "size") if method in METHODS[2:] else ()
    asked = ("--per-district", "6", "--method", method, *size, "--reserve", "0.5")
    assert sipas("-C", sized, "design", "set", *asked).code == 0
    assert sipas("-C", sized, "draw", "--seed", SEED).code == 0
    assert sipas("-C", sized, "draw", "verify", "--format", "json").json["same"] is True
    assert sipas("-C", sized, "frame", "export", "--public", tmp_path / "public.csv").code == 0
    assert sipas("-C", sized, "draw", "verify", "--frame", tmp_path / "public.csv").code == 0
    assert sipas("-C", sized, "draw", "protocol", tmp_path / "protocol.html", "--paper", "both").code == 0
    assert sipas("-C", sized, "lists", tmp_path / "lists").code == 0
    rows = rows_of(sized, sipas)
    main = [row for row in rows if row["kind"] == "main"]
    assert (len(main), len(rows)) == (18, 27)
    assert [int(row["turn"]) for row in rows if row["stratum"] == "132"] == list(range(1, 10))
    weights = {d: sum(float(r["weight"]) for r in main if r["stratum"] == d) for d in ("132", "133", "135")}
    if not size:
        assert weights == {"132": 40.0, "133": 40.0, "135": 40.0}
    else:  # in proportion to size each size stands for the same, so that sizes add up exactly
        sizes = pd.read_csv(sized.parent / "sized.csv").set_index("unit_id")["size"]
        for district in weights:
            known = sum(float(r["weight"]) * sizes[r["unit_id"]] for r in main if r["stratum"] == district)
            whole = sizes[[u for u in sizes.index if f"-{district}-" in u]].sum()
            assert known == pytest.approx(whole, rel=0.03 if method == "pareto" else 1e-9)


def test_a_changed_size_is_found(sized: Path, tmp_path: Path, sipas: Sipas) -> None:
    """One size changed in the public extract: the draw does not repeat."""
    assert sipas("-C", sized, "design", "set", "--per-district", "6", "--method", "pareto", "--size", "size").code == 0
    assert sipas("-C", sized, "draw", "--seed", SEED).code == 0
    assert sipas("-C", sized, "frame", "export", "--public", tmp_path / "public.csv").code == 0
    text = (tmp_path / "public.csv").read_text(encoding="utf-8")
    changed = text.replace(",4\n", ",5\n", 1)
    assert changed != text
    (tmp_path / "public.csv").write_text(changed, encoding="utf-8")
    assert sipas("-C", sized, "draw", "verify", "--frame", tmp_path / "public.csv").code == 4


def test_sub_strata(sized: Path, tmp_path: Path, sipas: Sipas) -> None:
    """--within commune,field: each district's names are shared by size, one at least, and drawn in each by itself."""
    asked = ("--per-district", "10", "--within", "field,commune")
    plan = sipas("-C", sized, "design", "set", *asked, "--format", "json").json
    first = [(r["stratum"], r["population"], r["main"]) for r in plan["rows"] if r["stratum"].startswith("132")]
    assert first == [
        ("132/04249/Hộ tịch", 16, 4), ("132/04249/Đất đai", 4, 1),
        ("132/04252/Hộ tịch", 16, 4), ("132/04252/Đất đai", 4, 1),
    ]  # fmt: skip
    assert [(r["stratum"], r["population"], r["main"]) for r in plan["districts"]] == [
        ("132", 40, 10), ("133", 40, 10), ("135", 40, 10),
    ]  # fmt: skip
    assert all(row["reserve"] == min(row["main"], row["population"] - row["main"]) for row in plan["rows"])
    assert sipas("-C", sized, "draw", "--seed", SEED).code == 0
    assert sipas("-C", sized, "draw", "verify").code == 0
    rows = rows_of(sized, sipas)
    assert sum(float(r["weight"]) for r in rows if r["kind"] == "main") == pytest.approx(120)
    assert sipas("-C", sized, "draw", "protocol", tmp_path / "p.html").code == 0
    status = sipas("-C", sized, "status", "--format", "json").json
    assert [(row["district_code"], row["quota"]) for row in status["rows"]] == [("132", 10), ("133", 10), ("135", 10)]


def test_quotas_too_small_for_the_sub_strata(sized: Path, sipas: Sipas) -> None:
    """Two names for four sub-strata: those without a name are told of."""
    told = sipas("-C", sized, "design", "set", "--per-district", "2", "--within", "commune,field", "--format", "json")
    assert "DESIGN_EMPTY_SUBSTRATA" in told.kinds


@pytest.mark.parametrize("method", ["pareto", "pivotal"])
def test_weights_of_a_draw_by_size(method: str, sized: Path, tmp_path: Path, sipas: Sipas) -> None:
    """Answers of all forms: the first step of the weights is one over each chance; weighted figures have errors."""
    asked = ("--per-district", "8", "--method", method, "--size", "size")
    assert sipas("-C", sized, "design", "set", *asked).code == 0
    assert sipas("-C", sized, "draw", "--seed", SEED).code == 0
    main = [row for row in rows_of(sized, sipas) if row["kind"] == "main"]
    events = ["form,act,happened_on"]
    for row in main:
        events += [f"{row['form']},{act},2023-12-0{day}" for act, day in (("print", 4), ("issue", 5), ("return", 6))]
    (tmp_path / "events.csv").write_text("\n".join(events) + "\n")
    assert sipas("-C", sized, "forms", "import", tmp_path / "events.csv").code == 0
    answers = ["form,q15,q16"] + [f"{row['form']},{3 + i % 3},{2 + i % 4}" for i, row in enumerate(main)]
    (tmp_path / "answers.csv").write_text("\n".join(answers) + "\n")
    assert sipas("-C", sized, "responses", "import", tmp_path / "answers.csv").code == 0
    found = {row["form"]: row["weight"] for row in sipas("-C", sized, "weights", "--format", "json").json["weights"]}
    assert found == pytest.approx({row["form"]: float(row["weight"]) for row in main})
    rows = sipas("-C", sized, "satisfaction", "--format", "json").json["rows"]
    weighted = next(row["weighted"] for row in rows if row["index"] == "access")
    assert weighted["se"] > 0
    assert weighted["lower"] < weighted["value"] < weighted["upper"]
