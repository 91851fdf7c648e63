"""What a writer of a dataset owes to the suite."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Job = dict[str, Any]


class DatasetWriter(ABC):
    """Writes one dataset: a list of jobs, one image each, done in any order by any process, then what joins them.

    Attributes:
        folder: Name of the dataset below the data root.
    """

    folder: str

    @abstractmethod
    def jobs(self) -> list[Job]:
        """Return what to draw; ``file`` is the image's path below the dataset's folder."""

    @abstractmethod
    def draw(self, root: Path, job: Job, rng: Generator) -> Any:
        """Draw one image and write it; return what :meth:`finish` needs to know, which must be picklable."""

    @abstractmethod
    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """Write lists and annotations; return the counts for ``mini.json``: images by split, ``classes``."""


def save_jpeg(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an RGB image, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Named, so that the suffix decides nothing.
    Image.fromarray(image).save(path, format='JPEG', quality=92)


def save_png(path: Path, values: NDArray[Any]) -> None:
    """Write a one-channel map of uint8 or uint16, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, format='PNG', compress_level=3)


def count_by_split(jobs: Sequence[Job], class_key: str) -> dict[str, int]:
    """Count images by their job's ``split``, and the classes that occur."""
    splits = [job['split'] for job in jobs]
    counts = {split: splits.count(split) for split in dict.fromkeys(splits)}
    return {**counts, 'classes': len({job[class_key] for job in jobs})}
