import pytest
import torch
from mmengine.model import BaseModel
from mmpretrain.structures import DataSample
from torch import nn
from torch.utils.data import Dataset

from singer_mm.engine.runner import SafeRunner
from singer_mm.errors import ConfigError
from singer_mm.registry import DATASETS

# Angles of the features in degrees, and labels. The test samples lie at 0, 100 and 200.
TRAIN = [(2, 0), (-5, 0), (20, 1), (25, 1), (30, 1), (95, 2), (190, 2)]
TEST = [(0, 0), (100, 2), (200, 1)]


@DATASETS.register_module(name='KNNTestLoopAngles')
class Angles(Dataset):
    metainfo = dict(classes=('a', 'b', 'c'))

    def __init__(self, part):
        self.samples = TRAIN if part == 'train' else TEST

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        angle, label = self.samples[index]
        sample = DataSample(metainfo=dict(sample_idx=index)).set_gt_label(label)
        radians = torch.deg2rad(torch.tensor(float(angle)))
        # Lengths differ: only directions may count.
        return dict(inputs=(index + 1) * torch.stack([radians.cos(), radians.sin()]), data_samples=sample)


class Backbone(nn.Module):
    def forward(self, inputs):
        return (torch.stack(list(inputs)),)


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.backbone = Backbone()

    def forward(self, inputs, data_samples=None, mode='tensor'):
        return self.backbone(inputs)


def loader(part):
    return dict(
        batch_size=2,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=dict(type='KNNTestLoopAngles', part=part),
    )


def runner(tmp_path, **loop):
    return SafeRunner(
        model=Model(),
        work_dir=str(tmp_path),
        test_dataloader=loader('test'),
        test_evaluator=[dict(type='TopOneAccuracy'), dict(type='MeanPerClassAccuracy')],
        test_cfg={'type': 'KNNTestLoop', 'train_dataloader': loader('train'), 'ks': (1, 5), 'k': 1, **loop},
        log_level='ERROR',
        experiment_name=tmp_path.name,
        default_scope='singer_mm',
    )


def test_by_hand(tmp_path):
    # One neighbour: 2 (label 0), 95 (2) and 190 (2) degrees: two of three are right. Of the five nearest of 0 degrees,
    # those at 20, 25 and 30 outvote the other two: exp(cos / 0.5) is 6.5 + 6.1 + 5.7 against 7.4 + 7.3.
    metrics = runner(tmp_path, temperature=0.5).test()
    assert metrics['knn/top1_k1'] == pytest.approx(200 / 3)
    assert metrics['knn/top1_k5'] == pytest.approx(100 / 3)
    # The metrics see the vote of k.
    assert metrics['accuracy/top1'] == pytest.approx(200 / 3)
    assert metrics['per_class/mean'] == pytest.approx((100 + 0 + 100) / 3)


def test_the_metrics_see_the_chosen_k(tmp_path):
    assert runner(tmp_path, k=5, temperature=0.5).test()['accuracy/top1'] == pytest.approx(100 / 3)


def test_a_low_temperature_lets_the_nearest_decide(tmp_path):
    metrics = runner(tmp_path, temperature=1e-4).test()
    assert metrics['knn/top1_k5'] == metrics['knn/top1_k1'] == pytest.approx(200 / 3)


def test_refuses_neighbours_that_do_not_exist(tmp_path):
    with pytest.raises(ConfigError, match='8 .*7 .*ks: 1 to 7'):
        runner(tmp_path, ks=(1, 8)).test()
    with pytest.raises(ConfigError, match=r'k .*20.*ks \(1, 5\)'):
        runner(tmp_path, k=20).test()
