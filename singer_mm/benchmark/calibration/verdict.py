"""The numbers of the hypotheses beside the published ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from singer_mm.benchmark.jobs.job import Job
from singer_mm.benchmark.table.columns import COLUMNS, Column
from singer_mm.benchmark.table.published import TABLE_1
from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.markdown_table import markdown_table

from .hypothesis import HYPOTHESES

MODEL_CARDS = {'ViT-T': 75.45, 'ViT-S': 81.38, 'ViT-L': 85.83}
"""Top-1 on ImageNet-1K of the classifiers that the weights of these rows bring along: 75.454, 81.384 and 85.834 in the
file results-imagenet.csv of timm."""

CARD_TOLERANCE = 0.1
"""Decoders of JPEG and the order of floating-point sums move a few of 50,000 images."""

TOLERANCES = {'IN-val': 0.3, 'ADE20K': 0.5, 'NYUd': 0.015, 'iNat2019': 0.6, 'DS': 0.4, 'FG': 1.0}
"""Largest distance to a published number at which a hypothesis holds, in the unit of its column.

Two seeds of a head on one test set differ by a tenth of a point on ImageNet; iNat2019 has another random fifth of
53,649 images (0.2 points of standard deviation), and the validation sets of FG are small (Flowers: 1,020 images).
"""


@dataclass(frozen=True)
class Verdict:
    """One number of one hypothesis beside the published one; ``value`` is None if there is none."""

    hypothesis: str
    column: str
    backbone: str
    published: float
    value: float | None
    tolerance: float

    @property
    def holds(self) -> bool | None:
        """Whether the number lies within the tolerance; None if there is none."""
        return None if self.value is None else abs(self.value - self.published) <= self.tolerance


def judge(jobs: Sequence[Job]) -> list[Verdict]:
    """Compare what the jobs have found with the undistilled rows of Table 1."""
    metrics: dict[tuple[str, str, str], Mapping[str, float]] = {}
    for job in jobs:
        result = job.read_result()
        if result is not None and job.read_failure() is None:
            metrics[job.settings.out.name, job.label, job.task.name] = result['metrics']
    published = {row.model: row.values for row in TABLE_1 if row.teacher is None}
    verdicts = []
    for hypothesis in HYPOTHESES:
        for index, column in enumerate(COLUMNS[: len(TOLERANCES)]):
            if not set(column.parts) & set(hypothesis.tasks):
                continue
            for label in dict.fromkeys(job.label for job in jobs):
                parts = {
                    task: metrics.get((hypothesis.name, label, task)) or metrics.get((HYPOTHESES[0].name, label, task))
                    for task in column.parts
                }
                value, tolerance = _mean(column, parts), TOLERANCES[column.name]
                verdicts.append(Verdict(hypothesis.name, column.name, label, published[label][index], value, tolerance))
    return verdicts


def _mean(column: Column, parts: Mapping[str, Mapping[str, float] | None]) -> float | None:
    values = [None if found is None else column.measure(task, found) for task, found in parts.items()]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def write_verdicts(verdicts: Sequence[Verdict], cards: Mapping[str, float], out: Path) -> str:
    """Write ``calibration.json`` and ``calibration.md``, and return the latter's text.

    Args:
        verdicts: All numbers.
        cards: Top-1 of the classifiers that the weights bring along, by published row.
        out: Folder.
    """
    words = {True: 'holds', False: 'does not hold', None: 'no number'}
    rows = []
    for label, value in cards.items():
        holds = abs(value - MODEL_CARDS[label]) <= CARD_TOLERANCE
        numbers = (f'{MODEL_CARDS[label]:.2f}', f'{value:.2f}', f'{CARD_TOLERANCE:g}')
        rows.append(['shipped classifier', 'IN-val', label, *numbers, words[holds]])
    for each in verdicts:
        digits = 4 if each.column == 'NYUd' else 2
        ours = '–' if each.value is None else f'{each.value:.{digits}f}'
        numbers = (f'{each.published:.{digits}f}', ours, f'{each.tolerance:g}')
        rows.append([each.hypothesis, each.column, each.backbone, *numbers, words[each.holds]])
    header = ['hypothesis', 'column', 'backbone', 'published', 'ours', 'tolerance', '']
    text = markdown_table(header, rows, texts=3)
    write_text(out / 'calibration.md', text)
    numbers_of = [{**vars(each), 'holds': each.holds} for each in verdicts]
    write_json(out / 'calibration.json', dict(shipped_classifiers=dict(cards), numbers=numbers_of))
    return text
