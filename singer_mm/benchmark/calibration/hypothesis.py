"""The ways in which the undistilled rows of Table 1 may have been made, and the jobs that measure them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from singer_mm.benchmark.jobs.job import Job
from singer_mm.benchmark.jobs.plan import plan_jobs
from singer_mm.benchmark.jobs.settings import Settings
from singer_mm.benchmark.tasks import PROTOCOLS

BACKBONES = {
    'ViT-T': 'vit_tiny_patch16_224.augreg_in21k_ft_in1k',
    'ViT-S': 'vit_small_patch16_224.augreg_in21k_ft_in1k',
    'ViT-L': 'vit_large_patch16_224.augreg_in21k_ft_in1k',
}
"""Published row to timm name."""

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
