"""What the people of the sample are called: surnames, middle and given names by people and sex, villages, streets.

Frequencies are rough: of surnames after the well-known national order for the Kinh, by acquaintance for the peoples of
the north-western mountains. Every name made of these has at least three words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Weights = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Naming:
    """How a people is named: surnames by frequency; middle and given names of men (M) and women (F)."""

    surnames: Weights
    middle: Mapping[str, Weights]
    given: Mapping[str, tuple[str, ...]]


def _words(text: str, separator: str | None = None) -> tuple[str, ...]:
    return tuple(text.split(separator))


def _even(names: str, weight: float = 1.0) -> dict[str, float]:
    return dict.fromkeys(_words(names), weight)


_MEN = _words(
    "Hùng Dũng Tuấn Anh Minh Hải Sơn Long Nam Cường Thắng Hưng Đạt Kiên Trung Hiếu Quân Bình Thành Tùng Vinh Phong "
    "Quang Khánh Hòa Toàn Lâm Đông Huy Tiến Chiến Thịnh Luân Khải Tài Lộc Phúc Thái Bắc Nghĩa"
)
_WOMEN = _words(
    "Hương Lan Hoa Hằng Nga Thủy Hà Linh Trang Thảo Mai Phương Yến Hiền Nhung Oanh Thu Loan Liên Hạnh Dung Huyền Ngân "
    "Vân Chi Ly Tuyết Xuân Bích Nguyệt Hòa Thoa Thơm Nhàn Lành Chinh Huệ Tâm Duyên Diệp"
)
_MIDDLE: Mapping[str, Weights] = {
    "M": {"Văn": 34} | _even("Đức Hữu Quang Minh Xuân Ngọc Công Thành Trọng Đình Duy Việt Mạnh Tiến Hoàng", 4),
    "F": {"Thị": 55, "Thị Thu": 7, "Thị Hồng": 6, "Thị Kim": 5, "Thị Thanh": 5} | _even("Ngọc Thu Thanh Minh Hồng", 4),
}
_KINH = (
    {"Nguyễn": 38, "Trần": 11, "Lê": 9.5, "Phạm": 7, "Hoàng": 5, "Phan": 4.5, "Vũ": 3.9, "Đặng": 2.1, "Bùi": 2}
    | {"Đỗ": 1.6, "Ngô": 1.3, "Dương": 1.1, "Lưu": 1}
    | _even("Đinh Đào Trịnh Mai Đoàn Tạ Cao Lương Hà", 0.9)
)

PEOPLES: Mapping[str, Naming] = {
    "Kinh": Naming(_KINH, _MIDDLE, {"M": _MEN, "F": _WOMEN}),
    "Tày": Naming(
        {"Hoàng": 22, "Nông": 14, "Hà": 10, "Lương": 9, "Triệu": 8, "Nguyễn": 7} | _even("Ma Lục Hứa Lý Vi Đàm", 4),
        _MIDDLE,
        {"M": _MEN, "F": _WOMEN},
    ),
    "Thái": Naming(
        {"Lò": 30, "Hà": 16, "Hoàng": 14, "Lường": 10, "Cầm": 6} | _even("Quàng Điêu Đinh Sa Lự Vì", 4),
        {"M": {"Văn": 8, "Trung": 1, "Đức": 1, "Xuân": 1}, "F": {"Thị": 9, "Thị Hồng": 1, "Thị Kim": 1}},
        {"M": (*_MEN[:24], "Inh", "Bun", "Hặc", "Pâng", "Ơn"), "F": (*_WOMEN[:24], "Pành", "Ón", "Lả", "Ương", "Pọm")},
    ),
    "Mông": Naming(
        {"Giàng": 24, "Vàng": 16, "Sùng": 14, "Lý": 12, "Thào": 9} | _even("Mùa Hảng Chang Cứ Phàng Hờ Tráng Lù", 4),
        {"M": {"A": 1}, "F": {"Thị": 1}},
        {
            "M": _words("Páo Chu Sinh Dờ Của Tủa Lử Chống Sáu Phổng Nủ Dế Thái Khua Chở Sà Lềnh Chỉnh Tồng Khày"),
            "F": _words("Mỷ Dua Mai Sua Dở Chư Pàng Sáo Say Ca Bla Mo Chá Dinh Vá Xua Giống Nhà Công Dê"),
        },
    ),
    "Dao": Naming(
        {"Bàn": 26, "Triệu": 22, "Đặng": 20, "Lý": 14, "Phùng": 6, "Dương": 6, "Trương": 3},
        {"M": {"Văn": 5} | _even("Tiến Phúc Kim Tòn Hữu Sành"), "F": {"Thị": 6, "Mùi": 1, "Thị Mùi": 1}},
        {"M": (*_MEN[:26], "Quý", "Chòi", "Khé", "Nhất"), "F": (*_WOMEN[:26], "Ghến", "Mấy", "Nái", "Pham")},
    ),
}
ELSEWHERE: Weights = {"Kinh": 60, "Tày": 18, "Dao": 12, "Thái": 6, "Mông": 4}
OF_DISTRICT: Mapping[str, Weights] = {
    "132": {"Kinh": 88, "Tày": 8, "Dao": 2, "Thái": 2},
    "133": {"Kinh": 42, "Thái": 46, "Tày": 8, "Dao": 2, "Mông": 2},
    "135": {"Kinh": 20, "Tày": 55, "Dao": 24, "Mông": 1},
    "136": {"Kinh": 52, "Tày": 18, "Dao": 24, "Mông": 6},
    "137": {"Kinh": 5, "Thái": 5, "Mông": 90},
    "138": {"Kinh": 66, "Tày": 24, "Dao": 5, "Mông": 5},
    "139": {"Kinh": 7, "Thái": 16, "Mông": 77},
    "140": {"Kinh": 34, "Thái": 20, "Tày": 18, "Dao": 14, "Mông": 14},
    "141": {"Kinh": 58, "Tày": 22, "Dao": 20},
}
"""Which peoples live in the districts of Yên Bái (shares in percent, rough), and a mixture for anywhere else."""

VILLAGES = _words(
    "Đồng Tâm,Tân Lập,Khe Sài,Khe Cỏ,Đồng Chão,Nà Khuôn,Nà Lại,Làng Mới,Hồng Phong,Đoàn Kết,Cầu Vải,Gốc Sấu,Ngòi Vồ,"
    "Suối Lóp,Đồng Bát,Trung Tâm,Nước Mát,Lầm Thượng,Pá Khoang,Nậm Chộm,Đá Bia,Cây Luồng,Phú Lâm,Quyết Tiến,Yên Thành,"
    "Hin Trang,Co Cọi,Tà Xùa,Háng Tây,Sáng Nhù,Cáng Dông,Phình Ngài",
    ",",
)
STREETS = _words(
    "Hoa Ban,Bờ Hồ,Nhà Máy Chè,Kim Đồng,Hòa Bình,Thanh Niên,Chợ Cũ,Bến Phà,Ga Xép,Công Viên,Lâm Trường,Sân Vận Động",
    ",",
)
FIELDS: Weights = {
    "Chứng thực": 26,
    "Hộ tịch": 21,
    "Đất đai": 19,
    "Bảo trợ xã hội": 13,
    "Người có công": 6,
    "Đăng ký kinh doanh": 6,
    "Xây dựng": 4,
    "Nông nghiệp": 3,
    "Giáo dục": 2,
}
AT_DISTRICT = frozenset({"Đất đai", "Đăng ký kinh doanh", "Xây dựng"})
"""Fields whose dossiers are handed in at the district, not at the commune."""
