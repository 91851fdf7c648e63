"""What every backbone promises, for one small member of each family."""

import pkgutil
from importlib import import_module
from inspect import isclass

import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import TokenBackbone, backbones
from singer_mm.models.backbones.token_formats import CLS_TYPES, OUT_TYPES
from singer_mm.registry import MODELS

WRAPPERS = ('PlantedArtifacts',)


def blocks_of(backbone):
    vit = getattr(backbone, 'backbone', backbone).vit
    return vit.blocks if hasattr(vit, 'blocks') else vit.layers


def test_every_registered_backbone_has_a_member(members):
    for module in pkgutil.iter_modules(backbones.__path__, f'{backbones.__name__}.'):
        import_module(module.name)
    named = {MODELS.get(config['type']) for config, _, _ in members.values()}
    registered = {
        cls
        for cls in MODELS.module_dict.values()
        if isclass(cls) and issubclass(cls, TokenBackbone) and cls.__module__.startswith('singer_mm.')
    }
    assert named == registered


def test_attributes(backbone, members, member, config):
    is_real = 'checkpoint' in config
    assert (backbone.embed_dims, backbone.num_layers) == ((384, 12) if is_real else (48, 3))
    assert backbone.num_prefix_tokens == members[member][1]
    assert [len(values) for values in backbone.normalization] == [3, 3]
    assert all(0 < value < 1 for values in backbone.normalization for value in values), 'for images in [0, 1]'
    assert backbone.weights_loaded == is_real


@torch.no_grad()
def test_tokens_have_their_shape_and_order(backbone, inputs, grid):
    tokens = backbone.forward_tokens(inputs, [2, 0])
    assert list(tokens) == [0, 2]
    for value in tokens.values():
        assert value.shape == (2, backbone.num_prefix_tokens + grid[0] * grid[1], backbone.embed_dims)
        assert value.isfinite().all()


@torch.no_grad()
def test_forward_block_continues_the_pass(backbone, inputs, grid):
    tokens = backbone.forward_tokens(inputs, [0, 1, 2])
    for layer in (0, 1):
        following = backbone.forward_block(layer + 1, tokens[layer], grid)
        torch.testing.assert_close(following, tokens[layer + 1], rtol=0, atol=0)
        assert (following - tokens[layer]).norm() > 1e-3 * following.norm(), 'the block does something'


@torch.no_grad()
def test_places_are_rows_then_columns(backbone, inputs, grid):
    """Blank one patch: nothing before the first block but its own token may tell."""
    blank = inputs.clone()
    row, column = grid[0] - 1, 1
    patch = backbone.patch_size
    blank[:, :, row * patch : (row + 1) * patch, column * patch : (column + 1) * patch] = 0
    first_block = blocks_of(backbone)[0]
    seen = []
    handle = first_block.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    backbone.forward_tokens(inputs, [0])
    backbone.forward_tokens(blank, [0])
    handle.remove()
    changed = (seen[0] - seen[1]).norm(dim=-1) > 0
    assert changed.nonzero()[:, 1].unique().tolist() == [backbone.num_prefix_tokens + row * grid[1] + column]


def test_runs_no_block_beyond_the_last_asked_for(backbone, inputs):
    ran = []
    for index, block in enumerate(blocks_of(backbone)):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    backbone.forward_tokens(inputs, [1])
    assert ran == [0, 1]


def test_gradients_reach_all_but_the_parameters_beyond(backbone, inputs):
    tokens = backbone.forward_tokens(inputs, [1])[1]
    (tokens * torch.randn_like(tokens)).sum().backward()
    untouched = {name for name, parameter in backbone.named_parameters() if parameter.grad is None}
    assert untouched == set(backbone.parameters_beyond(1))
    reached = [parameter for name, parameter in backbone.named_parameters() if name not in untouched]
    assert all(parameter.grad.abs().sum() > 0 for parameter in reached)


def test_the_whole_pass_leaves_nothing_of_the_blocks_beyond(backbone):
    last = backbone.num_layers - 1
    blocks = {id(parameter) for block in blocks_of(backbone) for parameter in block.parameters()}
    assert not blocks & {id(parameter) for parameter in backbone.parameters_beyond(last).values()}
    assert set(backbone.parameters_beyond(last)) < set(backbone.parameters_beyond(0))


@pytest.mark.parametrize(
    'role',
    [
        dict(out_type='feat_map', out_indices=(0, 1)),
        dict(out_type='avg_patch', final_norm=True),
        dict(out_type='tokens'),
    ],
    ids=['low blocks', 'final norm', 'no norm'],
)
def test_a_backbone_trains_exactly_what_its_outputs_use(config, inputs, role):
    if config['type'] in WRAPPERS:
        pytest.skip('teachers only')
    backbone = MODELS.build({**config, **role}).train()
    sum((output * torch.randn_like(output)).sum() for output in backbone(inputs)).backward()
    trained = {name for name, parameter in backbone.named_parameters() if parameter.requires_grad}
    assert trained == {name for name, parameter in backbone.named_parameters() if parameter.grad is not None}
    assert trained < {name for name, _ in backbone.named_parameters()} or role.get('final_norm')


def test_whoever_reads_other_blocks_chooses_anew(backbone):
    if type(backbone).__name__ in WRAPPERS:
        pytest.skip('teachers only')
    initially = {name for name, value in backbone.named_parameters() if value.requires_grad}
    backbone.train_up_to(0, final_norm=True)
    norm = set(backbone.final_norm_parameters())
    beyond = set(backbone.parameters_beyond(0)) - norm
    everything = {name for name, _ in backbone.named_parameters()}
    assert {name for name, value in backbone.named_parameters() if value.requires_grad} == everything - beyond
    backbone.train_up_to(backbone.num_layers - 1, final_norm=False)
    assert {name for name, value in backbone.named_parameters() if value.requires_grad} == initially
    backbone.train_all()
    assert all(value.requires_grad for value in backbone.parameters())


def test_frozen_stays_in_eval_mode_without_gradients(backbone, inputs):
    backbone.train()
    assert backbone.training
    backbone.freeze().train()
    assert not any(module.training for module in backbone.modules())
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    first, second = backbone(inputs)[0], backbone(inputs)[0]
    assert not first.requires_grad
    assert torch.equal(first, second)


def affine_mlp(block):
    """The MLP of a block, in float64, without LayerScale and residual, its activation an identity, its gate at one."""
    mlp = (block.mlp if hasattr(block, 'mlp') else block.ffn).double()
    mlp.act = mlp.norm = mlp.gamma2 = torch.nn.Identity()
    kind = type(mlp).__name__
    if kind == 'FFN':  # mmcv; adds its input, unless it is told not to
        mlp.layers[0][1] = torch.nn.Identity()
        return lambda x: mlp(x, identity=torch.zeros_like(x))
    gate, one = {'SwiGLU': ('fc1_g', 1.0), 'GluMlp': ('fc1', 1.0), 'SwiGLUFFNFused': ('w12', silu_is_one())}.get(
        kind, (None, None)
    )
    if gate is not None:
        gate = getattr(mlp, gate)
        first, second = slice(len(gate.bias) // 2), slice(len(gate.bias) // 2, None)
        half = {'SwiGLU': slice(None), 'GluMlp': second if getattr(mlp, 'gate_last', False) else first}.get(kind, first)
        gate.weight.data[half] = 0
        gate.bias.data[half] = one
    return (lambda x: mlp(x, identity=torch.zeros_like(x))) if kind == 'SwiGLUFFNFused' else mlp


def silu_is_one():
    """Where ``x * sigmoid(x)`` is 1, that is ``x = 1 + exp(-x)``; mmpretrain's SwiGLU leaves no SiLU to take out."""
    x = torch.ones((), dtype=torch.float64)
    for _ in range(100):
        x = 1 + torch.exp(-x)
    return x


@torch.no_grad()
def test_linear_map_is_the_jacobian_of_the_mlp_without_its_nonlinearity(backbone):
    width = backbone.embed_dims
    mlp = affine_mlp(blocks_of(backbone)[1])
    point = torch.randn(1, width, dtype=torch.float64)
    # What is affine has the same difference quotient for every step; rows are inputs, as in `tokens @ map`.
    jacobian = mlp(point + torch.eye(width, dtype=torch.float64)) - mlp(point)
    torch.testing.assert_close(backbone.linear_map(1), jacobian, rtol=1e-6, atol=1e-8)


@torch.no_grad()
def test_every_out_type_has_its_shape_and_cls_is_never_a_patch(backbone, inputs, grid):
    width, num_prefix = backbone.embed_dims, backbone.num_prefix_tokens
    shapes = {
        'cls_token': (2, width),
        'avg_patch': (2, width),
        'cls_and_avg': (2, 2, width),
        'feat_map': (2, width, *grid),
        'cls_and_map': (2, 2 * width, *grid),
        'tokens': (2, num_prefix + grid[0] * grid[1], width),
    }
    assert set(shapes) == set(OUT_TYPES)
    backbone.out_indices = (0, -1)
    for out_type, shape in shapes.items():
        backbone.out_type = out_type
        if num_prefix == 0 and out_type in CLS_TYPES:
            with pytest.raises(ConfigError, match='avg_patch, feat_map, tokens'):
                backbone(inputs)
            continue
        assert [tuple(output.shape) for output in backbone(inputs)] == [shape, shape]
        # Maps carry their channels second, everything else last.
        assert backbone.out_channels == (shape[1] if len(shape) == 4 else shape[-1])


@torch.no_grad()
def test_final_norm_is_applied_on_demand(backbone, inputs):
    backbone.out_type = 'tokens'
    (plain,) = backbone(inputs)
    backbone.final_norm = True
    assert torch.equal(backbone(inputs)[0], backbone.final_normalize(plain))


def test_a_size_that_patches_do_not_fill_is_refused(backbone, inputs):
    height, width = inputs.shape[-2:]
    with pytest.raises(ConfigError, match=f'{height + 1}x{width} .*{backbone.patch_size}'):
        backbone(torch.randn(1, 3, height + 1, width))


def test_a_layer_that_does_not_exist_is_refused(backbone, inputs, grid):
    last = backbone.num_layers - 1
    for ask in (
        lambda: backbone.forward_tokens(inputs, [last + 1]),
        lambda: backbone.forward_block(last + 1, torch.randn(2, 17, backbone.embed_dims), grid),
        lambda: backbone.linear_map(last + 1),
        lambda: backbone.parameters_beyond(last + 1),
    ):
        with pytest.raises(ConfigError, match=f'layer {last + 1} .*0 to {last}'):
            ask()


@pytest.mark.parametrize('out_type', CLS_TYPES)
@pytest.mark.parametrize('name', ['siglip2', 'mmpretrain_prefix_free'])
def test_cls_is_refused_where_there_is_none_before_anything_runs(members, name, out_type):
    with pytest.raises(ConfigError, match=f'out_type.*{out_type}.*avg_patch'):
        MODELS.build(dict(members[name][0], out_type=out_type))


@pytest.mark.parametrize('name', ['resnet50', 'swin_tiny_patch4_window7_224'])
def test_a_network_without_a_plain_stack_of_blocks_is_refused(name):
    with pytest.raises(ConfigError, match=f'{name} .*VisionTransformer and Eva'):
        MODELS.build(dict(type='TimmViT', model_name=name))


def test_a_block_without_one_mlp_has_no_linear_map():
    parallel = MODELS.build(dict(type='TimmViT', model_name='vit_small_patch16_18x2_224', embed_dim=48, depth=2))
    with pytest.raises(ConfigError, match='block 1 of vit_small_patch16_18x2_224 .*MLP'):
        parallel.linear_map(1)
