import copy
import pickle

import pytest
from conftest import ROOT
from mmengine.config import Config

from singer_mm.engine.config.cached_text_config import CachedTextConfig


@pytest.fixture
def plain():
    return Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py')


def test_text_and_content_are_those_of_mmengine(plain):
    ours = CachedTextConfig.of(plain)
    assert ours.pretty_text == plain.pretty_text
    assert (ours.filename, ours.text, ours.to_dict()) == (plain.filename, plain.text, plain.to_dict())


def test_a_changed_config_has_another_text(plain):
    ours = CachedTextConfig.of(plain)
    before = ours.pretty_text
    ours.train_cfg.max_epochs = 7
    assert ours.pretty_text != before
    assert Config.fromstring(ours.pretty_text, '.py').to_dict() == ours.to_dict()


def test_ctrl_c_while_a_text_is_formatted_is_ctrl_c(plain, monkeypatch):
    def interrupted(text, **style):
        raise KeyboardInterrupt

    monkeypatch.setattr('yapf.yapflib.yapf_api.FormatCode', interrupted)
    ours = CachedTextConfig.of(plain)
    ours.marker = 'nobody has formatted this'
    with pytest.raises(KeyboardInterrupt):
        ours.pretty_text  # noqa: B018


def test_formats_a_text_once(plain, monkeypatch):
    formatted = []
    monkeypatch.setattr(
        'yapf.yapflib.yapf_api.FormatCode', lambda text, **style: (formatted.append(text) or text, True)
    )
    ours = CachedTextConfig.of(plain)
    ours.marker = 'only here'
    assert ours.pretty_text == ours.pretty_text == copy.deepcopy(ours).pretty_text
    assert len(formatted) == 1


@pytest.mark.parametrize('again', [copy.copy, copy.deepcopy, lambda cfg: pickle.loads(pickle.dumps(cfg))])
def test_copies_are_of_the_same_kind(plain, again):
    ours = CachedTextConfig.of(plain)
    assert type(again(ours)) is CachedTextConfig
    assert again(ours).to_dict() == ours.to_dict()
