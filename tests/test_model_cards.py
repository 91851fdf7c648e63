"""Every model card builds, and its comment says the right numbers; so do the tables of docs/add_a_backbone.md."""

import ast
import re

import pytest
import timm
import torch
from conftest import ROOT
from mmengine.config import Config
from mmpretrain.apis import ModelHub
from timm.layers import GluMlp, SwiGLU

from singer_mm.engine.config import check_config
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

pytestmark = pytest.mark.slow

BASE = ROOT / 'configs/_base_'
TEACHERS = sorted((BASE / 'teachers').glob('*.py'))
STUDENTS = sorted((BASE / 'students').glob('*.py'))
CARDS = [*TEACHERS, *STUDENTS]
PAGE = (ROOT / 'docs/add_a_backbone.md').read_text()
PREFIXES = {
    'CLS token': 1,
    'CLS token and 4 registers': 5,
    'CLS token and distillation token': 2,
    'no CLS token': 0,
}
MMPRETRAIN_VIT = 'singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT'
PARTS = ('LayerScale', 'RoPE', 'SwiGLU', 'norm before the blocks')
PREFIXES_OF_THE_PAGE = {'CLS': 1, 'CLS, 4 registers': 5, 'CLS, distillation': 2, 'none': 0}
LICENCES = {
    'apache-2.0': 'Apache 2.0',
    'mit': 'MIT',
    'cc-by-nc-4.0': 'CC BY-NC 4.0',
    'dinov3-license': 'DINOv3 licence, gated',
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


@pytest.mark.parametrize('path', CARDS, ids=name_of)
def test_every_card_is_used(path):
    users = [*(ROOT / 'configs').rglob('*.py'), *(ROOT / 'tools').rglob('*'), *(ROOT / 'docs').glob('*.md')]
    assert any(f'{name_of(path)}.py' in user.read_text() for user in users if user.suffix in ('.py', '.sh', '.md'))


def parts_of(network):
    """What a network has besides plain blocks, in the words of the page."""
    names = [name for name, _ in network.named_parameters()]
    has = (
        any(re.search(r'\.(ls1\.gamma|gamma_1)$', name) for name in names),
        getattr(network.vit, 'rope', None) is not None,
        any(isinstance(module, (GluMlp, SwiGLU)) for module in network.modules()),
        any(name.startswith('vit.norm_pre.') for name in names),
    )
    return {part for part, there in zip(PARTS, has, strict=True) if there}


def test_comment_says_what_the_network_is(card):
    path, network = card
    comment = comment_of(path)
    assert re.search(r'(\d+) blocks', comment)[1] == str(network.num_layers)
    assert re.search(r'width (\d+)', comment)[1] == str(network.embed_dims)
    assert re.search(r'/(\d+)', comment)[1] == str(network.patch_size)
    said = re.search(r'(no )?CLS token( and [\w ]+)?', comment)[0]
    assert PREFIXES[said] == network.num_prefix_tokens
    said = comment.replace('no LayerScale', '').replace('a norm before', 'norm before')
    assert parts_of(network) == {part for part in PARTS if part in said}
    dynamic = getattr(network.vit, 'dynamic_img_size', 'relative positions' not in comment)
    assert dynamic == (f'can be any multiple of {network.patch_size}' in comment)


@pytest.mark.parametrize('path', TEACHERS, ids=name_of)
def test_teachers_have_weights(path):
    card = read(path)
    if card.get('pretrained'):
        assert card.model_name in timm.list_pretrained()
    else:
        assert card.checkpoint.startswith('checkpoints/')
        assert re.search(r'Weights:|weights (are|come|from)', comment_of(path)), 'the card says how to get the file'


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


def tables_of_the_page(column):
    """The rows of the tables of the page that have a column, as dicts, without backquotes."""
    rows = []
    for table in re.findall(r'(?:^\|.*\n)+', PAGE.replace('`', ''), re.MULTILINE):
        header, _, *lines = [[cell.strip() for cell in line.strip('|').split('|')] for line in table.splitlines()]
        if column in header:
            rows += [dict(zip(header, line, strict=True)) for line in lines]
    assert rows, f'no table has the column {column!r}'
    return rows


def expand(names):
    """``a_{b,c}`` is ``a_b`` and ``a_c``."""
    before, words, after = re.fullmatch(r'([^{]*)(?:{(.*)})?([^}]*)', names).groups()
    return [f'{before}{word}{after}' for word in (words or '').split(',')]


def arguments(text):
    return {word.arg: ast.literal_eval(word.value) for word in ast.parse(f'dict({text})', mode='eval').body.keywords}


def networks_of(rows):
    """One dict for each network of the rows: the row, with one name and its number of blocks."""
    return [
        {**row, 'name': name, 'Blocks': int(blocks)}
        for row in rows
        for name, blocks in zip(expand(row['Names in timm']), row['Blocks'].split(', '), strict=True)
    ]


FAMILIES = tables_of_the_page('Family, data')
TEACHERS_OF_THE_PAGE = networks_of(FAMILIES)
STUDENTS_OF_THE_PAGE = networks_of(tables_of_the_page('Student'))


def label_of(row):
    return f'{row.get("Student", "teacher")}-{row["name"]}'


def build_timm(name, **settings):
    with torch.device('meta'):
        return MODELS.build(dict(type='TimmViT', model_name=name, **settings)).eval()


@torch.no_grad()
def shape_of_features(network, side):
    with torch.device('meta'):
        return network(torch.empty(1, 3, side, side))[0].shape[1:]


@pytest.mark.parametrize('row', [*TEACHERS_OF_THE_PAGE, *STUDENTS_OF_THE_PAGE], ids=label_of)
def test_the_page_says_what_timm_has(row):
    assert row['name'] in timm.list_pretrained()
    settings = arguments(row['Set for 224 px'])
    network = build_timm(row['name'], **settings)
    patch = network.patch_size
    assert (network.num_layers, patch) == (row['Blocks'], int(row['Patch']))
    assert network.num_prefix_tokens == PREFIXES_OF_THE_PAGE[row['Prefix tokens']]
    assert parts_of(network) == {part for part in row['Parts'].split(', ') if part}
    assert shape_of_features(network, 224) == (network.embed_dims, 224 // patch, 224 // patch)
    if settings.get('dynamic_img_size'):
        assert shape_of_features(network, 3 * patch) == (network.embed_dims, 3, 3)


@pytest.mark.parametrize('row', TEACHERS_OF_THE_PAGE, ids=label_of)
def test_the_page_says_which_weights_timm_has(row):
    entry = timm.get_pretrained_cfg(row['name'])
    assert LICENCES[entry.license] == row["Licence (timm's entry)"]
    # Nothing is set for a network that takes 224 px; a note below the table gives the other sizes.
    assert (entry.input_size[-1] == 224) == (row['Set for 224 px'] == '')
    sizes = {'DINOv2': 518, 'DINOv3': 256, 'SigLIP 2, large': 256}
    assert entry.input_size[-1] == next((sizes[name] for name in sizes if row['Family, data'].startswith(name)), 224)


@pytest.mark.parametrize('row', FAMILIES, ids=lambda row: row['Family, data'])
@pytest.mark.parametrize('settings', [dict(dynamic_img_size=True), dict(img_size=224)], ids=['dynamic', '224'])
def test_both_settings_of_the_image_size_work_for_each_family(row, settings):
    network = build_timm(expand(row['Names in timm'])[0], **settings)
    places = 3 if 'dynamic_img_size' in settings else 224 // network.patch_size
    assert shape_of_features(network, places * network.patch_size) == (network.embed_dims, places, places)


def test_clip_computes_the_activation_that_openai_trained_with():
    assert 'quickgelu' in read(BASE / 'teachers/clip_base.py').model_name
    for row in FAMILIES:
        if row['Family, data'].startswith('CLIP'):
            name = row['Names in timm']
            other = name.replace('_clip_quickgelu_', '_clip_')
            assert f'`{other}`' in PAGE
            assert timm.get_pretrained_cfg(other).hf_hub_id == timm.get_pretrained_cfg(name).hf_hub_id
            kinds = [type(build_timm(model).vit.blocks[0].mlp.act).__name__ for model in (name, other)]
            assert kinds == ['QuickGELU', 'GELU']


@pytest.mark.parametrize('path', CARDS, ids=name_of)
def test_the_page_names_the_network_of_every_card(path):
    card = read(path)
    if card.get('pretrained'):
        assert card.model_name in [row['name'] for row in TEACHERS_OF_THE_PAGE]
    elif 'checkpoint' in card:
        assert path.name in PAGE
    else:
        assert card.to_dict() in [
            dict(type='TimmViT', model_name=row['name'], **arguments(row['Set for 224 px']))
            for row in STUDENTS_OF_THE_PAGE
        ]


@pytest.mark.parametrize('row', tables_of_the_page("mmpretrain's name"), ids=lambda row: row["mmpretrain's name"])
def test_the_page_says_what_mmpretrain_has(row):
    published = ModelHub.get(row["mmpretrain's name"])
    assert published.weights.rpartition('/')[2] == row['File']
    backbone = arguments(row['backbone'])
    settings = {'normalization': ast.literal_eval(row['normalization'])} if row['normalization'] else {}
    with torch.device('meta'):
        network, theirs = (
            MODELS.build(dict(type=MMPRETRAIN_VIT, backbone=config, **settings))
            for config in (backbone, {**published.config.model.backbone, 'type': backbone['type']})
        )
    assert published.config.model.backbone.type == backbone['type'].removeprefix('mmpretrain.')
    assert shapes_of(network) == shapes_of(theirs)
    assert network.num_prefix_tokens == PREFIXES_OF_THE_PAGE[row['Prefix tokens']]
    mean, std = network.normalization
    assert [255 * value for value in mean] == pytest.approx(published.config.data_preprocessor.mean)
    assert [255 * value for value in std] == pytest.approx(published.config.data_preprocessor.std)


def shapes_of(network):
    return {name: value.shape for name, value in network.state_dict().items()}


def blocks_of_the_docs():
    return re.findall(r'^```python\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ('name', 'widths', 'patches'),
    [
        ('dinov2b_vits', (768, 384), (14, 14)),
        ('eva02l_vits', (1024, 384), (14, 14)),
        ('dinov2l_dinov2s', (1024, 384), (14, 14)),
    ],
)
def test_the_configs_by_pattern_of_the_page_build(name, widths, patches, tmp_path):
    path = tmp_path / f'{name}.py'
    block = next(block for block in blocks_of_the_docs() if path.name in block)
    path.write_text(block.replace("'../_base_/", f"'{BASE}/").replace("'./", f"'{ROOT}/configs/singer/"))
    cfg = Config.fromfile(path)
    check_config(cfg)
    assert cfg.model.teacher.pop('pretrained')
    assert not {'pretrained', 'checkpoint'} & set(cfg.model.student)
    with torch.device('meta'):
        networks = [MODELS.build(cfg.model[role]).eval() for role in ('teacher', 'student')]
    assert tuple(network.embed_dims for network in networks) == widths
    assert tuple(network.patch_size for network in networks) == patches
    assert shape_of_features(networks[0], 224)[1:] == shape_of_features(networks[1], 224)[1:]
    assert max(cfg.model.teacher_layers) == networks[0].num_layers - 1
    has_layer_scale = 'LayerScale' in parts_of(networks[1])
    assert has_layer_scale == (name == 'dinov2l_dinov2s')


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
