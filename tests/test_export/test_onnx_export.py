"""The graph computes what torch computes, at the sizes that it claims."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.export import onnx_export
from singer_mm.export.onnx_export import export_onnx

DYNAMIC = dict(dynamic_img_size=True)


def run(path, images):
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    return [torch.from_numpy(output) for output in session.run(None, {'images': images.numpy()})]


@pytest.mark.slow
@pytest.mark.parametrize(
    ('changes', 'sizes'),
    [
        (dict(), [(1, 32, 32), (4, 32, 32)]),
        (dict(init_values=0.1), [(2, 32, 32)]),
        (DYNAMIC, [(1, 32, 32), (5, 64, 48), (2, 16, 24)]),
        (dict(DYNAMIC, init_values=0.1, reg_tokens=2, no_embed_class=True), [(1, 32, 32), (3, 24, 64)]),
        (dict(DYNAMIC, model_name='vit_base_patch16_clip_224'), [(2, 40, 32)]),
    ],
)
def test_outputs_are_those_of_torch(make_student, tmp_path, changes, sizes):
    student = make_student(**changes)
    report = export_onnx(student, tmp_path / 'student.onnx')
    assert report.difference < 1e-4
    assert (report.why_fixed is None) == ('dynamic_img_size' in changes)
    assert len({batch for batch, *_ in report.sizes}) == 2
    for batch, height, width in sizes:
        images = torch.randn(batch, 3, height, width)
        with torch.no_grad():
            tokens = student.backbone.vit.forward_features(images)
        cls_token, patch_tokens = run(tmp_path / 'student.onnx', images)
        torch.testing.assert_close(cls_token, tokens[:, 0], atol=1e-4, rtol=0)
        torch.testing.assert_close(patch_tokens, tokens[:, student.backbone.num_prefix_tokens :], atol=1e-4, rtol=0)


def test_without_a_cls_token_the_patches_are_the_only_output(make_student, tmp_path):
    export_onnx(make_student('vit_base_patch16_siglip_224'), tmp_path / 'student.onnx')
    (patches,) = run(tmp_path / 'student.onnx', torch.randn(2, 3, 32, 32))
    assert patches.shape == (2, 16, 24)


@pytest.mark.parametrize(('name', 'std'), [('vit_small_patch16_dinov3', 0.3), ('eva02_tiny_patch14_224', 0.1)])
def test_rotary_positions_have_a_fixed_size(make_student, tmp_path, name, std):
    student = make_student(name, std=std, **DYNAMIC)
    report = export_onnx(student, tmp_path / 'student.onnx')
    assert 'rotary positions' in report.why_fixed
    assert {size[2:] for size in report.sizes} == {(32, 32)}
    images = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        expected = student.backbone.vit.forward_features(images)[:, 0]
    torch.testing.assert_close(run(tmp_path / 'student.onnx', images)[0], expected, atol=1e-4, rtol=0)


def test_the_file_says_how_to_use_it(make_student, tmp_path):
    export_onnx(make_student(**DYNAMIC), tmp_path / 'student.onnx')
    facts = {prop.key: json.loads(prop.value) for prop in onnx.load(tmp_path / 'student.onnx').metadata_props}
    assert facts == dict(
        mean=[0.1, 0.2, 0.3],
        std=[0.4, 0.5, 0.6],
        input_size=[3, 32, 32],
        patch_size=8,
        dynamic_size=True,
        model_name='vit_tiny_patch16_224',
        provenance=dict(config='tiny.py', seed=7),
    )


def test_other_outputs_are_an_error_and_leave_the_old_file(make_student, tmp_path, monkeypatch):
    path = tmp_path / 'student.onnx'
    path.write_bytes(b'old')
    right = onnx_export.normed_tokens
    monkeypatch.setattr(onnx_export, 'normed_tokens', lambda *args: right(*args) + 2e-4)
    with pytest.raises(CheckpointError, match=r'student\.onnx.*1x32x32.*1e-04'):
        export_onnx(make_student(), path)
    assert path.read_bytes() == b'old'
    assert list(tmp_path.iterdir()) == [path]


def test_antialiased_resize_is_torch_s(tmp_path):
    class Resized(torch.nn.Module):
        def forward(self, image, like):
            return torch.nn.functional.interpolate(image, size=like.shape[-2:], mode='bicubic', antialias=True)

    image = torch.randn(1, 2, 9, 12)
    with onnx_export.antialiased_resize():
        torch.onnx.export(
            Resized(),
            (image, torch.zeros(1, 1, 4, 20)),
            str(tmp_path / 'x.onnx'),
            dynamo=False,
            opset_version=onnx_export.OPSET,
            input_names=['image', 'like'],
            dynamic_axes={'like': {2: 'height', 3: 'width'}},
        )
    session = onnxruntime.InferenceSession(str(tmp_path / 'x.onnx'), providers=['CPUExecutionProvider'])
    for size in [(9, 12), (4, 20), (30, 5), (3, 3)]:
        like = torch.zeros(1, 1, *size)
        expected = Resized()(image, like)
        (actual,) = session.run(None, dict(image=image.numpy(), like=like.numpy()))
        np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize('package', ['onnx', 'onnxruntime'])
def test_a_missing_package_is_named_with_its_extra(make_student, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"{package} .*'export'.*pip install"):
        export_onnx(make_student(), tmp_path / 'student.onnx')
    assert not list(tmp_path.iterdir())


def test_a_folder_that_does_not_exist_is_named(make_student, tmp_path):
    with pytest.raises(CheckpointError, match=r'gone/student\.onnx'):
        export_onnx(make_student(**DYNAMIC), tmp_path / 'gone/student.onnx')
