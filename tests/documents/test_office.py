"""What we write opens in an office program."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sipas_survey.documents.campaign import Campaign
from sipas_survey.documents.chapters import compose
from sipas_survey.documents.lists import DistrictList, write_list
from sipas_survey.documents.report_xlsx import write_xlsx


def test_office_program_opens_the_workbooks(
    district: DistrictList, report: Campaign, tmp_path: Path, soffice: Callable[..., list[Path]]
) -> None:
    """LibreOffice makes a PDF of the list and of the report."""
    write_list(tmp_path / "list.xlsx", district, lang="vi")
    write_xlsx(compose(report, "final", "vi", drawn=False), tmp_path / "report.xlsx")
    write_list(tmp_path / "carried.xlsx", replace(district, workers={"BT1": ""}, by_commune=True), lang="vi")
    for pdf in soffice(tmp_path / "list.xlsx", tmp_path / "report.xlsx", tmp_path / "carried.xlsx"):
        assert pdf.read_bytes().startswith(b"%PDF")
