"""Oxford 102 Flowers: numbered images, labels and splits in MATLAB files, both counted from 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.io import savemat

from ..scene import Part
from ..things.flowers import FLOWERS, flower
from .base import Job
from .fine_grained import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image

SPLITS = {'trnid': TRAIN_PER_CLASS // 2, 'valid': TRAIN_PER_CLASS // 2, 'tstid': TEST_PER_CLASS}
MAT_HEADER = b'MATLAB 5.0 MAT-file, written by a procedural miniature'.ljust(116)


class FlowersWriter(FineGrainedWriter):
    """Twelve species; a variant is its 1-based label."""

    folder = 'Flowers102'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        # As in the original, the images of a species follow each other and the splits are spread over them.
        images = sorted(every_image(list(FLOWERS), SPLITS), key=lambda image: image[1])
        return [
            dict(split=split, variant=label, file=f'jpg/image_{number + 1:05d}.jpg')
            for number, (split, label, _) in enumerate(images)
        ]

    def build(self, variant: Any, rng: Generator) -> list[Part]:
        """See :meth:`FineGrainedWriter.build`."""
        return flower(rng, FLOWERS[variant][1])

    def write_lists(self, root: Path, jobs: Sequence[Job]) -> None:
        """See :meth:`FineGrainedWriter.write_lists`."""
        labels = np.array([[job['variant'] for job in jobs]], np.uint8)
        _write_mat(root / 'imagelabels.mat', {'labels': labels})
        numbers = {
            split: np.array([[number + 1 for number, job in enumerate(jobs) if job['split'] == split]], np.uint16)
            for split in SPLITS
        }
        _write_mat(root / 'setid.mat', numbers)


def _write_mat(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    savemat(path, arrays)
    # scipy writes the time of day into the header, which would make every run's file another one.
    with path.open('rb+') as file:
        file.write(MAT_HEADER)
