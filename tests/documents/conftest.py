"""Invented people and an invented survey for the tests of documents, and the office program that opens our files."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from sipas_survey.cases import Outcome, form_code
from sipas_survey.documents.campaign import Campaign, Provenance, ResultRow, Verdict
from sipas_survey.documents.lists import DistrictList
from sipas_survey.tracking.progress import Counts, Progress, Row

_NAMES = (
    ("Đặng Thị Ánh", "F", "1975", "Phường Yên Thịnh", "04249", "Tổ 12"),
    ("Nguyễn Văn Đức", "M", "1988", "Phường Đồng Tâm", "04261", "Tổ 3"),
    ("Lò Thị Ưng", "F", "1961", "Xã Âu Lâu", "04543", "Thôn Nước Mát"),
    ("Hoàng A Páo", "M", "", "Xã Âu Lâu", "04543", "Thôn Đồng Đình"),
    ("=HYPERLINK(\"x\")", "", "khoảng 1950", "Phường Yên Thịnh", "04249", "Tổ 2"),
    ("Trần Thị Bích Ngọc", "F", "1999", "Phường Yên Thịnh", "04249", "Tổ 2"),
)  # fmt: skip


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """Twelve invented names: six on the main list, six in reserve, the first of those released."""
    rows = []
    for turn in range(1, 13):
        name, sex, born, commune, code, village = _NAMES[(turn - 1) % 6]
        rows.append(
            {
                "form": form_code(23, 100_000 + (turn * 5) % 13),
                "kind": "main" if turn <= 6 else "reserve",
                "stratum": "132",
                "turn": turn,
                "released": turn <= 7,
                "full_name": name,
                "birth_year": born,
                "sex": sex,
                "phone": f"0912 000 {turn:03d}",
                "address": f"Số {turn}, ngõ 5, đường Điện Biên",
                "village": village,
                "commune_code": code,
                "commune": commune,
                "field": "Đất đai",
                "worker": "",
                "agency": "Bộ phận một cửa",
                "result_on": date(2023, 11, turn) if turn % 4 else None,
            }
        )
    return pd.DataFrame(rows).iloc[::-1]


@pytest.fixture(scope="session")
def district(people: pd.DataFrame) -> DistrictList:
    """The list of one district, its rows in no useful order."""
    return DistrictList(
        survey_name="Khảo sát hài lòng & cải cách tỉnh Yên Bái 2023",
        round="2023",
        district_code="132",
        district="Thành phố Yên Bái",
        drawn_on=date(2023, 12, 4),
        frame_digest="3f" * 32,
        seed="Xổ số miền Bắc 03/12/2023: 71 204",
        people=people,
    )


PLACES = {
    "132": "Thành phố Yên Bái",
    "133": "Thị xã Nghĩa Lộ",
    "135": "Huyện Lục Yên",
    "136": "Huyện Văn Yên",
    "137": "Huyện Mù Căng Chải",
    "138": "Huyện Trấn Yên",
    "139": "Huyện Trạm Tấu",
    "140": "Huyện Văn Chấn",
    "141": "Huyện Yên Bình",
}
THRESHOLD = Fraction(17, 20)
AS_OF = date(2024, 1, 15)


def result(
    index: str,
    level: str,
    labels: tuple[str, str],
    satisfied: int,
    valid: int,
    *,
    margin: float = 0.03,
    place: str = "",
    blank: int = 12,
) -> ResultRow:
    """A row of results with an interval of ± margin; no valid answer gives a row without data."""
    value = Fraction(satisfied, valid) if valid else None
    lower, upper = (max(float(value) - margin, 0), min(float(value) + margin, 1)) if value is not None else (None, None)
    verdict: Verdict = "no_data" if lower is None else "met" if lower >= THRESHOLD else "undecided"
    return ResultRow(
        index=index,
        level=level,
        label_vi=labels[0],
        label_en=labels[1],
        place=place,
        satisfied=satisfied,
        valid=valid,
        blank=blank,
        forms=valid // 4,
        value=value,
        lower_bound=Fraction(satisfied, valid + blank) if valid else None,
        upper_bound=Fraction(satisfied + blank, valid + blank) if valid else None,
        se=margin / 2 if valid else None,
        lower=lower,
        upper=upper,
        reached=None if value is None else value >= THRESHOLD,
        verdict="not_met" if upper is not None and upper < THRESHOLD else verdict,
        weighted_value=float(value) - 0.004 if value is not None else None,
        weighted_lower=lower and lower - 0.006,
        weighted_upper=upper and upper - 0.002,
        small=valid // 4 < 30,
    )


SERVICE = ("Cung ứng dịch vụ hành chính công", "Public administrative services")
RESULTS = (
    result("access", "element", ("Tiếp cận dịch vụ", "Access to services"), 1830, 2073),
    result("procedures", "element", ("Thủ tục hành chính", "Administrative procedures"), 1776, 2073, margin=0.02),
    result("civil_servants", "element", ("Công chức trực tiếp giải quyết công việc", "Civil servants"), 84996, 100_000),
    result("results", "element", ("Kết quả dịch vụ", "Results of services"), 1230, 1554, margin=0.025),
    result(
        "feedback",
        "element",
        ("Tiếp nhận, xử lý ý kiến phản ánh, kiến nghị", "Handling of feedback and petitions"),
        0,
        0,
    ),
    result("service", "part", SERVICE, 8700, 10_011, margin=0.0175),
)


def _counts(n: int, *, withdrawn: int, lost: int, outstanding: int, quota: int | None = 60) -> Counts:
    issued = n - withdrawn
    returned = issued - lost - outstanding
    return Counts(
        quota=quota,
        printed=2 * n,
        handed_out=n,
        withdrawn=withdrawn,
        issued=issued,
        returned=returned,
        valid=max(returned - 1, 0),
        invalid=min(returned, 1),
        outstanding=outstanding,
        lost=lost,
        main=60,
        released_reserve=withdrawn,
        outcomes={Outcome.COMPLETE: max(returned - 1, 0), Outcome.REFUSAL: withdrawn, Outcome.UNKNOWN: outstanding},
    )


def _days() -> Progress:
    """Twenty days on which 542 forms went out and 540 came back, two days after."""
    rows, issued, returned = [], 0, 0
    for i in range(20):
        out, back = min(45, 542 - issued), min(40, 540 - returned) if i > 2 else 0
        issued, returned = issued + out, returned + back
        day = (date(2023, 12, 11) + timedelta(days=i)).isoformat()
        of_day = Counts(handed_out=out, issued=out, returned=back)
        rows.append(Row((day,), of_day, Counts(handed_out=issued, issued=issued, returned=returned)))
    return Progress(AS_OF, ("day",), tuple(rows), Counts(issued=542, returned=540))


@pytest.fixture(scope="session")
def report() -> Campaign:
    """A survey near its end: 540 of 542 forms are back, one dimension has no answers."""
    rows = tuple(
        Row((code,), _counts(61 + i % 2, withdrawn=1 + i % 2, lost=int(i == 4), outstanding=int(i == 7)))
        for i, code in enumerate(PLACES)
    )
    total = Counts(
        quota=540, printed=1100, handed_out=547, withdrawn=5, issued=542, returned=540, valid=537, invalid=3,
        outstanding=1, lost=1, main=540, released_reserve=5,
        outcomes={Outcome.COMPLETE: 533, Outcome.REFUSAL: 3, Outcome.NON_CONTACT: 2, Outcome.UNKNOWN: 2},
    )  # fmt: skip
    places = [(code, 900 + 9 * i, 1100) for i, code in enumerate(PLACES)]
    places[6] = ("139", 85, 100)
    return Campaign(
        survey_name="Khảo sát sự hài lòng <SIPAS> & cải cách hành chính tỉnh Yên Bái",
        round="2023",
        as_of=AS_OF,
        threshold=THRESHOLD,
        check="service",
        returns=Progress(AS_OF, ("district_code",), rows, total),
        days=_days(),
        places=PLACES,
        results=RESULTS,
        district_results=tuple(
            result("service", "part", SERVICE, satisfied, valid, margin=0.02 + 0.008 * (i % 6), place=code)
            for i, (code, satisfied, valid) in enumerate(places)
        ),
        design={
            "vi": "9 tầng (huyện), mỗi tầng 60 người, rút ngẫu nhiên đơn giản; dự phòng 1 : 1.",
            "en": "9 strata (districts), 60 people each, simple random samples; reserve 1 : 1.",
        },
        provenance=Provenance(
            survey_id="6f9b3c1e-2f6d-4f0e-9f0b-1a2b3c4d5e6f",
            seed="Xổ số miền Bắc 03/12/2023: 71 204",
            frame_digest="3f" * 32,
            list_digest="a1" * 32,
            questionnaire="sipas_2022",
            package_version="0.1.0",
            as_of=AS_OF,
            ledger_head="be" * 32,
            events=1742,
            drawn_at=datetime(2023, 12, 4, 2, 30, tzinfo=UTC),
            frozen_at=datetime(2023, 12, 1, 8, 0, 5, tzinfo=UTC),
        ),
        notes=({"vi": "Hai sự kiện đang chờ việc đi trước.", "en": "Two events wait for what they follow."},),
    )


@pytest.fixture(scope="session")
def empty_report(report: Campaign) -> Campaign:
    """The same survey right after the draw: no form is out, no answer is in."""
    nothing = tuple(Row((code,), Counts(quota=60, main=60)) for code in PLACES)
    no_answers = tuple(result(row.index, row.level, (row.label_vi, row.label_en), 0, 0, blank=0) for row in RESULTS)
    return replace(
        report,
        returns=Progress(AS_OF, ("district_code",), nothing, Counts(quota=540, main=540)),
        days=Progress(AS_OF, ("day",), (), Counts()),
        results=no_answers,
        district_results=(),
        notes=(),
    )


@pytest.fixture
def soffice(tmp_path: Path) -> Callable[..., list[Path]]:
    """LibreOffice as a function from documents to PDFs; absent it skips, or fails under SIPAS_REQUIRE_ALL=1."""

    def absent(message: str) -> None:
        if os.environ.get("SIPAS_REQUIRE_ALL") == "1":
            pytest.fail(message)
        pytest.skip(message)

    program = shutil.which("soffice")
    if program is None:
        absent("LibreOffice is not installed (apt-get install libreoffice-calc libreoffice-writer)")

    def convert(*documents: Path) -> list[Path]:
        command = [program, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", "pdf"]
        said = subprocess.run(
            [*command, "--outdir", str(tmp_path), *map(str, documents)], check=True, capture_output=True, timeout=90
        )
        made = [tmp_path / f"{document.stem}.pdf" for document in documents]
        if not all(pdf.exists() for pdf in made):
            absent(f"LibreOffice could not open a file (apt-get install libreoffice-writer?): {said.stderr.decode()}")
        return made

    return convert
