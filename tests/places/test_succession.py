"""What became of the communes of Yên Bái: every one ends somewhere or is told, none twice."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from sipas_survey import places
from sipas_survey.places.succession import Succession, between
from sipas_survey.problems import SurveyError
from sipas_survey.workflow.succession import follow
from tests.small_surveys import text_file

DISSOLVED = {"04267", "04507", "04528", "04561", "04774"}
"""Communes that were merged at the end of 2024; the list of units does not say into which."""


@pytest.fixture(scope="module")
def whole_way() -> Succession:
    return between("yen_bai_2023", "lao_cai_2025")


def test_every_commune_ends_once_or_is_unknown(whole_way: Succession) -> None:
    """173 communes: 168 with one successor that exists, 5 listed."""
    assert set(whole_way.unknown) == DISSOLVED
    assert set(whole_way.into) | DISSOLVED == set(whole_way.old.communes)
    assert len(whole_way.into) == 168
    assert set(whole_way.into.values()) <= set(whole_way.new.communes)


def test_where_the_succession_is_whole(whole_way: Succession) -> None:
    """Doubtful are new communes with a part of the three districts of the dissolved ones; a stranger is not whole."""
    touched = {new for old, new in whole_way.into.items() if whole_way.old.communes[old].district_code
               in {whole_way.old.communes[code].district_code for code in DISSOLVED}}  # fmt: skip
    assert whole_way.doubtful == touched
    assert whole_way.is_whole(whole_way.into["04303"]) is (whole_way.into["04303"] not in touched)
    assert not whole_way.is_whole("02647")  # a ward of the old Lào Cai
    assert Counter(map(whole_way.is_whole, set(whole_way.into.values())))[True] > 20


def test_units_of_a_day() -> None:
    """The lists follow one another without a gap; the newest has no districts."""
    names = ["yen_bai_2023", "yen_bai_2025", "lao_cai_2025"]
    first, second, third = (places.load(name) for name in names)
    for before, after in ((first, second), (second, third)):
        assert before.valid_to is not None
        assert after.valid_from is not None
        assert (after.valid_from - before.valid_to).days == 1
    assert (len(second.communes), len(third.communes), dict(third.districts)) == (168, 99, {})


def test_no_way_back() -> None:
    """Units that do not follow are refused."""
    with pytest.raises(SurveyError, match="SUCCESSION_UNKNOWN"):
        between("lao_cai_2025", "yen_bai_2023")
    with pytest.raises(SurveyError, match="UNITS_NOT_FOUND"):
        between("atlantis", "yen_bai_2023")


def test_a_table_on_new_units(tmp_path: Path) -> None:
    """Rows keep their order and cells; codes and names lead to the new commune; what is not clear is told."""
    text = "form,commune_code,score\n1,04252,5\n2,4252,4\n3,Xã Đào Thịnh,3\n4,Atlantis,2\n5,phường yen ninh,1\n"
    file, out = text_file(tmp_path / "old.csv", text), tmp_path / "new.csv"
    done = follow(file, out, old="yen_bai_2023", new="lao_cai_2025")
    table = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert table["score"].tolist() == ["5", "4", "3", "2", "1"]
    assert table["new_commune_code"].tolist() == ["04252", "04252", "", "", "04252"]
    assert table["succession"].tolist() == ["doubtful", "doubtful", "unknown", "unknown", "doubtful"]
    assert [p.kind for p in done.problems] == ["UNITS_NAME_UNCLEAR", "SUCCESSION_NOT_KNOWN"]
    assert (done.value.whole, done.value.doubtful, done.value.unknown) == (0, 3, 2)


def test_a_table_without_communes(tmp_path: Path) -> None:
    """A table that has no column of communes, and a file of a type that is not written, are refused."""
    file = text_file(tmp_path / "old.csv", "form,score\n1,5\n")
    with pytest.raises(SurveyError, match="FRAME_COLUMN_MISSING"):
        follow(file, tmp_path / "new.csv", old="yen_bai_2023", new="lao_cai_2025")
    with pytest.raises(SurveyError, match="WRONG_CHOICE"):
        follow(file, tmp_path / "new.doc", old="yen_bai_2023", new="lao_cai_2025")
