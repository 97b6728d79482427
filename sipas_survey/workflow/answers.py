"""The fourth chapter: raw answers come in under their form codes, and are confronted with the ledger."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from sipas_survey.access import EVERYONE, Viewer
from sipas_survey.cases import ListKind
from sipas_survey.problems import Place, Problem, problem
from sipas_survey.satisfaction.answers import Unusable
from sipas_survey.satisfaction.responses import Responses
from sipas_survey.storage import answers as stored_answers
from sipas_survey.storage.answers import Sheet
from sipas_survey.storage.store import Store, Transaction
from sipas_survey.tracking.forms import RETURNED_STATES, State
from sipas_survey.tracking.progress import FormRecord
from sipas_survey.workflow.answer_files import read_several
from sipas_survey.workflow.frame import Imported, file_digest
from sipas_survey.workflow.office import questionnaire_of
from sipas_survey.workflow.progress import form_records


@dataclass(frozen=True)
class _Batch:
    """What the files of one import hold: sheets with the place they stood at, problems, rows that were wrong."""

    sheets: tuple[tuple[Sheet, Place], ...]
    problems: tuple[Problem, ...]
    wrong: int


def import_responses(
    store: Store, files: Sequence[Path], *, sheet: str | None = None, renames: Mapping[str, str] | None = None,
    keep_valid: bool = False, dry_run: bool = False,
) -> Imported:  # fmt: skip
    """Take files of answers in, in one transaction; the same answers again change nothing.

    Answers of forms that are invalid, annulled, lost, void, unknown or not returned are stored, warned of, and left
    out of the figures. Other answers under a code that has some clash, and nothing is stored.
    """
    batch = _read(store, files, sheet, renames)
    with store.write() as transaction:
        known = {s.form: s for s in stored_answers.read(transaction.connection)}
        new: dict[str, Sheet] = {}
        same, clashing = 0, []
        for one, place in batch.sheets:
            other = known.get(one.form) or new.get(one.form)
            if other is None:
                new[one.form] = one
            elif other.content == one.content:
                same += 1
            else:
                clashing.append(problem("RESPONSE_CLASH", place, found=one.form))
        stored = not clashing and (batch.wrong == 0 or keep_valid) and not dry_run
        if stored and new:
            _write(transaction, files, list(new.values()))
        else:
            transaction.abandon()
    told = (*batch.problems, *_confronted(store, batch, new), *clashing)
    return Imported(len(new), same, len(clashing), batch.wrong, stored, told)


def _read(store: Store, files: Sequence[Path], sheet: str | None, renames: Mapping[str, str] | None) -> _Batch:
    questionnaire = questionnaire_of(store)
    sheets: list[tuple[Sheet, Place]] = []
    problems: list[Problem] = []
    for checked, place in read_several(files, questionnaire, sheet=sheet, renames=renames):
        problems += checked.problems
        sheets += _sheets(checked.value, place)
    wrong = {(p.place.file, p.place.row) for p in problems if p.severity == "error"}
    return _Batch(tuple(sheets), tuple(problems), len(wrong))


def _sheets(responses: Responses, place: Place) -> list[tuple[Sheet, Place]]:
    fields = list(responses.questions)
    respondent = responses.table[fields].to_dict("records") if fields else [{} for _ in range(len(responses))]
    rows = responses.table.index.tolist()
    found = []
    for i, form in enumerate(responses.forms or ()):
        cells: dict[str, int | str] = {}
        for j, code in enumerate(responses.criteria):
            kind = Unusable(int(responses.unusable[i, j]))
            cells[code] = int(responses.answers[i, j]) if kind is Unusable.NO else kind.code
        about = {str(k): str(v) for k, v in respondent[i].items() if v}
        found.append((Sheet(form, cells, about), place.at(row=int(rows[i]))))
    return found


def _write(transaction: Transaction, files: Sequence[Path], sheets: Sequence[Sheet]) -> None:
    digests = {file.name: file_digest(file) for file in files}
    settings = transaction.store.settings
    seq = transaction.note(
        "import_responses",
        files=digests,
        forms=len(sheets),
        questionnaire=settings.questionnaire,
        stored_digest=stored_answers.digest(sheets),
    )
    stored_answers.insert(transaction.connection, sheets, batch=seq)


def _confronted(store: Store, batch: _Batch, new: Mapping[str, Sheet]) -> list[Problem]:
    """A warning for each new form whose answers do not count as the ledger stands."""
    records = {r.form: r for r in form_records(store)}
    told = []
    for one, place in batch.sheets:
        if one.form not in new:
            continue
        where, record = replace(place, form=one.form), records.get(one.form)
        if record is None:
            told.append(problem("RESPONSE_FORM_UNKNOWN", where, found=one.form))
        elif not counts(record):
            told.append(problem("RESPONSE_LEFT_OUT", where, found=one.form, state=record.state.state))
    return told


def counts(record: FormRecord) -> bool:
    """Whether the answers of a form count: it is valid, or returned and not checked yet."""
    return not record.state.in_question and record.state.state in (State.VALID, State.RETURNED)


# ---------------------------------------------------------------- the answers of a campaign
@dataclass(frozen=True)
class CampaignAnswers:
    """Answers that count, in order of form code, each with the record of its form."""

    responses: Responses
    records: tuple[FormRecord, ...]

    def of_main_list(self) -> "CampaignAnswers":
        """The answers of people on the main list, without those of their replacements."""
        kept = [record.kind is ListKind.MAIN for record in self.records]
        records = tuple(record for record, stays in zip(self.records, kept, strict=True) if stays)
        return CampaignAnswers(self.responses.take(np.array(kept, dtype=bool)), records)


def load(store: Store, viewer: Viewer = EVERYONE, *, as_of: date | None = None) -> CampaignAnswers:
    """The stored answers that count on a day, as responses to the survey's questionnaire."""
    questionnaire = questionnaire_of(store)
    records = {r.form: r for r in form_records(store, viewer, as_of=as_of)}
    with store.read() as connection:
        sheets = [s for s in stored_answers.read(connection) if s.form in records and counts(records[s.form])]
    if not sheets:
        return CampaignAnswers(Responses.none(questionnaire), ())
    present = {code for s in sheets for code in s.answers}
    criteria = tuple(c.code for c in questionnaire.criteria if c.code in present)
    kinds = {kind.code: int(kind) for kind in Unusable}
    cells = [[s.answers.get(code, 0) for code in criteria] for s in sheets]  # 0: the file had no such column
    answers = [[cell if isinstance(cell, int) else 0 for cell in row] for row in cells]
    unusable = [[0 if isinstance(cell, int) else kinds[cell] for cell in row] for row in cells]
    asked = [q.code for section in questionnaire.sections for q in section.questions]
    respondent = {q.code for q in questionnaire.respondent}
    given = {code for s in sheets for code in s.respondent}
    fields = [code for code in asked if code in respondent or code in given]
    table = pd.DataFrame([{f: s.respondent.get(f, "") for f in fields} for s in sheets], columns=fields, dtype=object)
    responses = Responses(
        questionnaire,
        criteria,
        np.array(answers, dtype=np.int8),
        np.array(unusable, dtype=np.int8),
        tuple(s.form for s in sheets),
        table,
    )
    return CampaignAnswers(responses, tuple(records[s.form] for s in sheets))


def show(store: Store) -> list[dict[str, object]]:
    """How many forms have answers that count, that are left out, and how many returned forms have none."""
    records = {r.form: r for r in form_records(store)}
    with store.read() as connection:
        forms = [s.form for s in stored_answers.read(connection)]
    tally: Counter[str] = Counter({"counted": 0, "left_out": 0, "missing": 0})
    for form in forms:
        tally["counted" if form in records and counts(records[form]) else "left_out"] += 1
    tally["missing"] = sum(1 for r in records.values() if r.state.state in RETURNED_STATES and r.form not in set(forms))
    return [{"standing": name, "forms": n} for name, n in tally.items()]
