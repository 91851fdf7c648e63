"""Which protocol made the undistilled rows of Table 1: hypotheses, and what would settle them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from singer_mm.benchmark.jobs.job import Job
from singer_mm.benchmark.jobs.plan import plan_jobs
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.benchmark.table.columns import COLUMNS, Column
from singer_mm.benchmark.table.published import TABLE_1
from singer_mm.utils.atomic_path import write_json, write_text
from singer_mm.utils.markdown_table import markdown_table

from .tasks import PROTOCOLS

BACKBONES = {
    'ViT-T': 'vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    'ViT-S': 'vit_small_patch16_224.augreg_in21k_ft_in1k',
    'ViT-L': 'vit_large_patch16_224.augreg_in21k_ft_in1k',
}
"""Published row to timm name."""

MODEL_CARDS = {'ViT-T': 75.45, 'ViT-S': 81.38, 'ViT-L': 85.83}
"""Top-1 on ImageNet-1K of the classifiers that these weights bring along: 75.454, 81.384 and 85.834 in the file
results-imagenet.csv of timm."""

CARD_TOLERANCE = 0.1
"""Decoders of JPEG and the order of floating-point sums move a few of 50,000 images."""

TOLERANCES = {'IN-val': 0.3, 'ADE20K': 0.5, 'NYUd': 0.015, 'iNat2019': 0.6, 'DS': 0.4, 'FG': 1.0}
"""Largest distance to a published number at which a hypothesis holds, in the unit of its column.

Two seeds of a head on one test set differ by a tenth of a point on ImageNet; iNat2019 has another random fifth of
53,649 images (0.2 points of standard deviation), and the validation sets of FG are small (Flowers: 1,020 images).
"""

_MEAN, _STD = 'model.data_preprocessor.mean', 'model.data_preprocessor.std'
_CLASSIFICATION = tuple(name for name in PROTOCOLS['released'] if name not in ('ade20k', 'nyud'))
_ADE, _NYU = 'test_dataloader.dataset.pipeline.6', 'test_dataloader.dataset.pipeline.4'


@dataclass(frozen=True)
class Hypothesis:
    """One way in which the published numbers may have been made.

    Attributes:
        name: Name of its folder, and of its row.
        options: What differs from the protocol ``released``: task, dotted key, value.
    """

    name: str
    options: tuple[tuple[str, str, Any], ...] = ()

    @property
    def tasks(self) -> list[str]:
        """Tasks that it measures anew; all of the protocol if it changes none."""
        return list(dict.fromkeys(task for task, _, _ in self.options)) or list(PROTOCOLS['released'])


HYPOTHESES = (
    Hypothesis('released'),
    Hypothesis('temperature-0.03', (('nyud', 'model.decode_head.temperature', 0.03),)),
    Hypothesis(
        'test-images-normalised-as-training-images',
        (
            ('ade20k', f'{_ADE}.mean', (124.68750045, 118.6980975, 109.497)),
            ('nyud', f'{_NYU}.mean', (123.675, 108.375, 98.175)),
        ),
    ),
    Hypothesis(
        'training-frames-as-test-frames',
        tuple(
            ('nyud', f'test_dataloader.dataset.data_prefix.{key}', f'{folder}/train_labelled')
            for key, folder in (('img_path', 'images'), ('depth_map_path', 'annotations'))
        ),
    ),
    Hypothesis(
        'trainval-and-test',
        tuple(
            option
            for task in ('aircraft', 'flowers102')
            for option in (
                (task, 'train_dataloader.dataset.dataset.split', 'trainval'),
                (task, 'test_dataloader.dataset.split', 'test'),
            )
        ),
    ),
    Hypothesis(
        'own-normalisation',
        tuple(
            (task, key, value)
            for task in _CLASSIFICATION
            for key, value in ((_MEAN, 'backbone.mean'), (_STD, 'backbone.std'))
        ),
    ),
)
"""The first is what the others change; a column's other tasks keep its numbers."""


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


def calibration_jobs(backbones: Sequence[str], settings: Settings) -> list[Job]:
    """Return the jobs of all hypotheses, each in a folder of its own below that of the settings.

    Args:
        backbones: ``LABEL:BACKBONE``, the labels those of published rows.
        settings: What the jobs have in common.
    """
    jobs = []
    for hypothesis in HYPOTHESES:
        own = replace(settings, out=settings.out / hypothesis.name, options=hypothesis.options)
        jobs += plan_jobs(backbones, hypothesis.tasks, own)
    return jobs


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
