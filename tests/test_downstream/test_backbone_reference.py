"""One reference, and everything that follows from it."""

import pytest
import torch
from conftest import ROOT, STUDENT
from mmengine.config import Config
from mmengine.registry import RUNNERS

from singer_mm.engine.config import resolve_backbone
from singer_mm.engine.config.backbone_reference import backbone_config, backbone_facts, build_backbone
from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models import TimmViT

TINY = {key: value for key, value in STUDENT.items() if key not in ('type', 'model_name')}


def config(**changes):
    cfg = Config(
        dict(
            backbone='vit_tiny_patch16_224.augreg_in21k_ft_in1k',
            model=dict(
                backbone=dict(type='singer_mm.TimmViT', frozen=True, out_type='cls_token'),
                head=dict(in_channels='backbone.out_channels', widths=['backbone.embed_dims'] * 2),
                data_preprocessor=dict(mean='backbone.mean', std='backbone.std', size_divisor='backbone.patch_size'),
            ),
            hooks=[dict(depth='backbone.num_layers', dinov2='backbone.dinov2_layers', thirds='backbone.third_layers')],
        )
    )
    cfg.merge_from_dict(changes)
    return cfg


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError('a connection was asked for')

    monkeypatch.setattr('socket.socket.connect', refuse)
    monkeypatch.setattr('socket.getaddrinfo', refuse)


def test_everything_follows_from_a_timm_name_without_its_weights(no_network):
    cfg = config()
    resolve_backbone(cfg, 'vit_large_patch16_224.augreg_in21k_ft_in1k')
    assert cfg.backbone == 'vit_large_patch16_224.augreg_in21k_ft_in1k'
    assert cfg.model.backbone == dict(
        type='singer_mm.TimmViT',
        model_name='vit_large_patch16_224.augreg_in21k_ft_in1k',
        pretrained=True,
        frozen=True,
        out_type='cls_token',
    )
    assert cfg.model.head == dict(in_channels=1024, widths=[1024, 1024])
    # These weights were trained on (x - 0.5) / 0.5, not on ImageNet's statistics.
    assert cfg.model.data_preprocessor == dict(mean=[127.5] * 3, std=[127.5] * 3, size_divisor=16)
    assert cfg.hooks == [dict(depth=24, dinov2=[4, 11, 17, 23], thirds=[7, 11, 15, 23])]


@pytest.mark.slow
@pytest.mark.parametrize(
    ('name', 'arguments'),
    [
        ('vit_small_patch14_dinov2.lvd142m', dict(dynamic_img_size=True)),
        ('vit_tiny_patch16_224.augreg_in21k_ft_in1k', dict(drop_path_rate=0.1, frozen=False)),
        ('vit_small_patch16_dinov3.lvd1689m', dict(drop_path_rate=0.1)),
    ],
)
def test_facts_of_pretrained_networks_cost_neither_weights_nor_memory(no_network, name, arguments):
    facts = backbone_facts(dict(type='singer_mm.TimmViT', model_name=name, pretrained=True, **arguments))
    built = TimmViT(name.partition('.')[0], **arguments)
    assert (facts['embed_dims'], facts['num_layers']) == (built.embed_dims, built.num_layers)
    assert facts['mean'] == pytest.approx([255 * value for value in built.normalization[0]])


def test_the_config_s_own_backbone_is_taken_without_an_option(no_network):
    cfg = config()
    resolve_backbone(cfg)
    assert cfg.model.head.in_channels == 192


@pytest.mark.slow
def test_an_exported_student_tells_everything_itself(students):
    cfg = config()
    resolve_backbone(cfg, students['wide'])
    assert cfg.model.backbone.checkpoint == students['wide']
    assert 'model_name' not in cfg.model.backbone
    assert cfg.model.head.in_channels == 48
    assert cfg.model.data_preprocessor.size_divisor == 8
    assert cfg.hooks[0]['depth'] == 4
    assert build_backbone(cfg.model.backbone).weights_loaded


def test_the_safetensors_twin_is_the_same_backbone(students):
    pth, twin = config(), config()
    resolve_backbone(pth, students['first'])
    resolve_backbone(twin, students['first'].replace('.pth', '.safetensors'))
    networks = [build_backbone(cfg.model.backbone).state_dict() for cfg in (pth, twin)]
    assert all(torch.equal(networks[0][name], value) for name, value in networks[1].items())
    assert pth.model.data_preprocessor == twin.model.data_preprocessor


def test_a_name_and_a_file_are_weights_of_a_timm_model(tmp_path):
    vit = TimmViT('vit_tiny_patch16_224', **TINY).vit
    file = tmp_path / 'lr=0.1' / 'backbone.pth'
    file.parent.mkdir()
    torch.save(vit.state_dict(), file)
    cfg = config()
    cfg.model.backbone.update(TINY)
    resolve_backbone(cfg, f'vit_tiny_patch16_224={file}')
    assert (cfg.model.backbone.model_name, cfg.model.backbone.checkpoint) == ('vit_tiny_patch16_224', str(file))
    assert torch.equal(build_backbone(cfg.model.backbone).vit.pos_embed, vit.pos_embed)


def test_a_dict_is_a_backbone_and_yields_to_its_role():
    cfg = config()
    cfg.backbone = dict(STUDENT, frozen=False)
    cfg.model.backbone.img_size = 64
    resolve_backbone(cfg)
    assert cfg.model.backbone.type == 'singer_mm.TimmViT'
    assert (cfg.model.backbone.embed_dim, cfg.model.backbone.img_size, cfg.model.backbone.frozen) == (24, 64, True)
    assert cfg.model.head.in_channels == 24


def test_the_width_is_that_of_what_the_head_sees():
    cfg = config(**{'model.backbone.out_type': 'cls_and_map'})
    cfg.backbone = dict(STUDENT)
    resolve_backbone(cfg)
    assert cfg.model.head == dict(in_channels=48, widths=[24, 24])


def test_resolving_again_changes_nothing(students):
    cfg = config()
    resolve_backbone(cfg, students['first'])
    once = cfg.to_dict()
    for reference in (None, students['first']):
        resolve_backbone(cfg, reference)
        assert cfg.to_dict() == once


def test_a_resolved_config_keeps_its_backbone(students):
    cfg = config()
    resolve_backbone(cfg, students['first'])
    with pytest.raises(ConfigError, match=r'resolved for .*first\.pth.*configs/downstream'):
        resolve_backbone(cfg, students['wide'])


def test_a_file_may_be_called_as_a_placeholder_begins(students, tmp_path, monkeypatch):
    (tmp_path / 'backbone.pth').symlink_to(students['first'])
    monkeypatch.chdir(tmp_path)
    cfg = config()
    resolve_backbone(cfg, 'backbone.pth')
    assert cfg.model.backbone.checkpoint == 'backbone.pth'
    assert cfg.model.head.in_channels == 24


def test_a_path_may_hold_an_equals_sign(students, tmp_path):
    path = tmp_path / 'seed=0' / 'student.pth'
    path.parent.mkdir()
    path.symlink_to(students['first'])
    cfg = config()
    resolve_backbone(cfg, str(path))
    assert cfg.model.backbone.checkpoint == str(path)


@pytest.mark.parametrize('name', ['hf-hub:timm/vit_tiny_patch16_224.augreg_in21k', 'local-dir:weights/tiny'])
def test_a_source_of_timm_s_is_part_of_the_name(name):
    assert backbone_config(name) == dict(model_name=name, pretrained=True)


@pytest.mark.parametrize('reference', ['none.pth', 'runs/none', 'vit_tiny_patch16_224=none.safetensors'])
def test_a_missing_file_is_named_with_what_may_be_given(reference):
    file = reference.rpartition('=')[2]
    with pytest.raises(ConfigError, match=f'backbone file {file} does not exist; give the student.pth.*timm'):
        resolve_backbone(config(), reference)


def test_an_unknown_name_is_named(no_network):
    with pytest.raises(ConfigError, match="timm cannot create 'vit_tinny'"):
        resolve_backbone(config(), 'vit_tinny')


def test_a_file_that_is_no_student_is_named(tmp_path):
    torch.save(dict(epoch=3), tmp_path / 'log.pth')
    with pytest.raises(CheckpointError, match=r'log\.pth holds no weights'):
        resolve_backbone(config(), str(tmp_path / 'log.pth'))


def test_weights_that_were_not_exported_by_us_need_a_name(tmp_path):
    torch.save(TimmViT('vit_tiny_patch16_224', **TINY).vit.state_dict(), tmp_path / 'plain.pth')
    with pytest.raises(ConfigError, match=r'model_name is missing.*plain\.pth'):
        resolve_backbone(config(), str(tmp_path / 'plain.pth'))


def test_an_unknown_placeholder_is_named_with_the_known_ones(students):
    cfg = config(**{'model.head.in_channels': 'backbone.width'})
    with pytest.raises(
        ConfigError, match=r"'backbone.width' in the config is unknown; allowed: backbone.embed_dims, .*"
    ):
        resolve_backbone(cfg, students['first'])


def test_something_else_than_a_token_backbone_is_refused():
    cfg = config()
    cfg.backbone = dict(type='singer_mm.LinearProjector', student_dims=4, teacher_dims=4)
    with pytest.raises(ConfigError, match='LinearProjector is no TokenBackbone'):
        backbone_facts(cfg.backbone)


def test_configs_without_a_backbone_of_their_own_pass_unchanged():
    cfg = Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py')
    before = cfg.to_dict()
    resolve_backbone(cfg)
    assert cfg.to_dict() == before
    with pytest.raises(ConfigError, match='--backbone is for the configs in configs/downstream'):
        resolve_backbone(cfg, 'vit_tiny_patch16_224')


def test_numbers_of_a_config_must_be_those_of_the_students_file(students):
    agreeing = config(**{'model.data_preprocessor.mean': [127.5] * 3})
    resolve_backbone(agreeing, students['first'])
    assert agreeing.model.data_preprocessor.std == [127.5] * 3
    other = config(**{'model.data_preprocessor.mean': [123.675, 116.28, 103.53]})
    with pytest.raises(ConfigError, match=r'says .* mean 0\.5, 0\.5, 0\.5 .* gives it mean 0\.485, 0\.456, 0\.406'):
        resolve_backbone(other, students['first'])
    # A name of timm says what is usual, not what somebody has trained on.
    resolve_backbone(config(**{'model.data_preprocessor.mean': [120] * 3}), 'vit_tiny_patch16_224')


@pytest.mark.slow
@pytest.mark.parametrize('task', ['aircraft', 'ade20k', 'nyud'])
def test_the_released_protocol_gives_every_backbone_its_own_statistics(task, students, tmp_path):
    """Also a student whose file tells other ones, which every other protocol refuses."""
    for protocol in ('linear_released', 'linear_paper'):
        cfg = Config.fromfile(ROOT / f'configs/downstream/{task}/{protocol}.py')
        cfg.work_dir, cfg.experiment_name, cfg.log_level = str(tmp_path), f'{task}_{protocol}', 'ERROR'
        if protocol == 'linear_paper':
            cfg.model.data_preprocessor.update(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
        cfg.backbone = students['first']
        if protocol == 'linear_released':
            resolve_backbone(cfg)
            runner = RUNNERS.build(cfg)
            stated = getattr(runner.model.data_preprocessor, 'mean', None)
            assert stated is None or stated.flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])
        else:
            with pytest.raises(ConfigError, match='says that its network was trained on images with mean'):
                resolve_backbone(cfg)
