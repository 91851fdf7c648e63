import copy
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from conftest import STUDENT, TEACHER
from mmengine.config import Config
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from singer_mm.engine.hooks.feature_map_hook import FeatureMapHook
from singer_mm.errors import ConfigError, DataError
from singer_mm.registry import HOOKS, RUNNERS
from singer_mm.utils.array_file import read_arrays
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

PICTURES = {'patch_norms', 'patch_cosine', 'pca'}


@pytest.fixture
def build(run_cfg, image_folder, request, tmp_path):
    """Build a run of 2 epochs with the hook (``hook=None``: without)."""

    def build(name='with', hook=(), **changes):
        cfg = copy.deepcopy(run_cfg)
        cfg.update(work_dir=str(tmp_path / name), experiment_name=f'{request.node.name}_{name}', **changes)
        if hook is not None:
            options = dict(type='FeatureMapHook', images=str(image_folder), number=1) | dict(hook)
            cfg['custom_hooks'] = [*cfg['custom_hooks'], options]
        return RUNNERS.build(Config(cfg))

    return build


def local_pictures(work_dir):
    return {path.stem: path for path in Path(work_dir).rglob('vis_image/*.png')}


def test_pictures_of_the_untrained_state_and_of_each_epoch_reach_both_backends(build):
    backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
    runner = build(visualizer=dict(type='Visualizer', vis_backends=backends))
    runner.train()
    local = local_pictures(runner.work_dir)
    assert set(local) == {f'{name}_{step}' for name in PICTURES for step in (0, 4, 8)}

    [events] = {path.parent for path in Path(runner.work_dir).rglob('events.out.tfevents.*')}
    accumulator = EventAccumulator(str(events), size_guidance={'images': 0}).Reload()
    assert set(accumulator.Tags()['images']) == PICTURES
    for name in PICTURES:
        recorded = accumulator.Images(name)
        assert [event.step for event in recorded] == [0, 4, 8]
        for event in recorded:
            stored = cv2.imdecode(np.frombuffer(event.encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
            np.testing.assert_array_equal(stored, cv2.imread(str(local[f'{name}_{event.step}'])))
    # The page of the run draws the same maps from files.
    folder = Path(runner.work_dir, 'feature_maps')
    assert {path.name for path in folder.iterdir()} == {'iter_0.npz', 'iter_4.npz', 'iter_8.npz'}
    maps = read_arrays(folder / 'iter_8.npz')
    size = maps['photographs'].shape[1]
    assert maps['photographs'].shape == (1, size, size, 3) and maps['photographs'].dtype == np.uint8
    grid = size // 8
    assert maps['mark'].tolist() == [grid // 2, grid // 2]
    for name in ('norms/teacher', 'norms/refined teacher', 'norms/projected student', 'cosines/student'):
        assert maps[name].shape == (1, grid, grid)
    assert maps['cosines/teacher'][0, grid // 2, grid // 2] == pytest.approx(1)
    # The student has learned something, so its pictures differ.
    assert local['patch_cosine_0'].read_bytes() != local['patch_cosine_8'].read_bytes()


def weights_and_losses(runner):
    checkpoint = load_checkpoint(f'{runner.work_dir}/iter_8.pth')
    scalars = checkpoint['message_hub']['log_scalars']
    return checkpoint['state_dict'], {
        name: history.data[0].tolist() for name, history in scalars.items() if 'loss' in name
    }


def test_training_is_bit_identical_with_and_without(build):
    with_hook, without = build('with'), build('without', hook=None)
    for runner in (with_hook, without):
        runner.train()
    (weights, losses), (plain_weights, plain_losses) = map(weights_and_losses, (with_hook, without))
    assert losses == plain_losses and len(losses['train/loss']) == 8
    assert weights.keys() == plain_weights.keys()
    assert all(torch.equal(weights[name], plain_weights[name]) for name in weights)


def test_random_states_modes_and_gradients_are_left_alone(build):
    runner = build()
    hook = next(hook for hook in runner.hooks if isinstance(hook, FeatureMapHook))
    model = runner.model
    model.train()
    model.projectors['5'].eval()  # a part that a method keeps apart
    model(torch.randn(1, 3, 32, 32))['loss_kd'].backward()
    gradients = {name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None}
    modes = {name: module.training for name, module in model.named_modules()}
    before = torch.get_rng_state(), np.random.get_state()[1].tolist()
    hook.before_train(runner)
    assert torch.equal(torch.get_rng_state(), before[0]) and np.random.get_state()[1].tolist() == before[1]
    assert {name: module.training for name, module in model.named_modules()} == modes
    assert len(local_pictures(runner.work_dir)) == 3
    for name, value in model.named_parameters():
        assert (value.grad is None) == (name not in gradients)
        assert value.grad is None or torch.equal(value.grad, gradients[name])


def test_every_nth_epoch_and_no_untrained_state_when_resumed(build):
    first = build('first', hook=dict(interval=2))
    stale = Path(first.work_dir, 'feature_maps', 'iter_99.npz')
    stale.parent.mkdir(parents=True)
    stale.touch()
    first.train()
    assert {path.name for path in stale.parent.iterdir()} == {'iter_0.npz', 'iter_8.npz'}
    assert {name.rpartition('_')[2] for name in local_pictures(first.work_dir)} == {'0', '8'}
    resumed = build('resumed', hook=dict(interval=2), load_from=f'{first.work_dir}/iter_4.pth', resume=True)
    resumed.train()
    assert {name.rpartition('_')[2] for name in local_pictures(resumed.work_dir)} == {'8'}


def test_it_serves_plain_feature_distillation_at_a_size_of_choice(build, singer_cfg):
    dynamic = dict(dynamic_img_size=True)
    model = dict(
        type='FeatureDistiller', teacher=dict(TEACHER, **dynamic), student=dict(STUDENT, **dynamic), teacher_layers=[5]
    )
    runner = build(hook=dict(size=45), model=model)
    hook = next(hook for hook in runner.hooks if isinstance(hook, FeatureMapHook))
    hook.before_train(runner)
    assert set(local_pictures(runner.work_dir)) == {f'{name}_0' for name in PICTURES}
    assert hook._photographs.pixels[0].shape == (40, 40, 3)
    twice = build('twice', model=model)
    hook = next(hook for hook in twice.hooks if isinstance(hook, FeatureMapHook))
    hook.before_train(twice)
    assert hook._photographs.pixels[0].shape == (64, 64, 3)


def test_a_list_of_files(build, image_folder):
    files = [str(image_folder / 'class0/0.png'), str(image_folder / 'class1/1.png')]
    runner = build(hook=dict(images=files))
    hook = next(hook for hook in runner.hooks if isinstance(hook, FeatureMapHook))
    hook.before_train(runner)
    assert hook._photographs.names == ['0.png', '1.png']


@pytest.mark.parametrize('images', ['no/such/folder', ['no/such/file.png']])
def test_a_missing_folder_stops_before_training(build, images):
    with pytest.raises(ConfigError, match='images.*no/such/'):
        build(hook=dict(images=images))


def test_images_smaller_than_a_patch_stop_before_training(build, tmp_path):
    path = tmp_path / 'small.png'
    Image.new('RGB', (20, 6)).save(path)
    runner = build(hook=dict(images=[str(path)]))
    with pytest.raises(DataError, match='small.png.*20x6'):
        runner.train()
    assert runner.iter == 0


def test_a_pipeline_without_a_size_asks_for_one(build):
    runner = build()
    runner.cfg.train_dataloader.dataset.pipeline = [dict(type='LoadRGBImage')]
    hook = next(hook for hook in runner.hooks if isinstance(hook, FeatureMapHook))
    with pytest.raises(ConfigError, match='train_dataloader.*size'):
        hook.before_train(runner)


@pytest.mark.parametrize('key', ['interval', 'number'])
def test_refuses_numbers_below_one(image_folder, key):
    with pytest.raises(ConfigError, match=f'{key} .*0.* 1'):
        HOOKS.build(dict(type='FeatureMapHook', images=str(image_folder), **{key: 0}))
