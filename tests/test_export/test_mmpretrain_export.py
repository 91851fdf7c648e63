"""mmpretrain's backbone, built from the written config, computes what timm's does."""

import pytest
import torch
from mmengine.config import Config

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.export import mmpretrain_export
from singer_mm.export.mmpretrain_export import export_mmpretrain
from singer_mm.utils.checkpoint_io import load_checkpoint


def build(config):
    import mmpretrain.models  # noqa: F401  registers its classes
    from mmpretrain.registry import MODELS

    model = MODELS.build(Config.fromfile(config).model)
    model.backbone.init_weights()
    model.eval()
    return model


@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(init_values=0.1),
        dict(no_embed_class=True),
        dict(init_values=0.1, no_embed_class=True),
        dict(qkv_bias=False),
        dict(img_size=(32, 48), mlp_ratio=2.5),
        dict(num_classes=5),
    ],
)
def test_outputs_are_those_of_timm(make_student, tmp_path, changes):
    student = make_student(**changes)
    assert export_mmpretrain(student, tmp_path / 'student.pth') < 1e-4
    # The config finds its checkpoint wherever both are moved.
    folder = tmp_path / 'elsewhere'
    folder.mkdir()
    for name in ('student.pth', 'student.py'):
        (tmp_path / name).rename(folder / name)
    model = build(folder / 'student.py')
    images = torch.randn(2, 3, *student.backbone.vit.patch_embed.img_size)
    with torch.no_grad():
        expected = student.backbone.vit.forward_features(images)[:, 0]
        torch.testing.assert_close(model.backbone(images)[0], expected, atol=1e-4, rtol=0)


def test_images_are_normalised_as_the_student_s(make_student, tmp_path):
    export_mmpretrain(make_student(), tmp_path / 'student.pth')
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)
    inputs = build(tmp_path / 'student.py').data_preprocessor(dict(inputs=images))['inputs']
    mean, std = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.4, 0.5, 0.6])
    expected = (images.flip(1) / 255 - mean[:, None, None]) / std[:, None, None]  # mmpretrain reads BGR
    torch.testing.assert_close(inputs, expected)


def test_the_checkpoint_is_that_of_a_whole_model(make_student, tmp_path):
    export_mmpretrain(make_student(), tmp_path / 'student.pth')
    content = load_checkpoint(tmp_path / 'student.pth')
    assert all(name.startswith('backbone.') for name in content['state_dict'])
    assert content['meta']['provenance'] == dict(config='tiny.py', seed=7)


def test_other_outputs_are_an_error_and_leave_nothing(make_student, tmp_path, monkeypatch):
    monkeypatch.setitem(mmpretrain_export.IN_BLOCK, 'norm1', 'ln2')
    monkeypatch.setitem(mmpretrain_export.IN_BLOCK, 'norm2', 'ln1')
    with pytest.raises(CheckpointError, match=r'student\.pth.*tokens'):
        export_mmpretrain(make_student(), tmp_path / 'student.pth')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ('changes', 'reason'),
    [
        (dict(reg_tokens=2), 'registers'),
        (dict(act_layer='gelu_tanh'), 'gelu_pytorch_tanh'),
        (dict(model_name='vit_small_patch16_dinov3'), 'Eva with rotary positions'),
    ],
)
def test_what_does_not_map_is_refused_with_what_does(make_student, tmp_path, changes, reason):
    with pytest.raises(ConfigError, match=f'VisionTransformer.*{reason}'):
        export_mmpretrain(make_student(**changes), tmp_path / 'student.pth')
    assert not list(tmp_path.iterdir())
