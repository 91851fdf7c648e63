"""Every method trains by its shipped config: 20 steps of tiny networks, everything else as it says."""

import statistics

import numpy as np
import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.registry import MODELS, RUNNERS, init_default_scope
from PIL import Image

from singer_mm.engine.config import resolve_backbone
from singer_mm.engine.config.config_check import check_config
from singer_mm.models import TimmViT
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

METHODS = [
    'singer/vitl_vitt',
    'singer/vitl_vitt_standardized',
    'fitnet/vitl_vitt',
    'fitnet/vitl_vitt_standardized',
    'vitkd/vitl_vitt',
    'vitkd/vitl_vitt_published',
    'logits/vitl_vitt',
    'logits/vitl_vitt_hard',
    'logits/vitl_vitt_hard_token',
    'cosine/vitl_vitt',
    'supervised/vitt',
]
RELEASED = ['singer/vitl_vitt_released', 'fitnet/vitl_vitt_released', 'vitkd/vitl_vitt_released']
TINY = dict(img_size=32, patch_size=8, num_heads=3)
WIDTHS = dict(teacher=48, student=24)


def shrink(cfg, width=WIDTHS['student']):
    """Make every network of a model config tiny, in place; depths stay, and layer numbers with them."""
    for key, value in cfg.items():
        if isinstance(value, dict):
            shrink(value, WIDTHS.get(key, width))
    if 'model_name' in cfg:
        cfg.update(TINY, embed_dim=width, pretrained=False)
    if 'rank' in cfg:
        cfg.rank = 6
    if 'in_channels' in cfg:
        cfg.in_channels = width


def crop_to_32_pixels(pipeline):
    for step in pipeline:
        for key in ('size', 'scale'):
            if key in step:
                step[key] = 32


@pytest.fixture
def images(tmp_path):
    """Eight images of two classes of ImageNet."""
    generator = np.random.default_rng(0)
    for index in range(8):
        path = tmp_path / 'imagenet/train' / ('n01440764', 'n02123045')[index % 2] / f'{index}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(generator.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(path)
    return tmp_path / 'imagenet'


@pytest.fixture
def tiny_run(images, tmp_path):
    """Return the Runner of a shipped config with tiny networks, and 20 steps of four images."""

    def build(name):
        cfg = Config.fromfile(ROOT / f'configs/{name}.py')
        check_config(cfg)
        shrink(cfg.model)
        dataset = cfg.train_dataloader.dataset
        labelled = 'dataset' in dataset
        dataset = dataset.dataset if labelled else dataset
        dataset.data_root = str(images if labelled else images / 'train')
        crop_to_32_pixels(dataset.pipeline)
        cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
        cfg.total_batch_size = 4
        cfg.train_cfg.max_epochs, cfg.allow_random_teacher = 10, True
        cfg.default_hooks.checkpoint.interval = 10
        cfg.update(work_dir=str(tmp_path / 'work_dir'), log_level='WARNING', experiment_name=name.replace('/', '_'))
        for key in ('val_dataloader', 'val_cfg', 'val_evaluator', 'test_dataloader', 'test_cfg', 'test_evaluator'):
            cfg.pop(key, None)
        return RUNNERS.build(cfg)

    return build


@pytest.mark.parametrize('name', [*METHODS, *RELEASED])
def test_twenty_steps_lower_the_loss_and_every_parameter_is_trained(name, tiny_run, tmp_path):
    runner = tiny_run(name)
    runner.train()
    losses, _ = runner.message_hub.get_scalar('train/loss').data
    assert len(losses) == 20
    assert statistics.mean(losses[-4:]) < statistics.mean(losses[:4])
    trainable = {key: value for key, value in runner.model.named_parameters() if value.requires_grad}
    assert [key for key, value in trainable.items() if value not in runner.optim_wrapper.optimizer.state] == []
    # What is evaluated is written by all alike.
    student = TimmViT(checkpoint=str(tmp_path / 'work_dir/student.pth'))
    assert (student.embed_dims, student.num_layers) == (WIDTHS['student'], 12)


@pytest.mark.parametrize('name', RELEASED)
def test_a_released_student_is_evaluated_on_the_statistics_that_it_was_trained_with(name, tiny_run, tmp_path):
    runner = tiny_run(name)
    runner.train()
    path = str(tmp_path / 'work_dir/student.pth')
    assert load_checkpoint(path)['normalization'] == [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]
    cfg = Config.fromfile(ROOT / 'configs/downstream/imagenet1k/linear_paper.py')
    cfg.model.backbone.img_size = 32
    resolve_backbone(cfg, path)
    assert cfg.model.data_preprocessor.mean == pytest.approx([123.675, 116.28, 103.53])
    init_default_scope(cfg.default_scope)
    probe = MODELS.build(cfg.model).eval()

    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    distiller = runner.model.eval()
    seen = distiller.student_inputs(distiller.data_preprocessor(dict(inputs=list(images)))['inputs'])
    bgr = images.flip(1)  # mmpretrain loads images so
    evaluated = probe.data_preprocessor(dict(inputs=list(bgr)))['inputs']
    torch.testing.assert_close(evaluated, seen)
    cls_token = distiller.student.forward_tokens(seen, [11])[11][:, 0]
    torch.testing.assert_close(probe.backbone(evaluated)[0], cls_token)


def test_methods_differ_by_the_model_alone():
    singer = Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py').to_dict()
    for name in METHODS[1:]:
        cfg = Config.fromfile(ROOT / f'configs/{name}.py').to_dict()
        for key in ('total_batch_size', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'randomness', 'default_hooks'):
            assert cfg[key] == singer[key], (name, key)
        if 'dataset' not in cfg['train_dataloader']['dataset']:  # without labels: the very same data
            assert cfg['train_dataloader'] == singer['train_dataloader'], name


def test_labelled_methods_see_the_same_crops():
    names = ('supervised/vitt', 'singer/vitl_vitt')
    supervised, singer = (Config.fromfile(ROOT / f'configs/{name}.py') for name in names)
    for key in ('total_batch_size', 'max_batch_per_gpu'):
        assert supervised[key] == singer[key]
    supervised, singer = supervised.train_dataloader, singer.train_dataloader
    crop, flip = supervised.dataset.dataset.pipeline[1:3]
    assert (crop.type, crop.scale, crop.interpolation) == ('mmpretrain.RandomResizedCrop', 224, 'bicubic')
    assert [step.get('name') for step in singer.dataset.pipeline[1:3]] == ['RandomResizedCrop', 'RandomHorizontalFlip']
    assert flip.prob == 0.5
