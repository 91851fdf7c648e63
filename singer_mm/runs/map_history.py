"""The maps that ``FeatureMapHook`` kept of a run, in the order of its iterations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from singer_mm.datasets.photographs import spread
from singer_mm.engine.hooks.feature_map_hook import FOLDER
from singer_mm.utils.array_file import read_arrays


@dataclass(frozen=True)
class MapsAtIteration:
    """Maps of a few photographs at one moment of a training.

    Attributes:
        iteration: Number of steps done.
        arrays: Name to array, see :class:`FeatureMapHook`.
    """

    iteration: int
    arrays: dict[str, NDArray[Any]]


def read_map_history(work_dir: Path, number: int, last: int) -> list[MapsAtIteration]:
    """Read up to ``number`` moments, evenly spaced from the first to the last; none where no hook kept maps.

    Args:
        work_dir: Folder of the run.
        number: Largest number of moments.
        last: Number of steps of the run's checkpoint; later maps are those of a part that was lost.

    Raises:
        DataError: If a file is damaged.
    """
    paths = {int(path.stem.removeprefix('iter_')): path for path in (work_dir / FOLDER).glob('iter_*.npz')}
    steps = sorted(step for step in paths if step <= last)
    return [MapsAtIteration(steps[place], read_arrays(paths[steps[place]])) for place in spread(len(steps), number)]
