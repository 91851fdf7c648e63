"""Hugging Face's names and layouts, without Hugging Face."""

import sys

import pytest
import torch

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.export.plain_vit import plain_vit
from singer_mm.export.transformers_export import export_transformers
from singer_mm.export.transformers_names import to_hugging_face, to_timm


def convert(student, model_type):
    return to_hugging_face(student.backbone.vit.state_dict(), model_type, plain_vit(student.backbone, 'X', 'Y'))


def test_names_are_those_of_the_published_checkpoints(make_student):
    vit = convert(make_student(), 'vit')
    assert len(vit) == 6 + 2 * 16
    assert {'embeddings.position_embeddings', 'encoder.layer.1.attention.attention.query.bias'} <= vit.keys()
    assert {'encoder.layer.0.layernorm_before.weight', 'encoder.layer.0.intermediate.dense.weight'} <= vit.keys()
    dinov2 = convert(make_student(init_values=0.1), 'dinov2')
    assert {'embeddings.mask_token', 'encoder.layer.1.layer_scale2.lambda1', 'layernorm.bias'} <= dinov2.keys()
    assert 'embeddings.register_tokens' in convert(make_student(reg_tokens=2), 'dinov2_with_registers')


def test_queries_keys_and_values_are_thirds(make_student):
    student = make_student()
    tensors = convert(student, 'vit')
    parts = [tensors[f'encoder.layer.1.attention.attention.{name}.weight'] for name in ('query', 'key', 'value')]
    assert torch.equal(torch.cat(parts), student.backbone.vit.blocks[1].attn.qkv.weight)


def test_positions_of_prefix_tokens(make_student):
    without = make_student(no_embed_class=True)
    positions = convert(without, 'vit')['embeddings.position_embeddings']
    assert positions.shape == (1, 17, 24)
    assert not positions[:, 0].any()
    # 8 registers on a grid of 4 x 4: 25 rows, which is a square, too.
    student = make_student(reg_tokens=8)
    tensors, vit = convert(student, 'dinov2_with_registers'), student.backbone.vit
    assert torch.equal(tensors['embeddings.register_tokens'], vit.reg_token + vit.pos_embed[:, 1:9])
    assert torch.equal(
        tensors['embeddings.position_embeddings'], torch.cat([vit.pos_embed[:, :1], vit.pos_embed[:, 9:]], dim=1)
    )


def test_scales_go_into_the_layer_before_where_timm_has_none(make_student):
    scaled, plain = make_student(init_values=0.1), make_student()
    target = plain.backbone.vit.state_dict()
    plain.backbone.vit.load_state_dict(to_timm(convert(scaled, 'dinov2'), 'dinov2', 2, target))
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        expected = scaled.backbone.vit.forward_features(images)
        torch.testing.assert_close(plain.backbone.vit.forward_features(images), expected, atol=1e-5, rtol=0)


def test_a_prefix_and_a_head_do_not_matter(make_student):
    student = make_student()
    tensors = {f'vit.{name}': value for name, value in convert(student, 'vit').items()}
    tensors |= {'classifier.weight': torch.zeros(3, 24), 'vit.pooler.dense.weight': torch.zeros(24, 24)}
    state, target = to_timm(tensors, 'vit', 2, student.backbone.vit.state_dict()), student.backbone.vit.state_dict()
    assert state.keys() == target.keys()
    assert all(torch.equal(value, target[name]) for name, value in state.items())


def test_tensors_astray_are_named(make_student):
    student = make_student()
    target, tensors = student.backbone.vit.state_dict(), convert(student, 'vit')
    with pytest.raises(CheckpointError, match=r'encoder\.layer\.2\.layernorm_before\.weight.*vit of 3'):
        to_timm(tensors, 'vit', 3, target)
    with pytest.raises(CheckpointError, match=r'encoder\.rope'):
        to_timm({**tensors, 'encoder.rope': torch.zeros(1)}, 'vit', 2, target)


def test_what_does_not_map_is_refused_before_transformers_is_asked_for(make_student, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'transformers', None)
    with pytest.raises(ConfigError, match=r'Eva with rotary positions.*Dinov2Model'):
        export_transformers(make_student('vit_small_patch16_dinov3'), tmp_path / 'hf')
    with pytest.raises(ConfigError, match=r'32x48.*img_size'):
        export_transformers(make_student(img_size=(32, 48)), tmp_path / 'hf')
    with pytest.raises(ConfigError, match=r"transformers .*'export'"):
        export_transformers(make_student(), tmp_path / 'hf')
    assert not list(tmp_path.iterdir())
