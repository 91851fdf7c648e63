import pytest
import torch
from conftest import TEACHER, VIT
from timm.models.vision_transformer import ResPostBlock
from torch import nn

from singer_mm.errors import ConfigError
from singer_mm.models.backbones.weight_selection import evenly_spaced, select_weights
from singer_mm.models.distillers.layer_pairs import pair_layers
from singer_mm.registry import MODELS

WIDE = dict(embed_dim=64, depth=4, num_heads=4)
NARROW = dict(embed_dim=32, depth=4, num_heads=2)
# Of 64 channels, 4 heads of 16 and 256 hidden units, every other one.
CHANNELS = torch.arange(0, 64, 2)
HEAD_CHANNELS = torch.cat([torch.arange(0, 16), torch.arange(32, 48)])
HIDDEN = torch.arange(0, 256, 2)


def network(**changes):
    return MODELS.build({**VIT, **changes}).eval()


@torch.no_grad()
def teacher(**changes):
    """Every weight is random, so that none can be left out unnoticed: timm starts biases at 0, LayerScale at one."""
    backbone = network(**{**WIDE, **changes})
    for value in backbone.parameters():
        value.normal_(std=0.2)
    return backbone


@torch.no_grad()
def student(**changes):
    """Every weight is NaN, so that none can be kept unnoticed."""
    backbone = network(**{**NARROW, **changes})
    for value in backbone.parameters():
        value.fill_(torch.nan)
    return backbone


@torch.no_grad()
def tokens(backbone, images):
    outputs = backbone.forward_tokens(images, range(backbone.num_layers))
    return [*outputs.values(), backbone.final_normalize(outputs[backbone.num_layers - 1])]


def assert_same_tokens(one, other, images):
    for ours, theirs in zip(tokens(one, images), tokens(other, images), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


SAME_TOKENS = {
    'plain': (dict(), dict()),
    'registers': (dict(reg_tokens=4), dict()),
    'registers_without_positions': (dict(reg_tokens=4, no_embed_class=True), dict()),
    'no_prefix_tokens': (dict(class_token=False, global_pool='avg', out_type='feat_map'), dict()),
    'distillation_token': (dict(model_name='deit_tiny_distilled_patch16_224'), dict()),
    'clip': (dict(model_name='vit_base_patch16_clip_224'), dict()),
    'norms_after': (dict(block_fn=ResPostBlock), dict()),
    'qk_norm': (dict(qk_norm=True), dict()),
    'no_biases': (dict(qkv_bias=False, proj_bias=False), dict()),
    'no_positions': (dict(pos_embed='none'), dict()),
    'layer_scale': (dict(init_values=1.0), dict()),
    'positions_added_to_tokens': (dict(), dict(no_embed_class=True)),
    'registers_added_to_tokens': (dict(reg_tokens=4), dict(no_embed_class=True)),
    'no_positions_of_tokens': (dict(no_embed_class=True), dict(no_embed_class=False)),
    'folded_layer_scale': (dict(init_values=1.0), dict(init_values=None)),
    'folded_layer_scale_without_biases': (dict(init_values=1.0, proj_bias=False), dict(init_values=None)),
    'layer_scale_of_ones': (dict(), dict(init_values=1e-5)),
    'biases_of_zeros': (dict(qkv_bias=False, proj_bias=False), dict(qkv_bias=True, proj_bias=True)),
    'dynamic': (dict(), dict(dynamic_img_size=True)),
}


@pytest.mark.parametrize(('shared', 'of_student'), SAME_TOKENS.values(), ids=SAME_TOKENS)
def test_a_student_of_its_teachers_size_computes_its_tokens(shared, of_student, images):
    one = teacher(**shared)
    other = student(**WIDE, **{**shared, **of_student})
    select_weights(one, other)
    assert_same_tokens(one, other, images)


@pytest.mark.parametrize('prefix', [dict(), dict(reg_tokens=4), dict(no_embed_class=True)])
def test_positions_are_resampled_as_timm_does_for_other_image_sizes(prefix):
    one = teacher(dynamic_img_size=True, **prefix)
    other = student(**WIDE, img_size=(24, 48), **prefix)
    select_weights(one, other)
    assert_same_tokens(one, other, torch.randn(2, 3, 24, 48))


def test_patch_embeddings_are_resampled(images):
    one, other = teacher(), student(**WIDE, img_size=64, patch_size=16)
    select_weights(one, other)
    smooth = nn.functional.interpolate(images[..., :4, :4], size=32, mode='bicubic')
    larger = nn.functional.interpolate(smooth, size=64, mode='bicubic')
    ours, theirs = (vit.patch_embed(x) for vit, x in ((other.vit, larger), (one.vit, smooth)))
    assert torch.corrcoef(torch.stack([ours.flatten(), theirs.flatten()]))[0, 1] > 0.99
    assert torch.equal(one.vit.pos_embed, other.vit.pos_embed)


def without_norms(backbone):
    for block in backbone.vit.blocks:
        block.norm1 = block.norm2 = nn.Identity()
    backbone.vit.norm = nn.Identity()
    return backbone


@pytest.mark.parametrize(
    ('of_teacher', 'of_student'),
    [
        (dict(), dict()),
        (dict(init_values=1.0), dict(init_values=1.0)),
        (dict(init_values=1.0), dict()),
        (dict(reg_tokens=2), dict(reg_tokens=2, no_embed_class=True)),
        (dict(qk_norm=True), dict(qk_norm=True)),
    ],
)
@torch.no_grad()
def test_selected_channels_heads_and_hidden_units_belong_together(of_teacher, of_student, images):
    """Where the others carry nothing, the student computes what the teacher does (a norm would mix the channels)."""
    one, other = (without_norms(x).double() for x in (teacher(**of_teacher), student(**of_student)))
    images = images.double()
    rest = {
        size: torch.tensor([index not in kept for index in range(size)])
        for size, kept in ((64, set(CHANNELS.tolist())), (256, set(HIDDEN.tolist())))
    }
    other_heads = torch.tensor([index not in set(HEAD_CHANNELS.tolist()) for index in range(64)])
    for name in ('cls_token', 'reg_token', 'pos_embed'):
        if getattr(one.vit, name) is not None:
            getattr(one.vit, name)[..., rest[64]] = 0
    written = [one.vit.patch_embed.proj]
    for block in one.vit.blocks:
        written += [block.attn.proj, block.mlp.fc2]
        block.attn.proj.weight[:, other_heads] = 0
        block.mlp.fc2.weight[:, rest[256]] = 0
    for layer in written:
        layer.weight[rest[64]] = 0
        layer.bias[rest[64]] = 0
    select_weights(one, other)
    for ours, theirs in zip(tokens(other, images), tokens(one, images), strict=True):
        assert theirs.abs().max() > 0.1
        torch.testing.assert_close(ours, theirs[..., CHANNELS], atol=1e-9, rtol=1e-9)


def test_channels_of_norms_are_those_of_the_tokens():
    one, other = teacher(model_name='vit_base_patch16_clip_224'), student(model_name='vit_base_patch16_clip_224')
    select_weights(one, other)
    ours, theirs = other.vit.state_dict(), one.vit.state_dict()
    norms = [name for name in ours if 'norm' in name]
    assert {name.split('.')[0] for name in norms} == {'norm_pre', 'blocks', 'norm'}
    assert all(torch.equal(ours[name], theirs[name][CHANNELS]) for name in norms)


def test_indices_are_evenly_spaced():
    assert evenly_spaced(6, 6).tolist() == [0, 1, 2, 3, 4, 5]
    assert evenly_spaced(6, 3).tolist() == [0, 2, 4]
    assert evenly_spaced(6, 4).tolist() == [0, 1, 3, 4]
    steps = evenly_spaced(1024, 192).diff()
    assert set(steps.tolist()) == {5, 6}


def sources(teacher_depth, student_depth):
    """Return the teacher's block of each block of the student."""
    sizes = dict(embed_dim=16, num_heads=1, mlp_ratio=1.0)
    one, other = network(**sizes, depth=teacher_depth), student(**sizes, depth=student_depth)
    for index, block in enumerate(one.vit.blocks):
        nn.init.constant_(block.norm1.bias, index)
    select_weights(one, other)
    return [int(block.norm1.bias[0]) for block in other.vit.blocks]


@pytest.mark.parametrize(('teacher_depth', 'student_depth'), [(6, 6), (12, 6), (24, 12), (12, 4), (7, 5), (9, 7)])
def test_blocks_are_those_that_are_paired_by_depth(teacher_depth, student_depth):
    found = sources(teacher_depth, student_depth)
    assert found == pair_layers('depth', range(student_depth), student_depth, teacher_depth)
    assert found[-1] == teacher_depth - 1


def test_of_two_equally_near_blocks_either_is_taken_but_none_twice():
    found = sources(12, 8)
    assert sorted(set(found)) == found
    assert all(abs((block + 1) / 12 - (index + 1) / 8) < 0.05 for index, block in enumerate(found))


def test_the_classifier_stays_as_it_is():
    one, other = teacher(num_classes=5), network(**NARROW, num_classes=5)
    before = other.vit.head.weight.clone()
    select_weights(one, other)
    assert torch.equal(other.vit.head.weight, before)


def test_frozen_parameters_stay_frozen_and_the_teacher_unchanged():
    one, other = teacher(), student()
    before = {name: value.clone() for name, value in one.state_dict().items()}
    other.train_up_to(1, final_norm=False)
    trained = [name for name, value in other.named_parameters() if value.requires_grad]
    select_weights(one, other)
    assert trained == [name for name, value in other.named_parameters() if value.requires_grad]
    assert all(torch.equal(value, before[name]) for name, value in one.state_dict().items())


@pytest.mark.parametrize(
    ('of_teacher', 'of_student', 'message'),
    [
        (dict(), dict(embed_dim=80, num_heads=5), 'embed_dim of the student is 80.*at most the 64 of the teacher'),
        (dict(), dict(depth=5), 'depth of the student is 5.*at most the 4'),
        (dict(embed_dim=32, num_heads=2), dict(num_heads=4), 'num_heads of the student is 4.*at most the 2'),
        (dict(), dict(mlp_ratio=10), r'mlp_ratio \(in hidden units\) of the student is 320.*at most the 256'),
        (dict(), dict(num_heads=4), 'heads.* 8 channels.* 16; set num_heads'),
        (dict(), dict(reg_tokens=4), 'prefix tokens.*1 cls_token and the student 1 cls_token, 4 reg_token; set'),
        (
            dict(model_name='deit_tiny_distilled_patch16_224'),
            dict(reg_tokens=1),
            '1 cls_token, 1 dist_token and the student 1 cls_token, 1 reg_token',
        ),
        (dict(), dict(pos_embed='none'), 'position embeddings.*set pos_embed'),
        (dict(), dict(qkv_bias=False), 'attn.qkv.bias.*set qkv_bias=True in the config of the student'),
        (dict(), dict(proj_bias=False), 'attn.proj.bias.*set proj_bias=True'),
        (dict(qk_norm=True), dict(), 'attn.q_norm is LayerNorm in the teacher and missing in the student; set qk_norm'),
        (dict(), dict(qk_norm=True), 'attn.q_norm is missing in the teacher'),
        (dict(act_layer='quick_gelu'), dict(), 'mlp.act is QuickGELU in the teacher and GELU in the .*; set act_layer'),
        (
            dict(),
            dict(norm_layer='rmsnorm'),
            'norm is LayerNorm in the teacher and RmsNorm in the student; set norm_layer',
        ),
        (dict(pre_norm=True), dict(), 'norm_pre is LayerNorm in the teacher and missing in the student; set pre_norm'),
        (
            dict(global_pool='avg'),
            dict(),
            'fc_norm is LayerNorm in the teacher and missing in the student; set fc_norm',
        ),
        (dict(scale_attn_norm=True), dict(), 'block 0 of the teacher .* has attn.norm, a LayerNorm; allowed: '),
        (
            dict(model_name='vit_giant_patch14_dinov2', mlp_ratio=4),
            dict(),
            'teacher vit_giant.* has mlp, a GluMlp; allowed: ',
        ),
        (dict(), dict(model_name='vit_small_patch16_18x2_224'), 'student vit_small.* a ParallelThingsBlock; allowed'),
        (dict(model_name='eva02_tiny_patch14_224'), dict(), "teacher eva02_tiny_.* has timm's Eva; allowed: a TimmViT"),
    ],
)
def test_refuses_networks_that_do_not_fit(of_teacher, of_student, message):
    with pytest.raises(ConfigError, match=f'^student_from_teacher=True.*{message}'):
        select_weights(network(**{**WIDE, **of_teacher}), network(**{**NARROW, **of_student}))


def test_refuses_other_backbones():
    planted = MODELS.build(dict(type='PlantedArtifacts', backbone=dict(TEACHER), layers=[0], rank=4))
    with pytest.raises(ConfigError, match='the teacher is a PlantedArtifacts; allowed: a TimmViT'):
        select_weights(planted, network(**NARROW))


def test_refuses_norms_in_another_place():
    with pytest.raises(ConfigError, match='a block is Block in the teacher and ResPostBlock in the student'):
        select_weights(network(**WIDE), network(**NARROW, block_fn=ResPostBlock))


def test_refuses_to_overwrite_loaded_weights():
    loaded = network(**NARROW)
    loaded.weights_loaded = True
    with pytest.raises(ConfigError, match='overwrite the loaded weights.*remove pretrained or checkpoint'):
        select_weights(network(**WIDE), loaded)
