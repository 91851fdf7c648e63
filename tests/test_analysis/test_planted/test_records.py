"""The tables of the docs are those of the records beside them."""

import json

import pytest
from conftest import ROOT

from singer_mm.analysis.planted.tables import last_of, tables_of

RECORDS = sorted((ROOT / 'docs/records').glob('planted_*.json'))
PAGES = dict(
    planted_300='planted_artifacts',
    planted_1000='planted_artifacts',
    planted_two_vectors='planted_artifacts',
    planted_recommended='recommended_recipe',
    planted_recommended_1000='recommended_recipe',
    planted_screening='recommended_recipe',
)


def test_every_record_has_a_page():
    assert {record.stem for record in RECORDS} == set(PAGES)


@pytest.mark.parametrize('record', RECORDS, ids=lambda record: record.stem)
def test_the_page_shows_what_the_record_says(record):
    content = json.loads(record.read_text())
    page = (ROOT / f'docs/{PAGES[record.stem]}.md').read_text()
    results = {
        teacher: {
            title: [{int(steps): values for steps, values in seed.items()} for seed in seeds]
            for title, seeds in methods.items()
        }
        for teacher, methods in content['results'].items()
    }
    for table in tables_of(last_of(results), content['pairs'], content['learning_rates']).values():
        for line in table.splitlines():
            assert line in page, line
    assert content['command'].partition(' --out')[0] in page.replace(' \\\n    ', ' ')
