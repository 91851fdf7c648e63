"""Trained once, never again: what came out of each training of the planted experiment, on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from singer_mm.errors import DataError
from singer_mm.utils.atomic_path import write_json

Measures = dict[int, dict[str, float]]
"""Number of steps to what was measured after them, as :meth:`Experiment.run` returns it."""
DIGITS = 6
"""Significant ones that are kept. Standard deviations over seeds begin at the second."""


class Trials:
    """A folder with one file for each training, so that an interrupted experiment goes on where it was.

    The name of a file is a digest of everything that decides about the numbers. Processes may share the folder.

    Args:
        folder: Where the files lie.
        facts: What all trainings share: images, versions, and so on.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts = dict(facts)

    def measure(self, settings: Mapping[str, Any], train: Callable[[], Measures]) -> Measures:
        """Return what a training with these ``settings`` gives, from its file where there is one.

        Raises:
            DataError: If the file is damaged.
        """
        facts = json.dumps({**self.facts, **settings}, sort_keys=True, default=str)
        path = self.folder / f'{hashlib.sha256(facts.encode()).hexdigest()[:24]}.json'
        if not path.is_file():
            content = dict(facts=json.loads(facts), measures=_rounded(train()))
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(path, content)
        try:
            return {int(steps): values for steps, values in json.loads(path.read_text())['measures'].items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f'{path} is no trial of the planted experiment; remove it, and it is trained again.'
            ) from error


def _rounded(measures: Measures) -> Measures:
    return {
        steps: {name: float(f'{value:.{DIGITS}g}') for name, value in values.items()}
        for steps, values in measures.items()
    }
