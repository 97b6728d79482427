"""How totals are divided over the strata of a frame."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.places import load
from sipas_survey.problems import Place, SurveyError
from sipas_survey.sampling.allocation import TOTAL, Allocation, Target, allocate, read_targets
from sipas_survey.statistics.sample_size import margin

POPULATION = {"132": 900, "133": 400, "135": 100, "136": 0}


def divided(kind: str, total: int | None, **options: object) -> dict[str, int]:
    return allocate(Allocation(kind), POPULATION, total=total, **options).or_raise()  # type: ignore[arg-type]


def test_by_hand() -> None:
    """140 names over 900, 400 and 100 units: equally, by size, by the root of size."""
    assert divided("proportional", 140) == {"132": 90, "133": 40, "135": 10}
    assert divided("equal", 140) == {"132": 47, "133": 47, "135": 46}
    assert divided("power", 140) == {"132": 70, "133": 47, "135": 23}
    assert divided("proportional", 140, minimum=20, maximum=80) == {"132": 80, "133": 40, "135": 20}


def test_neyman_follows_the_expected_shares() -> None:
    """Where 97 % are content, answers vary by 0.17; where half are, by 0.5: fewer names go where all agree."""
    found = divided("neyman", 130, targets=[Target("132", None, 0.97), Target("133", None, 0.5)])
    spread = {"132": 900 * math.sqrt(0.97 * 0.03), "133": 400 * 0.5, "135": 100 * 0.5}
    assert sum(found.values()) == 130
    for name, size in found.items():
        assert size == pytest.approx(130 * spread[name] / sum(spread.values()), abs=1)
    assert divided("neyman", 140) == divided("proportional", 140)


def test_bethel_reaches_every_target_with_few_names() -> None:
    """Margins of 10 points in two districts and 4 in all: every target is met, and with one name less one is not."""
    targets = [Target("133", 0.10), Target("135", 0.10), Target(TOTAL, 0.04)]
    found = divided("bethel", None, targets=targets)
    assert margin(found["133"], population=400) <= 0.10
    assert margin(found["135"], population=100) <= 0.10
    assert margin(found["135"] - 1, population=100) > 0.10

    def whole(sizes: dict[str, int]) -> float:
        parts = [(POPULATION[k] / 1400 * margin(n, population=POPULATION[k])) ** 2 for k, n in sizes.items()]
        return math.sqrt(sum(parts))

    assert whole(found) <= 0.04 < whole({**found, "132": found["132"] - 3})


def test_bethel_with_a_total_is_as_near_as_it_can_be() -> None:
    """A total is divided so that all targets are missed, or beaten, alike."""
    targets = [Target("132", 0.05), Target("133", 0.05)]
    found = divided("bethel", 300, targets=targets)
    assert sum(found.values()) == 300
    assert margin(found["132"], population=900) == pytest.approx(margin(found["133"], population=400), rel=0.02)


def test_what_cannot_be_divided_is_told() -> None:
    """More than there are, and a maximum too small for the total: what is given is said."""
    for options in ({"total": 2000}, {"total": 100, "maximum": 10}):
        checked = allocate(Allocation.EQUAL, POPULATION, **options)  # type: ignore[arg-type]
        assert [p.kind for p in checked.problems] == ["DESIGN_TOTAL_SHORT"]
        assert checked.problems[0].details["given"] == sum(checked.value.values())
    with pytest.raises(SurveyError, match="DESIGN_TARGETS_MISSING"):
        allocate(Allocation.BETHEL, POPULATION, total=100)


@settings(max_examples=80, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 500), min_size=1, max_size=8),
    kind=st.sampled_from([a for a in Allocation if a is not Allocation.BETHEL]),
    total=st.integers(1, 900),
    minimum=st.integers(0, 20),
)
def test_sums_are_exact(sizes: list[int], kind: Allocation, total: int, minimum: int) -> None:
    """Whatever the frame: the total is met to one, or what was possible is; nobody is asked for who is not there."""
    population = {f"{i:02d}": size for i, size in enumerate(sizes)}
    checked = allocate(kind, population, total=total, minimum=minimum)
    found = checked.value
    assert all(population[name] > 0 and size <= population[name] for name, size in found.items())
    least = sum(min(minimum, size) for size in sizes)
    assert sum(found.values()) == min(max(total, least), sum(sizes))
    assert bool(checked.problems) == (sum(found.values()) != total)


def test_targets_from_a_table() -> None:
    """Codes and names, commas and percent signs; the total; faults with their row."""
    units = load("yen_bai_2023")
    rows = [["132", "0,05", ""], ["Văn Chấn", "8%", "85%"], ["total", "0.03", ""]]
    table = pd.DataFrame(rows, columns=["stratum", "margin", "expected"], index=[2, 3, 4], dtype=object)
    found = read_targets(table, units, place=Place("t.csv")).or_raise()
    assert found == (Target("132", 0.05), Target("140", 0.08, 0.85), Target("total", 0.03))
    wrong = pd.DataFrame(
        [["Mars", "0.1", ""], ["132", "7", ""], ["132", "0.1", ""], ["132", "0.2", ""]],
        columns=["stratum", "margin", "expected"], index=[2, 3, 4, 5], dtype=object,
    )  # fmt: skip
    told = read_targets(wrong, units, place=Place("t.csv")).problems
    assert [(p.kind, p.place.row) for p in told] == [
        ("DESIGN_UNKNOWN_STRATUM", 2),
        ("DESIGN_TARGET", 3),
        ("DESIGN_STRATUM_TWICE", 5),
    ]
    bare = pd.DataFrame([["132"]], columns=["stratum"], index=[2], dtype=object)
    assert [p.found for p in read_targets(bare, units, place=Place("t.csv")).problems] == ["margin"]
