"""Oxford-IIIT Pets: one folder of images, lists with 1-based class ids."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..things.pets import BREEDS, pet
from .dataset_writer import Job, write_lines
from .fine_grained_writer import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image
from .official_names import official_names

SPLITS = {'trainval': TRAIN_PER_CLASS, 'test': TEST_PER_CLASS}
HEADER = [
    '#Image CLASS-ID SPECIES BREED ID',
    '#ID: 1:37 Class ids',
    '#SPECIES: 1:Cat 2:Dog',
    '#BREED ID: 1-25:Cat 1:12:Dog',
]


class PetsWriter(FineGrainedWriter):
    """Twelve breeds; names of cats begin with a capital, as in the original."""

    folder = 'Oxford-IIIT_Pets'
    blueprints = {name: partial(pet, breed=breed) for name, breed in BREEDS.items()}

    def jobs(self) -> list[Job]:
        return [
            dict(split=split, label=breed, file=f'images/{breed}_{index + 1}.jpg')
            for split, breed, index in every_image(BREEDS, SPLITS)
        ]

    def finish(self, root: Path, jobs: Sequence[Job], results: Sequence[Any]) -> dict[str, int]:
        names = official_names('OxfordIIITPet_CATEGORIES')
        species = [1 if name[0].isupper() else 2 for name in names]

        def line(job: Job) -> str:
            label = names.index(job['label'])
            breed = species[: label + 1].count(species[label])
            return f'{Path(job["file"]).stem} {label + 1} {species[label]} {breed}'

        for split in SPLITS:
            lines = sorted(line(job) for job in jobs if job['split'] == split)
            write_lines(root / 'annotations' / f'{split}.txt', lines)
        write_lines(root / 'annotations' / 'list.txt', [*HEADER, *sorted(map(line, jobs))])
        return super().finish(root, jobs, results)
