import numpy as np
import pytest
import torch
import torch.distributed as dist
from mmengine.evaluator import Evaluator
from mmengine.structures import BaseDataElement, InstanceData, PixelData

from singer_mm.errors import CheckpointError
from singer_mm.evaluation import PredictionRecorder
from singer_mm.registry import METRICS


def record(path, samples, meta=None, **arguments):
    """Run the recorder as MMEngine does; returns its metrics and the file."""
    evaluator = Evaluator(dict(type='singer_mm.PredictionRecorder', out_file=str(path), **arguments))
    evaluator.dataset_meta = meta
    for sample in samples:
        evaluator.process(data_samples=[sample])
    metrics = evaluator.evaluate(len(samples))
    return metrics, dict(np.load(path, allow_pickle=False))


def classified(name, label, score):
    score = torch.tensor(score)
    return BaseDataElement(
        metainfo=dict(img_path=name), pred_score=score, pred_label=score.argmax()[None], gt_label=torch.tensor([label])
    )


def segmented(name, prediction, label):
    return BaseDataElement(
        metainfo=dict(img_path=name),
        pred_sem_seg=PixelData(data=torch.tensor([prediction])),
        gt_sem_seg=PixelData(data=torch.tensor([label])),
    )


def test_every_classification_is_kept(tmp_path):
    samples = [classified('a.jpg', 1, [0.2, 0.8]), classified('b.jpg', 1, [0.7, 0.3])]
    metrics, arrays = record(tmp_path / 'new' / 'predictions.npz', samples, {'classes': ('cat', 'dog')}, max_maps=1)
    assert metrics == {'n_evaluated': 2}
    assert arrays['kind'] == 'classification'
    assert arrays['path'].tolist() == ['a.jpg', 'b.jpg']
    assert arrays['label'].tolist() == [1, 1]
    assert arrays['prediction'].tolist() == [1, 0]
    np.testing.assert_allclose(arrays['confidence'], [0.8, 0.7])
    assert arrays['classes'].tolist() == ['cat', 'dog']


def test_samples_that_pad_the_last_batch_are_not_counted(tmp_path):
    recorder = PredictionRecorder(str(tmp_path / 'p.npz'))
    samples = [classified(name, 0, [0.9, 0.1]).to_dict() for name in ('a.jpg', 'b.jpg', 'c.jpg', 'a.jpg')]
    recorder.process(None, samples)
    assert recorder.evaluate(3) == {'n_evaluated': 3}


def test_a_sample_seen_twice_counts_once(tmp_path):
    recorder = PredictionRecorder(str(tmp_path / 'p.npz'))
    recorder.process(None, [classified(name, 0, [0.9, 0.1]).to_dict() for name in ('a.jpg', 'b.jpg', 'a.jpg')])
    assert recorder.evaluate(3) == {'n_evaluated': 2}
    assert np.load(tmp_path / 'p.npz')['path'].tolist() == ['a.jpg', 'b.jpg']


@pytest.mark.parametrize(('meta', 'expected'), [({'img_id': 7}, 1), ({'sample_idx': 7}, 1), ({}, 3)])
def test_other_identities_count_where_there_is_no_path(meta, expected):
    recorder = PredictionRecorder()
    recorder.process(None, [dict(meta), dict(meta), dict(meta)])
    assert recorder.evaluate(3) == {'n_evaluated': expected}


def _record_a_part(rank, folder):
    torch.set_num_threads(1)
    dist.init_process_group('gloo', init_method=f'file://{folder}/store', rank=rank, world_size=2)
    recorder = PredictionRecorder(f'{folder}/p.npz')
    for label in range(rank, 6, 2):  # five samples, of which two processes see three each
        recorder.process(None, [classified(None, label % 5, [0.9, 0.1]).to_dict()])
    found = recorder.evaluate(5)
    assert rank or found == {'n_evaluated': 5}
    dist.barrier()
    dist.destroy_process_group()


@pytest.mark.slow
def test_samples_of_two_processes_without_an_identity_all_count(tmp_path):
    torch.multiprocessing.start_processes(_record_a_part, (str(tmp_path),), nprocs=2, start_method='fork')
    arrays = np.load(tmp_path / 'p.npz')
    assert arrays['label'].tolist() == [0, 1, 2, 3, 4]
    assert arrays['path'].tolist() == [f'sample {place}' for place in range(5)]


def test_without_a_file_it_only_counts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recorder = METRICS.build(dict(type='PredictionRecorder'))
    recorder.process(None, [classified('a.jpg', 0, [0.9, 0.1]).to_dict()])
    assert recorder.evaluate(1) == {'n_evaluated': 1}
    assert not list(tmp_path.iterdir())


def test_first_label_maps_and_all_pixel_accuracies_are_kept(tmp_path):
    samples = [
        segmented('a.png', [[0, 1], [2, 2]], [[0, 1], [2, 255]]),
        segmented('b.png', [[0, 1], [2, 2]], [[0, 0], [0, 255]]),
        segmented('c.png', [[149, 1]], [[149, 0]]),
    ]
    meta = {'classes': ['x'] * 150, 'palette': [[1, 2, 3]] * 150}
    _, arrays = record(tmp_path / 'p.npz', samples, meta, max_maps=2)
    np.testing.assert_allclose(arrays['pixel_accuracy'], [100, 100 / 3, 50])
    assert arrays['path'].tolist() == ['a.png', 'b.png', 'c.png']
    assert arrays['shown_path'].tolist() == ['a.png', 'b.png']
    assert arrays['label_0'].dtype == np.uint8
    assert arrays['label_0'].tolist() == [[0, 1], [2, 255]]
    assert arrays['prediction_1'].tolist() == [[0, 1], [2, 2]]
    assert 'prediction_2' not in arrays
    assert arrays['palette'].shape == (150, 3)


def test_an_image_without_labels_has_no_pixel_accuracy(tmp_path):
    _, arrays = record(tmp_path / 'p.npz', [segmented('a.png', [[0, 1]], [[255, 255]])])
    assert np.isnan(arrays['pixel_accuracy']).all()


def test_depth_is_kept_in_metres(tmp_path):
    sample = BaseDataElement(
        metainfo=dict(img_path='a.png'),
        pred_depth_map=PixelData(data=torch.full((1, 2, 3), 2.5)),
        gt_depth_map=PixelData(data=torch.tensor([[[0.0, 1.0, 9.5]] * 2])),
    )
    _, arrays = record(tmp_path / 'p.npz', [sample])
    assert arrays['kind'] == 'depth'
    assert arrays['prediction_0'].dtype == np.float16
    assert arrays['prediction_0'].tolist() == [[2.5] * 3] * 2
    assert arrays['label_0'].tolist() == [[0.0, 1.0, 9.5]] * 2


@pytest.mark.parametrize('masks', [True, False])
def test_the_best_boxes_are_kept(tmp_path, masks):
    found = InstanceData(
        bboxes=torch.arange(100.0).reshape(25, 4), labels=torch.arange(25), scores=torch.linspace(0, 1, 25)
    )
    if masks:
        found.masks = torch.eye(25, dtype=torch.bool)[:, None].expand(25, 2, 25)
    sample = BaseDataElement(metainfo=dict(img_path='a.jpg', img_id=3), pred_instances=found)
    _, arrays = record(tmp_path / 'p.npz', [sample])
    assert arrays['kind'] == 'detection'
    assert arrays['labels_0'].tolist() == list(range(24, 4, -1))
    assert arrays['boxes_0'][0].tolist() == [96, 97, 98, 99]
    assert ('masks_0' in arrays) == masks
    if masks:
        assert arrays['masks_0'][0, :, 24].all()


def test_an_image_without_boxes_is_kept_as_such(tmp_path):
    found = InstanceData(bboxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.long), scores=torch.zeros(0))
    _, arrays = record(tmp_path / 'p.npz', [BaseDataElement(metainfo=dict(img_path='a.jpg'), pred_instances=found)])
    assert arrays['boxes_0'].shape == (0, 4)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, monkeypatch):
    def full_disk(*_, **__):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(np, 'savez_compressed', full_disk)
    recorder = PredictionRecorder(str(tmp_path / 'p.npz'))
    recorder.process(None, [classified('a.jpg', 0, [0.9, 0.1]).to_dict()])
    with pytest.raises(CheckpointError, match=r'p\.npz'):
        recorder.evaluate(1)
    assert not list(tmp_path.iterdir())
