"""The level of an agency from its name."""

import pytest

from sipas_survey.places.agencies import agency_level


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("UBND xã Minh Bảo", "commune"),
        ("UBND thị trấn NT Trần Phú", "commune"),
        ("Ủy ban nhân dân phường Yên Ninh", "commune"),
        ("UBND thị xã Nghĩa Lộ", "district"),
        ("UBND huyện Lục Yên", "district"),
        ("UBND thành phố Yên Bái", "district"),
        ("UBND tỉnh Yên Bái", "province"),
        ("Sở Nội vụ", "province"),
        ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", "province"),
        ("Bệnh viện", ""),
        ("Xanh", ""),
        ("", ""),
    ],
)
def test_the_beginning_tells(name: str, level: str) -> None:
    """Province, district, commune; nothing where the name says nothing."""
    assert agency_level(name) == level
