import json
import pickle

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample
from mmseg.structures import SegDataSample
from torch.utils.data import DataLoader

from singer_mm.datasets import CachedFeatures, ResumableSampler, batched_collate
from singer_mm.errors import DataError
from singer_mm.utils.folder_use import FolderInUse, claimed

TOKENS = np.arange(3 * 2 * 2 * 4).reshape(3, 2, 2, 4).astype(np.float16)


def write(folder, targets, sample_class, target, dtype):
    folder.mkdir()
    np.save(folder / 'tokens.npy', TOKENS)
    start, lines = 0, []
    for index, value in enumerate(targets):
        metainfo = dict(img_path=f'{index}.png', ori_shape=[4, 5], flip_direction='x')
        lines.append(json.dumps(dict(metainfo=metainfo, start=start, shape=list(value.shape))))
        start += value.size
    (folder / 'samples.jsonl').write_text('\n'.join(lines) + '\n')
    (folder / 'targets.bin').write_bytes(b''.join(value.astype(dtype).tobytes() for value in targets))
    entry = dict(sample_class=sample_class, target=target, target_dtype=dtype, metainfo=dict(classes=['a', 'b']))
    (folder / 'entry.json').write_text(json.dumps(entry))
    (folder / 'used').touch()
    return CachedFeatures(str(folder))


@pytest.fixture
def labelled(tmp_path):
    return write(tmp_path / 'entry', [np.array([label]) for label in (1, 0, 1)], 'DataSample', 'gt_label', 'int64')


def test_a_sample_carries_tokens_label_and_origin(labelled):
    sample = labelled[1]
    assert torch.equal(sample['inputs'], torch.from_numpy(TOKENS[1]))
    assert sample['inputs'].dtype == torch.float16
    assert isinstance(sample['data_samples'], DataSample)
    assert sample['data_samples'].gt_label.tolist() == [0]
    assert sample['data_samples'].img_path == '1.png'
    assert sample['data_samples'].ori_shape == (4, 5)  # JSON made a list of it
    assert len(labelled) == 3
    assert labelled.metainfo == dict(classes=['a', 'b'])


def test_files_are_named_from_where_the_data_lie_now(labelled):
    moved = CachedFeatures(str(labelled.folder), data_root='elsewhere/data')
    assert moved[1]['data_samples'].img_path == 'elsewhere/data/1.png'
    assert moved.__getitems__([2])['data_samples'][0].img_path == 'elsewhere/data/2.png'


def test_a_copy_keeps_the_entry_from_being_removed_too(labelled):
    copied = pickle.loads(pickle.dumps(FolderInUse(labelled.folder)))
    del labelled._in_use
    with claimed(labelled.folder / 'used') as unused:
        assert not unused
    del copied
    with claimed(labelled.folder / 'used') as unused:
        assert unused


@pytest.mark.parametrize(('target', 'dtype'), [('gt_sem_seg', 'uint8'), ('gt_depth_map', 'float32')])
def test_maps_keep_their_own_sizes(tmp_path, target, dtype):
    shapes = [(1, 2, 3), (1, 4, 1), (1, 1, 2)]
    maps = [np.arange(np.prod(shape)).reshape(shape).astype(dtype) + index for index, shape in enumerate(shapes)]
    dataset = write(tmp_path / 'entry', maps, 'SegDataSample', target, dtype)
    for index, expected in enumerate(maps):
        sample = dataset[index]['data_samples']
        assert isinstance(sample, SegDataSample)
        assert torch.equal(getattr(sample, target).data, torch.from_numpy(expected))


def test_a_batch_at_once_is_its_samples(labelled):
    batch = labelled.__getitems__([(2, 99), 0])
    singles = [labelled[2], labelled[(0, 7)]]
    assert torch.equal(batch['inputs'], torch.stack([sample['inputs'] for sample in singles]))
    assert [sample.img_path for sample in batch['data_samples']] == ['2.png', '0.png']
    assert [sample.gt_label.item() for sample in batch['data_samples']] == [1, 1]


def test_a_loader_fetches_whole_batches_with_the_keys_of_the_training(labelled):
    sampler = ResumableSampler(labelled, seed=0)
    loader = DataLoader(labelled, batch_size=2, sampler=sampler, collate_fn=batched_collate)
    batches = list(loader)
    assert [tuple(batch['inputs'].shape) for batch in batches] == [(2, 2, 2, 4), (1, 2, 2, 4)]
    assert {sample.img_path for batch in batches for sample in batch['data_samples']} == {'0.png', '1.png', '2.png'}


def test_collate_leaves_a_batch_and_gathers_samples(labelled):
    batch = labelled.__getitems__([0, 1])
    assert batched_collate(batch) is batch
    gathered = batched_collate([labelled[0], labelled[1]])
    assert [tuple(tokens.shape) for tokens in gathered['inputs']] == [(2, 2, 4)] * 2
    assert [sample.img_path for sample in gathered['data_samples']] == ['0.png', '1.png']


def test_samples_are_copies(labelled):
    labelled[0]['inputs'].zero_()
    labelled.__getitems__([0])['inputs'].zero_()
    labelled[0]['data_samples'].gt_label.zero_()
    assert torch.equal(labelled[0]['inputs'], torch.from_numpy(TOKENS[0]))
    assert labelled[0]['data_samples'].gt_label.item() == 1


def test_a_missing_entry_is_named(tmp_path):
    with pytest.raises(DataError, match='none.*remove'):
        CachedFeatures(str(tmp_path / 'none'))
