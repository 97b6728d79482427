"""Before the frame is frozen: who may stand in it twice, and a person's decision about it. One person = one form."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from sipas_survey.formats import normal
from sipas_survey.problems import Problem, SurveyError, problem, stop
from sipas_survey.sampling.duplicates import Pair, near_pairs, same_pairs
from sipas_survey.sampling.frame import Frame
from sipas_survey.storage import frames, ledger
from sipas_survey.storage.store import Store


@dataclass(frozen=True)
class Suspicion:
    """A pair with what is known of both units: public columns, and the personal ones where the key is here."""

    pair: Pair
    unit: Mapping[str, str]
    other: Mapping[str, str]


@dataclass(frozen=True)
class Dropped:
    """What a decision did: units taken out of the frame, each with the unit that stays, and units taken out before."""

    taken_out: Mapping[str, str]
    known: int


def suspected(store: Store) -> tuple[list[Suspicion], tuple[Problem, ...]]:
    """Every pair of units that may be one person, the likeliest first, and a warning for each.

    With the key names are shown, which the ledger records, and near pairs are looked for. Without it only pairs that
    are the same are known, and a warning says so.
    """
    with store.read() as connection:
        pairs = _pairs(connection, store)
        ids = sorted({unit for pair in pairs for unit in (pair.unit_id, pair.other)})
        about: dict[str, dict[str, str]] = frames.public_of(connection, ids)
        if store.key is not None:
            for unit, person in frames.people_of(connection, store.key, ids).items():
                about[unit] |= person
    if store.key is not None and pairs:
        with store.write() as transaction:
            transaction.note("show_names", where="frame duplicates", people=len(ids))
    locked = () if store.key is not None else (problem("DUPLICATES_LOCKED", found=store.settings.key_id),)
    found = [Suspicion(pair, about[pair.unit_id], about[pair.other]) for pair in pairs]
    return found, (*locked, *(_warning(pair) for pair in pairs))


def _warning(pair: Pair) -> Problem:
    if pair.same:
        return problem("FRAME_POSSIBLE_DUPLICATE", found=pair.unit_id, others=[pair.other])
    return problem("FRAME_NEAR_DUPLICATE", found=pair.unit_id, other=pair.other, score=f"{pair.score:.2f}")


def _pairs(connection: Connection, store: Store) -> list[Pair]:
    pairs = [pair for group in frames.possible_duplicates(connection) for pair in same_pairs(group)]
    if store.key is not None:
        for people in frames.people_by_commune(connection, store.key):
            pairs += near_pairs(people)
    return sorted(pairs, key=lambda pair: (-pair.score, pair.unit_id, pair.other))


# ---------------------------------------------------------------- decisions
def drop(store: Store, unit_ids: Iterable[str], *, reason: str, dry_run: bool = False) -> Dropped:
    """Take units out of the frame because each is somebody who stays in it under another id.

    The decision is an entry of the ledger; the digest of the frame is that of the units which stay. A unit once taken
    out is not taken in again by an import. Raises SurveyError DROP_REASON_EMPTY, FRAME_FROZEN_DROP, and a problem for
    each unit that is unknown, suspected of nothing, or left without anyone to stand for it.
    """
    wanted = sorted({normal(unit) for unit in unit_ids})
    if not normal(reason):
        raise stop("DROP_REASON_EMPTY")
    with store.write() as transaction:
        connection = transaction.connection
        before = dropped_units(connection)
        new = [unit for unit in wanted if unit not in before]
        frozen = ledger.standing(connection, "freeze_frame")
        if frozen and new:
            raise stop("FRAME_FROZEN_DROP", found=", ".join(new), digest=frozen["frame_digest"])
        stays = _who_stays(connection, store, new)
        frames.remove(connection, new)
        if new:
            transaction.note("drop_units", units=stays, reason=normal(reason))
        if dry_run or not new:
            transaction.abandon()
    return Dropped(stays, len(wanted) - len(new))


def reduce_to_persons(store: Store, *, reason: str, dry_run: bool = False) -> Dropped:
    """Leave one unit of everybody who stands in the frame more than once: a person with k dossiers has one chance.

    Same persons only: equal name, birth year and village. The dossier with the latest result stays, of equal ones the
    first by its id. Dossiers and a list of citizens that were imported into one frame become one frame of persons so.
    An entry of the ledger names every unit that leaves with the one that stays. Raises SurveyError as `drop`.
    """
    if not normal(reason):
        raise stop("DROP_REASON_EMPTY")
    with store.write() as transaction:
        connection = transaction.connection
        groups = list(frames.possible_duplicates(connection))
        days = frames.result_days(connection, [unit for group in groups for unit in group])
        stays = {unit: staying for group in groups for unit, staying in _leaving(group, days).items()}
        frozen = ledger.standing(connection, "freeze_frame")
        if frozen and stays:
            raise stop("FRAME_FROZEN_DROP", found=str(len(stays)), digest=frozen["frame_digest"])
        frames.remove(connection, stays)
        if stays:
            transaction.note("drop_units", units=stays, reason=normal(reason))
        if dry_run or not stays:
            transaction.abandon()
    return Dropped(stays, 0)


def _leaving(group: Iterable[str], days: Mapping[str, str]) -> dict[str, str]:
    """The units of a person that leave, each with the one that stays."""
    first, *others = sorted(sorted(group), key=lambda unit: days.get(unit, ""), reverse=True)
    return dict.fromkeys(others, first)


def _who_stays(connection: Connection, store: Store, leaving: list[str]) -> dict[str, str]:
    """For each unit that leaves a unit that stays and may be the same person."""
    known = frames.public_of(connection, leaving)
    communes = {unit["commune_code"] for unit in known.values()}
    twins = _twins(connection, store, communes)
    stays, problems = {}, []
    for unit in leaving:
        staying = sorted(twins[unit] - set(leaving))
        if unit not in known:
            problems.append(problem("FRAME_UNIT_UNKNOWN", found=unit))
        elif not twins[unit]:
            problems.append(problem("FRAME_NOT_DUPLICATE", found=unit))
        elif not staying:
            problems.append(problem("FRAME_LAST_OF_PERSON", found=unit, others=sorted(twins[unit])))
        else:
            stays[unit] = staying[0]
    if problems:
        raise SurveyError(problems)
    return stays


def _twins(connection: Connection, store: Store, communes: Iterable[str]) -> defaultdict[str, set[str]]:
    """The units that may be the same person as a unit; near ones in some communes only, and only with the key."""
    twins: defaultdict[str, set[str]] = defaultdict(set)
    for group in frames.possible_duplicates(connection):
        for unit in group:
            twins[unit] |= set(group) - {unit}
    if store.key is not None:
        for people in frames.people_by_commune(connection, store.key, only=communes):
            for pair in near_pairs(people):
                twins[pair.unit_id].add(pair.other)
                twins[pair.other].add(pair.unit_id)
    return twins


def dropped_units(connection: Connection) -> frozenset[str]:
    """Units that decisions have taken out of the frame."""
    return frozenset(unit for entry in ledger.all_standing(connection, "drop_units") for unit in entry["units"])


def without(frame: Frame, dropped: frozenset[str]) -> Frame:
    """A frame without some units."""
    if not dropped:
        return frame
    stays = ~frame.units["unit_id"].isin(list(dropped)).to_numpy()
    return Frame(frame.units[stays], frame.people[stays])
