"""Oxford-IIIT Pets: one folder of images, lists with 1-based class ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.random import Generator

from ..scene import Part
from ..things.pets import BREEDS, pet
from .base import Job
from .fine_grained import TEST_PER_CLASS, TRAIN_PER_CLASS, FineGrainedWriter, every_image, write_lines
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

    def jobs(self) -> list[Job]:
        """See :meth:`DatasetWriter.jobs`."""
        return [
            dict(split=split, variant=breed, file=f'images/{breed}_{index + 1}.jpg')
            for split, breed, index in every_image(list(BREEDS), SPLITS)
        ]

    def build(self, variant: Any, rng: Generator) -> list[Part]:
        """See :meth:`FineGrainedWriter.build`."""
        return pet(rng, BREEDS[variant])

    def write_lists(self, root: Path, jobs: Sequence[Job]) -> None:
        """See :meth:`FineGrainedWriter.write_lists`."""
        names = official_names('OxfordIIITPet_CATEGORIES')
        species = [1 if name[0].isupper() else 2 for name in names]

        def line(job: Job) -> str:
            label = names.index(job['variant'])
            breed = species[: label + 1].count(species[label])
            return f'{Path(job["file"]).stem} {label + 1} {species[label]} {breed}'

        for split in SPLITS:
            lines = sorted(line(job) for job in jobs if job['split'] == split)
            write_lines(root / 'annotations' / f'{split}.txt', lines)
        write_lines(root / 'annotations' / 'list.txt', [*HEADER, *sorted(map(line, jobs))])
