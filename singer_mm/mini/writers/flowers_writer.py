"""Oxford 102 Flowers: numbered images, labels and splits in MATLAB files, both counted from 1."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

from ..things.flowers import FLOWERS, flower
from .dataset_writer import Job
from .fine_grained_writer import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image

SPLITS = {'trnid': TRAIN_PER_CLASS // 2, 'valid': TRAIN_PER_CLASS // 2, 'tstid': TEST_PER_CLASS}
MAT_HEADER = b'MATLAB 5.0 MAT-file, written by a procedural miniature'.ljust(116)


class FlowersWriter(FineGrainedWriter):
    """Twelve species with their 1-based labels."""

    folder = 'Flowers102'
    blueprints = {label: partial(flower, bloom=bloom) for label, (_, bloom) in FLOWERS.items()}

    def jobs(self) -> list[Job]:
        # As in the original, the images of a species follow each other and the splits are spread over them.
        images = sorted(every_image(FLOWERS, SPLITS), key=lambda image: image[1])
        return [
            dict(split=split, label=label, file=f'jpg/image_{number:05d}.jpg')
            for number, (split, label, _) in enumerate(images, 1)
        ]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        labels = np.array([[job['label'] for job in jobs]], np.uint8)
        _write_mat(root / 'imagelabels.mat', {'labels': labels})
        numbers = {
            split: np.array([[number for number, job in enumerate(jobs, 1) if job['split'] == split]], np.uint16)
            for split in SPLITS
        }
        _write_mat(root / 'setid.mat', numbers)
        return super().finish(root, jobs, results)


def _write_mat(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    savemat(path, arrays)
    # scipy writes the current time into the header; without this, every run would write another file.
    with path.open('rb+') as file:
        file.write(MAT_HEADER)
