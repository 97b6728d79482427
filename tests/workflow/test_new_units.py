"""Results of an old round on new units: each form counted once, what is not whole said."""

import pandas as pd
import pytest

from sipas_survey.places.succession import between
from sipas_survey.problems import SurveyError
from sipas_survey.workflow.new_units import ADDED, on_new_units


def test_every_form_goes_to_one_new_commune_or_is_told() -> None:
    """All 173 communes once: the counts by new commune and the unknown add up; each unknown is a warning."""
    succession = between("yen_bai_2023", "lao_cai_2025")
    codes = list(succession.old.communes)
    found = on_new_units(pd.DataFrame({"commune_code": codes}), old="yen_bai_2023", new="lao_cai_2025")
    table = found.or_raise()
    assert len(table) == 173
    assert list(table.columns) == ["commune_code", *ADDED]
    unknown = table.loc[table["succession"] == "unknown", "commune_code"].tolist()
    assert sorted(unknown) == sorted(succession.unknown)
    assert [p.kind for p in found.problems] == ["SUCCESSION_NOT_KNOWN"] * len(unknown)
    whole = set(table.loc[table["succession"] == "whole", "new_commune_code"])
    assert whole == {new for new in set(succession.into.values()) if succession.is_whole(new)}


def test_units_that_do_not_follow() -> None:
    """Going back in time, or to units of nowhere, is refused."""
    table = pd.DataFrame({"commune_code": ["04270"]})
    with pytest.raises(SurveyError, match="SUCCESSION_UNKNOWN"):
        on_new_units(table, old="lao_cai_2025", new="yen_bai_2023")
    with pytest.raises(SurveyError, match="UNITS_NOT_FOUND"):
        on_new_units(table, old="yen_bai_2023", new="atlantis")
