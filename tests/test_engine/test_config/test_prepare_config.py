"""What happens to a config before a Runner is built, whichever tool builds it."""

import pytest
from conftest import ROOT, STUDENT
from mmengine.config import Config

from singer_mm.engine.config import prepare_config
from singer_mm.engine.config.backbone_reference import backbone_config
from singer_mm.errors import ConfigError, DataError

TINY = {key: value for key, value in STUDENT.items() if key != 'type'}


@pytest.fixture
def cfg():
    cfg = Config.fromfile(ROOT / 'configs/downstream/ade20k/linear_paper.py')
    cfg.backbone = dict(TINY)
    return cfg


def test_placeholders_are_filled_and_the_config_itself_stays(cfg):
    prepared = prepare_config(cfg)
    assert prepared.model.decode_head.in_channels == STUDENT['embed_dim']
    assert prepared.model.data_preprocessor.mean == [127.5] * 3
    assert cfg.model.decode_head.in_channels == 'backbone.out_channels'


def test_what_is_prepared_stays_as_it_is(cfg):
    prepared = prepare_config(cfg)
    assert prepare_config(prepared).to_dict() == prepared.to_dict()


def test_another_backbone_for_a_prepared_config_is_refused(cfg):
    prepared = prepare_config(cfg)
    prepared.backbone = 'vit_small_patch16_224.augreg_in21k'
    with pytest.raises(ConfigError, match='vit_small_patch16_224'):
        prepare_config(prepared)


def test_paths_move_to_the_data_folder(cfg, tmp_path):
    cfg.data_folder = str(tmp_path)
    dataset = prepare_config(cfg).train_dataloader.dataset.dataset
    assert dataset.data_root == f'{tmp_path}/ade/ADEChallengeData2016'
    cfg.data_folder = str(tmp_path / 'none')
    with pytest.raises(DataError, match='none'):
        prepare_config(cfg)


def test_unknown_keys_are_named(cfg):
    cfg.model.decode_head.num_clases = 3
    with pytest.raises(ConfigError, match=r'model\.decode_head\.num_clases'):
        prepare_config(cfg)


def test_a_dict_of_a_python_script_is_a_config(run_cfg):
    assert prepare_config(run_cfg).model.teacher.embed_dim == 48


@pytest.mark.parametrize('suffix', ['pth', 'safetensors'])
def test_a_tilde_is_the_home_folder_for_every_kind_of_file(tmp_path, monkeypatch, suffix):
    monkeypatch.setenv('HOME', str(tmp_path))
    file = tmp_path / f'student.{suffix}'
    file.write_bytes(b'')
    assert backbone_config(f'~/student.{suffix}') == dict(checkpoint=str(file))
    assert backbone_config(f'vit=~/student.{suffix}') == dict(checkpoint=str(file), model_name='vit')
