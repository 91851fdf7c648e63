import json

import numpy as np
import pytest
from conftest import STUDENT
from PIL import Image

from singer_mm.analysis.ablations.ablation_set import read_ablation_set
from singer_mm.analysis.ablations.labelled_images import LabelledImages
from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import build_model


@pytest.fixture
def folder(tmp_path):
    """Dark and bright noise: any network tells the classes apart."""
    generator = np.random.default_rng(0)
    for split in ('train', 'test'):
        for name, level in (('dark', 0), ('bright', 150)):
            (tmp_path / split / name).mkdir(parents=True)
            for index in range(4):
                pixels = generator.integers(level, level + 100, (32, 32, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / split / name / f'{index}.png')
    return tmp_path


@pytest.fixture
def backbone():
    return build_model(STUDENT).freeze()


def test_probes_find_what_is_in_the_features(folder, backbone, tmp_path):
    accuracies = LabelledImages(str(folder), 32).accuracies(backbone, tmp_path / 'x.json')
    assert accuracies['linear, patch mean'] == accuracies['ridge, patch mean'] == 100


def test_the_file_is_read_only_for_the_same_images_weights_and_statistics(folder, backbone, tmp_path, monkeypatch):
    file, measured = tmp_path / 'x.json', []
    monkeypatch.setattr(LabelledImages, '_measure', lambda *_: measured.append(1) or {'ridge, CLS': 50.0})
    images = LabelledImages(str(folder), 32)
    for _ in range(2):
        assert images.accuracies(backbone, file) == {'ridge, CLS': 50.0}
    assert len(measured) == 1
    backbone.normalization = ((0.1, 0.1, 0.1), (0.2, 0.2, 0.2))
    images.accuracies(backbone, file)
    (folder / 'test/dark/0.png').write_bytes((folder / 'test/bright/0.png').read_bytes() + b'0')
    images.accuracies(backbone, file)
    backbone.vit.norm.weight.data.mul_(2)
    images.accuracies(backbone, file)
    assert len(measured) == 4


@pytest.mark.parametrize('content', ['{', '[]', json.dumps(dict(facts=1)).replace('facts', 'other')])
def test_a_damaged_file_is_named(folder, backbone, tmp_path, content):
    (tmp_path / 'x.json').write_text(content)
    with pytest.raises(DataError, match='x.json'):
        LabelledImages(str(folder), 32).accuracies(backbone, tmp_path / 'x.json')


@pytest.mark.parametrize(('key', 'value'), [('size', 0), ('train', -1)])
def test_impossible_numbers_are_named(key, value):
    with pytest.raises(ConfigError, match=key):
        LabelledImages(**{'folder': 'x', 'size': 32, key: value})


@pytest.mark.parametrize('arguments', ["dict(folder='x')", "dict(folder='x', size=32, other=1)"])
def test_a_set_with_other_arguments_is_named(tmp_path, arguments):
    (tmp_path / 'base.py').write_text('model = dict(teacher=dict(), student=dict())')
    path = tmp_path / 'some_set.py'
    path.write_text(f"base_config = 'base.py'\nvariants = dict(a=dict())\nlabelled = {arguments}\n")
    with pytest.raises(ConfigError, match='some_set.*labelled'):
        read_ablation_set(path)
