"""What the tests of all checkers share."""

from dataclasses import replace

import pytest
from test_preparation.tiny_datasets import COUNTS

from singer_mm.errors import DataError
from singer_mm.preparation import OFFICIAL, check_dataset


@pytest.fixture
def wrong(tmp_path):
    """Check a dataset that must be rejected by a sentence with all of the words; return it."""

    def wrong(name, *words):
        with pytest.raises(DataError) as error:
            check_dataset(name, tmp_path)
        sentence = error.value.sentence
        assert str(tmp_path) in sentence and '\n' not in sentence and sentence.endswith('.')
        assert [word for word in words if word not in sentence] == []
        return sentence

    return wrong


@pytest.fixture
def official(monkeypatch):
    """Let a tiny folder pass for the official dataset, with its own counts."""

    def official(name, folder):
        counts = {split: COUNTS[name][split] for split in OFFICIAL[name].counts}
        monkeypatch.setitem(OFFICIAL, name, replace(OFFICIAL[name], counts=counts, num_classes=None))
        (folder / 'mini.json').unlink()

    return official
