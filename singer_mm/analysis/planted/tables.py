"""The results of a study as Markdown tables."""

from collections.abc import Mapping, Sequence

from singer_mm.analysis.ablations.variant_table import to_markdown

from .paired_difference import differences_to_markdown
from .planted_study import CLEAN
from .trials import Measures

TITLES = {
    CLEAN: 'no artifacts',
    'inside': 'inside the nullspace',
    'outside': 'outside the nullspace',
    'oblique': 'oblique to the nullspace',
}
"""Names of teachers in tables."""
OF_THE_STUDENT = ('student distance', 'resemblance')
"""Measures by which methods are compared in pairs."""

Results = Mapping[str, Mapping[str, Sequence[Measures]]]
"""Teacher to method to the measures of each seed."""
Last = dict[str, dict[str, list[dict[str, float]]]]
"""The same after the last step."""


def last_of(results: Results) -> Last:
    """Return the measures after the last step."""
    return {
        teacher: {title: [seed[max(seed)] for seed in seeds] for title, seeds in methods.items()}
        for teacher, methods in results.items()
    }


def tables_of(last: Last, pairs: Sequence[tuple[str, str]], rates: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """Return Markdown tables by heading: one for each teacher, the differences of pairs, and the learning rates.

    Args:
        last: Measures after the last step.
        pairs: Methods to compare seed by seed.
        rates: Teacher to method to its learning rate.
    """
    tables = {TITLES[teacher].capitalize(): to_markdown(methods) for teacher, methods in last.items()}
    planted = [teacher for teacher in last if teacher != CLEAN]
    if pairs and planted:
        tables['Paired differences'] = differences_to_markdown(last, pairs, OF_THE_STUDENT, planted)
    titles = next(iter(rates.values()))
    tables['Learning rates'] = to_markdown({title: [{name: rates[name][title] for name in rates}] for title in titles})
    return tables
