"""A draw in stages in a survey: recorded, repeated, weighed, exported, released."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from sipas_survey.problems import SurveyError
from sipas_survey.storage import casebook, ledger
from sipas_survey.storage.store import Store
from sipas_survey.tracking.forms import Act
from sipas_survey.workflow import answers, designing, drawing, field, frame, large_frame, office, papers
from sipas_survey.workflow.estimates.survey import Survey
from sipas_survey.workflow.protocol import make_protocol, write_protocol
from sipas_survey.workflow.verdict import judge_campaign
from sipas_survey.workflow.weights import weights_of
from tests.small_surveys import csv_file, new_survey, text_file

SEED = "Xổ số 05/12/2023: 81 042"
PLAN = """
    [[stage]]
    level = "district"
    take = 3
    certain = ["132"]
    method = "pareto"
    size = "people"

    [[stage]]
    level = "commune"
    take = 2
    method = "pareto"
    size = "people"

    [[stage]]
    level = "village"
    take = 2

    [person]
    take = 3
    reserve = 2
"""
COMMUNES = {
    "132": ("04249", "04252", "04255"), "133": ("04282", "04288"), "135": ("04303", "04306"),
    "136": ("04375", "04378"), "140": ("04621", "04627", "04672"),
}  # fmt: skip


def people() -> list[list[str]]:
    rows = [["unit_id", "commune_code", "village", "full_name", "birth_year"]]
    for communes in COMMUNES.values():
        for c, commune in enumerate(communes):
            for v in range(3):
                village = f"{commune}-{v}"
                rows += [
                    [f"HS-{village}-{i}", commune, f"Thôn {v}", f"Lò Văn {village}{i}", "1970"]
                    for i in range(6 + c + v)
                ]
    return rows


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = new_survey(tmp_path / "survey")
    frame.import_frame(found, csv_file(tmp_path / "people.csv", people()))
    designing.set_design(found, designing.Asked(stages=str(text_file(tmp_path / "plan.toml", PLAN))))
    return found


def test_the_draw_is_recorded_and_repeated(store: Store, tmp_path: Path) -> None:
    """Units, chances and list stand in the ledger; drawing again, also from the file, gives the same."""
    record = drawing.draw_lists(store, seed=SEED).value
    assert (record.main, len(record.units), len(record.population)) == (36, 3 + 6 + 12, 12)
    assert drawing.verify(store).same
    assert large_frame.repeat(store, tmp_path / "people.csv").same
    assert office.verify(store).intact
    assert set(record.population) <= {cell.path for cell in record.units}


def test_the_file_of_cases_tells_the_design(store: Store, tmp_path: Path) -> None:
    """One probability a stage, whose product is the probability; `estimate` takes the columns as they are."""
    drawing.draw_lists(store, seed=SEED)
    assert papers.write_cases(store, tmp_path / "cases.csv") == 60
    cases = pd.read_csv(tmp_path / "cases.csv", dtype={"design_stratum": str})
    main = cases[cases["kind"] == "main"].copy()
    stages = [f"probability_{level}" for level in ("district", "commune", "village", "person")]
    assert main[stages].prod(axis=1).tolist() == pytest.approx(main["probability"].tolist())
    assert (1 / main["probability"]).tolist() == pytest.approx(main["weight"].tolist())
    assert cases.loc[cases["kind"] == "reserve", "probability_person"].isna().all()
    main["y"] = [float(i % 3 == 0) for i in range(len(main))]
    found = Survey(
        main, strata="design_stratum", clusters=[f"cluster_{j}" for j in range(1, 5)], weights="weight",
        fpc=[f"fpc_{j}" for j in range(1, 5)],
    ).mean("y")  # fmt: skip
    assert found.se > 0
    assert found.df == 2


def test_a_released_reserve_changes_its_village_alone(store: Store) -> None:
    """After a release the people of that village have (n + 1)/N times the chance of the village."""
    record = drawing.draw_lists(store, seed=SEED).value
    before = drawing.export(store)
    main = before[before["turn"] == 1].iloc[0]
    for act in (Act.PRINT, Act.ISSUE, Act.REFUSE):
        field.record(store, act, [main["form"]], on=date(2023, 12, 5))
    field.point(store, Act.REPLACE, main["form"], on=date(2023, 12, 5), reason="refused")
    after = drawing.export(store)
    here = after["stratum"] == main["stratum"]
    stratum = main["stratum"]
    wanted = record.above[stratum] * 4 / record.population[stratum]
    assert after.loc[here & after["probability"].notna(), "probability"].tolist() == pytest.approx([wanted] * 4)
    unchanged = before.loc[~here, "probability"].dropna().tolist()
    assert after.loc[~here, "probability"].dropna().tolist() == pytest.approx(unchanged)


def test_the_protocol_names_the_units(store: Store, tmp_path: Path) -> None:
    """The page tells the stages and every unit taken with its chance."""
    drawing.draw_lists(store, seed=SEED)
    protocol = make_protocol(store)
    write_protocol(store, tmp_path / "p.html", paper="en")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Drawn in stages" in page
    assert all(f"({unit.path})" in page for unit in protocol.stages)


def test_from_a_file_the_same(store: Store, tmp_path: Path) -> None:
    """A frame that stays in its file gives the same list, chances and protocol."""
    straight = new_survey(tmp_path / "straight")
    designing.set_design(straight, designing.Asked(stages=str(tmp_path / "plan.toml")))
    drawing.draw_lists(store, seed=SEED)
    large_frame.draw_from_file(straight, tmp_path / "people.csv", seed=SEED)
    pd.testing.assert_frame_equal(drawing.export(store), drawing.export(straight))
    ours, theirs = make_protocol(store), make_protocol(straight, frame_file=tmp_path / "people.csv")
    assert (ours.units, ours.strata, ours.stages) == (theirs.units, theirs.strata, theirs.stages)


def test_the_design_is_shown_before_the_draw(store: Store) -> None:
    """Before lot has spoken the outlook tells the names in all, and the record keeps the plan."""
    shown = designing.show_design(store)
    (line,) = shown.plan.strata
    assert (line.main, line.reserve, line.quota) == (36, 24, 36)
    assert shown.design.stages is not None
    with store.read() as connection:
        assert ledger.last_details(connection, "set_design")["stages"]["plan"] == "plan"  # type: ignore[index]


def test_the_province_round_is_the_plain_draw(tmp_path: Path) -> None:
    """Every district a stratum: the plan gives the list of the default design."""
    lists = []
    for name, asked in {"plain": designing.Asked(per_district=60), "plan": designing.Asked(stages="province")}.items():
        made = new_survey(tmp_path / name)
        frame.import_frame(made, csv_file(tmp_path / "people.csv", people()))
        designing.set_design(made, asked)
        drawing.draw_lists(made, seed=SEED)
        with made.read() as connection:
            lists.append(casebook.case_table(connection, drawing.EVERYONE))
    pd.testing.assert_frame_equal(*lists)


def test_units_without_districts_take_no_such_plan(tmp_path: Path) -> None:
    """A plan that begins with districts is refused where there are none."""
    made = new_survey(tmp_path / "survey", units="lao_cai_2025", frame_date=date(2025, 7, 2))
    with pytest.raises(SurveyError, match="STAGES_LEVELS"):
        designing.set_design(made, designing.Asked(stages="papi"))


def answered(store: Store, folder: Path) -> list[str]:
    """Issue and return every form of the main lists, and take in answers."""
    cases = drawing.export(store)
    forms = cases.loc[cases["kind"] == "main", "form"].tolist()
    for act in (Act.PRINT, Act.ISSUE, Act.RETURN, Act.ACCEPT):
        field.record(store, act, forms, on=date(2023, 12, 5))
    rows = [["form", "q15", "q16"], *([form, str(3 + i % 3), "4"] for i, form in enumerate(forms))]
    answers.import_responses(store, [csv_file(folder / "answers.csv", rows)])
    return forms


def test_indices_know_the_stages(store: Store, tmp_path: Path) -> None:
    """Weights carry the chances of all stages; errors have districts as clusters, so few degrees of freedom."""
    record = drawing.draw_lists(store, seed=SEED).value
    forms = answered(store, tmp_path)
    made = weights_of(store, record, answers.load(store, drawing.EVERYONE, as_of=None), as_of=None).value
    cases = drawing.export(store).set_index("form").loc[list(made.forms)]
    assert made.weight.tolist() == pytest.approx(cases["weight"].tolist())
    judged = judge_campaign(store)
    row = next(estimate for estimate, _ in judged.rows if estimate.index == "access" and not estimate.by)
    assert row.forms == len(forms)
    assert row.df == 2
    assert row.se is not None
    assert row.weighted is not None
    assert row.weighted.df == 2


def test_people_without_a_village_are_one_village(tmp_path: Path) -> None:
    """Nobody loses the chance to be drawn because his village is not written down; a warning counts them."""
    made = new_survey(tmp_path / "survey")
    rows = [[*row[:2], "" if row[2] == "Thôn 0" else row[2], *row[3:]] for row in people()]
    frame.import_frame(made, csv_file(tmp_path / "people.csv", rows))
    plan = text_file(tmp_path / "plan.toml", PLAN.replace("take = 2\n\n    [person]", 'take = "all"\n\n    [person]'))
    shown = designing.set_design(made, designing.Asked(stages=str(plan)))
    assert "STAGES_NO_VILLAGE" in {p.kind for p in shown.problems}
    record = drawing.draw_lists(made, seed=SEED).value
    assert sum(name.endswith("/–") for name in record.population) == 6
    assert drawing.verify(made).same


def test_stages_and_an_earlier_round(store: Store, tmp_path: Path) -> None:
    """Last round's people are left out of the villages that are drawn; the chance of the others counts everybody."""
    drawing.draw_lists(store, seed=SEED)
    again = new_survey(tmp_path / "again")
    rows = people()
    renamed = [rows[0], *(["N" + row[0], *row[1:]] for row in rows[1:])]
    frame.import_frame(again, csv_file(tmp_path / "again.csv", renamed))
    asked = designing.Asked(stages=str(tmp_path / "plan.toml"), leave_out=store.folder)
    designing.set_design(again, asked)
    record = drawing.draw_lists(again, seed=SEED).value
    assert len(record.left_out) == 36
    cases = drawing.export(again)
    assert not set(cases["unit_id"]) & set(record.left_out)
    main = cases[cases["kind"] == "main"]
    counts = main.groupby("stratum")["probability_person"].first()
    size = main.groupby("stratum").size()
    assert all(counts[s] == pytest.approx(size[s] / record.population[s]) for s in counts.index)
    assert drawing.verify(again).same
