"""The tables of the re-check's report: marks, missing figures, words of a language."""

from typing import Any

from sipas_survey.documents.recheck_tables import tables_of

ROUND: dict[str, Any] = {
    "what": "main", "forms": 540, "drawn": 60, "settled": 3, "small": True, "not_confirmed_rate": 0.25, "lower": 0.1,
    "upper": None, "lower_bound": None, "upper_bound": None,
}  # fmt: skip
EMPTY: dict[str, list[dict[str, Any]]] = {
    name: [] for name in ("findings", "errors", "round", "items", "forms", "proposals")
}


def test_tables_without_rows_are_left_out() -> None:
    """Nothing found: no table."""
    assert tables_of(EMPTY, "en") == []


def test_a_figure_of_few_cases_is_marked_and_a_missing_one_is_not() -> None:
    """25.00% of three settled forms has its mark; without a figure a dash stands alone."""
    (known,) = tables_of({**EMPTY, "round": [{**ROUND, "upper": 0.5}]}, "en")
    assert known["small"]
    assert [text for text, _ in known["rows"][0]["cells"]][1:] == ["540", "60", "3", "25.00% *", "10.00% – 50.00%", "–"]
    bare = {**ROUND, "not_confirmed_rate": None, "lower": None}
    (missing,) = tables_of({**EMPTY, "round": [bare]}, "vi")
    assert [text for text, _ in missing["rows"][0]["cells"]][4:] == ["–", "–", "–"]


def test_what_may_be_done_is_said_in_the_words_of_the_face() -> None:
    """A terminal names the command, a page does not."""
    row = {"form": "2310000131", "worker": "BT-1", "finding": "no_form", "step": "annul"}
    said = [tables_of({**EMPTY, "proposals": [row]}, "en", step=step)[0]["rows"][0]["cells"][-1][0]
            for step in ("recheck_step", "recheck_web_step")]  # fmt: skip
    assert said[0].startswith("annul: forms record annul 2310000131")
    assert said[1] == "annul the form"
