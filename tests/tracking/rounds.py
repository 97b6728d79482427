"""Invented rounds of answers: honest post workers, and some who copy forms or fill them in at home."""

import numpy as np

from sipas_survey.tracking.quality import Sheets

BATTERIES = ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11, 12), (13, 14, 15), (16, 17, 18))
ITEMS = 19
FIRST_DAY = 738_865  # Monday 11 December 2023


def a_round(seed: int, *, workers: int = 40, forms: int = 30, liars: float = 0.1) -> tuple[Sheets, set[str]]:
    """A round with two workers a commune and five communes a district; the names of those who invent answers."""
    random = np.random.default_rng(seed)
    bad = set(random.choice(workers, round(workers * liars), replace=False).tolist())
    item = random.normal(0, 0.3, ITEMS)
    answers, names, districts, communes, issued, returned = [], [], [], [], [], []
    place = random.normal(0, 0.2, workers)
    for worker in range(workers):
        commune = worker // 2
        level = 3.9 + place[commune] + random.normal(0, 0.1)
        sheet = _honest(random, level, item, forms)
        start = FIRST_DAY + random.integers(0, 5, forms)
        back = start + random.integers(1, 5, forms)
        if worker in bad and random.random() < 0.5:
            sheet = _copied(random, sheet)
        elif worker in bad:
            sheet = np.clip(np.rint(random.normal(4.1, 0.35, (forms, ITEMS))), 1, 5).astype(np.int64)
            back = start + (random.random(forms) < 0.3)
        answers.append(sheet)
        names += [f"W{worker:03d}"] * forms
        districts += [f"D{commune // 5}"] * forms
        communes += [f"C{commune:03d}"] * forms
        issued.append(start)
        returned.append(back)
    made = Sheets(
        np.concatenate(answers), BATTERIES, names, districts, communes, np.concatenate(issued), np.concatenate(returned)
    )
    return made, {f"W{worker:03d}" for worker in bad}


def _honest(random: np.random.Generator, level: float, item: np.ndarray, forms: int) -> np.ndarray:
    person = random.normal(0, 0.5, (forms, 1))
    raw = level + person + item + random.normal(0, 0.6, (forms, ITEMS))
    sheet = np.clip(np.rint(raw), 1, 5).astype(np.int64)
    lazy = random.random(forms) < 0.1
    sheet[lazy] = sheet[lazy, :1]
    sheet[random.random((forms, ITEMS)) < 0.02] = 0
    return sheet


def _copied(random: np.random.Generator, sheet: np.ndarray) -> np.ndarray:
    """A few forms over and over, one answer in twenty changed."""
    copies = sheet[random.integers(0, 6, len(sheet))].copy()
    changed = random.random(copies.shape) < 0.05
    copies[changed] = random.integers(3, 6, int(changed.sum()))
    return copies
