"""The variants in one table: mean and standard deviation over seeds."""

import statistics
from collections.abc import Mapping, Sequence

from rich.table import Table

from singer_mm.evaluation.feature_probes import PROBES
from singer_mm.utils.markdown_table import markdown_table

Measured = Mapping[str, Sequence[Mapping[str, float]]]
"""Title to one dict (column to value) for each seed."""

NOTHING = '–'


def columns_of(measured: Measured) -> list[str]:
    """Return all columns, in the order of their first appearance."""
    return list(dict.fromkeys(column for rows in measured.values() for row in rows for column in row))


def cell(rows: Sequence[Mapping[str, float]], column: str) -> str:
    """Return mean and, over several seeds, standard deviation; percent with one decimal, else three digits."""
    values = [row[column] for row in rows if column in row]
    if not values:
        return NOTHING
    in_percent = ('/' in column and not column.endswith('nyud')) or column.startswith(tuple(PROBES))
    text = f'{statistics.mean(values):{".1f" if in_percent else ".3g"}}'
    return text if len(values) == 1 else f'{text} ± {statistics.stdev(values):.1g}'


def to_markdown(measured: Measured) -> str:
    """Return the table as GitHub shows it."""
    columns = columns_of(measured)
    rows_of = ([title, *(cell(rows, column) for column in columns)] for title, rows in measured.items())
    return markdown_table(['variant', *columns], rows_of)


def to_rich(measured: Measured) -> Table:
    """Return the table for the terminal."""
    columns = columns_of(measured)
    table = Table('variant')
    for column in columns:
        table.add_column(column, justify='right')
    for title, rows in measured.items():
        table.add_row(title, *(cell(rows, column) for column in columns))
    return table
