"""Signs in the answers of a real survey, on both databases."""

from sipas_survey.formats import LANGUAGES, has_word
from sipas_survey.tracking.quality import Peers, Sign, Unusual
from sipas_survey.workflow import answer_quality, answers
from tests.surveys import Survey


def test_no_answers_and_few(survey: Survey) -> None:
    """Before answers are in, and from four forms, nothing is said of anybody; effects are computed."""
    assert answer_quality.answer_flags(survey.store) == []
    assert answer_quality.effects(survey.store) == []
    for form, worker in {"A1": "W", "A2": "W", "B1": "V", "B2": "V"}.items():
        survey.tell(f"print 2 {form}\nissue 3 {form} worker={worker}\nreturn 5 {form} worker={worker}")
    file = survey.store.folder / "answers.csv"
    rows = [f"{survey.codes[form]},{a},4" for form, a in {"A1": 5, "A2": 4, "B1": 1, "B2": 2}.items()]
    file.write_text("\n".join(["form,q15,q19", *rows]) + "\n", encoding="utf-8")
    assert answers.import_responses(survey.store, [file]).stored
    assert answer_quality.answer_flags(survey.store) == []
    effects = {row["index"]: row for row in answer_quality.effects(survey.store)}
    assert set(effects) == {"access", "procedures"}
    assert effects["access"]["effect"] > 1
    assert effects["procedures"]["effect"] == 1


def test_every_sign_has_its_sentence() -> None:
    """In both languages, with few forms said; shares as percent, days and variances as numbers."""
    for sign in Sign:
        assert has_word(str(sign))
        for lang in LANGUAGES:
            flag = Unusual(sign, "worker", "W1", 0.5, 0.25, 0.0004, 9, 30, Peers.COMMUNE, small=True)
            said = answer_quality.record_of_unusual(flag, lang)["message"]
            assert "W1" in said
            assert "50" in said
            assert "10" in said
