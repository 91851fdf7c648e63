import argparse
import re
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open

from singer_mm.models import TimmViT

WIDTH, DEPTH, PATCH, GRID = 128, 3, 14, 4
HEADS = WIDTH // 64


@pytest.fixture
def tool(load_tool):
    return load_tool('model_converters/unic_to_timm.py')


@pytest.fixture
def run(tool, monkeypatch, capsys):
    def run(*args):
        monkeypatch.setattr(sys, 'argv', ['unic_to_timm.py', *map(str, args)])
        tool.main()
        return capsys.readouterr().out

    return run


@pytest.fixture
def encoder():
    """Random weights by the names of the authors' code: one chunk of blocks, no LayerScale."""
    shapes = {
        'cls_token': (1, 1, WIDTH),
        'pos_embed': (1, 1 + GRID**2, WIDTH),
        'mask_token': (1, WIDTH),
        'patch_embed.proj.weight': (WIDTH, 3, PATCH, PATCH),
        'patch_embed.proj.bias': (WIDTH,),
        'norm.weight': (WIDTH,),
        'norm.bias': (WIDTH,),
    }
    for layer in range(DEPTH):
        for name, size in {'attn.qkv': (3, 1), 'attn.proj': (1, 1), 'mlp.fc1': (4, 1), 'mlp.fc2': (1, 4)}.items():
            shapes[f'blocks.0.{layer}.{name}.weight'] = (size[0] * WIDTH, size[1] * WIDTH)
            shapes[f'blocks.0.{layer}.{name}.bias'] = (size[0] * WIDTH,)
        for norm in ('norm1', 'norm2'):
            shapes[f'blocks.0.{layer}.{norm}.weight'] = shapes[f'blocks.0.{layer}.{norm}.bias'] = (WIDTH,)
    return {name: 0.1 * torch.randn(shape) for name, shape in shapes.items()}


@pytest.fixture
def write(tmp_path):
    def write(encoder, **changes):
        """A checkpoint as the authors' training writes it."""
        model = {f'module.encoder.{name}': value for name, value in encoder.items()}
        model['module.lp.heads.dinov2.cls.2.layers.0.weight'] = torch.randn(8, WIDTH)
        content = dict(
            model=model,
            teacher_ft_stats={'dinov2': {'cls': {'mean': torch.zeros(1, 8), 'std': torch.ones(1, 8)}}},
            optimizer={'state': {}, 'param_groups': []},
            epoch=3,
            args=argparse.Namespace(arch='vit_large', patch_size=PATCH, lr_schedule=np.linspace(0, 1, 5)),
        )
        path = tmp_path / 'unic.pth'
        torch.save({**content, **changes}, path)
        return path

    return write


def features(encoder, images):
    """DINOv2's forward pass by the authors' names, written out."""
    patches = F.conv2d(images, encoder['patch_embed.proj.weight'], encoder['patch_embed.proj.bias'], stride=PATCH)
    tokens = torch.cat([encoder['cls_token'].expand(len(images), -1, -1), patches.flatten(2).mT], dim=1)
    tokens = tokens + encoder['pos_embed']

    def norm(name, x):
        return F.layer_norm(x, (WIDTH,), encoder[f'{name}.weight'], encoder[f'{name}.bias'], eps=1e-6)

    def linear(name, x):
        return x @ encoder[f'{name}.weight'].T + encoder[f'{name}.bias']

    for layer in range(DEPTH):
        block = f'blocks.0.{layer}'
        query, key, value = linear(f'{block}.attn.qkv', norm(f'{block}.norm1', tokens)).chunk(3, dim=-1)
        heads = []
        for head in range(HEADS):
            q, k, v = (part[..., head * 64 : (head + 1) * 64] for part in (query, key, value))
            heads.append(((q @ k.mT) / 8).softmax(dim=-1) @ v)
        tokens = tokens + linear(f'{block}.attn.proj', torch.cat(heads, dim=-1))
        hidden = F.gelu(linear(f'{block}.mlp.fc1', norm(f'{block}.norm2', tokens)))
        tokens = tokens + linear(f'{block}.mlp.fc2', hidden)
    return norm('norm', tokens)


def test_the_network_of_the_printed_config_computes_what_the_encoder_computes(run, write, encoder, tmp_path):
    out = tmp_path / 'checkpoints' / 'unic.safetensors'
    printed = run(write(encoder), '--out', out)
    config = eval(printed.splitlines()[-1].partition('teacher = ')[2])
    assert (config['img_size'], config['depth'], config['num_heads']) == (GRID * PATCH, DEPTH, HEADS)
    assert config.pop('type') == 'TimmViT'
    network = TimmViT(**config, frozen=True, out_type='tokens', final_norm=True)
    assert network.weights_loaded
    assert network.normalization[0][0] == pytest.approx(0.485), "ImageNet's, as in the authors' training"
    images = torch.randn(2, 3, GRID * PATCH, GRID * PATCH)
    torch.testing.assert_close(network(images)[0], features(encoder, images), rtol=1e-4, atol=1e-5)


def test_every_tensor_is_accounted_for(run, write, encoder, tmp_path):
    out = tmp_path / 'unic.safetensors'
    printed = run(write(encoder), '--out', out)
    assert re.search(rf'\b{len(encoder) + 1} tensors: {len(encoder)} .*encoder, 1 ', printed)
    with safe_open(out, framework='pt') as file:
        assert len(file.keys()) == len(encoder) - 1, 'all but the mask token'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['unic.pth', 'unic.safetensors']
    assert out.stat().st_mode & 0o044 == 0o044, 'others may read it'


def without(encoder, name):
    return {key: value for key, value in encoder.items() if key != name}


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda encoder: without(encoder, 'blocks.0.1.mlp.fc2.bias'), r'blocks\.1\.mlp\.fc2\.bias'),
        (lambda encoder: {**encoder, 'blocks.0.1.ls1.gamma': torch.ones(WIDTH)}, r'blocks\.1\.ls1\.gamma'),
        (lambda encoder: {**encoder, 'register_tokens': torch.ones(1, 4, WIDTH)}, 'register_tokens'),
        (lambda encoder: {**encoder, 'norm.bias': torch.ones(7)}, r'norm\.bias'),
        (lambda encoder: without(encoder, 'cls_token'), r'encoder\.cls_token'),
        (lambda encoder: {**encoder, 'pos_embed': torch.ones(1, 12, WIDTH)}, '11 positions .*128'),
    ],
)
def test_an_encoder_that_does_not_fit_is_refused_by_key(run, write, encoder, tmp_path, change, message):
    out = tmp_path / 'out.safetensors'
    with pytest.raises(SystemExit, match=message):
        run(write(change(encoder)), '--out', out)
    assert not out.exists()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({'state_dict': {}}, 'UNIC.*state_dict'),
        ({'model': torch.ones(2)}, 'UNIC.*none'),
        ({'model': {'encoder.norm.bias': torch.ones(2), 'head.bias': torch.ones(2)}}, r'head\.bias'),
    ],
)
def test_another_file_is_refused_in_one_sentence(run, tmp_path, content, message):
    torch.save(content, tmp_path / 'other.pth')
    with pytest.raises(SystemExit, match=message) as error:
        run(tmp_path / 'other.pth', '--out', tmp_path / 'out.safetensors')
    assert str(error.value).count('\n') == 0


def test_truncated_and_missing_files_are_named(run, write, encoder, tmp_path):
    path = write(encoder)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(SystemExit, match=r'unic\.pth'):
        run(path, '--out', tmp_path / 'out.safetensors')
    with pytest.raises(SystemExit, match=r'none\.pth'):
        run(tmp_path / 'none.pth', '--out', tmp_path / 'out.safetensors')
