"""Predictions of a test set, kept for the report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import BaseMetric
from numpy.typing import NDArray
from torch import Tensor

from singer_mm.registry import METRICS
from singer_mm.utils.array_file import write_arrays

IGNORED = 255  # label of pixels without a class, as mmsegmentation has it
BOXES_PER_IMAGE = 20  # more than a picture can show
ID_KEYS = ('img_path', 'img_id', 'sample_idx')

Arrays = dict[str, Any]  # name to array


@METRICS.register_module()
class PredictionRecorder(BaseMetric):
    """Count the distinct samples that were evaluated and write some predictions to an ``.npz`` file.

    Args:
        out_file: File to write; None only counts.
        max_maps: Number of images, the first of the test set, whose maps or boxes are kept. Every prediction of a
            classification and every pixel accuracy of a segmentation is kept.
        **base_arguments: See MMEngine's ``BaseMetric``.

    The file holds ``kind`` (``classification``, ``segmentation``, ``depth`` or ``detection``), ``classes`` (names) and
    ``palette`` ``(K, 3)`` where the dataset has them, and

    - classification: ``path``, ``label``, ``prediction`` and ``confidence``, ``(N,)`` each;
    - segmentation: ``path`` and ``pixel_accuracy`` ``(N,)`` in percent; ``shown_path`` ``(M,)`` and, for each of the
      ``M`` images, ``prediction_<i>`` and ``label_<i>`` ``(H, W)`` uint8;
    - depth: ``shown_path`` and ``prediction_<i>``, ``label_<i>`` ``(H, W)`` float16 in metres, 0 for unknown;
    - detection: ``shown_path`` and the 20 best ``boxes_<i>`` ``(n, 4)`` (x1, y1, x2, y2), ``labels_<i>``,
      ``scores_<i>`` ``(n,)`` and, of instance segmentation, ``masks_<i>`` ``(n, H, W)`` bool.

    Returns:
        ``n_evaluated``: number of distinct samples, without those that pad the last batch (MMEngine drops them).
    """

    def __init__(self, out_file: str | None = None, max_maps: int = 6, **base_arguments: Any) -> None:
        super().__init__(**base_arguments)
        self.out_file = out_file
        self.max_maps = max_maps

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        for sample in data_samples:
            identity = next((sample[key] for key in ID_KEYS if sample.get(key) is not None), None)
            kept = len(self.results) < self.max_maps
            record = {} if self.out_file is None else describe(sample, kept)
            # Without an identity every sample counts. Samplers give them to the processes in turn.
            place = len(self.results) * get_world_size() + get_rank()
            identity = f'sample {place}' if identity is None else str(identity)
            self.results.append({'identity': identity, **record})

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, int]:
        distinct: dict[str, dict[str, Any]] = {}
        for record in results:
            distinct.setdefault(record['identity'], record)
        records = list(distinct.values())
        if self.out_file is not None and records:
            arrays = arrange(records, self.max_maps) | self._class_arrays()
            path = Path(self.out_file)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_arrays(path, arrays)
        return {'n_evaluated': len(records)}

    def _class_arrays(self) -> Arrays:
        meta = self.dataset_meta or {}
        arrays: Arrays = {}
        if meta.get('classes'):
            arrays['classes'] = np.array([str(name) for name in meta['classes']])
        if meta.get('palette') and not isinstance(meta['palette'], str):
            arrays['palette'] = np.array(meta['palette'], dtype=np.uint8)
        return arrays


def describe(sample: Mapping[str, Any], kept: bool) -> dict[str, Any]:
    """Return ``kind`` and the record of one sample; maps and boxes only if it is ``kept``.

    Args:
        sample: A data sample of mmpretrain, mmsegmentation or mmdetection as a dict.
        kept: Whether the sample is among those that are shown.
    """
    if 'pred_score' in sample:
        score = to_numpy(sample['pred_score']).reshape(-1)
        prediction = to_numpy(sample['pred_label']).reshape(-1)[0] if 'pred_label' in sample else score.argmax()
        label = to_numpy(sample['gt_label']).reshape(-1)[0] if 'gt_label' in sample else -1
        return {
            'kind': 'classification',
            'label': int(label),
            'prediction': int(prediction),
            'confidence': float(score.max()),
        }
    if 'pred_sem_seg' in sample and 'gt_sem_seg' in sample:
        prediction, label = (plane(sample[key]).astype(np.uint8) for key in ('pred_sem_seg', 'gt_sem_seg'))
        valid = label != IGNORED
        accuracy = 100 * float((prediction == label)[valid].mean()) if valid.any() else float('nan')
        record: dict[str, Any] = {'kind': 'segmentation', 'pixel_accuracy': accuracy}
        return record | {'shown': {'prediction': prediction, 'label': label}} if kept else record
    if 'pred_depth_map' in sample and 'gt_depth_map' in sample:
        maps = {'prediction': plane(sample['pred_depth_map']), 'label': plane(sample['gt_depth_map'])}
        shown = {name: values.astype(np.float16) for name, values in maps.items()}
        return {'kind': 'depth', 'shown': shown} if kept else {'kind': 'depth'}
    if 'pred_instances' in sample:
        return {'kind': 'detection', 'shown': best_boxes(sample['pred_instances'])} if kept else {'kind': 'detection'}
    return {}


def best_boxes(instances: Mapping[str, Any]) -> Arrays:
    """Return the boxes of one image with the highest scores, best first."""
    scores = to_numpy(instances['scores'])
    best = np.argsort(-scores, kind='stable')[:BOXES_PER_IMAGE]
    arrays = {
        'boxes': to_numpy(instances['bboxes'])[best].astype(np.float32),
        'labels': to_numpy(instances['labels'])[best].astype(np.int64),
        'scores': scores[best].astype(np.float32),
    }
    if isinstance(instances.get('masks'), (Tensor, np.ndarray)):
        arrays['masks'] = to_numpy(instances['masks'])[best].astype(bool)
    return arrays


def arrange(records: Sequence[Mapping[str, Any]], max_maps: int) -> Arrays:
    """Stack the records of one test set into the arrays that the class describes."""
    kind = records[0].get('kind', 'unknown')
    shown = [record for record in records if 'shown' in record][:max_maps]
    arrays = {'kind': np.array(kind)}
    columns = {'classification': ('label', 'prediction', 'confidence'), 'segmentation': ('pixel_accuracy',)}
    for name in columns.get(kind, ()):
        arrays[name] = np.array([record[name] for record in records])
    if kind in columns:
        arrays['path'] = np.array([record['identity'] for record in records])
    if kind != 'classification':
        arrays['shown_path'] = np.array([record['identity'] for record in shown], dtype=str)
    for index, record in enumerate(shown):
        arrays |= {f'{name}_{index}': values for name, values in record['shown'].items()}
    return arrays


def plane(pixel_data: Mapping[str, Any]) -> NDArray[Any]:
    """Return the single map ``(H, W)`` of a ``PixelData`` as a dict, whose ``data`` is ``(1, H, W)`` or ``(H, W)``."""
    data = to_numpy(pixel_data['data'])
    return data.reshape(data.shape[-2:])


def to_numpy(values: Any) -> NDArray[Any]:
    """Return a tensor, or anything NumPy can convert, as an array on the CPU."""
    if isinstance(values, Tensor):
        return (values.float() if values.is_floating_point() else values).numpy(force=True)
    return np.asarray(values)
