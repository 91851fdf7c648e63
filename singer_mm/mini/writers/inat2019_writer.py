"""iNaturalist 2019: images below supercategory and category, COCO-like json, and a long tail."""

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..portrait import View
from ..things.species import NUM_TRAITS, SUPERCATEGORIES
from .dataset_writer import Job, write_coco_json
from .portrait_writer import PortraitWriter

SPECIES_PER_SUPERCATEGORY = 5
MOST, FEWEST = 60, 2
VAL_PER_CLASS = 3
# Five category ids of each supercategory, spread over its range.
PRESENT: dict[int, str] = {
    int(category): name
    for name, (_, (first, end)) in SUPERCATEGORIES.items()
    for category in np.linspace(first, end - 1, SPECIES_PER_SUPERCATEGORY).round()
}


def _traits() -> list[list[float]]:
    """Traits of the present categories: within a supercategory each trait has five levels, one for each species."""
    generator = np.random.default_rng(2019)
    levels = np.linspace(0, 1, SPECIES_PER_SUPERCATEGORY)
    rows = [generator.permuted(np.tile(levels, (NUM_TRAITS, 1)), axis=1).T for _ in SUPERCATEGORIES]
    return np.concatenate(rows).tolist()


def _train_counts() -> list[int]:
    """Training images of the present categories: they decline geometrically; each supercategory has head and tail."""
    ranks = np.random.default_rng(2019).permutation(len(PRESENT))
    decline = (FEWEST / MOST) ** (ranks / (len(PRESENT) - 1))
    return [round(MOST * share) for share in decline]


class INat2019Writer(PortraitWriter):
    """Thirty categories with 60 down to 2 training images and 3 validation images each."""

    folder = 'inat2019'
    blueprints = {
        category: partial(SUPERCATEGORIES[name][0], traits=traits)
        for (category, name), traits in zip(PRESENT.items(), _traits(), strict=True)
    }
    view = View(elevation=(8, 50), zoom=(0.9, 1.4), tilt=0.1, clutter=(0, 3))

    def jobs(self) -> list[Job]:
        counts = zip(PRESENT, _train_counts(), strict=True)
        images = [('train', category, index) for category, count in counts for index in range(count)]
        images += [('val', category, index) for category in PRESENT for index in range(VAL_PER_CLASS)]
        jobs = []
        for split, category, index in images:
            name = hashlib.md5(f'{split} {category} {index}'.encode(), usedforsecurity=False).hexdigest()
            file = f'train_val2019/{PRESENT[category]}/{category}/{name}.jpg'
            jobs.append(dict(split=split, label=category, file=file))
        return jobs

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        categories = [
            {'id': category, 'name': str(category), 'supercategory': name}
            for name, (_, (first, end)) in SUPERCATEGORIES.items()
            for category in range(first, end)
        ]
        for split in ('train', 'val'):
            images, annotations = [], []
            for number, (job, (width, height)) in enumerate(zip(jobs, results, strict=True)):
                if job['split'] == split:
                    image = {'id': number, 'file_name': job['file'], 'width': width, 'height': height}
                    images.append({**image, 'license': 0, 'rights_holder': 'singer_mm'})
                    annotations.append({'id': number, 'image_id': number, 'category_id': job['label']})
            write_coco_json(root / f'{split}2019.json', 'iNaturalist 2019', 0, categories, images, annotations)
        return super().finish(root, jobs, results)
