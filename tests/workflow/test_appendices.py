"""The plan's appendices of a survey."""

import csv
import shutil
from pathlib import Path

import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.resources import shipped
from sipas_survey.satisfaction.papi_index import Group
from sipas_survey.storage.store import Store
from sipas_survey.workflow.appendices import SHIPPED, appendix_of_papi, plan_appendices
from sipas_survey.workflow.campaign import campaign_of
from sipas_survey.workflow.verdict import judge_campaign
from tests.cli.conftest import Sipas, sipas  # noqa: F401 - a fixture
from tests.workflow.test_answers import codes, imported, sheet, store  # noqa: F401 - a fixture
from tests.workflow.test_papi import DATA, published, wide


def test_a_survey_of_the_province_has_the_plan_beside_it(store: Store) -> None:  # noqa: F811 - the fixture
    """Its own share of access, of two forms, and the change against the plan; the report carries them."""
    imported(store, sheet(store))
    found = plan_appendices(store, judge_campaign(store))
    assert found is not None
    access = found.shares[0]
    assert access.now is not None
    assert access.change == access.now.share - access.published.share  # type: ignore[operator]
    assert campaign_of(store, "final").appendices == found


def test_other_units_and_officials_have_none(store: Store, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    """The plan is about Yên Bái and its citizens; a survey's own plan is about that survey."""
    judged = judge_campaign(store)
    text = (store.folder / "survey.toml").read_text(encoding="utf-8")
    object.__setattr__(store, "settings", store.settings.model_copy(update={"units": "lao_cai_2025"}))
    assert plan_appendices(store, judged) is None
    shutil.copytree(Path(str(shipped(SHIPPED))), store.folder / "plan")
    assert plan_appendices(store, judged) is not None
    (store.folder / "plan" / "plan.toml").unlink()
    with pytest.raises(SurveyError, match="PLAN_FILE_MISSING"):
        plan_appendices(store, judged)
    object.__setattr__(store, "settings", store.settings.model_copy(update={"kind": "officials"}))
    assert plan_appendices(store, judged) is None
    assert (store.folder / "survey.toml").read_text(encoding="utf-8") == text


def test_tables_in_the_folder_of_the_survey(store: Store) -> None:  # noqa: F811 - the fixture
    """Published tables beside the survey give Appendix III anew, for their last year."""
    (store.folder / "papi").mkdir()
    for year, cell in ((2022, "1.5"), (2023, "1.4")):
        wide(store.folder / "papi" / f"scores_{year}.csv", cell)
    found = plan_appendices(store, judge_campaign(store))
    assert found is not None
    assert (found.recomputed, found.scores_year, found.scores[-1].group) == (True, 2023, Group.HIGH)


@published
def test_appendix_iii_from_the_published_tables() -> None:
    """All 16 groups, every score, the total and the three notable changes; six printed changes are off by rounding."""
    found = appendix_of_papi([DATA / f"subdimensions_{year}.csv" for year in (2021, 2022)])
    own = {row.dimension: row for row in found.scores}
    for row in found.plan.scores:
        computed = own[row.dimension]
        assert round(computed.score, 4) == row.score
        assert (computed.group, computed.last_group, computed.notable) == (row.group, row.last_group, row.notable)
    assert f"{float(own['total'].score):.4f}" == "41.8315"
    told = [(p.found, p.place.column) for p in found.faults if p.kind == "PLAN_PAPI_DIFFERS"]
    assert told == [(d, "change") for d in ("1", "3", "5", "6", "7", "8")]


def test_the_command(sipas: Sipas, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    """As the plan prints it, from tables, as CSV; another province needs tables."""
    printed = sipas("--lang", "vi", "papi", "--appendix")
    assert (printed.code, "Phụ lục III: Chỉ số PAPI năm 2022" in printed.out) == (0, True)
    assert "hạng 36 trên 61 tỉnh là nhóm Trung bình thấp" in printed.out
    table = wide(tmp_path / "papi_2022.csv")
    rows = sipas("papi", table, "--appendix", "--province", "P01", "--format", "json").json
    assert (rows["recomputed"], rows["rows"][0]["score"], rows["problems"]) == (True, 6.0, [])
    told = list(csv.DictReader(sipas("papi", table, "--appendix", "--format", "csv").out.splitlines()))
    assert [row["dimension"] for row in told] == [*"12345678", "total"]
    assert sipas("papi", "--appendix", "--province", "P01").code == 2
