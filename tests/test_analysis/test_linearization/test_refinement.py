import pytest
import torch
from torch.nn import functional as F

from singer_mm.analysis.linearization.refinement import adapter_energies, refinement_of
from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS


def test_a_refiner_that_does_nothing_leaves_everything_where_it_was(singer, images):
    for refiner in singer.refiners.values():
        torch.nn.init.zeros_(refiner.up)
    statistics = refinement_of(singer, [images])
    for values in statistics.values():
        assert values['cosine'].mean == pytest.approx(1)
        assert values['gram_refined'].mean == pytest.approx(0, abs=1e-4)
        assert values['cosine'].number == 3
    assert statistics[3]['cosine_next'].mean == pytest.approx(1)
    assert 'cosine_next' not in statistics[5]  # the last block


def test_against_the_features_by_hand(singer, images):
    statistics = refinement_of(singer, [images[:2], images[2:]])
    with torch.no_grad():
        tokens = singer.teacher.forward_tokens(images, [3])[3]
        refined = tokens.clone()
        refined[:, 1:] = singer.refiners['3'](tokens[:, 1:])
        block = singer.teacher.vit.blocks[4]
        pairs = {'cosine': (refined, tokens), 'cosine_next': (block(refined), block(tokens))}
        for name, (one, other) in pairs.items():
            expected = F.cosine_similarity(one[:, 1:], other[:, 1:], dim=-1).mean(dim=1)
            assert statistics[3][name].mean == pytest.approx(float(expected.mean()), rel=1e-5)
            assert statistics[3][name].std == pytest.approx(float(expected.std()), rel=1e-2)


def test_adapters_start_safe(singer):
    energies = adapter_energies(singer)
    for layer in (3, 5):
        for name in ('up', 'down', 'start'):
            assert (energies[layer][name].safe, energies[layer][name].prob) == pytest.approx((1, 0), abs=1e-4)


def test_refuses_what_refines_nothing_or_otherwise(singer_cfg, images):
    plain = MODELS.build(dict(singer_cfg, type='FeatureDistiller', refiner=None))
    with pytest.raises(ConfigError, match='refiner'):
        refinement_of(plain, [images])
    clipped = MODELS.build(dict(singer_cfg, refiner=dict(type='NormClip')))
    with pytest.raises(ConfigError, match='layer 3.*NormClip.*NullspaceAdapter'):
        adapter_energies(clipped)
