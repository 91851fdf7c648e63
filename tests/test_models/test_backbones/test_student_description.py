import copy
import time

import pytest
import timm
import torch
from conftest import VIT
from safetensors.torch import save_file

from singer_mm.errors import CheckpointError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_description import is_plain_name

KWARGS = {**{key: value for key, value in VIT.items() if key not in ('type', 'model_name')}, 'embed_dim': 24}
KWARGS.update(num_heads=3, depth=2, num_classes=0)


@pytest.fixture(scope='module')
def content():
    vit = timm.create_model(VIT['model_name'], **KWARGS)
    return dict(
        format='singer_mm.student',
        state_dict=dict(vit.state_dict()),
        architecture=dict(model_name=VIT['model_name'], timm_kwargs=KWARGS),
        normalization=[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
        provenance=dict(),
    )


@pytest.fixture
def load(content, tmp_path):
    def load(*keys, value='remove'):
        changed = copy.deepcopy(content)
        target = changed
        for key in keys[:-1]:
            target = target[key]
        if value == 'remove':
            del target[keys[-1]]
        else:
            target[keys[-1]] = value
        torch.save(changed, tmp_path / 's.pth')
        return TimmViT(checkpoint=str(tmp_path / 's.pth'))

    return load


@pytest.fixture
def no_network(monkeypatch):
    """Whatever timm's loader would open or fetch ends the test."""

    def called(*arguments, **keywords):
        raise AssertionError('the file chose what to open')

    for name in ('load_model_config_from_hf', 'load_model_config_from_path', 'load_checkpoint'):
        monkeypatch.setattr(f'timm.models._factory.{name}', called)
    monkeypatch.setattr('timm.models._builder.load_pretrained', called)


@pytest.mark.parametrize(
    'name', ['hf-hub:timm/vit_tiny_patch16_224', 'local-dir:/tmp/x', 'hf_hub:a/b', '../vit', 'https://x/y', '', 3, None]
)
def test_a_file_names_no_hub_and_no_path(load, no_network, name):
    assert not is_plain_name(name)
    with pytest.raises(CheckpointError, match=r's\.pth: architecture\.model_name'):
        load('architecture', 'model_name', value=name)


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('pretrained', True),
        ('pretrained_cfg', dict(url='https://localhost/x.pth')),
        ('pretrained_cfg', dict(file='/etc/passwd')),
        ('pretrained_cfg_overlay', dict(file='/etc/passwd')),
        ('checkpoint_path', '/etc/passwd'),
        ('cache_dir', '/tmp/x'),
        ('device', 'cuda'),
        ('hight', 3),
    ],
)
def test_arguments_that_fetch_or_open_are_refused(load, no_network, name, value):
    with pytest.raises(CheckpointError, match=rf's\.pth: architecture\.timm_kwargs\.{name} '):
        load('architecture', 'timm_kwargs', name, value=value)


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('norm_layer', 'os.system'),
        ('act_layer', '/tmp/x'),
        ('embed_dim', 10**9),
        ('depth', float('nan')),
        ('mlp_ratio', torch.ones(1)),
        ('img_size', [[32, 32]]),
        ('norm_layer', dict(a=1)),
    ],
)
def test_values_are_plain(load, name, value):
    with pytest.raises(CheckpointError, match=rf's\.pth: architecture\.timm_kwargs\.{name} '):
        load('architecture', 'timm_kwargs', name, value=value)


@pytest.mark.parametrize(
    ('name', 'value'), [('embed_dim', 15999), ('depth', 16000), ('img_size', 16000), ('patch_size', 1), ('depth', 'x')]
)
def test_an_architecture_that_the_tensors_are_not_of_is_never_built(load, name, value):
    start = time.monotonic()
    with pytest.raises(CheckpointError, match=r's\.pth: .*(architecture|depth)'):
        load('architecture', 'timm_kwargs', name, value=value)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ('keys', 'value'),
    [
        (('architecture',), 'remove'),
        (('architecture',), 3),
        (('architecture', 'model_name'), 'remove'),
        (('architecture', 'timm_kwargs'), 'remove'),
        (('architecture', 'timm_kwargs'), [1]),
        (('normalization',), 'remove'),
        (('normalization',), [[0.5] * 3]),
        (('normalization',), [[0.5] * 3, [0.0] * 3]),
        (('normalization',), [[0.5] * 3, [0.5] * 2]),
        (('normalization',), [['0.5'] * 3, [0.5] * 3]),
        (('normalization',), [[0.5] * 2, [0.5] * 2]),
        (('normalization',), [[127.5] * 3, [127.5] * 3]),
        (('normalization',), [[0.5] * 3, [1e-9] * 3]),
        (('architecture', 'model_name'), 'no_such_model'),
        (('normalization',), [[float('nan')] * 3, [0.5] * 3]),
        (('state_dict',), 'remove'),
        (('state_dict',), [1]),
        (('state_dict', 'cls_token'), 'remove'),
        (('state_dict', 'cls_token'), 'text'),
        (('state_dict', 'cls_token'), torch.ones(3)),
    ],
    ids=str,
)
def test_missing_fields_and_wrong_types_are_named(load, keys, value):
    with pytest.raises(CheckpointError, match=rf's\.pth: .*{keys[-1]}'):
        load(*keys, value=value)


@pytest.mark.parametrize('description', ['', '{', '[]', '{"architecture": 1}', '[' * 100000])
def test_the_header_of_safetensors_is_checked_alike(content, tmp_path, description):
    path = tmp_path / 's.safetensors'
    save_file(content['state_dict'], path, dict(format='singer_mm.student', description=description))
    with pytest.raises(CheckpointError, match=r's\.safetensors: '):
        TimmViT(checkpoint=str(path))
    save_file(content['state_dict'], path, dict(format='singer_mm.student'))
    with pytest.raises(CheckpointError, match=r's\.safetensors: description'):
        TimmViT(checkpoint=str(path))


def test_a_config_may_still_name_any_model(content, tmp_path):
    """What a user types is trusted; only what a file says is not."""
    torch.save(content, tmp_path / 's.pth')
    assert TimmViT(checkpoint=str(tmp_path / 's.pth'), drop_path_rate=0.1).weights_loaded
