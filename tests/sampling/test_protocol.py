"""What the protocol says lets anyone find out, with a hash alone, how a unit came out of the draw."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipas_survey.sampling.design import make
from sipas_survey.sampling.draw import draw
from sipas_survey.sampling.frame import PUBLIC
from sipas_survey.sampling.protocol import CheckedUnit, Standing, StratumCount, checked_units, counts, digits
from tests.published_rule import sha

SEED = "Xổ số 05/12/2023: 81 042"


def drawn(population: dict[str, int], *, quota: int) -> tuple[dict[str, str], pd.DataFrame]:
    """The stratum of every unit, and the cases of a draw with as many reserves as names."""
    strata = {f"{stratum}-Hồ sơ {i}": stratum for stratum, size in population.items() for i in range(size)}
    frame = pd.DataFrame({name: [""] * len(strata) for name in PUBLIC}, dtype=object)
    frame = frame.assign(unit_id=list(strata), district_code=list(strata.values()))
    done = draw(
        frame, make(per_stratum=quota), seed=SEED, stratum_column="district_code", frame_digest="", round_code=23,
        first_number=100_001,
    )  # fmt: skip
    return strata, done.value.cases


def told(unit: CheckedUnit, strata: dict[str, StratumCount]) -> Standing:
    """How a reader of the protocol finds a unit to have come out."""
    number, stratum = sha(f"{SEED}:{unit.unit_id}")[:13], strata[unit.stratum]
    if number <= stratum.last_main:
        return Standing.MAIN
    return Standing.RESERVE if number <= stratum.last_reserve else Standing.OUT


def test_digits_are_those_of_any_hash_tool() -> None:
    """Thirteen hexadecimal digits with their zeros, as hashlib gives them."""
    ids = [f"Hồ sơ {i}" for i in range(300)]
    assert digits(ids, SEED) == [sha(f"{SEED}:{unit}")[:13] for unit in ids]


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(["132", "133", "135"]), st.integers(1, 12), min_size=1), st.integers(1, 5))
def test_ten_units_can_be_checked(population: dict[str, int], quota: int) -> None:
    """As many as there are up to ten, none twice, each as the reader finds it, in order of stratum and digits."""
    strata, cases = drawn(population, quota=quota)
    lines = {line.stratum: line for line in counts(cases, population, seed=SEED)}
    units = checked_units(strata, cases, seed=SEED)
    assert len({unit.unit_id for unit in units}) == len(units) == min(10, len(strata))
    assert [unit.standing for unit in units] == [told(unit, lines) for unit in units]
    assert list(units) == sorted(units, key=lambda unit: (unit.stratum, unit.digits))
    assert {stratum: line.population for stratum, line in lines.items()} == population
    assert sum(line.main + line.reserve for line in lines.values()) == len(cases)


def test_four_main_two_reserve_four_out() -> None:
    """Where there are enough of each; the first of each kind by the published order, so that nobody chose them."""
    strata, cases = drawn({"132": 40, "133": 40}, quota=5)
    units = checked_units(strata, cases, seed=SEED)
    standings = [unit.standing for unit in units]
    assert [standings.count(each) for each in Standing] == [4, 2, 4]
    main = sorted(cases.query("kind == 'main'")["unit_id"], key=lambda unit: sha(f"{SEED}:check:{unit}"))
    assert {unit.unit_id for unit in units if unit.standing is Standing.MAIN} == set(main[:4])


@pytest.mark.parametrize("reserve", [0, 1])
def test_a_stratum_that_gives_nothing(reserve: int) -> None:
    """No digits stand for an empty list, and no unit is told to be on it."""
    cases = pd.DataFrame({"unit_id": ["a"][:reserve], "kind": ["main"][:reserve], "stratum": ["132"][:reserve]})
    lines = counts(cases, {"132": 2, "133": 3}, seed=SEED)
    assert lines[1] == StratumCount("133", 3, 0, 0, "", "")
    assert (lines[0].main, lines[0].reserve, lines[0].last_reserve) == (reserve, 0, "")
