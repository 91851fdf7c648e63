import copy
import logging
import shutil

import pytest
from mmengine.config import Config

from singer_mm.datasets import UnlabelledImages
from singer_mm.engine.hooks.data_order_hook import META_KEY, data_order
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint


def order(folder, **arguments):
    return data_order(UnlabelledImages(str(folder), **arguments))


def test_the_digest_tells_names_and_their_number(image_folder, tmp_path):
    first = order(image_folder)
    assert first['samples'] == 8
    shutil.copytree(image_folder, tmp_path / 'moved')
    assert order(tmp_path / 'moved') == first
    (tmp_path / 'moved/class0/0.png').rename(tmp_path / 'moved/class0/9.png')
    assert order(tmp_path / 'moved')['images'] != first['images']
    assert order(image_folder, crops_per_image=2)['samples'] == 16
    assert order(image_folder, crops_per_image=2)['images'] == first['images']


def test_data_without_files_are_counted():
    assert data_order([1, 2, 3]) == dict(samples=3, images=None)


def run(run_cfg, name, **changes):
    cfg = Config(copy.deepcopy(run_cfg))
    cfg.merge_from_dict({'default_hooks.checkpoint.interval': 4, 'custom_hooks': []})
    cfg.merge_from_dict(dict(experiment_name=name, **changes))
    runner = RUNNERS.build(cfg)
    said = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    runner.logger.addHandler(handler)
    runner.train()
    return runner, [line for line in said if 'training data have changed' in line]


@pytest.mark.slow
@pytest.mark.parametrize('added', [0, 1])
def test_another_order_is_said_on_resume(run_cfg, image_folder, added):
    first, said = run(run_cfg, f'first{added}')
    assert said == []
    path = f'{first.work_dir}/iter_8.pth'
    assert load_checkpoint(path)['meta'][META_KEY] == order(image_folder)
    if added:
        shutil.copy(image_folder / 'class0/0.png', image_folder / 'class0/1.png')
    _, said = run(run_cfg, f'second{added}', resume=True, load_from=path, **{'train_cfg.max_epochs': 3})
    assert len(said) == added
    assert not added or '8 samples then, 9 now' in said[0]


@pytest.mark.slow
def test_other_weights_are_no_resume(run_cfg, image_folder):
    first, _ = run(run_cfg, 'weights')
    shutil.copy(image_folder / 'class0/0.png', image_folder / 'class0/1.png')
    _, said = run(run_cfg, 'loaded', load_from=f'{first.work_dir}/iter_8.pth', work_dir=f'{first.work_dir}_2')
    assert said == []
