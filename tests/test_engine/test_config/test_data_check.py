"""Which datasets are looked at before a training or a test, and who says what was found."""

import json

import pytest
import torch
import torch.distributed as dist
from conftest import ROOT
from mmengine.config import Config

from singer_mm.engine.config.data_check import check_data, official_datasets
from singer_mm.engine.config.data_folder import use_data
from singer_mm.errors import DataError


@pytest.mark.parametrize(
    ('config', 'expected'),
    [
        ('downstream/coco/frozen_maskrcnn.py', [('coco', 'data')]),
        ('downstream/ade20k/linear_standard.py', [('ade20k', 'data')]),
        ('downstream/imagenet1k/knn.py', [('imagenet', 'data')]),
        ('downstream/imagenet_v2/linear_paper.py', [('imagenet_v2', 'data')]),
        ('supervised/vitt_demo.py', [('imagenet', 'data/mini')]),
        ('mini/task/classification_vitl_vitt.py', [('imagenet', 'data')]),  # before its data folder is resolved
        ('singer/vitl_vitt.py', []),
    ],
)
def test_the_datasets_of_a_config(config, expected):
    assert sorted(set(official_datasets(Config.fromfile(ROOT / 'configs' / config)))) == expected


def test_datasets_follow_the_data_folder(tmp_path):
    cfg = Config.fromfile(ROOT / 'configs/downstream/ade20k/finetune.py')
    use_data(cfg, str(tmp_path))
    assert set(official_datasets(cfg)) == {('ade20k', str(tmp_path))}


def test_data_of_another_name_and_photographs_are_no_official_dataset():
    datasets = (
        dict(type='CustomDataset', data_root='data/five'),
        dict(type='CustomDataset', data_root='coco2'),
        dict(type='CustomDataset'),
        dict(type='singer_mm.UnlabelledImages', data_root='data/imagenet'),
    )
    loaders = {f'{index}_dataloader': dict(dataset=dataset) for index, dataset in enumerate(datasets)}
    assert not list(official_datasets(Config(loaders)))
    wrapped = dict(type='RepeatDataset', dataset=dict(type='ConcatDataset', datasets=[dict(data_root='/x/coco/')]))
    assert list(official_datasets(Config(dict(train_dataloader=dict(dataset=wrapped))))) == [('coco', '/x')]


@pytest.fixture
def half(tmp_path):
    """A config whose data lack a mask."""
    folder = tmp_path / 'ade/ADEChallengeData2016'
    for split in ('training', 'validation'):
        (folder / 'images' / split).mkdir(parents=True)
        (folder / 'annotations' / split).mkdir(parents=True)
    (folder / 'images/training/ADE_train_00000001.jpg').touch()
    (folder / 'mini.json').write_text(json.dumps(dict(counts=dict(train=1, val=0))))
    return Config(dict(train_dataloader=dict(dataset=dict(type='singer_mm.ADE20K', data_root=str(folder)))))


SENTENCE = r'\b0 of the 1\b.*--skip-checks'


def test_what_is_wrong_is_said_with_the_remedies(half):
    with pytest.raises(DataError, match=SENTENCE):
        check_data(half)
    with pytest.raises(DataError, match='nowhere/nyu'):
        check_data(Config(dict(test_dataloader=dict(dataset=dict(type='NYUDepth', data_root='nowhere/nyu')))))


def _check(rank, cfg, store):
    torch.set_num_threads(1)
    dist.init_process_group('gloo', init_method=f'file://{store}', rank=rank, world_size=2)
    with pytest.raises(DataError, match=SENTENCE):
        check_data(cfg if rank == 0 else Config())  # the second process does not look itself
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_end_with_one_sentence(half, tmp_path):
    torch.multiprocessing.start_processes(_check, (half, str(tmp_path / 'store')), nprocs=2, start_method='fork')
