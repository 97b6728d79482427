"""The names of methods."""

from sipas_survey.statistics import choices


def test_names_of_methods_stay() -> None:
    """Settings and scripts of people hold these words."""
    assert {kind.__name__: [str(x) for x in kind] for kind in (
        choices.Lonely, choices.Distance, choices.ReplicateMethod, choices.ShareInterval,
    )} == {
        "Lonely": ["fail", "remove", "certainty", "adjust", "average"], "Distance": ["linear", "raking", "logit"],
        "ReplicateMethod": ["brr", "fay", "jk1", "jkn", "bootstrap"],
        "ShareInterval": ["logit", "beta", "wilson", "t", "asin"],
    }  # fmt: skip
