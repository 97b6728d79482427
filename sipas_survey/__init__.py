"""Survey fieldwork: a public draw, a ledger for paper forms, exact verdicts with intervals.

The whole path, from a frame of people to a verdict, on the sample campaign that comes with the package:

>>> import pandas as pd
>>> import sipas_survey as sv
>>> frame = sv.Frame.read(sv.sample("frame.csv"), units="yen_bai_2023")
>>> drawn = sv.draw(frame, sv.Design(per_stratum=60), seed="SNV 5821 / BD 0347 / MTTQ 9164", round_code=23)
>>> drawn.main, drawn.reserve
(540, 540)
>>> events = pd.read_csv(sv.sample("events.csv"), dtype=str)
>>> progress = sv.follow(drawn, events, as_of="2024-01-31")
>>> progress.total.returned, progress.total.issued, progress.total.target_met
(540, 542, False)
>>> responses = sv.read_responses(sv.sample("answers.csv"), "sipas_2022")
>>> table = sv.sipas(responses, drawn, events=events).to_frame()
>>> [round(100 * value, 2) for value in table[table["level"] == "element"]["value"][-5:]]
[88.29, 85.66, 85.5, 85.23, 85.23]
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sipas_survey.workflow.estimates.survey import Survey
    from sipas_survey.workflow.notebook import Design, Frame, draw, follow, read_responses, sample, sipas
    from sipas_survey.workflow.papi import papi_index

_AT = {
    "Survey": "sipas_survey.workflow.estimates.survey",
    "papi_index": "sipas_survey.workflow.papi",
    **dict.fromkeys(
        ("Design", "Frame", "draw", "follow", "read_responses", "sample", "sipas"), "sipas_survey.workflow.notebook"
    ),
}
__all__ = ["Design", "Frame", "Survey", "draw", "follow", "papi_index", "read_responses", "sample", "sipas"]


def __getattr__(name: str) -> Any:
    """The public names, loaded when they are first used: importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_AT[name]), name)


def __dir__() -> list[str]:
    return __all__
