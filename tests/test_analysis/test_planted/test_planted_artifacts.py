import pytest
import torch
from conftest import TEACHER

from singer_mm.errors import ConfigError
from singer_mm.models.refiners.nullspace import left_singular_vectors, share_inside, smallest_basis
from singer_mm.registry import MODELS

RANK = 8


def build(**changes):
    planted = dict(type='PlantedArtifacts', backbone=TEACHER, layers=[3, 5], rank=RANK, share=0.1)
    return MODELS.build(dict(planted, **changes)).freeze()


@pytest.fixture
def planted():
    return build()


def basis_of(planted, layer):
    block = layer if layer == planted.layers[-1] else layer + 1
    return smallest_basis(left_singular_vectors(planted.backbone.linear_map(block))[0], RANK)


@pytest.mark.parametrize(('direction', 'share'), [('inside', 1.0), ('oblique', 0.5), ('outside', 0.0)])
def test_the_direction_is_where_it_is_said_to_be(direction, share):
    planted = build(direction=direction)
    for layer, [vector] in planted.vectors.items():
        assert vector.norm().item() == pytest.approx(1)
        assert share_inside(vector, basis_of(planted, layer)).item() == pytest.approx(share, abs=1e-5)


def test_artifacts_are_as_long_and_as_many_as_asked(planted, images):
    clean = planted.backbone.forward_tokens(images, [3])[3]
    difference = planted.forward_tokens(images, [3])[3] - clean
    assert torch.equal(difference[:, 0], torch.zeros_like(difference[:, 0]))  # CLS
    lengths = difference[:, 1:].norm(dim=-1)
    places = planted.places(images)[..., 0]
    assert places.sum(dim=1).tolist() == [2, 2, 2]  # 10 % of 16 patches, rounded up
    medians = clean[:, 1:].norm(dim=-1).median(dim=1).values
    torch.testing.assert_close(lengths, 5 * medians[:, None] * places)


def test_artifacts_lie_on_the_plainest_patches(planted, images):
    images = images.clone()
    images[:, :, 8:16, 16:24] = 0.5  # the patch in row 1, column 2
    assert planted.places(images)[:, 6].all()


def test_places_take_several_vectors_in_turn(images):
    torch.manual_seed(0)
    planted = build(share=0.3, num_vectors=2)
    torch.manual_seed(0)
    single = build(share=0.3)
    places = planted.places(images)  # (3, 16, 2)
    assert places.sum(dim=1).tolist() == [[3, 2]] * 3  # 30 % of 16 patches, rounded up
    assert torch.equal(places.any(dim=-1), single.places(images)[..., 0])
    torch.testing.assert_close(planted.vectors[3][0], single.vectors[3][0])
    assert planted.vectors[3][0] @ planted.vectors[3][1] < 0.9
    clean = planted.backbone.forward_tokens(images, [3])[3]
    difference = (planted.forward_tokens(images, [3])[3] - clean)[:, 1:]
    for nth, vector in enumerate(planted.vectors[3]):
        directions = torch.nn.functional.normalize(difference[places[..., nth]], dim=-1)
        torch.testing.assert_close(directions, vector.expand_as(directions), atol=1e-4, rtol=1e-4)


def test_later_blocks_see_the_artifacts(planted, images):
    outputs = planted.forward_tokens(images, [2, 3, 4, 5])
    clean = planted.backbone.forward_tokens(images, [2, 4])
    assert torch.equal(outputs[2], clean[2])
    assert torch.equal(outputs[4], planted.forward_block(4, outputs[3], (4, 4)))
    assert not torch.allclose(outputs[4], clean[4])
    last = planted.plant(5, planted.forward_block(5, outputs[4], (4, 4)), planted.places(images))
    assert torch.equal(outputs[5], last)


def test_layers_may_be_read_one_by_one(planted, images):
    together = planted.forward_tokens(images, [1, 3, 5])
    for layer in (1, 3, 5):
        assert torch.equal(planted.forward_tokens(images, [layer])[layer], together[layer])


def test_it_is_a_teacher(planted, images):
    assert planted.linear_map(2) is not None
    assert planted(images)[0].shape == (3, 17, 48)
    assert set(planted.parameters_beyond(4)) == {f'backbone.{name}' for name in planted.backbone.parameters_beyond(4)}
    assert set(planted.parameters_beyond(4)) <= set(dict(planted.named_parameters()))
    distiller = MODELS.build(
        dict(type='FeatureDistiller', teacher=planted, student=dict(TEACHER, embed_dim=24), teacher_layers=[3, 5])
    )
    assert distiller(images)['loss_kd'].isfinite()


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(direction='up'), 'direction.*inside, outside, oblique'),
        (dict(share=0), 'share.* 0 and 1'),
        (dict(strength=-1), 'strength.*-1'),
        (dict(num_vectors=0), 'num_vectors.*0'),
        (dict(rank=40), 'rank.*40.* 1 to 24'),
        (dict(layers=[5, 3]), r'layers.*\[5, 3\]'),
        (dict(layers=[6]), 'layer 6'),
    ],
)
def test_refuses_what_is_out_of_range(changes, message):
    with pytest.raises(ConfigError, match=message):
        build(**changes)
