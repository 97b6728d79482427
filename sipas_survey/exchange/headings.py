"""Headings as people write them, and the columns that they mean."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sipas_survey.formats import normal, search_key
from sipas_survey.problems import Checked, Place, Problem, problem, stop

Aliases = Mapping[str, Sequence[str]]

FRAME_ALIASES: Aliases = {
    "unit_id": ("Mã hồ sơ", "Mã đơn vị", "Mã số", "Mã số hồ sơ", "Số hồ sơ", "Dossier", "Dossier number"),
    "district_code": ("Mã huyện", "Mã quận huyện"),
    "commune_code": ("Mã xã", "Mã phường xã", "Mã xã/phường", "Mã xã/phường/thị trấn"),
    "full_name": ("Họ và tên", "Họ tên", "Tên", "Tên người nộp", "Họ và tên người nộp hồ sơ", "Name"),
    "birth_year": ("Năm sinh", "Ngày sinh", "Ngày tháng năm sinh", "Year of birth", "Date of birth"),
    "sex": ("Giới tính", "Giới", "Gender"),
    "phone": ("Số điện thoại", "SĐT", "Điện thoại", "Điện thoại liên hệ", "Di động", "Telephone", "Phone number"),
    "address": ("Địa chỉ", "Nơi ở", "Nơi cư trú", "Địa chỉ thường trú"),
    "village": ("Thôn/TDP", "Thôn", "Tổ dân phố", "TDP", "Thôn/Tổ dân phố", "Thôn/bản", "Thôn bản", "Bản", "Tổ"),
    "field": ("Lĩnh vực", "Lĩnh vực thủ tục"),
    "agency": ("Cơ quan", "Cơ quan giải quyết", "Đơn vị giải quyết", "Nơi giải quyết"),
    "result_on": ("Ngày trả kết quả", "Ngày trả", "Ngày nhận kết quả", "Ngày có kết quả", "Result date"),
    "size": ("Quy mô", "Số dân", "Dân số"),
}
FRAME_NAMES: Aliases = {
    "district_code": ("Huyện", "Quận/huyện", "Tên huyện", "Huyện/thị xã/thành phố", "Huyện/TX/TP", "District"),
    "address": ("Email", "E-mail", "Thư điện tử", "Hộp thư"),
    "commune_code": ("Xã/phường", "Xã", "Phường", "Tên xã", "Xã/phường/thị trấn", "Phường/xã", "Xã, phường", "Commune"),
}
EVENT_ALIASES: Aliases = {
    "event_id": ("Mã sự kiện", "Mã việc"),
    "form": ("Mã phiếu", "Phiếu", "Form code"),
    "act": ("Việc", "Hành động", "Sự việc"),
    "happened_on": ("Ngày", "Ngày xảy ra", "Ngày thực hiện", "Date", "Day"),
    "worker": ("Bưu tá", "Mã bưu tá", "Post worker"),
    "reason": ("Lý do",),
    "note": ("Ghi chú",),
    "refers_to": ("Liên quan đến", "Tham chiếu", "Liên quan"),
}
CLERK_ALIASES: Aliases = {
    "form": ("Mã phiếu", "Phiếu"),
    "issued_on": ("Ngày phát", "Ngày phát phiếu"),
    "collected_on": ("Ngày thu", "Ngày thu phiếu"),
    "outcome": ("Kết quả",),
    "reason": ("Lý do",),
    "worker": ("Bưu tá", "Mã bưu tá"),
    "delivered_on": ("Ngày giao", "Ngày giao phiếu"),
    "request": ("Đề nghị",),
}
"""The sheet of a list workbook that a clerk fills in; its headings are the same in every language."""
WORKER_ALIASES: Aliases = {
    "worker": ("Mã bưu tá", "Bưu tá", "Mã nhân viên", "Worker id", "Post worker"),
    "name": ("Họ và tên", "Họ tên", "Tên", "Họ tên bưu tá", "Tên bưu tá"),
    "district_code": ("Mã huyện", "Huyện", "District"),
    "commune_code": ("Mã xã", "Xã", "Xã/phường", "Các xã", "Địa bàn", "Commune", "Communes"),
}


def match(
    columns: Sequence[str],
    aliases: Aliases,
    *,
    place: Place,
    renames: Mapping[str, str] | None = None,
    second_choice: Aliases | None = None,
) -> Checked[dict[str, str]]:
    """Which of a file's columns are which of ours.

    Parameters
    ----------
    columns : the headings of the file.
    aliases : the names people give to each of our columns; our own names are always understood. Case, accents,
        spaces and signs do not matter: `Họ và tên (*)` = `ho_va_ten`.
    renames : what the user says himself, their heading → our column; it goes before everything else.
    second_choice : further names, looked at only where no column was found by `aliases` (a commune's name in place
        of its code).

    Returns
    -------
    their heading → our column, in the file's order, for those recognised; with MAP_UNKNOWN, MAP_NO_COLUMN and
    COLUMN_TWICE. Of two columns with the same meaning the first is in the value.
    """
    chosen, problems = _renamed(columns, aliases, renames or {}, place)
    found: dict[str, str] = {ours: theirs for theirs, ours in chosen.items()}
    fixed = set(found)
    for names in (aliases, second_choice or {}):
        known = {fold(alias): ours for ours, some in names.items() for alias in (ours, *some)}
        open_now = set(aliases) - set(found)
        for theirs in columns:
            ours = known.get(fold(theirs))
            if ours is None or ours in fixed or theirs in chosen:
                continue
            if ours not in found:
                found[ours] = theirs
            elif ours in open_now and found[ours] != theirs:
                problems.append(problem("COLUMN_TWICE", place.at(column=theirs), found=theirs, other=found[ours]))
    ours_of = {theirs: ours for ours, theirs in found.items()}
    return Checked({theirs: ours_of[theirs] for theirs in columns if theirs in ours_of}, tuple(problems))


def renamed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The recognised columns of a table, under our names; the others stay behind."""
    return table[list(columns)].rename(columns=dict(columns))


def parse_renames(options: Iterable[str]) -> dict[str, str]:
    """`--map their_column=ours` options, their heading → our column.

    Raises SurveyError (MAP_SHAPE).
    """
    renames: dict[str, str] = {}
    for option in options:
        theirs, equals, ours = option.rpartition("=")
        if not (equals and theirs.strip() and ours.strip()):
            raise stop("MAP_SHAPE", found=option)
        renames[normal(theirs)] = normal(ours)
    return renames


def _renamed(
    columns: Sequence[str], aliases: Aliases, renames: Mapping[str, str], place: Place
) -> tuple[dict[str, str], list[Problem]]:
    """The user's own renames, as far as both sides exist and no column of ours is named twice."""
    chosen: dict[str, str] = {}
    problems: list[Problem] = []
    for theirs, ours in renames.items():
        exact = [c for c in columns if c == theirs] or [c for c in columns if fold(c) == fold(theirs)]
        if ours not in aliases:
            problems.append(problem("MAP_UNKNOWN", place, found=ours, known=tuple(aliases)))
        elif not exact:
            problems.append(problem("MAP_NO_COLUMN", place, found=theirs, columns=tuple(columns)))
        elif ours in chosen.values():
            other = next(t for t, o in chosen.items() if o == ours)
            problems.append(problem("COLUMN_TWICE", place.at(column=exact[0]), found=exact[0], other=other))
        else:
            chosen[exact[0]] = ours
    return chosen, problems


def fold(heading: str) -> str:
    """A heading without case, accents and signs: `Xã/phường (*)` → `xa phuong`."""
    return " ".join(re.sub(r"[\W_]+", " ", search_key(heading)).split())
