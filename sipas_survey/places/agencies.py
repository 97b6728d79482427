"""At which level an agency stands, told from the beginning of its name."""

from sipas_survey.formats import search_key

_LEVELS = {
    "province": ("tinh", "so", "ban", "van phong", "chi cuc", "cuc", "cong an tinh", "bao hiem xa hoi tinh"),
    "district": ("huyen", "thi xa", "thanh pho", "quan"),
    "commune": ("xa", "phuong", "thi tran", "dac khu"),
}
_COUNCIL = ("ubnd", "uy ban nhan dan", "hdnd", "hoi dong nhan dan", "phong", "bo phan mot cua")


def agency_level(name: str) -> str:
    """`province`, `district` or `commune`; empty where the name tells none.

    `UBND xã Minh Bảo` is of a commune, `UBND huyện Lục Yên` of a district, `Sở Nội vụ` of the province.
    """
    words = search_key(name).replace(",", " ")
    for office in _COUNCIL:
        words = words.removeprefix(f"{office} ").strip()
    found = [
        (len(start), level)
        for level, starts in _LEVELS.items()
        for start in starts
        if words == start or words.startswith(f"{start} ")
    ]
    return max(found)[1] if found else ""
