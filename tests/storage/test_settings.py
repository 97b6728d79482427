"""survey.toml: written, read, checked."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipas_survey.formats import LANGUAGES
from sipas_survey.problems import SurveyError
from sipas_survey.storage import settings
from sipas_survey.storage.settings import Settings

VALUES: dict[str, object] = {
    "id": UUID(int=7),
    "key_id": "ab",
    "name": "SIPAS",
    "round": "2023",
    "frame_date": date(2023, 12, 1),
    "round_code": 23,
}


@given(name=st.text(st.characters(exclude_categories=["Cs"])), demo=st.booleans(), lang=st.sampled_from(LANGUAGES))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, name: str, demo: bool, lang: str) -> None:
    """Any name survives: quotation marks, line breaks, control characters, every script."""
    made = settings.check({**VALUES, "name": name, "demo": demo, "language": lang})
    folder = tmp_path_factory.getbasetemp()
    (folder / settings.FILE).write_text(settings.text_of(made), encoding="utf-8", newline="")
    assert settings.read(folder) == made


def test_each_entry_is_explained() -> None:
    """The written file has a line of explanation above each entry, and `explain` knows them all."""
    text = settings.text_of(settings.check(VALUES)).splitlines()
    entries = [i for i, line in enumerate(text) if " = " in line and not line.startswith("#")]
    assert all(text[i - 1].startswith("# ") for i in entries)
    for lang in LANGUAGES:
        assert {name for name, _, _ in settings.explain(lang)} >= {*VALUES, "targets.return_rate", "defaults.visits"}


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        ({"colour": "red"}, "colour"),
        ({"targets": {"speed": 1}}, "targets.speed"),
        ({"targets": {"satisfaction": 85}}, "targets.satisfaction"),
        ({"round_code": 9}, "round_code"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"kind": "cats"}, "kind"),
        ({"frame_date": "yesterday"}, "frame_date"),
        ({"id": "1"}, "id"),
        ({"defaults": {"per_district": 0}}, "defaults.per_district"),
    ],
)
def test_wrong_entries_are_named(change: dict[str, object], entry: str) -> None:
    """An entry that is unknown or out of its bounds is named, with exit code 2."""
    with pytest.raises(SurveyError, match="SETTINGS_INVALID") as refused:
        settings.check({**VALUES, **change})
    assert [p.found for p in refused.value.problems] == [entry]
    assert refused.value.exit_code == 2


def test_a_missing_entry_is_named() -> None:
    """Every missing entry is a problem of its own."""
    with pytest.raises(SurveyError, match="SETTINGS_INVALID") as refused:
        settings.check({})
    assert {p.found for p in refused.value.problems} == set(VALUES)


@pytest.mark.parametrize("content", [b"name = ", b"name = '\xff'"])
def test_a_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    """A broken file is a problem; no file is no survey."""
    with pytest.raises(SurveyError, match="SURVEY_NOT_FOUND"):
        settings.read(tmp_path)
    (tmp_path / settings.FILE).write_bytes(content)
    with pytest.raises(SurveyError, match="SETTINGS_INVALID"):
        settings.read(tmp_path)


def test_the_digest_is_of_values() -> None:
    """Comments and spacing do not count, values do."""
    made = settings.check(VALUES)
    assert settings.digest(made) == settings.digest(Settings.model_validate(made.model_dump()))
    assert settings.digest(made) != settings.digest(settings.check({**VALUES, "name": "other"}))
