"""The interface between the suite and the writer of a dataset, and helpers of all writers."""

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Job = dict[str, Any]


class DatasetWriter(ABC):
    """Writes one dataset: one job for each image, drawn in any order by any process, then lists and annotations.

    Attributes:
        folder: Name of the dataset below the data root.
    """

    folder: str

    @abstractmethod
    def jobs(self) -> list[Job]:
        """Return the images to draw: the ``split`` of each, mostly its ``label``, and what else the writer needs."""

    @abstractmethod
    def draw(self, root: Path, job: Job, rng: Generator) -> Any:
        """Draw one image and write it; return what :meth:`finish` needs, which must be picklable."""

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """Write lists and annotations; return the counts for ``mini.json``: images by split, ``classes``."""
        splits = [job['split'] for job in jobs]
        counts = {split: splits.count(split) for split in dict.fromkeys(splits)}
        return {**counts, 'classes': len({job['label'] for job in jobs})}


def save_image(path: Path, pixels: NDArray[Any]) -> None:
    """Write an RGB image (JPEG) or a one-channel map of uint8 or uint16 (PNG), and make the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=92, compress_level=3)


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a text file of these lines, and make the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{line}\n' for line in lines))


def write_coco_json(
    path: Path,
    dataset: str,
    license_id: int,
    categories: Sequence[dict[str, Any]],
    images: Sequence[dict[str, Any]],
    annotations: Sequence[dict[str, Any]],
) -> None:
    """Write an annotation file in the format of COCO; ``dataset`` is a name that ends with the year."""
    content = {
        'info': {'description': f'Procedural miniature of {dataset}', 'version': '1.0', 'year': int(dataset[-4:])},
        'licenses': [{'id': license_id, 'name': 'CC0 1.0', 'url': ''}],
        'categories': categories,
        'images': images,
        'annotations': annotations,
    }
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content))
