"""Heads that train on cached features are those that train on images, at the price of one pass."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import STUDENT
from PIL import Image

from singer_mm.downstream.feature_cache import FeatureCache, use_feature_cache
from singer_mm.errors import ConfigError, DataError
from singer_mm.models import TimmViT
from singer_mm.models.backbones import windowed_vit  # noqa: F401  registers it
from singer_mm.models.backbones.student_export import export_student
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

NUM_TRAIN, NUM_TEST = 24, 12
FEW_HEADS = {
    'model.head.learning_rates': [0.01, 0.1],
    'train_cfg.max_epochs': 1,
    'train_dataloader.dataset.dataset.share': 0.2,
    'held_out_dataloader.dataset.share': 0.2,
}


@pytest.fixture
def passed_images(monkeypatch):
    """Number of images in each call of the backbone."""
    numbers = []
    forward_tokens = TimmViT.forward_tokens

    def counting(self, images, layers):
        numbers.append(len(images))
        return forward_tokens(self, images, layers)

    monkeypatch.setattr(TimmViT, 'forward_tokens', counting)
    return numbers


def train_and_test(runner):
    runner.train()
    return runner.test(), runner.model.state_dict()


@pytest.mark.parametrize('name', ['imagenet1k/linear_paper', 'ade20k/linear_paper'])
def test_cached_training_is_the_uncached_one(task, cached, build_runner, name):
    """Without augmentation; the only difference is the half precision of the features."""
    metrics, weights = train_and_test(build_runner(task(name)))
    runner = build_runner(cached(task(name)))
    cached_metrics, cached_weights = train_and_test(runner)
    assert cached_metrics == pytest.approx(metrics)
    head = {key: value for key, value in weights.items() if not key.startswith('backbone.')}
    assert set(cached_weights) == set(head)
    for key, value in head.items():
        assert (cached_weights[key] - value).norm() <= 1e-3 * value.norm()

    # The head fits the network: its checkpoint names the backbone, and gives the same metrics on images.
    checkpoint = f'{runner.work_dir}/epoch_3.pth'
    assert set(load_checkpoint(checkpoint)['state_dict']) == set(head)
    uncached = task(name, {'load_from': checkpoint})
    assert build_runner(uncached).test() == pytest.approx(cached_metrics)
    with pytest.raises(RuntimeError, match='checkpoint .*weights'):
        build_runner(task(name, {'load_from': checkpoint}, backbone='second')).test()


def test_knn_and_sweep_share_one_pass_over_each_split(task, cached, cache, build_runner, passed_images):
    sweep = cached(task('imagenet1k/linear_standard', FEW_HEADS))
    one_sample_tells_the_shape = 2
    assert sum(passed_images) == NUM_TRAIN + NUM_TEST + one_sample_tells_the_shape
    knn = cached(task('imagenet1k/knn', {'test_cfg.ks': (1, 20)}), FeatureCache(cache.folder, limit_gib=0.1))
    assert len([path for path in cache.folder.iterdir() if path.is_dir()]) == 2
    assert knn.test_cfg.train_dataloader.dataset == sweep.held_out_dataloader.dataset.dataset
    assert knn.test_dataloader.dataset == sweep.test_dataloader.dataset

    runner = build_runner(sweep)
    metrics, _ = train_and_test(runner)
    assert metrics['n_evaluated'] == NUM_TEST
    assert int(runner.model.head.chosen) >= 0
    cached_metrics = build_runner(knn).test()
    assert sum(passed_images) == NUM_TRAIN + NUM_TEST + one_sample_tells_the_shape
    assert build_runner(task('imagenet1k/knn', {'test_cfg.ks': (1, 20)})).test() == pytest.approx(cached_metrics)


def test_a_cached_sweep_sees_the_samples_of_an_uncached_one(task, cached, build_runner):
    runners = [build_runner(cfg) for cfg in (task('imagenet1k/linear_standard', FEW_HEADS),)]
    runners.append(build_runner(cached(task('imagenet1k/linear_standard', FEW_HEADS))))
    (metrics, weights), (cached_metrics, cached_weights) = map(train_and_test, runners)
    assert cached_metrics == pytest.approx(metrics)
    for key, value in cached_weights.items():
        torch.testing.assert_close(value, weights[key], rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(
    'changes',
    [
        {'backbone': 'second'},
        {'changes': {'model.backbone.autocast': 'bfloat16'}},
        {'backbone': 'shifted'},
        {'changes': {'model.backbone.final_norm': True}},
    ],
    ids=['weights', 'precision', 'normalisation', 'norm'],
)
def test_other_features_are_other_entries(task, cached, changes):
    folders = [entries_of(cached(cfg)) for cfg in (task('ade20k/linear_paper'), task('ade20k/linear_paper', **changes))]
    assert not set(folders[0]) & set(folders[1])


def test_an_argument_of_the_backbone_makes_another_entry(task, cached):
    windows = [
        {'model.backbone.type': 'singer_mm.WindowedViT', 'model.backbone.num_global_blocks': 1}
        | {'model.backbone.window_size': size}
        for size in (1, 2)
    ]
    keys = [entries_of(cached(task('ade20k/linear_paper', changes)))[1] for changes in ({}, *windows)]
    assert len(set(keys)) == 3


def test_what_a_student_s_file_says_of_its_network_makes_another_entry(task, cached, students, tmp_path, monkeypatch):
    """The same weights in another number of heads."""
    plain = {key: value for key, value in STUDENT.items() if key != 'type'}
    other = TimmViT(**{**plain, 'num_heads': 2})
    other.load_state_dict(TimmViT(checkpoint=students['first']).state_dict())
    export_student(other, tmp_path / 'heads.pth', provenance={})
    monkeypatch.setitem(students, 'heads', str(tmp_path / 'heads.pth'))
    first, second = (entries_of(cached(task('ade20k/linear_paper', backbone=name))) for name in ('first', 'heads'))
    assert not set(first) & set(second)


def test_the_same_weights_in_another_file_are_the_same_entries(task, cached, students, tmp_path, monkeypatch):
    monkeypatch.setitem(students, 'copy', str(shutil.copy(students['first'], tmp_path / 'copy.pth')))
    first, second = (entries_of(cached(task('ade20k/linear_paper', backbone=name))) for name in ('first', 'copy'))
    assert first == second


def test_moved_data_keep_their_features(task, cached, build_runner, data_root, tmp_path, passed_images):
    shutil.copytree(data_root / 'ade', tmp_path / 'here/ade')
    before = cached(task('ade20k/linear_paper', root=tmp_path / 'here'))
    (tmp_path / 'here').rename(tmp_path / 'there')
    passed_images.clear()
    after = cached(task('ade20k/linear_paper', root=tmp_path / 'there'))
    assert entries_of(after) == entries_of(before)
    assert not passed_images
    loader = build_runner(after).build_dataloader(after.test_dataloader)
    assert all(Path(sample.img_path).is_file() for batch in loader for sample in batch['data_samples'])


def test_another_transform_is_another_entry_of_that_split(task, cached):
    before, after = task('ade20k/linear_paper'), task('ade20k/linear_paper')
    after.cache_pipeline[3].interpolation = 'bicubic'
    (train, test), (other_train, other_test) = entries_of(cached(before)), entries_of(cached(after))
    assert (train != other_train, test == other_test) == (True, True)


@pytest.mark.parametrize('kind', ['images', 'annotations'])
def test_a_file_that_changed_makes_another_entry(task, cached, data_root, tmp_path, kind):
    root = tmp_path / 'data'
    shutil.copytree(data_root / 'ade', root / 'ade')
    before = entries_of(cached(task('ade20k/linear_paper', root=root)))
    assert entries_of(cached(task('ade20k/linear_paper', root=root))) == before
    path = next((root / 'ade/ADEChallengeData2016' / kind / 'training').iterdir())
    Image.fromarray(np.full_like(np.asarray(Image.open(path)), 7)).save(path)
    after = entries_of(cached(task('ade20k/linear_paper', root=root)))
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_the_same_features_are_not_computed_again(task, cached, cache, passed_images):
    first = entries_of(cached(task('ade20k/linear_paper')))
    passed_images.clear()
    again = entries_of(cached(task('ade20k/linear_paper'), FeatureCache(cache.folder, limit_gib=0.1)))
    assert again == first
    assert not passed_images


def test_a_limit_below_the_two_splits_is_named_before_the_first_goes(task, cached, cache):
    cfg = cached(task('ade20k/linear_paper'))
    sizes = [sum(file.stat().st_size for file in os.scandir(folder)) for folder in entries_of(cfg)]
    shutil.rmtree(cache.folder)
    with pytest.raises(DataError, match='GiB.*--cache-limit'):
        cached(task('ade20k/linear_paper'), FeatureCache(cache.folder, limit_gib=(max(sizes) + 4096) / 2**30))


def test_a_trained_backbone_is_refused(task, cache):
    cfg = task('imagenet1k/linear_paper', {'model.backbone.frozen': False})
    with pytest.raises(ConfigError, match='frozen.*--no-cache'):
        use_feature_cache(cfg, cache)


def test_augmentation_without_a_pipeline_for_the_cache_is_refused(task, cache):
    cfg = task('imagenet1k/linear_paper')
    cfg.pop('cache_pipeline')
    with pytest.raises(ConfigError, match='cache_pipeline.*--no-cache'):
        use_feature_cache(cfg, cache)


def entries_of(cfg):
    """Folders of the training and the test set."""
    return [cfg.train_dataloader.dataset.folder, cfg.test_dataloader.dataset.folder]
