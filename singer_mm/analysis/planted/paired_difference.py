"""The difference of two methods, paired by seed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import t as student_t

from singer_mm.utils.markdown_table import markdown_table

LEVEL = 0.95
"""Level of the confidence intervals."""


@dataclass(frozen=True)
class PairedDifference:
    """Mean of the differences of pairs, with its confidence interval by Student's t.

    The ends of the interval of the :data:`LEVEL`, ``low`` and ``high``, are nan for a single pair.
    """

    mean: float
    low: float
    high: float
    pairs: int

    @classmethod
    def of(cls, first: Sequence[float], second: Sequence[float]) -> PairedDifference:
        """Compare ``first[i]`` with ``second[i]``, which have the same seed.

        Raises:
            ValueError: If their numbers differ, or there is none.
        """
        differences = [a - b for a, b in zip(first, second, strict=True)]
        if not differences:
            raise ValueError('a paired difference needs at least one pair')
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

    The mean counts seeds, not seeds times teachers: initialisation and order of images are the same for each teacher,
    so another teacher is not a new sample.

    Args:
        results: Teacher to method to the measures of each seed.
        pairs: Titles of the two methods of each pair.
        measures: Names of the measures to compare.
        averaged: Teachers that the last column averages; a single teacher has no such column.
    """
    columns = [*results, *([f'mean of {", ".join(averaged)}'] if len(averaged) > 1 else [])]
    lines = []
    for measure in measures:
        for pair in pairs:
            values = {
                teacher: [[row[measure] for row in methods[title]] for title in pair]
                for teacher, methods in results.items()
            }
            cells = list(values.values())
            if len(averaged) > 1:
                together = zip(*(values[teacher] for teacher in averaged), strict=True)
                cells.append([[statistics.mean(seed) for seed in zip(*method, strict=True)] for method in together])
            lines.append([measure, ' − '.join(pair), *(str(PairedDifference.of(*cell)) for cell in cells)])
    return markdown_table(['measure', 'difference', *columns], lines, texts=2)
