import pytest
import timm
import torch
from safetensors.torch import save_file

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models import TimmViT

SMALL = dict(embed_dim=48, depth=3, num_heads=3)
# One small member of every family: (model name, arguments, prefix tokens).
FAMILIES = {
    'plain': ('vit_tiny_patch16_224', dict(SMALL, img_size=32, patch_size=8), 1),
    'deit3': ('deit3_small_patch16_224', dict(SMALL, img_size=32, patch_size=8), 1),
    'dinov2': ('vit_small_patch14_dinov2', dict(SMALL, img_size=56, dynamic_img_size=True), 1),
    'dinov2_registers': ('vit_small_patch14_reg4_dinov2', dict(SMALL, img_size=56), 5),
    'dinov2_swiglu': ('vit_giant_patch14_dinov2', dict(SMALL, img_size=56), 1),
    'clip': ('vit_base_patch16_clip_224', dict(SMALL, img_size=32, patch_size=8), 1),
    'siglip': ('vit_base_patch16_siglip_224', dict(SMALL, img_size=32, patch_size=8), 0),
    'eva02': ('eva02_tiny_patch14_224', dict(SMALL, img_size=56), 1),
    'dinov3': ('vit_small_patch16_dinov3', dict(SMALL, img_size=64, dynamic_img_size=True), 5),
    'dinov3_swiglu': ('vit_small_plus_patch16_dinov3', dict(SMALL, img_size=64), 5),
    'mixed_rope': ('vit_small_patch16_rope_mixed_224', dict(SMALL, img_size=64), 1),
}


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def backbone(family):
    name, arguments, _ = FAMILIES[family]
    return TimmViT(name, **arguments).eval()


@pytest.fixture
def family_images(backbone):
    height, width = backbone.vit.patch_embed.img_size
    return torch.randn(2, 3, height, width)


def test_contract_attributes(backbone, family):
    assert (backbone.embed_dims, backbone.num_layers) == (48, 3)
    assert backbone.num_prefix_tokens == FAMILIES[family][2]
    assert len(backbone.normalization[0]) == len(backbone.normalization[1]) == 3
    assert not backbone.weights_loaded


@torch.no_grad()
def test_tokens_agree_with_the_whole_network(backbone, family_images):
    rows, columns = backbone.grid(family_images)
    tokens = backbone.forward_tokens(family_images, [2, 0])
    assert list(tokens) == [0, 2]
    assert tokens[2].shape == (2, backbone.num_prefix_tokens + rows * columns, 48)
    expected = backbone.vit.forward_features(family_images)
    torch.testing.assert_close(backbone.final_normalize(tokens[2]), expected)


@torch.no_grad()
def test_forward_block_continues_the_pass(backbone, family_images):
    tokens = backbone.forward_tokens(family_images, [0, 1, 2])
    for layer in (0, 1):
        following = backbone.forward_block(layer + 1, tokens[layer], backbone.grid(family_images))
        torch.testing.assert_close(following, tokens[layer + 1], rtol=0, atol=0)


def test_runs_no_block_beyond_the_last_asked_for(backbone, family_images):
    ran = []
    for index, block in enumerate(backbone.vit.blocks):
        block.register_forward_hook(lambda *_, index=index: ran.append(index))
    backbone.forward_tokens(family_images, [1])
    assert ran == [0, 1]


def test_linear_map_is_the_jacobian_of_the_mlp_without_its_nonlinearity(backbone):
    mlp = backbone.vit.blocks[1].mlp.double()
    mlp.act = torch.nn.Identity()
    mlp.norm = torch.nn.Identity()
    gated = type(mlp).__name__ in ('SwiGLU', 'GluMlp')
    if gated:  # hold the gate at one: what remains is the value path
        gate = mlp.fc1_g if hasattr(mlp, 'fc1_g') else mlp.fc1
        half = slice(None) if hasattr(mlp, 'fc1_g') else slice(gate.weight.shape[0] // 2)
        if hasattr(mlp, 'gate_last') and mlp.gate_last:
            half = slice(gate.weight.shape[0] // 2, None)
        with torch.no_grad():
            gate.weight[half] = 0
            gate.bias[half] = 1
    jacobian = torch.autograd.functional.jacobian(mlp, torch.randn(48, dtype=torch.float64))
    torch.testing.assert_close(backbone.linear_map(1), jacobian.T)


def test_every_out_type_has_its_shape(backbone, family, family_images):
    name, arguments, num_prefix = FAMILIES[family]
    rows, columns = backbone.grid(family_images)
    shapes = {'avg_patch': (2, 48), 'feat_map': (2, 48, rows, columns), 'tokens': (2, num_prefix + rows * columns, 48)}
    if num_prefix:
        shapes |= {'cls_token': (2, 48), 'cls_and_avg': (2, 2, 48), 'cls_and_map': (2, 96, rows, columns)}
    for out_type, shape in shapes.items():
        network = TimmViT(name, out_type=out_type, out_indices=(0, -1), **arguments)
        outputs = network(family_images)
        assert [tuple(output.shape) for output in outputs] == [shape, shape]
        # Maps carry their channels second, everything else last.
        assert network.out_channels == (shape[1] if len(shape) == 4 else shape[-1])


def test_parameters_beyond_are_those_without_gradient(backbone, family_images):
    backbone.forward_tokens(family_images, [1])[1].sum().backward()
    untouched = {name for name, parameter in backbone.named_parameters() if parameter.grad is None}
    assert untouched == set(backbone.parameters_beyond(1))


def test_feat_map_keeps_places(images):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL).eval()
    feat_map = backbone(images)[0]
    patches = backbone.forward_tokens(images, [2])[2][:, 1:]
    torch.testing.assert_close(feat_map[:, :, 1, 2], patches[:, 1 * 4 + 2])


def test_frozen_stays_in_eval_mode_without_gradients(images):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, frozen=True, **SMALL).train()
    assert not any(module.training for module in backbone.modules())
    assert not any(parameter.requires_grad for parameter in backbone.parameters())
    assert not backbone(images)[0].requires_grad


def test_autocast_computes_in_bfloat16_and_returns_float32(images):
    arguments = dict(img_size=32, patch_size=8, frozen=True, final_norm=True, **SMALL)
    exact, fast = (
        TimmViT('vit_tiny_patch16_224', **arguments),
        TimmViT('vit_tiny_patch16_224', autocast='bfloat16', **arguments),
    )
    fast.load_state_dict(exact.state_dict())
    dtypes = []
    fast.vit.blocks[1].mlp.fc1.register_forward_hook(lambda module, args, output: dtypes.append(output.dtype))
    output, expected = fast(images)[0], exact(images)[0]
    assert dtypes == [torch.bfloat16]
    assert output.dtype == torch.float32
    assert 0 < (output - expected).norm() < 0.05 * expected.norm()
    assert all(parameter.dtype == torch.float32 for parameter in fast.parameters())


def test_layer_depths_grow_from_the_embedding_to_the_head():
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL)
    depths = {name: backbone.get_layer_depth(f'backbone.{name}') for name, _ in backbone.named_parameters()}
    assert {number for _, number in depths.values()} == {5}
    for name in ('vit.cls_token', 'vit.pos_embed', 'vit.patch_embed.proj.weight'):
        assert depths[name][0] == 0
    assert [depths[f'vit.blocks.{block}.mlp.fc1.bias'][0] for block in range(3)] == [1, 2, 3]
    for name in ('backbone.vit.norm.weight', 'head.fc.weight', 'neck.blocks.0.weight'):
        assert backbone.get_layer_depth(name) == (4, 5)
    assert backbone.get_layer_depth('trunk.vit.blocks.0.norm1.bias', prefix='trunk.') == (1, 5)


def test_init_weights_keeps_the_weights():
    backbone = TimmViT('vit_tiny_patch16_224', **SMALL)
    before = backbone.vit.blocks[0].attn.qkv.weight.clone()
    backbone.init_weights()
    assert torch.equal(backbone.vit.blocks[0].attn.qkv.weight, before)


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_loads_a_timm_state_dict_and_leaves_the_classifier_out(tmp_path, suffix):
    vit = timm.create_model('vit_tiny_patch16_224', num_classes=10, **SMALL)
    path = tmp_path / f'weights.{suffix}'
    torch.save(vit.state_dict(), path) if suffix == 'pth' else save_file(vit.state_dict(), path)
    backbone = TimmViT('vit_tiny_patch16_224', checkpoint=str(path), **SMALL)
    assert backbone.weights_loaded
    assert set(backbone.load_report.ignored) == {'head.weight', 'head.bias'}
    assert torch.equal(backbone.vit.blocks[2].mlp.fc2.weight, vit.blocks[2].mlp.fc2.weight)


def test_resamples_position_embeddings_to_the_input_size(tmp_path):
    torch.save(timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL).state_dict(), tmp_path / 'w.pth')
    backbone = TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / 'w.pth'), img_size=96, **SMALL)
    assert backbone.vit.pos_embed.shape == (1, 1 + 36, 48)


def test_dynamic_size_takes_any_multiple_of_the_patch():
    backbone = TimmViT('vit_small_patch14_dinov2', dynamic_img_size=True, **SMALL)
    assert backbone(torch.randn(1, 3, 42, 70))[0].shape == (1, 48, 3, 5)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(embed_dim=96), 'does not fit vit_tiny.*other shape'),
        (dict(depth=4), 'does not fit vit_tiny.*missing blocks.3'),
        (dict(depth=2), 'does not fit vit_tiny.*unexpected blocks.2'),
        (dict(init_values=1e-5), 'missing blocks.0.ls1.gamma'),
    ],
)
def test_refuses_the_weights_of_another_architecture(tmp_path, change, message):
    torch.save(timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL).state_dict(), tmp_path / 'w.pth')
    with pytest.raises(CheckpointError, match=message):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / 'w.pth'), **{**SMALL, **change})


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_refuses_truncated_and_missing_files(tmp_path, suffix):
    vit = timm.create_model('vit_tiny_patch16_224', num_classes=0, **SMALL)
    path = tmp_path / f'weights.{suffix}'
    torch.save(vit.state_dict(), path) if suffix == 'pth' else save_file(vit.state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=rf'weights\.{suffix} is truncated'):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(path), **SMALL)
    with pytest.raises(CheckpointError, match='does not exist'):
        TimmViT('vit_tiny_patch16_224', checkpoint=str(tmp_path / f'none.{suffix}'), **SMALL)


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(), 'model_name is missing'),
        (dict(model_name='vit_tinny'), 'timm cannot create'),
        (dict(model_name='resnet18'), 'families VisionTransformer and Eva'),
        (dict(model_name='vit_tiny_patch16_224', hight=3), "unexpected keyword argument 'hight'.*allowed:.*depth"),
        (dict(model_name='vit_tiny_patch16_224', out_type='map'), 'allowed: cls_token'),
        (dict(model_name='vit_tiny_patch16_224', pretrained=True, checkpoint='x.pth'), 'exclude each other'),
        (dict(model_name='vit_tiny_patch16_224', autocast='float16'), 'autocast is .float16.; allowed: None, bfloat16'),
    ],
)
def test_refuses_what_cannot_be_built(arguments, message):
    with pytest.raises(ConfigError, match=message):
        TimmViT(**arguments)


@pytest.mark.parametrize(
    ('size', 'message'), [((33, 32), '33x32 is not divisible by the patch size 8'), ((64, 64), 'img_size=')]
)
def test_refuses_a_size_that_does_not_fit(size, message):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL)
    with pytest.raises(ConfigError, match=message):
        backbone(torch.randn(1, 3, *size))


def test_refuses_a_layer_that_does_not_exist(images):
    backbone = TimmViT('vit_tiny_patch16_224', img_size=32, patch_size=8, **SMALL)
    with pytest.raises(ConfigError, match='layer 3 does not exist in vit_tiny_patch16_224; allowed: 0 to 2'):
        backbone.forward_tokens(images, [3])
