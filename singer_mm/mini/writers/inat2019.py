"""iNaturalist 2019: images below supercategory and category, COCO-like json, and a long tail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from ..portrait import View, photograph, portrait
from ..things.species import NUM_TRAITS, SUPERCATEGORIES
from .base import DatasetWriter, Job, save_jpeg

SPECIES_PER_SUPERCATEGORY = 5
MOST, FEWEST = 60, 2
VAL_PER_CLASS = 3
FIELD_VIEW = View(elevation=(8, 50), zoom=(0.9, 1.4), tilt=0.1, clutter=(0, 3))
INFO = {'description': 'Procedural miniature of iNaturalist 2019', 'version': '1.0', 'year': 2019}
LICENSES = [{'id': 0, 'name': 'CC0 1.0', 'url': ''}]


def _present_categories() -> dict[int, str]:
    """Five category ids of each supercategory, spread over its range."""
    return {
        int(category): name
        for name, (_, (first, end)) in SUPERCATEGORIES.items()
        for category in np.linspace(first, end - 1, SPECIES_PER_SUPERCATEGORY).round()
    }


def _traits() -> dict[int, list[float]]:
    """Traits by category: within a supercategory each trait has five levels, one for each species."""
    generator = np.random.default_rng(2019)
    levels = np.linspace(0, 1, SPECIES_PER_SUPERCATEGORY)
    rows = [generator.permuted(np.tile(levels, (NUM_TRAITS, 1)), axis=1).T for _ in SUPERCATEGORIES]
    return dict(zip(_present_categories(), np.concatenate(rows).tolist(), strict=True))


def _train_counts() -> dict[int, int]:
    """Training images by category: a geometric decline, dealt out so that each supercategory has head and tail."""
    categories = list(_present_categories())
    ranks = np.random.default_rng(2019).permutation(len(categories))
    decline = (FEWEST / MOST) ** (ranks / (len(categories) - 1))
    return {category: round(MOST * share) for category, share in zip(categories, decline, strict=True)}


class INat2019Writer(DatasetWriter):
    """Thirty categories, 60 down to 2 training images each, and 3 to validate."""

    folder = 'inat2019'

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        counts, present = _train_counts(), _present_categories()
        images = [('train', category, index) for category, count in counts.items() for index in range(count)]
        images += [('val', category, index) for category in counts for index in range(VAL_PER_CLASS)]
        return [
            dict(
                split=split,
                category=category,
                file=f'train_val2019/{present[category]}/{category}/{_file_name(split, category, index)}',
            )
            for split, category, index in images
        ]

    def draw(self, root: Path, job: Job, rng: Generator) -> tuple[int, int]:
        """See :meth:`DatasetWriter.draw`; the result is the image's width and height."""
        category = job['category']
        build, _ = SUPERCATEGORIES[_present_categories()[category]]
        thing = build(rng, _traits()[category])
        image = photograph(portrait(str(category), thing, rng, FIELD_VIEW), rng).image
        save_jpeg(root / job['file'], image)
        return image.shape[1], image.shape[0]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        """See :meth:`DatasetWriter.finish`."""
        categories = [
            {'id': category, 'name': str(category), 'supercategory': name}
            for name, (_, (first, end)) in SUPERCATEGORIES.items()
            for category in range(first, end)
        ]
        counts = {}
        for split in ('train', 'val'):
            chosen = [
                (n, job, size) for n, (job, size) in enumerate(zip(jobs, results, strict=True)) if job['split'] == split
            ]
            content = {
                'info': INFO,
                'licenses': LICENSES,
                'categories': categories,
                'images': [
                    {
                        'id': number,
                        'file_name': job['file'],
                        'width': width,
                        'height': height,
                        'license': 0,
                        'rights_holder': 'singer_mm',
                    }
                    for number, job, (width, height) in chosen
                ],
                'annotations': [
                    {'id': number, 'image_id': number, 'category_id': job['category']} for number, job, _ in chosen
                ],
            }
            (root / f'{split}2019.json').write_text(json.dumps(content))
            counts[split] = len(chosen)
        return {**counts, 'classes': len({job['category'] for job in jobs})}


def _file_name(split: str, category: int, index: int) -> str:
    return hashlib.md5(f'{split} {category} {index}'.encode(), usedforsecurity=False).hexdigest() + '.jpg'
