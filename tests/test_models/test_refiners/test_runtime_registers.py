from types import SimpleNamespace

import pytest
import torch
from conftest import STUDENT, TEACHER
from timm.layers import GluMlp

from singer_mm import models
from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.refiners.runtime_registers import RuntimeRegisters
from singer_mm.registry import MODELS

GRID = (4, 4)


def vit(**changes):
    return MODELS.build(dict(TEACHER, **changes)).freeze()


def started(teacher, neurons, layer):
    refiner = RuntimeRegisters(neurons)
    refiner.start(teacher, layer, next_block=layer)
    return refiner


def outlier_ratio(patches):
    norms = patches.norm(dim=-1)
    return (norms.max(dim=1).values / norms.median(dim=1).values).max().item()


@pytest.fixture
def teacher_with_register_neuron():
    """Neuron 7 of block 2 fires at the patches most like one direction, and writes a large vector there."""
    teacher = vit()
    mlp = teacher.vit.blocks[2].mlp
    with torch.no_grad():
        mlp.fc1.weight[7] *= 40
        mlp.fc1.bias[7] = -8
        mlp.fc2.weight[:, 7] = 3 * torch.nn.functional.normalize(torch.randn(48), dim=0)
    return teacher


def test_one_block_by_hand(images):
    teacher = vit()
    tokens = teacher.forward_tokens(images, [1])[1]
    refined = started(teacher, [(2, 7), (2, 30)], layer=2).refine(tokens, 1, GRID)

    block = teacher.vit.blocks[2]
    tokens = torch.cat([tokens, torch.zeros(3, 1, 48)], dim=1)  # the register last: order means nothing here
    tokens = tokens + block.attn(block.norm1(tokens))
    hidden = block.mlp.act(block.mlp.fc1(block.norm2(tokens)))
    for neuron in (7, 30):
        hidden[:, 17, neuron] = hidden[:, 1:17, neuron].amax(dim=1)
        hidden[:, 1:17, neuron] = 0
    expected = (tokens + block.mlp.fc2(hidden))[:, :17]
    torch.testing.assert_close(refined, expected)


def test_takes_outliers_off_the_patches(teacher_with_register_neuron, images):
    teacher = teacher_with_register_neuron
    tokens = teacher.forward_tokens(images, [1, 4])
    refined = started(teacher, [(2, 7)], layer=4).refine(tokens[1], 1, GRID)
    ordinary = outlier_ratio(vit().forward_tokens(images, [4])[4][:, 1:])
    assert outlier_ratio(tokens[4][:, 1:]) > 2 * ordinary
    assert outlier_ratio(refined[:, 1:]) < 1.2 * ordinary


@pytest.mark.parametrize(('layer', 'source'), [(1, 1), (2, 2), (3, 2), (4, 2), (5, 2)])
def test_reads_the_layer_before_the_first_listed_block(layer, source):
    assert RuntimeRegisters([(4, 0), (3, 5)]).reads(layer) == source


def test_layers_before_the_first_listed_block_stay(images):
    teacher = vit()
    tokens = teacher.forward_tokens(images, [2])[2]
    assert started(teacher, [(3, 5)], layer=2).refine(tokens, 1, GRID) is tokens


def test_neurons_beyond_the_layer_do_not_matter(images):
    teacher = vit()
    tokens = teacher.forward_tokens(images, [1])[1]
    refined = started(teacher, [(2, 7)], layer=3).refine(tokens, 1, GRID)
    assert torch.equal(started(teacher, [(2, 7), (5, 1)], layer=3).refine(tokens, 1, GRID), refined)


def test_the_teacher_is_itself_again_afterwards(images, monkeypatch):
    teacher = vit()
    tokens = teacher.forward_tokens(images, [1, 5])
    refiner = started(teacher, [(2, 7)], layer=5)
    refiner.refine(tokens[1], 1, GRID)
    monkeypatch.setattr(teacher.vit.blocks[3], 'forward', lambda tokens: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        refiner.refine(tokens[1], 1, GRID)
    monkeypatch.undo()
    assert torch.equal(teacher.forward_tokens(images, [5])[5], tokens[5])


def test_networks_without_prefix_and_with_registers(images):
    for changes in (dict(class_token=False, global_pool='avg'), dict(reg_tokens=3)):
        teacher = vit(**changes)
        tokens = teacher.forward_tokens(images, [1])[1]
        refined = started(teacher, [(2, 7)], layer=3).refine(tokens, teacher.num_prefix_tokens, GRID)
        assert refined.shape == tokens.shape


def test_patches_alone_are_not_enough():
    with pytest.raises(TypeError, match='refine'):
        RuntimeRegisters([(2, 7)])(torch.zeros(1, 4, 48))


@pytest.mark.parametrize(
    ('neurons', 'message'),
    [
        ([], 'neurons.*register_neurons.py'),
        ([(0, 3)], r'neurons.*\(0, 3\).*blocks from 1'),
        ([(2, -1)], r'neurons.*\(2, -1\).*indices from 0'),
    ],
)
def test_refuses_neurons_that_cannot_be(neurons, message):
    with pytest.raises(ConfigError, match=message):
        RuntimeRegisters(neurons)


@pytest.mark.parametrize(
    ('neurons', 'message'),
    [([(2, 192)], r'\(2, 192\).*0 to 191'), ([(6, 0)], 'layer 6 .*0 to 5')],
)
def test_refuses_neurons_that_the_teacher_lacks(neurons, message):
    with pytest.raises(ConfigError, match=message):
        started(vit(), neurons, layer=5)


def test_refuses_other_teachers():
    rotary = TimmViT('eva02_tiny_patch14_224', img_size=28, embed_dim=48, depth=3, num_heads=3)
    for teacher in (rotary, SimpleNamespace(describe=lambda: 'OtherViT')):
        with pytest.raises(ConfigError, match='RuntimeRegisters.*timm VisionTransformers'):
            started(teacher, [(1, 0)], layer=2)
    gated = vit()
    gated.vit.blocks[2].mlp = GluMlp(48, 64)
    with pytest.raises(ConfigError, match=r'block 2 of .*GluMlp'):
        started(gated, [(2, 0)], layer=5)


def test_the_earlier_name_stays_valid():
    cfg = dict(type='FeatureDistiller', teacher=TEACHER, student=STUDENT, teacher_layers=[5])
    for scope in ('', 'singer_mm.'):
        distiller = MODELS.build(dict(cfg, refiner=dict(type=f'{scope}TestTimeRegisters', neurons=[(2, 7)])))
        assert type(distiller.refiners['5']) is RuntimeRegisters
    assert MODELS.get('RuntimeRegisters') is models.TestTimeRegisters is RuntimeRegisters
