import pytest
import torch

from singer_mm.errors import ConfigError
from singer_mm.models import FeaturePreprocessor


@pytest.mark.parametrize('as_list', [False, True])
def test_features_become_a_float32_batch(as_list):
    tokens = torch.arange(24).reshape(3, 2, 2, 2).half()
    samples = [dict(label=torch.tensor(index)) for index in range(3)]
    for training in (False, True):
        data = dict(inputs=list(tokens) if as_list else tokens, data_samples=samples)
        batch = FeaturePreprocessor()(data, training)
        assert torch.equal(batch['inputs'], tokens.float())
        assert batch['inputs'].dtype == torch.float32
        assert [sample['label'].item() for sample in batch['data_samples']] == [0, 1, 2]


def test_mixing_images_is_refused():
    FeaturePreprocessor(batch_augments=dict(probs=None))
    with pytest.raises(ConfigError, match=r'cannot be mixed; remove model\.train_cfg\.augments, or use --no-cache'):
        FeaturePreprocessor(batch_augments=dict(augments=[dict(type='Mixup', alpha=0.8)]))
