import re

import pytest

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones.weight_names import plain_names

PLAIN = ['cls_token', 'patch_embed.proj.weight', 'blocks.0.norm1.weight', 'blocks.11.norm1.weight', 'norm.weight']


def chunked(name):
    return re.sub(r'^blocks\.(\d+)', r'blocks.1.\1', name)


@pytest.mark.parametrize(
    'rename',
    [
        '{}'.format,
        'module.{}'.format,
        '_orig_mod.{}'.format,
        'model.{}'.format,
        'backbone.{}'.format,
        'teacher.backbone.{}'.format,
        'teacher._fsdp_wrapped_module.backbone.{}'.format,
        'module._orig_mod.model.backbone.{}'.format,
        lambda name: name.replace('norm1', '_orig_mod.norm1'),
        chunked,
        lambda name: f'backbone.{chunked(name)}',
    ],
)
def test_what_trainers_put_around_names_is_taken_off(rename):
    names = [rename(name) for name in PLAIN]
    # Beside a prefix, what has it not lies outside of the backbone.
    foreign = ['head.weight', 'criterion.weight'] if 'backbone' in names[0] or 'model' in names[0] else []
    assert plain_names('a.pth', [*names, *foreign], PLAIN) == dict(zip(PLAIN, names, strict=True))


def test_the_teacher_is_taken_where_both_are_in_the_file():
    both = [f'{network}.backbone.{name}' for network in ('student', 'teacher') for name in PLAIN]
    assert set(plain_names('a.pth', both, PLAIN).values()) == {f'teacher.backbone.{name}' for name in PLAIN}


def test_names_without_a_known_wrapper_stay():
    assert list(plain_names('a.pth', [*PLAIN, 'backbone_head.weight'], PLAIN)) == [*PLAIN, 'backbone_head.weight']
    assert list(plain_names('a.pth', ['visual.conv1.weight'], PLAIN)) == ['visual.conv1.weight']  # timm converts these


def test_two_tensors_of_one_name_are_refused():
    with pytest.raises(CheckpointError, match=r'a\.pth .*cls_token.*module\.cls_token'):
        plain_names('a.pth', ['cls_token', 'module.cls_token'], PLAIN)
