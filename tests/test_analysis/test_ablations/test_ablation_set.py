from pathlib import Path

import pytest
from conftest import ROOT, STUDENT, TEACHER

from singer_mm.analysis.ablations.ablation_set import folder_name, read_ablation_set
from singer_mm.engine.config.config_check import check_config
from singer_mm.errors import ConfigError
from singer_mm.registry import build_model

pytestmark = pytest.mark.slow

SETS = [*sorted((ROOT / 'configs/ablations').glob('*.py')), ROOT / 'configs/head_to_head/methods.py']


@pytest.mark.parametrize('path', SETS, ids=lambda path: path.stem)
def test_every_variant_of_every_set_builds(path):
    ablation = read_ablation_set(path)
    assert len(ablation.variants) > 3
    for title in ablation.variants:
        config = ablation.config(title)
        check_config(config)
        model = config.model.to_dict()
        depth = 24 if max(model['teacher_layers']) > 11 else 12
        model['teacher'] = dict(TEACHER, embed_dim=6 * 64, num_heads=6, depth=depth)
        model['student'] = dict(STUDENT, depth=12)
        build_model(model)


@pytest.mark.parametrize('path', SETS, ids=lambda path: path.stem)
def test_variants_differ_in_the_method_alone(path):
    ablation = read_ablation_set(path)
    base = ablation.base.to_dict()
    texts = set()
    for title in ablation.variants:
        config = ablation.config(title).to_dict()
        assert {key: value for key, value in config.items() if key != 'model'} == {
            key: value for key, value in base.items() if key != 'model'
        }
        for network in ('teacher', 'student'):
            assert config['model'][network] == base['model'][network]
        texts.add(str(config['model']))
    assert len(texts) == len(ablation.variants)


def write_set(folder: Path, text: str) -> Path:
    path = folder / 'some_set.py'
    path.write_text(text)
    return path


def test_a_variant_may_replace_the_method_but_not_the_networks(tmp_path):
    path = write_set(
        tmp_path,
        "base_config = 'x.py'\nvariants = {'other': dict(_delete_=True, type='FeatureDistiller', teacher_layers=[3])}",
    )
    ablation = read_ablation_set(path, ROOT / 'configs/demo/dinov2s_vitt.py')
    model = ablation.config('other').to_dict()['model']
    base = ablation.base.to_dict()['model']
    assert model == dict(type='FeatureDistiller', teacher_layers=[3], teacher=base['teacher'], student=base['student'])
    assert ablation.base.to_dict()['model'] == base


def test_only_some_variants_in_their_order():
    path = ROOT / 'configs/ablations/rank.py'
    assert list(read_ablation_set(path, only=['rank 64', 'rank 8']).variants) == ['rank 64', 'rank 8']


def test_pairs_stay_where_both_of_them_are_chosen():
    path = ROOT / 'configs/ablations/treatments.py'
    assert read_ablation_set(path, only=['FitNet', 'SiNGER', 'clipped norms']).pairs == [('SiNGER', 'FitNet')]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('x = 1', 'is no set of variants'),
        ("base_config = 'none.py'\nvariants = {'a': dict()}", 'base config .*none.py does not exist'),
        ("base_config = 'x.py'\nvariants = {'a': dict(teacher=dict())}", "variant 'a' changes a network"),
        (
            "base_config = 'x.py'\nvariants = {'a': dict()}\npairs = [['a', 'b']]",
            "pairs lists .*'b'.*; allowed: two of 'a'",
        ),
    ],
)
def test_bad_sets_are_told(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read_ablation_set(write_set(tmp_path, text))


def test_unknown_names_are_told(tmp_path):
    with pytest.raises(ConfigError, match='does not exist; the sets lie in configs/ablations'):
        read_ablation_set(tmp_path / 'none.py')
    with pytest.raises(ConfigError, match="has no variant 'rank 7'; allowed: 'rank 8'"):
        read_ablation_set(ROOT / 'configs/ablations/rank.py', only=['rank 7'])


def test_titles_become_folders():
    assert folder_name('FitNet, channel (new)') == 'FitNet_channel_new'


@pytest.mark.parametrize('title', ['..', '.', '?', ''])
def test_a_title_that_names_no_folder_is_refused(title):
    with pytest.raises(ConfigError, match='cannot name a folder'):
        folder_name(title)


def test_two_titles_of_one_folder_are_refused(tmp_path):
    path = tmp_path / 'set.py'
    path.write_text("base_config = 'base.py'\nvariants = {'rank 8': dict(), 'rank, 8': dict()}\n")
    with pytest.raises(ConfigError, match="'rank 8' and 'rank, 8' have one folder"):
        read_ablation_set(path)
