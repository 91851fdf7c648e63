"""Tables of ready texts, and how plain values become texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """A titled table of ready texts; ``header`` is empty where rows are name and value only."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def summary_tables(summary: Mapping[str, Any]) -> list[Table]:
    """Arrange a nested summary as tables."""
    plain = {key: value for key, value in summary.items() if not isinstance(value, Mapping)}
    tables = [value_table('run', plain)] if plain else []
    for title, entries in summary.items():
        if not isinstance(entries, Mapping):
            continue
        nested = entries and all(isinstance(value, Mapping) for value in entries.values())
        tables.append(matrix_table(title, entries) if nested else value_table(title, entries))
    return tables


def value_table(title: str, entries: Mapping[str, Any]) -> Table:
    """Two columns: name and value."""
    return Table(words(title), (), [(words(key), text(value)) for key, value in entries.items()])


def matrix_table(title: str, entries: Mapping[str, Mapping[str, Any]]) -> Table:
    """One row for each entry and one column for each inner key, or the other way round: pages are long, not wide."""
    inner_keys = list(dict.fromkeys(key for inner in entries.values() for key in inner))
    cells = {(outer, key): text(inner.get(key)) for outer, inner in entries.items() for key in inner_keys}
    if len(inner_keys) <= len(entries):
        rows = [(words(outer), *(cells[outer, key] for key in inner_keys)) for outer in entries]
        return Table(words(title), ('', *map(words, inner_keys)), rows)
    rows = [(words(key), *(cells[outer, key] for outer in entries)) for key in inner_keys]
    return Table(words(title), ('', *map(words, entries)), rows)


def words(key: str) -> str:
    """A key as words; a file name stays as it is."""
    return key.replace('_', ' ') if key.isidentifier() else key


def text(value: object) -> str:
    """A plain value as a reader wants it: four significant digits, a hyphen for nothing."""
    if value is None:
        return '-'
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, float):
        return f'{value:.4g}'
    if isinstance(value, Mapping):
        return ', '.join(f'{words(key)} {text(inner)}' for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ', '.join(text(item) for item in value)
    return str(value)
