"""How a figure came about: its counts, and each rule that made it with the standing that the rule has."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sipas_survey.formats import MISSING, Lang, number, percent, target_percent, word
from sipas_survey.satisfaction.indices import IndexEstimate
from sipas_survey.satisfaction.questionnaire import IndexLevel
from sipas_survey.satisfaction.rollup import rollup
from sipas_survey.satisfaction.verdict import Judgement
from sipas_survey.workflow.standings import known_index
from sipas_survey.workflow.verdict import DEFAULT_THRESHOLD, Judged


class Standing(StrEnum):
    """Where a rule comes from: the province's plan, a public source, figures that only it fits, or ourselves."""

    PLAN = "plan"
    PUBLIC = "public"
    INFERRED = "inferred"
    OURS = "ours"


@dataclass(frozen=True)
class Rule:
    """A rule by its name in the catalogue of words, and its standing."""

    name: str
    standing: Standing


def rules_of(judged: Judged, row: IndexEstimate) -> tuple[Rule, ...]:
    """The rules that made a row, in the order in which they act."""
    ends = row.value in (0, 1)
    way = Rule(
        f"rule_rollup_{judged.aggregation}", Standing.INFERRED if judged.aggregation == "pooled" else Standing.OURS
    )
    return (
        Rule("rule_satisfied", Standing.PUBLIC),
        Rule("rule_blank", Standing.OURS),
        *([] if row.level is IndexLevel.CRITERION else [way]),
        Rule("rule_unweighted", Standing.INFERRED),
        Rule("rule_forms", Standing.OURS),
        Rule("rule_interval_ends" if ends else "rule_interval_logit", Standing.OURS),
        Rule("rule_reached", Standing.PLAN),
        Rule("rule_verdict", Standing.OURS),
        Rule("rule_few_forms", Standing.OURS),
        *([] if row is judged.headline else [Rule("rule_advisory", Standing.OURS), Rule("rule_holm", Standing.OURS)]),
        Rule("rule_target", Standing.PLAN if judged.threshold == DEFAULT_THRESHOLD else Standing.OURS),
    )


def record_of_explanation(judged: Judged, index: str, lang: Lang) -> list[dict[str, Any]]:
    """How an index came about, of all forms and of each domain. Raises SurveyError INDEX_UNKNOWN."""
    known_index(judged, index)
    criteria = {(row.index, _key(row)): row for row in judged.estimates if row.level is IndexLevel.CRITERION}
    asked = [row.index for row in judged.estimates if row.level is IndexLevel.CRITERION and not row.by]
    plan = rollup(judged.questionnaire, asked, aggregation=judged.aggregation)
    own = [asked[q] for q in plan.criteria[plan.position(index)]]
    return [
        _explained(judged, row, judgement, [criteria[code, _key(row)] for code in own], lang)
        for row, judgement in judged.rows
        if row.index == index
    ]


def _key(row: IndexEstimate) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(row.by.items()))


def _explained(
    judged: Judged, row: IndexEstimate, judgement: Judgement, criteria: list[IndexEstimate], lang: Lang
) -> dict[str, Any]:
    asked = {one.index for one in criteria}
    return {
        "index": row.index,
        "level": str(row.level),
        "label": judged.questionnaire.label(row.index, lang),
        "by": dict(row.by),
        **_value(row, judgement),
        "criteria": [_criterion(judged, one, lang) for one in criteria],
        "criteria_without_column": [c for c in judged.questionnaire.criteria_of(row.index) if c not in asked],
        "aggregation": str(judged.aggregation),
        "aggregations": {str(way): _float(value) for way, value in row.ways.items()},
        "interval": _interval(judged, row, lang),
        **_verdict(judged, judgement, lang),
        "rules": [
            {
                "rule": rule.name.removeprefix("rule_"),
                "standing": str(rule.standing),
                "text": _text(judged, rule, lang),
            }
            for rule in rules_of(judged, row)
        ],
    }


def _value(row: IndexEstimate, judgement: Judgement) -> dict[str, Any]:
    return {
        "value": _float(row.value),
        "numerator": row.satisfied,
        "denominator": row.valid,
        "forms": row.forms,
        "few_forms": judgement.few_forms,
        "blank": row.blank,
        "unusable": dict(row.unusable),
        "lower_bound": _float(row.lower_bound),
        "upper_bound": _float(row.upper_bound),
    }


def _criterion(judged: Judged, one: IndexEstimate, lang: Lang) -> dict[str, Any]:
    return {
        "criterion": one.index,
        "label": judged.questionnaire.label(one.index, lang),
        "satisfied": one.satisfied,
        "valid": one.valid,
        "blank": one.blank,
        "value": _float(one.value),
    }


def _interval(judged: Judged, row: IndexEstimate, lang: Lang) -> dict[str, Any]:
    exact = row.value in (0, 1)
    return {
        "method": None if row.value is None else "clopper_pearson" if exact else "logit",
        "level": judged.level,
        "se": row.se,
        "df": row.df,
        "lower": row.lower,
        "upper": row.upper,
        "design": word(judged.design_word, lang),
    }


def _verdict(judged: Judged, judgement: Judgement, lang: Lang) -> dict[str, Any]:
    source = "rule_target_from_plan" if judged.threshold == DEFAULT_THRESHOLD else "rule_target_from_survey"
    return {
        "target": {"value": float(judged.threshold), "from": word(source, lang)},
        "reached": judgement.reached,
        "verdict": str(judgement.verdict),
        "p_value": judgement.p_value,
        "p_adjusted": judgement.p_adjusted,
        "adjusted_verdict": str(judgement.adjusted),
    }


def _text(judged: Judged, rule: Rule, lang: Lang) -> str:
    points = ", ".join(str(point) for point in judged.questionnaire.satisfied)
    scale = [point.value for point in judged.questionnaire.scale]
    return word(
        rule.name, lang, points=points, lowest=min(scale), highest=max(scale), few=judged.few_forms,
        target=target_percent(judged.threshold, lang), tests=len(judged.rows) - 1,
    )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


# ---------------------------------------------------------------- in words
def sentences(record: Mapping[str, Any], lang: Lang, threshold: Fraction) -> list[str]:
    """What an explanation says below its table of criteria. A share is never carried across the target."""

    def share(value: float | None) -> str:
        return percent(value, lang, targets=[threshold])

    interval, few = record["interval"], " *" if record["few_forms"] else ""
    kinds = ", ".join(f"{word(f'unusable_{kind}', lang)} {number(n, lang)}" for kind, n in record["unusable"].items())
    ways = ", ".join(f"{word(f'aggregation_{way}', lang)} {share(v)}" for way, v in record["aggregations"].items())
    said = [
        word(
            "explain_counts", lang, satisfied=number(record["numerator"], lang),
            valid=number(record["denominator"], lang), forms=number(record["forms"], lang) + few,
            share=share(record["value"]),
        ),
        word(
            "explain_blanks", lang, blank=number(record["blank"], lang), kinds=kinds, low=share(record["lower_bound"]),
            high=share(record["upper_bound"]),
        ),
        word("explain_ways", lang, ways=ways),
        word(
            "explain_interval", lang, level=percent(interval["level"], lang, decimals=0),
            lower=share(interval["lower"]), upper=share(interval["upper"]), df=number(interval["df"], lang),
            design=interval["design"],
            se=MISSING if interval["se"] is None else number(100 * interval["se"], lang, decimals=2),
        ),
        word(
            "explain_target", lang, target=target_percent(threshold, lang), source=record["target"]["from"],
            reached=word(f"reached_{str(record['reached']).lower()}", lang),
            verdict=word(f"verdict_{record['verdict']}", lang),
            adjusted=word(f"verdict_{record['adjusted_verdict']}", lang),
        ),
    ]  # fmt: skip
    if record["criteria_without_column"]:
        said.append(word("explain_absent", lang, codes=", ".join(record["criteria_without_column"])))
    return said
