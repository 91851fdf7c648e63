"""Every shipped config loads, passes the check, and builds the networks it names."""

import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.registry import init_default_scope

from singer_mm.analysis.ablations.ablation_set import read_ablation_set
from singer_mm.benchmark.tasks import PROTOCOLS
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.engine.config.config_check import check_config
from singer_mm.engine.config.data_folder import mini_config
from singer_mm.models import SiNGERDistiller
from singer_mm.registry import DATASETS, MODELS

pytestmark = pytest.mark.slow

CONFIGS = sorted(path for path in (ROOT / 'configs').rglob('*.py') if '_base_' not in path.parts)
# Sets of variants are no configs of a run.
SETS = [path for path in CONFIGS if 'ablations' in path.parts or path.stem == 'methods']
DOWNSTREAM = [path for path in CONFIGS if 'downstream' in path.parts]
# Distillers that pair layers. All other methods are trained in test_methods.py, tasks in test_task_configs.py, and the
# sets of variants are built in test_ablations.
OTHERS = ('downstream', 'mini', 'task', 'supervised', 'supervised.py', 'logits', 'vitkd')
DISTILLATION = [path for path in CONFIGS if path not in SETS and not set(path.parts) & set(OTHERS)]
RELEASED_PAIRS = ('vitl_vitt', 'vitl_vits', 'deit3l_deit3b', 'deit3s_deit3t')
REQUIRED = {
    'singer/vitl_vitt.py',
    'singer/vitl_vits.py',
    'singer/deit3l_deit3b.py',
    'singer/deit3s_deit3t.py',
    'singer/dinov2l_vits.py',
    'singer/clipb_vitt.py',
    'singer/dinov3l_vits.py',
    *(f'{method}/{pair}_released.py' for pair in RELEASED_PAIRS for method in ('singer', 'fitnet')),
    *(f'vitkd/{pair}_released.py' for pair in RELEASED_PAIRS if pair != 'vitl_vits'),  # Table 1 has no such row
    'singer/vitl_vitt_standardized.py',
    'singer/dinov2l_vits_standardized.py',
    'fitnet/vitl_vitt.py',
    'fitnet/vitl_vitt_standardized.py',
    'vitkd/vitl_vitt.py',
    'vitkd/vitl_vitt_published.py',
    'logits/vitl_vitt.py',
    'logits/vitl_vitt_hard.py',
    'logits/vitl_vitt_hard_token.py',
    'cosine/vitl_vitt.py',
    'supervised/vitt.py',
    *(f'ablations/{name}.py' for name in ('components', 'rank', 'quantile', 'paper_or_released', 'targets')),
    'demo/dinov2s_vitt.py',
    'demo/dinov2s_vitt_standardized.py',
    'head_to_head/methods.py',
    'head_to_head/supervised.py',
    *(f'downstream/{task}/{config}.py' for tasks in PROTOCOLS.values() for task, config in tasks.items()),
}


def name_of(path):
    return str(path.relative_to(ROOT / 'configs'))


def test_all_promised_configs_are_shipped():
    assert {name_of(path) for path in CONFIGS} >= REQUIRED


def test_cudnn_measures_its_algorithms_unless_shapes_vary():
    measuring = {path: Config.fromfile(path).env_cfg.cudnn_benchmark for path in CONFIGS if path not in SETS}
    detecting = {path for path in measuring if Config.fromfile(path).default_scope == 'mmdet'}
    assert len(detecting) >= 6
    assert {path for path, value in measuring.items() if not value} == detecting


@pytest.mark.parametrize('path', DISTILLATION, ids=name_of)
def test_config_loads_checks_and_builds(path, image_folder):
    cfg = Config.fromfile(path)
    check_config(cfg)
    pretrained = cfg.model.teacher.get('pretrained') or cfg.model.teacher.get('checkpoint')
    assert pretrained, 'a shipped teacher has weights'
    cfg.model.teacher.update(pretrained=False, checkpoint=None)
    distiller = MODELS.build(cfg.model)

    # The last student block is trained: nothing of what is exported stays random.
    assert distiller.student_layers[-1] == distiller.student.num_layers - 1
    if isinstance(distiller, SiNGERDistiller) and cfg.model.refiner.type == 'NullspaceAdapter':
        for refiner in distiller.refiners.values():
            assert refiner.down.shape == (distiller.teacher.embed_dims, 64)

    dataset = cfg.train_dataloader.dataset
    dataset.get('dataset', dataset).data_root = str(image_folder)
    sample = DATASETS.build(dataset)[0]
    assert distiller.teacher.grid(sample['inputs']) == distiller.student.grid(sample['inputs'])


@pytest.mark.parametrize('data', [None, 'mini'])
@pytest.mark.parametrize('path', DOWNSTREAM, ids=name_of)
def test_downstream_config_builds_over_any_backbone(path, data, tmp_path, monkeypatch):
    (tmp_path / 'data/mini').mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    cfg = Config.fromfile(mini_config(path) if data else path)
    cfg.backbone = dict(model_name='vit_tiny_patch16_224', embed_dim=24, depth=4, num_heads=3, patch_size=14)
    use_data(cfg)
    resolve_backbone(cfg)
    check_config(cfg)
    if data is None:
        init_default_scope(cfg.default_scope)
        model = MODELS.build({'data_preprocessor': cfg.get('data_preprocessor'), **cfg.model})
        assert model.backbone.embed_dims == 24
        assert model.backbone.frozen == ('finetune' not in path.stem)


def test_dinov2_takes_518_pixels():
    cfg = Config.fromfile(ROOT / 'configs/singer/dinov2l_vits.py')
    cfg.merge_from_dict({'train_dataloader.dataset.pipeline.1.size': 518})
    assert cfg.train_dataloader.dataset.pipeline[1]['size'] == 518
    # One block of each network stands for all: the position embedding is what has to stretch.
    for network in (cfg.model.teacher, cfg.model.student):
        network.update(pretrained=False, depth=1)
        assert MODELS.build(network)(torch.randn(1, 3, 518, 518))[0].shape[-2:] == (37, 37)


RELEASED = sorted(
    path for path in CONFIGS if path.stem.endswith('_released') and path.parent.name in ('singer', 'fitnet', 'vitkd')
)


@pytest.mark.parametrize('path', RELEASED, ids=name_of)
def test_released_rows_of_table_1_are_trained_as_the_released_code_does(path):
    cfg = Config.fromfile(path)
    assert cfg.model.data_preprocessor.mean == [123.675, 116.28, 103.53]
    assert cfg.model.layer_map == 'released'
    assert (cfg.total_batch_size, cfg.train_cfg.max_epochs) == (512, 100)
    assert cfg.optim_wrapper == dict(  # float32
        type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.999), weight_decay=1e-4)
    )
    (schedule,) = cfg.param_scheduler
    assert (schedule.type, schedule.ranks, schedule.warmup_epochs) == ('StaircaseCosineLR', 4, 5)
    assert cfg.train_dataloader.sampler.reshuffle is False
    crop = cfg.train_dataloader.dataset.pipeline[1]
    assert (crop.name, crop.interpolation) == ('RandomResizedCrop', 'bilinear')


# Method, pair: teacher blocks, student blocks.
BLOCKS = {
    ('singer', 'vitl_vitt'): ([17, 23], [8, 11]),
    ('singer', 'vitl_vits'): ([17, 23], [8, 11]),
    ('singer', 'deit3l_deit3b'): ([17, 23], [8, 11]),
    ('singer', 'deit3s_deit3t'): ([8, 11], [8, 11]),
    ('fitnet', 'vitl_vitt'): ([11, 17, 23], [5, 8, 11]),
    ('fitnet', 'vitl_vits'): ([11, 17, 23], [5, 8, 11]),
    ('fitnet', 'deit3l_deit3b'): ([11, 17, 23], [5, 8, 11]),
    ('fitnet', 'deit3s_deit3t'): ([8, 11], [8, 11]),
    ('vitkd', 'vitl_vitt'): ([0, 2, 23], [0, 1, 11]),
    ('vitkd', 'deit3l_deit3b'): ([0, 2, 23], [0, 1, 11]),
    ('vitkd', 'deit3s_deit3t'): ([0, 2, 11], [0, 2, 11]),
}


@pytest.mark.parametrize(('method', 'pair'), BLOCKS)
def test_released_rows_distil_the_blocks_of_the_released_code(method, pair):
    assert len(BLOCKS) == len(RELEASED)
    model = Config.fromfile(ROOT / f'configs/{method}/{pair}_released.py').model
    for network in (model.teacher, model.student):
        network.update(pretrained=False, img_size=32, embed_dim=48, num_heads=3)
    if method == 'singer':
        assert model.refiner == dict(type='NullspaceAdapter', rank=64, basis='released', threshold=0.05)
        assert model.loss_outlier == dict(type='OutlierLoss', quantile=0.97, loss_weight=0.01)
        assert model.loss_info == dict(
            type='InfoLoss', intermediate='feature', final_reference='previous_refined', loss_weight=1.0
        )
        model.refiner.rank = 6
    distiller = MODELS.build(model)
    assert (distiller.teacher_layers, distiller.student_layers) == BLOCKS[method, pair]
    if method == 'fitnet':
        assert (distiller.loss_kd.reduction, distiller.loss_kd.loss_weight) == ('sum_layers', 10.0)
        # The class adds the last block to a list that has it already.
        assert distiller.loss_kd.layer_weights == ([1.0, 2.0] if pair == 'deit3s_deit3t' else None)


def test_fitnet_differs_from_singer_by_the_method_alone():
    singer, fitnet = (Config.fromfile(ROOT / f'configs/{name}/vitl_vitt.py').to_dict() for name in ('singer', 'fitnet'))
    for key in ('teacher', 'student', 'teacher_layers'):
        assert singer['model'][key] == fitnet['model'][key]
    assert {key: value for key, value in singer.items() if key != 'model'} == {
        key: value for key, value in fitnet.items() if key != 'model'
    }


def test_the_recommended_recipe_is_the_same_everywhere():
    """The paper's recipe with changes in the method alone, in the configs and in the sets that measured it."""
    paper, recommended = (
        Config.fromfile(ROOT / f'configs/singer/vitl_vitt{ending}.py').to_dict() for ending in ('', '_standardized')
    )
    change = recommended.pop('singer_standardized')
    assert {key for key in paper if paper[key] != recommended[key]} == {'model'}
    for part, values in change.items():
        assert recommended['model'][part] == {**paper['model'][part], **values}
    for path in ('ablations/treatments.py', 'head_to_head/methods.py'):
        assert Config.fromfile(ROOT / 'configs' / path).variants['SiNGER, recommended'] == change


@pytest.mark.parametrize(
    ('title', 'method'),
    [('SiNGER, released', 'singer_released'), ('ViTKD', 'vitkd_released'), ('SiNGER, paper', 'singer')],
)
def test_methods_of_the_head_to_head_are_the_shipped_ones(title, method):
    model = read_ablation_set(ROOT / 'configs/head_to_head/methods.py').config(title).model.to_dict()
    networks = {key: model.pop(key) for key in ('teacher', 'student', 'teacher_layers')}
    assert networks['teacher_layers'] == [8, 11]
    assert model == Config.fromfile(ROOT / f'configs/_base_/methods/{method}.py').model.to_dict()
