"""survey.toml: what a survey is, checked at the door."""

import hashlib
import json
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sipas_survey.formats import Lang, word
from sipas_survey.problems import Place, SurveyError, problem, stop

FILE = "survey.toml"
_LONGEST = 1 << 20
_LONGEST_LINE = 10_000  # a key of many dotted parts takes the parser endless time
_HOME_ZONE = "Asia/Ho_Chi_Minh"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Targets(_Table):
    """What the round is judged against, as shares."""

    return_rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    satisfaction: Annotated[float, Field(gt=0, le=1)] = 0.85


class Approvals(_Table):
    """Which acts need a second person."""

    replace: bool = False


class Defaults(_Table):
    """The toolkit's own defaults, where no public rule was found."""

    per_district: Annotated[int, Field(ge=1)] = 60
    reserve: Annotated[float, Field(ge=0, le=100)] = 1.0
    visits: Annotated[int, Field(ge=1, le=20)] = 3
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    few_forms: Annotated[int, Field(ge=2)] = 30


class Validity(_Table):
    """When a whole form is valid, for `responses import --decide-validity`. Shares are of all criteria."""

    answered: Annotated[float, Field(ge=0, le=1)] = 0.5
    each_part: Annotated[float, Field(ge=0, le=1)] = 0.0
    double_ticks: Annotated[float, Field(ge=0, le=1)] = 1.0
    same_answer: bool = True
    required: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=32)], ...], Field(max_length=100)] = ()


class Settings(_Table):
    """The settings of a survey."""

    id: UUID
    key_id: str
    name: str
    round: str
    kind: Literal["citizens", "officials"] = "citizens"
    language: Lang = "vi"
    timezone: str = _HOME_ZONE
    units: str = "yen_bai_2023"
    frame_date: date
    round_code: Annotated[int, Field(ge=10, le=99)]
    questionnaire: str = "sipas_2022"
    demo: bool = False
    database: str | None = None
    link: str | None = None
    targets: Targets = Targets()
    approvals: Approvals = Approvals()
    defaults: Defaults = Defaults()
    validity: Validity = Validity()

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        if name != _HOME_ZONE and name not in available_timezones():  # to list them all takes a while
            raise ValueError(name)
        return name

    @field_validator("link")
    @classmethod
    def _link_with_a_form(cls, link: str | None) -> str | None:
        if link and "{form}" not in link:
            raise ValueError("{form}")
        return link

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the survey's days begin and end."""
        return ZoneInfo(self.timezone)


def read(folder: Path) -> Settings:
    """The settings in a folder. Raises SurveyError SURVEY_NOT_FOUND or SETTINGS_INVALID."""
    file = folder / FILE
    if not file.is_file():
        raise stop("SURVEY_NOT_FOUND", found=str(folder.resolve()))
    try:
        return parse(file.read_bytes())
    except OSError as error:
        raise stop("SETTINGS_INVALID", Place(file=FILE), found="–", why=str(error)) from error


def parse(text: bytes) -> Settings:
    """Settings from the text of survey.toml. Raises SurveyError SETTINGS_INVALID."""
    if len(text) > _LONGEST or max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:
        raise stop("SETTINGS_INVALID", Place(file=FILE), found="–", why=f"{len(text)} bytes")
    try:
        values = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise stop("SETTINGS_INVALID", Place(file=FILE), found="–", why=str(error)) from error
    return check(values)


def change_key(folder: Path, known: Settings) -> None:
    """Write the key id of `known` into survey.toml; everything else in it stays as it is written.

    Raises SurveyError OUTPUT_NOT_WRITABLE; the file is then as it was.
    """
    file = folder / FILE
    beside = file.with_name(f"{FILE}.new")
    try:
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"^(\s*key_id\s*=\s*).*$", rf'\g<1>"{known.key_id}"', text, count=1, flags=re.MULTILINE)
        beside.write_text(text if parse(text.encode()) == known else text_of(known), encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise stop("OUTPUT_NOT_WRITABLE", found=str(file)) from error


def check(values: dict[str, object]) -> Settings:
    """Settings from plain values. Raises SurveyError SETTINGS_INVALID with a problem per entry."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SurveyError(
            problem("SETTINGS_INVALID", Place(file=FILE), found=".".join(map(str, e["loc"])), why=e["msg"])
            for e in error.errors()
        ) from error


def digest(settings: Settings) -> str:
    """SHA-256 of the settings as values: comments and spacing of the file do not count.

    Where the database is does not count either: a survey that moves stays the same, and the address may hold a
    password.
    """
    later = ("link", "validity")  # a digest is as it was before there were such entries, where they say nothing
    left_out = {"database", *(n for n in later if getattr(settings, n) == type(settings).model_fields[n].default)}
    text = json.dumps(settings.model_dump(mode="json", exclude=left_out), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(settings: Settings) -> str:
    """The settings as the text of survey.toml, with a line of explanation above each entry."""
    lines = [f"# {word('settings_head', settings.language)}", ""]
    top = {k: v for k, v in settings.model_dump().items() if not isinstance(v, dict)}
    for name, value in top.items():
        if value or name not in ("demo", "database", "link"):
            lines += [f"# {word(f'settings_{name}', settings.language)}", f"{name} = {_toml(value)}"]
    for table, values in settings.model_dump().items():
        if isinstance(values, dict):
            lines += ["", f"[{table}]"]
            for name, value in values.items():
                lines += [f"# {word(f'settings_{table}_{name}', settings.language)}", f"{name} = {_toml(value)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in escaped) + '"'


def _shown(default: object) -> str:
    return _toml(list(default)) if isinstance(default, tuple) else str(default)


def explain(lang: Lang) -> list[tuple[str, str, str]]:
    """Every entry of survey.toml: its name, its default as text, and what it means."""
    rows = []
    for name, info in Settings.model_fields.items():
        if isinstance(info.default, _Table):
            rows += [
                (f"{name}.{inner}", _shown(about.default), word(f"settings_{name}_{inner}", lang))
                for inner, about in type(info.default).model_fields.items()
            ]
        else:
            default = "" if info.is_required() else str(info.default)
            rows.append((name, default, word(f"settings_{name}", lang)))
    return rows
