"""The results of each training of the planted experiment, on disk."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from singer_mm.errors import DataError
from singer_mm.utils.atomic_path import write_json

Measures = dict[int, dict[str, float]]
"""Number of steps to the measures after them, as :meth:`Experiment.run` returns them."""
DIGITS = 6
"""Significant digits in a file. Standard deviations over seeds begin at the second digit."""


class Trials:
    """A folder with one file for each training, so that an interrupted experiment continues.

    The name of a file is a digest of everything that the numbers depend on. Processes may share the folder.

    Args:
        folder: Folder of the files.
        facts: Facts that all trainings share: images, versions, and so on.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts = dict(facts)

    def measure(self, settings: Mapping[str, Any], train: Callable[[], Measures]) -> Measures:
        """Return the measures of a training with these ``settings``, from its file if there is one.

        Raises:
            DataError: If the file is damaged.
        """
        facts = json.dumps({**self.facts, **settings}, sort_keys=True, default=str)
        path = self.folder / f'{hashlib.sha256(facts.encode()).hexdigest()[:24]}.json'
        if not path.is_file():
            measures = {
                steps: {name: float(f'{value:.{DIGITS}g}') for name, value in values.items()}
                for steps, values in train().items()
            }
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(path, dict(facts=json.loads(facts), measures=measures))
        try:
            return {int(steps): values for steps, values in json.loads(path.read_text())['measures'].items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f'{path} is not a trial of the planted experiment; remove it, and the tool trains it again.'
            ) from error
