import csv
import io
import re

import pytest
from conftest import DATA
from results_folder import BACKBONES, all_tasks, job, write_results
from rich.console import Console

from singer_mm.benchmark.results import read_results
from singer_mm.benchmark.table.benchmark_table import build_table
from singer_mm.benchmark.table.columns import COLUMNS
from singer_mm.benchmark.table.table_formats import to_csv, to_latex, to_markdown, to_terminal


@pytest.fixture
def table(tmp_path):
    """Three backbones, two seeds, all tasks; one job failed, one label is hostile to every format."""
    jobs = [
        job(task, 'a_b|50%' if label == 'teacher' else label, skill, seed, protocol='linear_released')
        for label, skill in BACKBONES.items()
        for task in all_tasks()
        if task != 'coco'
        for seed in range(2)
    ]
    lost = next(entry for entry in jobs if entry['task'] == 'nyud' and entry['backbone']['label'] == 'student')
    lost |= {'metrics': {}, 'error': 'depth_max > 10 m:\n50 % of <images>.'}
    write_results(tmp_path, jobs)
    return build_table(read_results(tmp_path))


def test_markdown_has_one_width_and_all_rows(table):
    text = to_markdown(table)
    lines = [line for line in text.splitlines() if line.startswith('|')]
    assert len(lines) == 2 + 3 + 2 + 17
    assert {len(re.findall(r'(?<!\\)\|', line)) for line in lines} == {len(COLUMNS) + 4}
    assert '| a_b\\|50% | linear_released | 2 | **85.50 ± 0.71** |' in lines[2]
    assert '| +50.00 |' in lines[3] and '| −0.5000 |' in lines[3]
    assert '0.9900<sup>3,4</sup>' in text
    assert '\n3. over 1 instead of 2 seeds\n4. student, nyud, linear_released, seed 0 failed: depth_max' in text
    assert '\\> 10 m: 50 % of \\<images\\>.' in text
    assert '| ViT-L to ViT-T, SiNGER | published, real data |  | 70.59<sup>5</sup> | 21.76<sup>6</sup> |' in text
    assert '\n5. published: comparable\n6. published: nearly comparable: the epoch is picked by' in text


def test_latex_is_escaped_and_balanced(table):
    text = to_latex(table)
    assert r'a\_b\textbar{}50\% & linear\_released & 2 & \textbf{85.50 $\pm$ 0.71} &' in text
    assert r'$\Delta$ to undistilled' in text and '$-$0.5000' in text
    assert 'IN-val $\\uparrow$' in text and 'NYUd $\\downarrow$' in text
    assert r'\textsuperscript{4} student, nyud, linear\_released, seed 0 failed: depth\_max \textgreater{} 10 m' in text
    for rule in ('toprule', 'midrule', 'bottomrule', 'begin{tabular}', 'end{tabular}', 'end{table*}'):
        assert f'\\{rule}' in text
    assert text.isascii()
    assert text.count('{') - text.count(r'\{') == text.count('}') - text.count(r'\}')
    body = text.split(r'\toprule')[1].split(r'\bottomrule')[0]
    rows = [line for line in body.splitlines() if line.endswith(r'\\')]
    assert len(rows) == 2 + 3 + 2 + 17
    assert {len(re.findall(r'(?<!\\)&', row)) for row in rows} == {len(COLUMNS) + 2}


def test_csv_holds_plain_numbers(table):
    rows = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert [row['rows'] for row in rows] == ['ours', 'delta', 'ours', 'delta', 'ours', *['published'] * 17]
    first, _, student = rows[:3]
    assert first['backbone'] == 'a_b|50%'
    assert float(first['IN-val (top-1, %)']) == pytest.approx(85.5)
    assert float(first['IN-val std']) == pytest.approx(0.7071)
    assert student['NYUd std'] == ''
    assert 'NYUd: over 1 instead of 2 seeds; NYUd: student, nyud' in student['notes']
    assert float(rows[-1]['NYUd (RMSE, m)']) == 0.9827
    assert rows[-1]['COCO box (AP, %)'] == ''


def test_terminal_shows_rows_and_footnotes(table):
    console = Console(width=200, file=io.StringIO())
    console.print(to_terminal(table))
    text = console.file.getvalue()
    for words in ('a_b|50%', '85.50 ± 0.71', '0.9900³˒⁴', 'ViT-L to ViT-T, SiNGER', '⁴ student, nyud', 'IN-val ↑'):
        assert words in text


def test_results_of_an_earlier_version_give_the_table_that_they_gave():
    """``results.json`` and ``table.md`` of ``tools/quickstart.sh`` at commit 60af0d5 (2026-11-29)."""
    folder = DATA / 'quickstart_2026_11_29'
    assert to_markdown(build_table(read_results(folder))) == (folder / 'table.md').read_text()
