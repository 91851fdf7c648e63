"""Features on disk: what an entry holds, what an interruption leaves, and who has to make room."""

import errno
import itertools
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.registry import DATASETS, MODELS, init_default_scope
from torch.utils.data import Dataset

from singer_mm.datasets import CachedFeatures
from singer_mm.datasets.data_digest import data_root_of
from singer_mm.downstream.feature_cache import FeatureCache, extraction
from singer_mm.downstream.feature_cache.extraction import Extraction
from singer_mm.engine.config.backbone_reference import build_backbone
from singer_mm.errors import ConfigError, DataError
from singer_mm.models import PrecomputedTokens

KIB = 1 / (1 << 20)  # in GiB


class Observed(Dataset):
    """A dataset that notes what is read, and raises an error instead of one of its samples, once."""

    def __init__(self, dataset, fails_at=None, error=KeyboardInterrupt):
        self.dataset = dataset
        self.fails_at = fails_at
        self.error = error
        self.read = []

    @property
    def metainfo(self):
        return self.dataset.metainfo

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        if index == self.fails_at:
            self.fails_at = None
            raise self.error
        self.read.append(index)
        return self.dataset[index]


@pytest.fixture
def parts(task):
    """Backbone, preprocessor and test set of a config."""

    def build(name, changes=None):
        cfg = task(name, changes)
        init_default_scope(cfg.default_scope)
        preprocessor = MODELS.build(cfg.model.data_preprocessor)
        return build_backbone(cfg.model.backbone), preprocessor, DATASETS.build(cfg.test_dataloader.dataset)

    return build


def extract(parts, folder, dataset=None, blocks=(3,), batch_size=2):
    backbone, preprocessor, images = parts
    Extraction(backbone, preprocessor, dataset or images, list(blocks)).run(folder, batch_size, 0, dict(weights='w'))
    return CachedFeatures(str(folder), data_root_of(dataset or images))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != 'state.json'}


@pytest.mark.slow
@pytest.mark.parametrize(
    ('name', 'out_type', 'final_norm'),
    [
        ('imagenet1k/linear_paper', 'cls_token', False),
        ('imagenet1k/linear_paper', 'avg_patch', True),
        ('imagenet1k/linear_paper', 'cls_and_avg', True),
        ('ade20k/linear_paper', 'feat_map', True),
        ('ade20k/linear_paper', 'cls_and_map', False),
    ],
)
def test_an_entry_says_what_the_backbone_says(parts, tmp_path, name, out_type, final_norm):
    changes = {'out_type': out_type, 'final_norm': final_norm, 'out_indices': [1, 3]}
    backbone, preprocessor, images = parts(name, {f'model.backbone.{key}': value for key, value in changes.items()})
    entry = extract((backbone, preprocessor, images), tmp_path / 'entry', blocks=(1, 3))
    stand_in = PrecomputedTokens(out_type, [0, 1], backbone.num_prefix_tokens, entry.entry['grid'], 'digest')
    assert len(entry) == len(images)
    for index in range(len(images)):
        data = preprocessor(dict(inputs=[images[index]['inputs']], data_samples=[images[index]['data_samples']]), False)
        cached = stand_in(entry[index]['inputs'][None].float())
        for direct, value in zip(backbone(data['inputs']), cached, strict=True):
            torch.testing.assert_close(value, direct, rtol=2**-10, atol=1e-3)
        sample, expected = entry[index]['data_samples'], data['data_samples'][0]
        assert type(sample) is type(expected)
        target = entry.entry['target']
        values = [getattr(owner, target) for owner in (sample, expected)]
        values = [value if isinstance(value, torch.Tensor) else value.data for value in values]
        assert torch.equal(*values)
        assert sample.img_path == expected.img_path
        assert sample.ori_shape == expected.ori_shape


def test_an_interrupted_pass_goes_on_where_it_was(parts, tmp_path, monkeypatch):
    seconds = itertools.count(step=20)
    # State is noted after every second image then, so that an interruption leaves rows that do not count.
    monkeypatch.setattr(extraction, 'time', SimpleNamespace(monotonic=lambda: next(seconds)))
    ade = parts('ade20k/linear_paper')
    images = DATASETS.build(dict(type='ConcatDataset', datasets=[ade[2], ade[2]]))
    assert len(images) == 6
    extract(ade, tmp_path / 'whole', images, batch_size=1)

    interrupted = Observed(images, fails_at=5)
    with pytest.raises(KeyboardInterrupt):
        extract(ade, tmp_path / 'killed', interrupted, batch_size=1)
    assert json.loads((tmp_path / 'killed/state.json').read_text())['rows'] == 4
    assert len((tmp_path / 'killed/samples.jsonl').read_text().splitlines()) == 5
    interrupted.read.clear()
    interrupted.fails_at = 4
    with pytest.raises(KeyboardInterrupt):
        extract(ade, tmp_path / 'killed', interrupted, batch_size=1)
    extract(ade, tmp_path / 'killed', interrupted, batch_size=1)
    # The first image tells the shape, whatever has been done.
    assert interrupted.read == [0, 0, 4, 5]
    assert files_of(tmp_path / 'killed') == files_of(tmp_path / 'whole')


def test_half_an_entry_is_no_entry(parts, tmp_path):
    cache = FeatureCache(tmp_path)
    ade = parts('ade20k/linear_paper')
    with pytest.raises(KeyboardInterrupt):
        extract(ade, cache.unfinished('key'), Observed(ade[2], fails_at=2), batch_size=1)
    assert cache.find('key') is None
    with pytest.raises(DataError, match='key.unfinished .*entry.json'):
        CachedFeatures(str(cache.unfinished('key')))
    extract(ade, cache.unfinished('key'))
    assert cache.find('key') is None
    assert cache.finish('key') == cache.find('key') == tmp_path / 'key'
    assert not cache.unfinished('key').exists()


def test_the_size_is_known_beforehand(parts, tmp_path):
    for name, shape in (('imagenet1k/linear_paper', (12, 1, 2, 24)), ('ade20k/linear_paper', (3, 1, 17, 24))):
        task = parts(name)
        planned = Extraction(*task, [3])
        assert planned.shape == shape
        extract(task, tmp_path / name)
        taken = sum(path.stat().st_size for path in (tmp_path / name).iterdir() if path.name != 'entry.json')
        assert taken <= planned.size + 1024


def test_a_full_disk_is_named_and_gone_on_with(parts, tmp_path, monkeypatch):
    ade = parts('ade20k/linear_paper')

    def full(*args):
        raise OSError(errno.ENOSPC, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(os, 'posix_fallocate', full)
        with pytest.raises(DataError, match=f'{tmp_path} .*No space left.*disk space'):
            extract(ade, tmp_path / 'entry')
    assert not (tmp_path / 'entry/entry.json').exists()
    assert len(extract(ade, tmp_path / 'entry')) == 3


def test_the_disk_is_taken_before_the_first_image(parts, tmp_path):
    """A sparse file would let the process die of a bus error when the disk fills up meanwhile."""
    ade = parts('ade20k/linear_paper')
    with pytest.raises(KeyboardInterrupt):
        extract(ade, tmp_path / 'entry', Observed(ade[2], fails_at=1), batch_size=1)
    stat = os.stat(tmp_path / 'entry/tokens.npy')
    assert stat.st_blocks * 512 >= stat.st_size


def test_an_image_that_cannot_be_read_is_not_blamed_on_the_disk(parts, tmp_path):
    ade = parts('ade20k/linear_paper')
    missing = FileNotFoundError(errno.ENOENT, 'No such file or directory', 'ADE_val_2.jpg')
    with pytest.raises(DataError, match=r'dataset .*ADE_val_2\.jpg'):
        extract(ade, tmp_path / 'entry', Observed(ade[2], fails_at=2, error=missing))


def test_features_that_half_precision_cannot_hold_are_refused(parts, tmp_path):
    backbone, *others = parts('ade20k/linear_paper')
    backbone.vit.blocks[3].mlp.fc2.bias.data += 1e5
    with pytest.raises(DataError, match='65504.*--no-cache'):
        extract((backbone, *others), tmp_path / 'entry')


def test_images_of_several_sizes_are_refused(parts, tmp_path):
    """Padding a batch to its largest image would make features depend on the batch."""
    ade = parts('ade20k/linear_paper', {'model.backbone.dynamic_img_size': True})
    resized = type('Resized', (Observed,), {'__getitem__': lambda self, index: _widen(self.dataset[index], 8 * index)})
    with pytest.raises(ConfigError, match=r'\(4, 4\) .*\(4, 5\) .*--no-cache'):
        extract(ade, tmp_path / 'entry', resized(ade[2]), batch_size=1)


def _widen(sample, columns):
    sample['inputs'] = torch.nn.functional.pad(sample['inputs'], (0, columns))
    return sample


def test_samples_without_truth_are_refused(parts, tmp_path):
    backbone, preprocessor, images = parts('ade20k/linear_paper')
    images.pipeline.transforms = [
        transform for transform in images.pipeline.transforms if type(transform).__name__ != 'LoadAnnotations'
    ]
    images.pipeline.transforms = [t for t in images.pipeline.transforms if type(t).__name__ != 'CheckLabelMap']
    with pytest.raises(ConfigError, match='gt_label, gt_sem_seg, gt_depth_map.* cache_pipeline'):
        extract((backbone, preprocessor, images), tmp_path / 'entry')


@pytest.fixture
def write_entry(tmp_path):
    """Write an entry of so many KiB that was used so many seconds after the epoch."""

    def write(name, kib, used):
        folder = tmp_path / name
        folder.mkdir()
        (folder / 'entry.json').write_bytes(bytes(1024 * kib))
        (folder / 'used').touch()
        os.utime(folder / 'used', (used, used))

    return write


def names_in(folder):
    return {path.name for path in folder.iterdir() if path.is_dir()}


def test_the_least_recently_used_make_room(tmp_path, write_entry):
    for used, name in enumerate(['old', 'older_than_it_looks', 'new']):
        write_entry(name, kib=30, used=100 + used)
    cache = FeatureCache(tmp_path, limit_gib=100 * KIB)
    cache.make_room('key', 10 * 1024)
    assert names_in(tmp_path) == {'old', 'older_than_it_looks', 'new'}  # exactly at the limit
    FeatureCache(tmp_path).find('old')
    cache.make_room('key', 11 * 1024)
    assert names_in(tmp_path) == {'old', 'new'}
    cache.make_room('key', 100 * 1024)
    assert names_in(tmp_path) == set()


def test_entries_that_grow_or_are_needed_stay(tmp_path, write_entry):
    for name in ('mine', 'other.unfinished', 'key.unfinished', 'idle'):
        write_entry(name, kib=30, used=100)
    cache = FeatureCache(tmp_path, limit_gib=100 * KIB)
    cache.find('mine')
    cache.make_room('key', 40 * 1024)  # what has grown of it counts once
    assert names_in(tmp_path) == {'mine', 'other.unfinished', 'key.unfinished'}
    with pytest.raises(DataError, match='limit .*--cache-limit'):
        cache.make_room('key', 71 * 1024)
    assert 'mine' in names_in(tmp_path)


def test_entries_that_others_use_stay_and_nothing_goes_in_vain(tmp_path, write_entry):
    for used, name in enumerate(['theirs', 'idle']):
        write_entry(name, kib=40, used=100 + used)
    other = FeatureCache(tmp_path)
    other.find('theirs')
    cache = FeatureCache(tmp_path, limit_gib=100 * KIB)
    with pytest.raises(DataError, match='other runs .*--cache-limit'):
        cache.make_room('key', 70 * 1024)
    assert names_in(tmp_path) == {'theirs', 'idle'}
    cache.make_room('key', 60 * 1024)  # the idle one has been used later
    assert names_in(tmp_path) == {'theirs'}
    del other
    cache.make_room('key', 70 * 1024)
    assert names_in(tmp_path) == set()


def test_what_nobody_grows_any_more_goes_last(tmp_path, write_entry):
    for name in ('begun.unfinished', 'done'):
        write_entry(name, kib=40, used=100)
    cache = FeatureCache(tmp_path, limit_gib=100 * KIB)
    cache.make_room('key', 50 * 1024)
    assert names_in(tmp_path) == {'begun.unfinished'}
    with cache.growing('begun'), pytest.raises(DataError, match='other runs'):
        cache.make_room('key', 70 * 1024)
    cache.make_room('key', 70 * 1024)
    assert names_in(tmp_path) == set()


def test_what_a_killed_process_has_half_removed_goes(tmp_path, write_entry):
    write_entry('key.removed', kib=1, used=1)
    cache = FeatureCache(tmp_path, limit_gib=100 * KIB)
    cache.make_room('key', 1024)
    assert names_in(tmp_path) == set()


HOLD = """
import sys
from singer_mm.datasets import CachedFeatures
dataset = CachedFeatures(sys.argv[1])
print('reading', flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_what_another_process_reads_stays(parts, tmp_path):
    """Reading from an entry needs no :class:`FeatureCache`: a dumped config names the folder."""
    writer = FeatureCache(tmp_path, limit_gib=0.1)
    extract(parts('ade20k/linear_paper'), writer.unfinished('key'))
    entry = writer.finish('key')
    del writer
    full = FeatureCache(tmp_path, limit_gib=1000 * KIB)
    command = [sys.executable, '-c', HOLD, str(entry)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        while other.stdout.readline() != 'reading\n':
            assert other.poll() is None
        with pytest.raises(DataError, match='other runs'):
            full.make_room('new', 1000 * 1024)
        assert CachedFeatures(str(entry))[2]['inputs'].shape == (1, 17, 24)
        other.communicate()
    full.make_room('new', 1000 * 1024)
    assert names_in(tmp_path) == set()
    assert full.find('key') is None


def test_what_never_fits_the_limit_is_named_and_nothing_goes(tmp_path, write_entry):
    write_entry('entry', kib=1, used=1)
    with pytest.raises(DataError, match=r'3\.0 GiB.* 2\.0 GiB.*--cache-limit'):
        FeatureCache(tmp_path, limit_gib=2).make_room('key', 3 << 30)
    assert names_in(tmp_path) == {'entry'}


def test_what_the_disk_cannot_hold_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr('shutil.disk_usage', lambda folder: SimpleNamespace(free=1 << 30))
    with pytest.raises(DataError, match=r'1\.5 GiB.* 1\.0 GiB.*--no-cache'):
        FeatureCache(tmp_path / 'cache').make_room('key', 3 << 29)
    FeatureCache(tmp_path / 'cache').make_room('key', 1 << 29)


def test_tokens_are_stored_in_half_precision_and_mapped(parts, tmp_path):
    entry = extract(parts('ade20k/linear_paper'), tmp_path / 'entry')
    assert entry[0]['inputs'].dtype == torch.float16
    assert isinstance(entry._tokens, np.memmap)
