"""Answers as ODK Central, KoboToolbox, SPSS and Stata write them."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import xlsxwriter

Rows = Sequence[Sequence[str]]

CENTRAL = [
    "SubmissionDate", "start", "end", "deviceid", "form", "respondent-sex", "respondent-age_band",
    "contact-policy_channels", "contact-policy_channels/television", "contact-policy_channels/internet",
    "contact-on_time", "contact-apology", "criteria-service-access-q15", "criteria-service-access-q16",
    "expectations-suggestion", "meta-instanceID", "KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent",
    "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits", "FormVersion",
]  # fmt: skip
KOBO = [
    "start", "end", "form", "respondent/sex", "respondent/age_band", "contact/policy_channels",
    "contact/policy_channels/television", "contact/policy_channels/internet", "contact/on_time", "contact/apology",
    "criteria/service/access/q15", "criteria/service/access/q16", "expectations/suggestion", "__version__", "_id",
    "_uuid", "_submission_time", "_validation_status", "_notes", "_status", "_submitted_by", "_tags", "_index",
]  # fmt: skip


def central_rows(forms: Sequence[str]) -> Rows:
    """Two answers of each form, in codes."""
    front = ["2023-12-06T03:00:00.000Z", "2023-12-06T09:00:00.000+07:00", "2023-12-06T09:10:00.000+07:00", "d:1"]
    back = ["uuid:1", "uuid:1", "5", "Nguyễn Văn A", "0", "0", "", "", "d:1", "0", "2022.1"]
    said = ["M", "25-34", "internet television", "1", "1", "late", "told", "4", "5", "Gọi 0912 345 678"]
    return [CENTRAL, *([*front, form, *said, *back] for form in forms)]


def kobo_rows(forms: Sequence[str]) -> Rows:
    """The same two answers of each form, as KoboToolbox writes them."""
    said = ["M", "25-34", "television internet", "1", "1", "late", "told", "4", "5", "Gọi 0912 345 678"]
    back = ["vX1", "12", "abc", "2023-12-06T03:00:00", "", "", "submitted_via_web", "a_b", "", "1"]
    times = ["2023-12-06T09:00:00.000+07:00", "2023-12-06T09:10:00.000+07:00"]
    return [KOBO, *([*times, form, *said, *back] for form in forms)]


def csv_text(rows: Rows, delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def central_archive(file: Path, rows: Rows, **more: str) -> Path:
    """The archive that Central gives: the table of the forms, those of repeated groups, and media."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sipas_2022.csv", csv_text(rows))
        archive.writestr("sipas_2022-visits.csv", "PARENT_KEY,KEY\nuuid:1,uuid:2\n")
        archive.writestr("media/photo.jpg", b"\xff\xd8")
        for name, text in more.items():
            archive.writestr(name, text)
    return file


def workbook(file: Path, sheets: dict[str, Rows], merged: dict[str, Sequence[tuple[str, Any]]] | None = None) -> Path:
    """Sheets of text and numbers; `merged` are ranges of a sheet with their value."""
    with xlsxwriter.Workbook(str(file)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    if cell != "":
                        sheet.write(r, c, cell)
            for where, value in (merged or {}).get(name, ()):
                sheet.merge_range(where, value)
    return file


def spss(file: Path, columns: dict[str, list[Any]], **about: Any) -> Path:
    pyreadstat.write_sav(pd.DataFrame(columns), str(file), **about)
    return file


def stata(file: Path, columns: dict[str, list[Any]], **about: Any) -> Path:
    pyreadstat.write_dta(pd.DataFrame(columns), str(file), **about)
    return file
