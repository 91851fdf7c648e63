import json
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.dataset import BaseDataset, DefaultSampler

from singer_mm.engine.runner import SafeRunner
from singer_mm.engine.runner.class_check import check_classes, check_trained_classes, say_why_empty
from singer_mm.errors import ConfigError, DataError


def data(classes, **attributes):
    return SimpleNamespace(metainfo=dict(classes=classes), **attributes)


@pytest.fixture
def annotations(tmp_path):
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(dict(categories=[dict(id=1, name='person'), dict(id=5, name='cat')])))
    return path


@pytest.mark.parametrize(
    ('model', 'key'),
    [
        (dict(head=dict(num_classes=4)), 'model.head.num_classes'),
        (dict(decode_head=dict(num_classes=4)), 'model.decode_head.num_classes'),
        (dict(auxiliary_head=[dict(num_classes=5), dict(num_classes=4)]), 'model.auxiliary_head.1.num_classes'),
        (dict(roi_head=dict(bbox_head=dict(num_classes=4))), 'model.roi_head.bbox_head.num_classes'),
        (dict(task_model=dict(head=dict(num_classes=4))), 'model.task_model.head.num_classes'),
    ],
)
def test_a_head_with_fewer_classes_is_refused(model, key):
    with pytest.raises(ConfigError, match=rf'^{key} is 4\b.*\b5\b'):
        check_classes(Config(dict(model=model)), data('abcde'))
    check_classes(Config(dict(model=model)), data('abc'))  # a part of a dataset


@pytest.mark.parametrize(
    'model',
    [dict(rpn_head=dict(num_classes=1)), dict(teacher=dict(num_classes=3)), dict(backbone=dict(num_classes=0)), {}],
)
def test_what_is_no_head_passes(model):
    check_classes(Config(dict(model=model)), data('abcde'))
    check_classes(Config(dict(model=model)), SimpleNamespace(dataset=data(None)))


def test_classes_of_a_checkpoint_are_compared_by_label():
    checkpoint = dict(meta=dict(dataset_meta=dict(classes=('cat', 'dog', 'fox'))))
    check_trained_classes('epoch_1.pth', checkpoint, data(['cat', 'dog', 'fox']), 'test data')
    check_trained_classes('epoch_1.pth', checkpoint, data(('cat', 'dog')), 'test data')  # a part of the data
    for names, words in (
        (('dog', 'cat', 'fox'), r"\b0\b.*'dog'.*'cat'.*epoch_1\.pth"),
        (('cat', 'fox'), r"\b1\b.*'fox'"),
        (('cat', 'dog', 'fox', 'owl'), r"\b3\b.*'owl'"),
    ):
        with pytest.raises(DataError, match=words):
            check_trained_classes('epoch_1.pth', checkpoint, data(names), 'test data')


@pytest.mark.parametrize(
    'checkpoint', [{}, dict(meta=3), dict(meta=dict(dataset_meta=3)), dict(meta=dict(dataset_meta=dict(classes=None)))]
)
def test_a_checkpoint_that_names_no_classes_passes(checkpoint):
    check_trained_classes('epoch_1.pth', checkpoint, data(('cat', 'dog')), 'test data')
    named = dict(meta=dict(dataset_meta=dict(classes=['cat'])))
    check_trained_classes('epoch_1.pth', named, SimpleNamespace(dataset=data(None)), 'test data')


def test_classes_that_the_annotations_lack_are_named(annotations):
    dataset = SimpleNamespace(dataset=data(('cat', 'kitten'), cat_ids=[5], ann_file=str(annotations)))
    with pytest.raises(DataError, match=r'\b1 of the 2\b.*kitten.*instances\.json.*person, cat'):
        check_classes(Config(dict(model={})), dataset)
    dataset = dict(type='CocoDataset', ann_file=str(annotations), metainfo=dict(classes=('kitten',)))
    assert 'kitten' in str(say_why_empty(dict(type='SeededDataset', dataset=dataset)))


def test_a_dataset_without_samples_is_named(annotations):
    assert 'instances.json' in str(
        say_why_empty(dict(type='CocoDataset', ann_file=str(annotations), metainfo=dict(classes=('cat',))))
    )
    (annotations.parent / 'empty.json').write_text(json.dumps(dict(metainfo={}, data_list=[])))
    dataset = dict(type=BaseDataset, data_root=str(annotations.parent), ann_file='empty.json')
    with pytest.raises(DataError, match=r'BaseDataset.*empty\.json'):
        SafeRunner.build_dataloader(dict(dataset=dataset, sampler=dict(type=DefaultSampler), batch_size=1))
