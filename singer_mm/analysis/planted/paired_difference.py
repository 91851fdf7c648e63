"""One method against another, seed by seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import t as student_t

LEVEL = 0.95
"""Of the confidence intervals."""


@dataclass(frozen=True)
class PairedDifference:
    """Mean of the differences of pairs, with its confidence interval by Student's t.

    Attributes:
        mean: Of the differences.
        low: End of the interval of the :data:`LEVEL`; nan for a single pair.
        high: The other end.
        pairs: Number of pairs.
    """

    mean: float
    low: float
    high: float
    pairs: int

    @classmethod
    def of(cls, first: Sequence[float], second: Sequence[float]) -> PairedDifference:
        """Compare ``first[i]`` with ``second[i]``, which share a seed.

        Raises:
            ValueError: If they are not equally many, or none.
        """
        differences = [a - b for a, b in zip(first, second, strict=True)]
        if not differences:
            raise ValueError('a paired difference needs a pair')
        mean, number = statistics.mean(differences), len(differences)
        if number == 1:
            return cls(mean, math.nan, math.nan, 1)
        half = float(student_t.ppf((1 + LEVEL) / 2, number - 1)) * statistics.stdev(differences) / math.sqrt(number)
        return cls(mean, mean - half, mean + half, number)

    def __str__(self) -> str:
        """Return ``-0.033 [-0.041, -0.025]``."""
        interval = '' if math.isnan(self.low) else f' [{self.low:+.3f}, {self.high:+.3f}]'
        return f'{self.mean:+.3f}{interval}'


def differences_to_markdown(
    results: Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]],
    pairs: Sequence[tuple[str, str]],
    measures: Iterable[str],
    averaged: Sequence[str],
) -> str:
    """Return a table of the differences of pairs of methods on each teacher, and on the mean of several.

    The mean counts seeds, not seeds times teachers: initialisation and order of images are the same on each teacher, so
    that another teacher is no new sample.

    Args:
        results: Teacher to method to the measures of each seed.
        pairs: Titles of two methods each.
        measures: Which ones.
        averaged: Which teachers the last column averages; it is left out for a single one.
    """
    columns = [*results, *([f'mean of {", ".join(averaged)}'] if len(averaged) > 1 else [])]
    lines = [['measure', 'difference', *columns], ['---', '---', *['---:'] * len(columns)]]
    for measure in measures:
        for pair in pairs:
            values = {
                teacher: [[row[measure] for row in methods[title]] for title in pair]
                for teacher, methods in results.items()
            }
            together = zip(*(values[teacher] for teacher in averaged), strict=True)
            cells = [*values.values(), [_mean_of_seeds(seeds) for seeds in together]][: len(columns)]
            lines.append([measure, ' − '.join(pair), *(str(PairedDifference.of(*cell)) for cell in cells)])
    return '\n'.join(f'| {" | ".join(line)} |' for line in lines) + '\n'


def _mean_of_seeds(teachers: Sequence[Sequence[float]]) -> list[float]:
    return [statistics.mean(values) for values in zip(*teachers, strict=True)]
