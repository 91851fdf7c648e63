"""Tables as GitHub shows them."""

from collections.abc import Iterable, Sequence


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Return a table with a line break at its end; the first ``texts`` columns are flush left, the others right."""
    lines = [header, ['---'] * texts + ['---:'] * (len(header) - texts), *rows]
    return ''.join(f'| {" | ".join(line)} |\n' for line in lines)
