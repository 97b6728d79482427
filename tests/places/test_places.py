"""Dated units: codes, names as people write them, and lists of one's own."""

from datetime import date
from pathlib import Path

import pytest

from sipas_survey import places
from sipas_survey.problems import SurveyError
from tests.small_surveys import text_file

YEN_BAI = places.load("yen_bai_2023")


def test_the_shipped_units() -> None:
    """Yên Bái had 9 districts and 173 communes until the end of 2024."""
    assert len(YEN_BAI.districts) == 9
    assert len(YEN_BAI.communes) == 173
    assert list(YEN_BAI.districts) == sorted(YEN_BAI.districts)
    assert [YEN_BAI.hold_on(date(2023, 12, 1)), YEN_BAI.hold_on(date(2024, 12, 31))] == [True, True]
    assert [YEN_BAI.hold_on(date(2025, 1, 1)), YEN_BAI.hold_on(date(2019, 1, 1))] == [False, False]


@pytest.mark.parametrize(
    ("written", "district", "codes"),
    [
        ("04249", "", ("04249",)),
        ("4249", "", ("04249",)),
        ("99999", "", ()),
        ("²", "", ()),
        ("Phường Yên Thịnh", "", ("04249",)),
        ("yen thinh", "", ("04249",)),
        ("P. Yên Thịnh", "", ("04249",)),
        ("XÃ MINH BẢO", "", ("04270",)),
        ("Nowhere", "", ()),
    ],
)
def test_a_written_commune(written: str, district: str, codes: tuple[str, ...]) -> None:
    """A commune is its code, its code without zeros, or its name with or without accents, case and type."""
    assert YEN_BAI.commune_codes(written, district_code=district) == codes


def test_an_ambiguous_name_is_settled_by_the_district() -> None:
    """Every name that several communes share means all of them, and one where the district is known."""
    shared = {key: codes for key, codes in YEN_BAI._commune_names.items() if len(codes) > 1}
    assert shared
    for name, codes in shared.items():
        homes = [YEN_BAI.communes[code].district_code for code in codes]
        assert set(YEN_BAI.commune_codes(name)) <= set(codes)
        for code, home in zip(codes, homes, strict=True):
            if homes.count(home) == 1:
                assert YEN_BAI.commune_codes(name, district_code=home) == (code,)


def test_the_exact_spelling_decides() -> None:
    """Of two names that differ in accents only, the one spelt exactly is meant."""
    two = {c: places.Commune(c, n, "xã", "1", "A") for c, n in {"01": "Xã Sơn Á", "02": "Xã Sơn A"}.items()}
    units = places.Units("two", two)
    assert units.commune_codes("Xã Sơn A") == ("02",)
    assert units.commune_codes("son a") == ("01", "02")


@pytest.mark.parametrize("written", ["132", "Thành phố Yên Bái", "TP Yên Bái", "yen bai"])
def test_a_written_district(written: str) -> None:
    """A district is its code or its name, with its type long, short or left out."""
    assert YEN_BAI.district_codes(written) == ("132",)
    assert YEN_BAI.district_codes("Hà Nội") == ()


def test_units_of_ones_own(tmp_path: Path) -> None:
    """A CSV with two columns is enough: then there is no district tier, and no day is outside."""
    text_file(tmp_path / "u.csv", "commune_code,commune\n01,Xã A\n02,Xã B\n", encoding="utf-8-sig")
    units = places.load("u.csv", folder=tmp_path)
    assert list(units.communes) == ["01", "02"]
    assert units.districts == {}
    assert units.hold_on(date(1900, 1, 1))


@pytest.mark.parametrize(
    ("text", "kind", "row"),
    [
        ("commune\nXã A\n", "UNITS_UNREADABLE", None),
        ("commune_code,commune\n01,A\n01,B\n", "UNITS_UNREADABLE", 3),
        ("commune_code,commune\n,A\n", "UNITS_UNREADABLE", 2),
        ("commune_code,commune\n", "UNITS_UNREADABLE", None),
        ("commune_code,commune,district_code,district\n01,A,1,D\n02,B,,\n", "UNITS_UNREADABLE", 3),
    ],
)
def test_wrong_units(tmp_path: Path, text: str, kind: str, row: int | None) -> None:
    """A list without its columns or rows, with codes missing or twice, or districts for some only, is refused."""
    text_file(tmp_path / "u.csv", text)
    with pytest.raises(SurveyError, match=kind) as refused:
        places.load("u.csv", folder=tmp_path)
    assert refused.value.problems[0].place.row == row
    assert refused.value.exit_code == 2


def test_no_such_units(tmp_path: Path) -> None:
    """A name that is neither shipped nor a file is told, with what there is."""
    with pytest.raises(SurveyError, match=r"UNITS_NOT_FOUND.*yen_bai_2023"):
        places.load("atlantis", folder=tmp_path)
    (tmp_path / "wide.csv").write_bytes("commune_code,commune\n".encode("utf-16"))
    with pytest.raises(SurveyError, match="UNITS_UNREADABLE"):
        places.load("wide.csv", folder=tmp_path)
