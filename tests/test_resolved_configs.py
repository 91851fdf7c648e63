"""The configs of published methods resolve to what they were: numbers of users' runs depend on every value.

After a deliberate change, ``python tests/test_resolved_configs.py`` writes the snapshot again.
"""

import json
from pathlib import Path

import pytest

from singer_mm.engine.config.config_file import load_config_file

ROOT = Path(__file__).parents[1]
SNAPSHOT = ROOT / 'tests/data/resolved_configs.json'
KEYS = ('model', 'total_batch_size', 'optim_wrapper', 'param_scheduler', 'train_cfg')
FOLDERS = ('singer', 'fitnet', 'vitkd', 'cosine', 'logits')


def resolved(name):
    config = load_config_file(ROOT / 'configs' / name).to_dict()
    return json.loads(json.dumps({key: config[key] for key in KEYS}))  # tuples become lists


@pytest.mark.parametrize('name', json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else [])
def test_a_published_config_is_unchanged(name):
    assert resolved(name) == json.loads(SNAPSHOT.read_text())[name]


if __name__ == '__main__':
    paths = sorted(path for folder in FOLDERS for path in (ROOT / 'configs' / folder).glob('*.py'))
    names = [str(path.relative_to(ROOT / 'configs')) for path in paths]
    SNAPSHOT.write_text(json.dumps({name: resolved(name) for name in names}, indent=1, sort_keys=True) + '\n')
