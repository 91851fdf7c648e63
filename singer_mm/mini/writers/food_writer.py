"""Food-101: a folder for each class, lists of ``class/image`` without a suffix."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..things.food import DISHES, dish
from .dataset_writer import Job, write_lines
from .fine_grained_writer import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image
from .official_names import official_names

SPLITS = {'train': TRAIN_PER_CLASS, 'test': TEST_PER_CLASS}


class FoodWriter(FineGrainedWriter):
    """Twelve dishes."""

    folder = 'food-101'
    blueprints = {name: partial(dish, recipe=recipe) for name, recipe in DISHES.items()}

    def jobs(self) -> list[Job]:
        return [
            dict(split=split, label=name, file=f'images/{name}/{1001 + 37 * index}.jpg')
            for split, name, index in every_image(DISHES, SPLITS)
        ]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        names = official_names('FOOD101_CATEGORIES')
        write_lines(root / 'meta' / 'classes.txt', names)
        for split in SPLITS:
            lines = sorted(f'{job["label"]}/{Path(job["file"]).stem}' for job in jobs if job['split'] == split)
            write_lines(root / 'meta' / f'{split}.txt', lines)
            # The official archive has the lists in this form, too; torchvision reads it.
            by_dish = {name: [line for line in lines if line.startswith(f'{name}/')] for name in names}
            (root / 'meta' / f'{split}.json').write_text(json.dumps(by_dish))
        return super().finish(root, jobs, results)
