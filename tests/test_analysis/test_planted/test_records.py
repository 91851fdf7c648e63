"""The tables of docs/planted_artifacts.md are those of the records beside it."""

import json

import pytest
from conftest import ROOT

from singer_mm.analysis.planted.tables import last_of, tables_of

RECORDS = sorted((ROOT / 'docs/records').glob('planted_*.json'))
PAGE = (ROOT / 'docs/planted_artifacts.md').read_text()


def test_there_are_records():
    assert [record.stem for record in RECORDS] == ['planted_1000', 'planted_300', 'planted_two_vectors']


@pytest.mark.parametrize('record', RECORDS, ids=lambda record: record.stem)
def test_the_page_shows_what_the_record_says(record):
    content = json.loads(record.read_text())
    results = {
        teacher: {
            title: [{int(steps): values for steps, values in seed.items()} for seed in seeds]
            for title, seeds in methods.items()
        }
        for teacher, methods in content['results'].items()
    }
    for table in tables_of(last_of(results), content['pairs'], content['learning_rates']).values():
        for line in table.splitlines():
            assert line in PAGE, line
    assert content['command'].partition(' --out')[0] in PAGE.replace(' \\\n    ', ' ')
