import pytest
import torch
from conftest import TEACHER

from singer_mm.analysis.artifacts.register_neurons import find_register_neurons
from singer_mm.errors import ConfigError, DataError
from singer_mm.models import TimmViT

WIDTH = TEACHER['embed_dim']


@pytest.fixture
def teacher():
    return TimmViT(**{key: value for key, value in TEACHER.items() if key != 'type'}).freeze()


def plant(teacher, block, neuron, sign=1.0):
    """Let a neuron fire at the patches most like one direction, and write a large vector there."""
    mlp = teacher.vit.blocks[block].mlp
    with torch.no_grad():
        mlp.fc1.weight[neuron] *= 40
        mlp.fc1.bias[neuron] = -8
        mlp.fc2.weight[:, neuron] = sign * 3 * torch.nn.functional.normalize(torch.randn(WIDTH), dim=0)


def test_finds_the_neuron_that_makes_the_outliers(teacher, images):
    plant(teacher, block=2, neuron=7)
    assert find_register_neurons(teacher, images, layer=5, number=1) == [(2, 7)]


def test_ranks_by_the_mean_activation_at_outliers(teacher, images):
    layer, quantile = 4, 0.8
    found = find_register_neurons(teacher, images, layer, number=5, quantile=quantile)
    norms = teacher.forward_tokens(images, [layer])[layer][:, 1:].norm(dim=-1)
    scores = torch.zeros(4, 192)  # of blocks 0 to 3
    for image, norm in zip(images, norms, strict=True):
        outliers = norm > norm.quantile(quantile)
        tokens = teacher.forward_tokens(image[None], range(layer))
        for block in range(1, layer):
            module = teacher.vit.blocks[block]
            between = tokens[block - 1] + module.attn(module.norm1(tokens[block - 1]))
            hidden = module.mlp.act(module.mlp.fc1(module.norm2(between)))[0, 1:]
            scores[block] += hidden[outliers].abs().mean(dim=0) / len(images)
    expected = [(int(index) // 192, int(index) % 192) for index in scores.flatten().topk(5).indices]
    assert found == expected


def test_leaves_no_hook_behind(teacher, images):
    find_register_neurons(teacher, images, layer=5, number=3)
    assert not any(module._forward_hooks for module in teacher.modules())


def test_images_without_outliers_are_refused(teacher):
    with torch.no_grad():
        teacher.vit.pos_embed.zero_()
    with pytest.raises(DataError, match='2 images.*block 5'):
        find_register_neurons(teacher, torch.zeros(2, 3, 32, 32), layer=5, number=3)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(layer=1, number=1), 'layer 1.* 2 to 5'),
        (dict(layer=6, number=1), 'layer 6.* 2 to 5'),
        (dict(layer=3, number=0), '0.* 1 to 384'),
        (dict(layer=3, number=1, quantile=1.0), 'quantile.* 0 and 1'),
    ],
)
def test_refuses_what_makes_no_sense(teacher, images, arguments, message):
    with pytest.raises(ConfigError, match=message):
        find_register_neurons(teacher, images, **arguments)
