"""A small survey of two districts for tests: twelve invented people, four of them on the main lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sipas_survey.exchange.events import EventRow
from sipas_survey.problems import NOWHERE
from sipas_survey.storage.store import Store, open_store
from sipas_survey.workflow import drawing, field, frame, office
from sipas_survey.workflow.frame import Imported

FRAME = """unit_id,district_code,commune_code,village,full_name,birth_year,phone,field
U01,132,04270,Thôn 1,Lê Văn Một,1971,0900000001,Đất đai
U02,132,04270,Thôn 1,Trần Thị Hai,1972,0900000002,Hộ tịch
U03,132,04270,Thôn 2,Hà Văn Ba,1973,0900000003,Đất đai
U04,132,04270,Thôn 2,Lò Thị Bốn,1974,0900000004,Hộ tịch
U05,132,04270,Thôn 3,Vàng A Năm,1975,0900000005,Đất đai
U06,132,04270,Thôn 3,Lý Thị Sáu,1976,0900000006,Hộ tịch
U07,132,04270,Thôn 3,Giàng A Bảy,1977,0900000007,Hộ tịch
U08,140,04627,Tổ 1,Mai Văn Tám,1978,0900000008,Đất đai
U09,140,04627,Tổ 1,Ngô Thị Chín,1979,0900000009,Hộ tịch
U10,140,04627,Tổ 2,Đỗ Văn Mười,1980,0900000010,Đất đai
U11,140,04627,Tổ 2,Bùi Thị Tư,1981,0900000011,Hộ tịch
U12,140,04627,Tổ 2,Cao Văn Lẻ,1982,0900000012,Hộ tịch
"""


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = datetime(2024, 1, 31, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Survey:
    """A drawn survey: two names on each main list, two in each reserve, in drawn order by short names.

    `A1 A2` are the main list of district 132 and `R1 R2` its reserve; `B1 B2` and `S1 S2` those of district 140.
    """

    store: Store
    clock: Clock
    codes: dict[str, str]

    def tell(self, text: str, **options: bool) -> Imported:
        """Take in events told as `[id:] act day form [worker=…] [reason=…] [note=…] [to=…]`, as one batch."""
        return field.take_in(self.store, list(self.rows(text)), **options)

    def rows(self, text: str) -> Iterable[EventRow]:
        """The rows of a text."""
        for line in text.strip().splitlines():
            words = line.split()
            event_id = words.pop(0)[:-1] if words[0].endswith(":") else None
            act, on, form, *rest = words
            said = dict(word.split("=", 1) for word in rest)
            if "to" in said:
                said["refers_to"] = self.codes.get(said["to"], said.pop("to"))
                said.pop("to", None)
            code = self.codes.get(form, form)
            yield EventRow(event_id, code, act, date(2024, 1, int(on)), place=NOWHERE, **said)

    def by(self, author: str) -> "Survey":
        """The same survey in the hands of somebody else (settings read anew)."""
        self.store.close()
        return Survey(open_store(self.store.folder, author=author, clock=self.clock), self.clock, self.codes)


def drawn(folder: Path) -> Survey:
    """Make the survey in `folder`/survey, take in the frame, draw."""
    clock = Clock()
    file = folder / "people.csv"
    file.write_text(FRAME, encoding="utf-8")
    store = office.init(folder / "survey", office.NewSurvey(secret=bytes(range(32))), author="an", clock=clock)
    assert frame.import_frame(store, file).stored
    drawing.set_design(store, drawing.Asked(per_district=2, reserve=1.0))
    drawing.draw_lists(store, seed="test")
    table = drawing.export(store)
    names = {("132", "main"): "A", ("132", "reserve"): "R", ("140", "main"): "B", ("140", "reserve"): "S"}
    codes = {
        f"{names[district, kind]}{turn if kind == 'main' else turn - 2}": form
        for form, kind, turn, district in zip(
            table["form"], table["kind"], table["turn"], table["district_code"], strict=True
        )
    }
    return Survey(store, clock, codes)
