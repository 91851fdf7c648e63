"""The headline table as Markdown, LaTeX, CSV and for the terminal."""

import csv
import io

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from singer_mm.utils.markdown_table import markdown_table

from .benchmark_table import BenchmarkTable
from .cell import Cell
from .columns import Column
from .row import Row

NOTHING = '–'
LATEX = {
    '\\': r'\textbackslash{}',
    **{symbol: f'\\{symbol}' for symbol in '&%$#_{}'},
    '~': r'\textasciitilde{}',
    '^': r'\textasciicircum{}',
    '<': r'\textless{}',
    '>': r'\textgreater{}',
    '|': r'\textbar{}',
    '"': "''",
    '–': '--',
    '−': '$-$',
    '±': r'$\pm$',
    'Δ': r'$\Delta$',
    '↑': r'$\uparrow$',
    '↓': r'$\downarrow$',
    '→': r'$\rightarrow$',
}
SUPERSCRIPTS = str.maketrans('0123456789,', '⁰¹²³⁴⁵⁶⁷⁸⁹˒')


def cell_text(cell: Cell, column: Column, signed: bool = False, spread: bool = True) -> str:
    """Return a number as it is printed, if wanted with its standard deviation, without footnotes."""
    if cell.value is None:
        return NOTHING
    text = f'{cell.value:{"+" if signed else ""}.{column.decimals}f}'.replace('-', '−')
    return f'{text} {spread_text(cell, column)}' if spread and cell.spread is not None else text


def spread_text(cell: Cell, column: Column) -> str:
    """Return the standard deviation as it is printed; empty where there is none."""
    return '' if cell.spread is None else f'± {cell.spread:.{column.decimals}f}'


def note_text(cell: Cell) -> str:
    """Return the numbers of a cell's footnotes, such as ``1,3``."""
    return ','.join(map(str, cell.notes))


def seeds_text(row: Row) -> str:
    """Return the number of seeds of a row; empty where it has none."""
    return '' if row.seeds is None else str(row.seeds)


def one_line(text: str) -> str:
    """Return a text without line breaks and doubled blanks."""
    return ' '.join(text.split())


def to_markdown(table: BenchmarkTable) -> str:
    """Return the table as GitHub shows it."""

    def escaped(text: str) -> str:
        return ''.join(f'\\{symbol}' if symbol in '\\|*<>`[]' else symbol for symbol in one_line(text))

    def shown(cell: Cell, column: Column, row: Row) -> str:
        text = cell_text(cell, column, signed=row.kind == 'delta')
        text = f'**{text}**' if cell.best else text
        return f'{text}<sup>{note_text(cell)}</sup>' if cell.notes else text

    header = ['backbone', 'protocol', 'seeds', *(f'{each.name} {each.arrow} ({each.unit})' for each in table.columns)]
    rows = (
        [
            escaped(row.label),
            escaped(row.protocol),
            seeds_text(row),
            *(shown(cell, column, row) for cell, column in zip(row.cells, table.columns, strict=True)),
        ]
        for row in table.rows
    )
    notes = ''.join(f'\n{number}. {escaped(note)}' for number, note in enumerate(table.footnotes, 1))
    return f'{markdown_table(header, rows, texts=2)}\n{explanation(table)}\n' + (f'{notes}\n' if notes else '')


def to_latex(table: BenchmarkTable) -> str:
    """Return a ``table*`` environment that needs the package booktabs."""

    def escaped(text: str) -> str:
        return ''.join(LATEX.get(symbol, symbol) for symbol in one_line(text))

    def shown(cell: Cell, column: Column, row: Row) -> str:
        text = escaped(cell_text(cell, column, signed=row.kind == 'delta'))
        text = f'\\textbf{{{text}}}' if cell.best else text
        return f'{text}\\textsuperscript{{{note_text(cell)}}}' if cell.notes else text

    lines = [
        r'% needs \usepackage{booktabs}',
        r'\begin{table*}',
        r'\centering\footnotesize\setlength{\tabcolsep}{4pt}',
        f'\\caption{{{escaped(explanation(table))}}}',
        f'\\begin{{tabular}}{{ll{"r" * (1 + len(table.columns))}}}',
        r'\toprule',
        ' & '.join(['backbone', 'protocol', 'seeds', *(escaped(f'{c.name} {c.arrow}') for c in table.columns)])
        + r' \\',
        ' & '.join(['', '', '', *(escaped(column.unit) for column in table.columns)]) + r' \\',
    ]
    group = None
    for row in table.rows:
        if row.protocol != group:  # each protocol of ours, and the published rows, below a line
            lines.append(r'\midrule')
            group = row.protocol
        numbers = [shown(cell, column, row) for cell, column in zip(row.cells, table.columns, strict=True)]
        lines.append(' & '.join([escaped(row.label), escaped(row.protocol), seeds_text(row), *numbers]) + r' \\')
    lines += [r'\bottomrule', r'\end{tabular}']
    for number, note in enumerate(table.footnotes, 1):
        lines.append(f'\\par\\raggedright\\textsuperscript{{{number}}} {escaped(note)}')
    return '\n'.join([*lines, r'\end{table*}', ''])


def to_csv(table: BenchmarkTable) -> str:
    """Return one line for each row with plain numbers; what is missing is empty, footnotes stand in the last column."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator='\n')
    header = ['rows', 'backbone', 'protocol', 'seeds']
    for column in table.columns:
        header += [f'{column.name} ({column.unit})', f'{column.name} std']
    writer.writerow([*header, 'notes'])
    for row in table.rows:
        line = [row.kind, row.label, row.protocol, seeds_text(row)]
        notes: list[str] = []
        for cell, column in zip(row.cells, table.columns, strict=True):
            numbers = (cell.value, cell.spread)
            line += ['' if number is None else f'{number:.{column.decimals + 2}f}' for number in numbers]
            notes += [f'{column.name}: {one_line(table.footnotes[number - 1])}' for number in cell.notes]
        writer.writerow([*line, '; '.join(notes)])
    return buffer.getvalue()


def to_terminal(table: BenchmarkTable) -> Group:
    """Return what ``rich`` prints: the rows below the name of their protocol, then the footnotes."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    drawn.add_column('backbone', overflow='fold')
    drawn.add_column('seeds', justify='right')
    for column in table.columns:
        drawn.add_column(f'{column.name} {column.arrow}\n{column.unit}', justify='right', no_wrap=True)
    protocol = None
    for row in table.rows:
        if row.protocol != protocol:
            drawn.add_section()
            drawn.add_row(Text(row.protocol, style='italic'))
            protocol = row.protocol
        numbers = []
        for cell, column in zip(row.cells, table.columns, strict=True):
            text = Text(cell_text(cell, column, signed=row.kind == 'delta'), style='bold' if cell.best else '')
            numbers.append(text.append(note_text(cell).translate(SUPERSCRIPTS)))
        style = '' if row.kind == 'ours' else 'dim'
        drawn.add_row(Text(row.label), seeds_text(row), *numbers, style=style)
    notes = [
        Text(f'{str(number).translate(SUPERSCRIPTS)} {one_line(note)}')
        for number, note in enumerate(table.footnotes, 1)
    ]
    return Group(drawn, Text(explanation(table), style='dim'), *notes)


def explanation(table: BenchmarkTable) -> str:
    """Return the sentence that says how the table is to be read."""
    sentences = [
        'DS: mean of ImageNet-R and ImageNet-v2; FG: mean of the four fine-grained sets; ± standard deviation over '
        'the seeds.'
    ]
    if table.baseline is not None:
        sentences.append(f'Δ: difference to {table.baseline} by the same protocol.')
    if any(row.kind == 'published' for row in table.rows):
        sentences.append(
            'Published rows are those of the paper, on the real data sets: no Δ is taken to them, and a note at each '
            'number says whether ours may be compared with it.'
        )
    return ' '.join(sentences)
