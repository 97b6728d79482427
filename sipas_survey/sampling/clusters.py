"""What an estimator is told of a draw in stages: stratum, and at each stage the cluster and the share that was drawn.

Units taken for certain at the top are strata. Below a unit that lot took, stages are clusters. Where lot takes one unit
beside certain ones nobody can estimate what the others would have added: they are then told as one group drawn with
replacement (share 0). One unit that lot takes alone tells nothing of its stage: the unit above it is told as drawn with
replacement, which overstates the error rather than hiding it.

Source: Särndal, Swensson & Wretman (1992), ch. 4.3 and 4.6; Wolter (2007), ch. 2.5 (collapsed strata).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sipas_survey.sampling.staged import PROVINCE, StageUnit, lineage


@dataclass(frozen=True, slots=True)
class Clusters:
    """Of the people of one unit of the last stage: stratum, and the path and share of each stage; "" is the person."""

    stratum: str
    stages: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class _Group:
    """The units taken in one unit above."""

    paths: tuple[str, ...]
    lot: int
    fraction: float

    @property
    def certain(self) -> int:
        """How many were taken for certain."""
        return len(self.paths) - self.lot

    @property
    def alone(self) -> bool:
        """Lot took one unit, and nothing stands beside it."""
        return self.lot == 1 and not self.certain

    @property
    def apart(self) -> bool:
        """Whether at the top certain units are strata of their own."""
        return self.lot != 1

    @property
    def below(self) -> float:
        """The share below a unit that lot took."""
        if self.alone or not self.lot:
            return 1.0
        return 0.0 if self.certain else self.fraction


def clusters_of(units: Iterable[StageUnit], persons: Mapping[str, float]) -> dict[str, Clusters]:
    """The strata and clusters of the units of the last stage.

    Parameters
    ----------
    units : those taken at all stages.
    persons : for each unit of the last stage the share of its people that was drawn, by path.
    """
    taken = list(units)
    inside: dict[str, list[StageUnit]] = {}
    for unit in taken:
        inside.setdefault(unit.above, []).append(unit)
    groups = {above: _group(members) for above, members in inside.items()}
    lines = lineage(taken)
    return {path: _clusters(lines[path], share, groups) for path, share in persons.items()}


def _group(units: list[StageUnit]) -> _Group:
    lot = [unit for unit in units if not unit.certain]
    return _Group(tuple(unit.path for unit in units), len(lot), lot[0].fraction if lot else 1.0)


def _clusters(line: tuple[StageUnit, ...], share: float, groups: Mapping[str, _Group]) -> Clusters:
    stratum, stages = "", list[tuple[str, float]]()
    for unit in line:
        group = groups[unit.above]
        blind = any(groups[path].alone for path in group.paths if path in groups)
        if stages:
            stages.append((unit.path, 0.0 if blind else group.below))
        elif unit.certain and group.apart:
            stratum = unit.path
        else:
            stratum = unit.above or PROVINCE
            collapsed = group.lot == 1 and group.certain > 0
            stages.append((unit.path, 0.0 if blind or collapsed else group.fraction))
    stages.append(("", share))
    return Clusters(stratum or line[-1].path, (*stages, *[("", 1.0)] * (len(line) + 1 - len(stages))))
