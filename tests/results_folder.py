"""A benchmark's folder as ``tools/benchmark.py`` leaves it, from arrays instead of networks."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from singer_mm.evaluation import PredictionRecorder

BACKBONES = {'teacher': 0.85, 'student': 0.6, 'undistilled': 0.35}  # label to share of right answers
CLASSIFICATION = ('imagenet1k', 'imagenet_r', 'imagenet_v2', 'inat2019', 'aircraft', 'pets', 'food101', 'flowers102')
NAMES = (
    'cat',
    'dog',
    'tench, Tinca tinca',
    'great white shark, man-eater',
    'apple',
    'bus',
    'chair',
    'drum',
    'ewe',
    'fan',
)
FINGERPRINT = {'image size': '224', 'crop': 'squash', 'interpolation': 'bilinear', 'split': 'val', 'mini': 'seed 0'}
SIZE = (96, 128)  # height and width of the photographs


def draw_photo(path: Path, index: int) -> None:
    """Write a photograph of two solids on a gradient."""
    random = np.random.default_rng(index)
    height, width = SIZE
    ramp = np.linspace(40, 200, width)[None, :, None] * random.uniform(0.5, 1.0, 3)
    image = Image.fromarray(np.broadcast_to(ramp, (height, width, 3)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 60, 70), fill=tuple(random.integers(60, 255, 3).tolist()))
    pen.rectangle((75, 35, 115, 85), fill=tuple(random.integers(60, 255, 3).tolist()))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def true_classes() -> np.ndarray:
    """Pixels of the two solids, the ground and an unlabelled corner."""
    label = np.zeros(SIZE, np.uint8)
    label[20:70, 20:60], label[35:85, 75:115], label[:10, :10] = 1, 2, 255
    return label


def samples(kind: str, photos: Sequence[Path], skill: float) -> list[dict[str, Any]]:
    """Data samples of a model with this share of right answers, as MMEngine hands them to a metric."""
    random = np.random.default_rng(int(100 * skill))
    made = []
    for index, photo in enumerate(photos):
        sample: dict[str, Any] = {'img_path': str(photo)}
        if kind == 'classification':
            label = index % len(NAMES)
            said = label if random.random() < skill else (label + 1 + index % 3) % len(NAMES)
            score = np.full(len(NAMES), 0.02)
            score[said] = random.uniform(0.4, 0.99)
            sample |= {'pred_score': score, 'pred_label': np.array([said]), 'gt_label': np.array([label])}
        elif kind == 'segmentation':
            label = true_classes()
            wrong = random.random(SIZE) > skill
            said = np.where(wrong, random.integers(0, 3, SIZE), label % 255)
            sample |= {'pred_sem_seg': {'data': said[None]}, 'gt_sem_seg': {'data': label[None]}}
        elif kind == 'depth':
            depth = np.tile(np.linspace(9, 1, SIZE[0])[:, None], SIZE[1])
            said = depth + (1 - skill) * random.normal(0, 2, SIZE)
            depth[:6] = 0
            sample |= {'pred_depth_map': {'data': said[None]}, 'gt_depth_map': {'data': depth[None]}}
        else:
            shift = 30 * (1 - skill) * random.normal(0, 1, (2, 4))
            boxes = np.array([[20, 20, 60, 70], [75, 35, 115, 85]]) + shift
            masks = np.zeros((2, *SIZE), bool)
            for mask, (left, top, right, bottom) in zip(masks, boxes.clip(0).astype(int), strict=True):
                mask[top:bottom, left:right] = True
            found = {
                'bboxes': boxes,
                'labels': np.array([0, 1]),
                'scores': np.array([0.5, 0.9]) * skill,
                'masks': masks,
            }
            sample['pred_instances'] = found
        made.append(sample)
    return made


def metrics_of(task: str, skill: float) -> dict[str, float]:
    """Numbers that such a model would have."""
    if task == 'ade20k':
        return {'mIoU': 60 * skill, 'aAcc': 90 * skill, 'mAcc': 70 * skill}
    if task == 'nyud':
        return {'rmse': 1.6 - skill, 'abs_rel': 0.4 - 0.2 * skill, 'd1': skill, 'd2': 0.97, 'd3': 0.99}
    if task == 'coco':
        return {'coco/bbox_mAP': 0.4 * skill, 'coco/segm_mAP': 0.35 * skill, 'coco/bbox_mAP_l': -1}
    if task == 'imagenet_r':
        return {'imagenet_r/top1': 70 * skill, 'imagenet_r/top1_unmasked': 60 * skill}
    top = {'accuracy/top1': 100 * skill, 'accuracy/top5': 100 * skill**0.3, 'per_class/mean': 98 * skill}
    if task == 'inat2019':
        top |= {'per_class/many': 100 * skill, 'per_class/medium': 80 * skill, 'per_class/few': 50 * skill}
    return top


def kind_of(task: str) -> str:
    """What a task predicts."""
    return {'ade20k': 'segmentation', 'nyud': 'depth', 'coco': 'detection'}.get(task, 'classification')


def job(task: str, label: str, skill: float, seed: int = 0, protocol: str = 'linear_paper') -> dict[str, Any]:
    """One entry of ``results.json``."""
    index = list(BACKBONES).index(label) if label in BACKBONES else 0
    return {
        'task': task,
        'protocol': 'frozen_maskrcnn' if task == 'coco' else protocol,
        'backbone': {'label': label, 'reference': f'{label}.pth', 'sha256': f'{index}f' * 8, 'embed_dims': 192},
        'seed': seed,
        'metrics': metrics_of(task, skill + 0.01 * seed),
        'n_evaluated': 40,
        'n_dataset': 40,
        'fingerprint': {**FINGERPRINT, 'metric': task, 'checkpoint hash': f'{index}f' * 8},
        'seconds': 12.5 + seed,
        'alarms': [],
    }


def write_results(out: Path, jobs: Sequence[Mapping[str, Any]]) -> None:
    """Write ``results.json``."""
    content = {
        'jobs': list(jobs),
        'versions': {'singer_mm': '0.1', 'torch': '2.11.0'},
        'machine': '2 CPU cores',
        'command': 'python tools/benchmark.py teacher.pth student.pth undistilled.pth --tasks all --data mini',
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / 'results.json').write_text(json.dumps(content))


def all_tasks() -> tuple[str, ...]:
    """Every task of the benchmark."""
    return (*CLASSIFICATION, 'ade20k', 'nyud', 'coco')


def build_folder(out: Path, seeds: int = 2, tasks: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Write the folder of three backbones with everything a job may leave; return its jobs. By default of all tasks."""
    photos = [out / 'photos' / f'{index}.jpg' for index in range(40)]
    for index, photo in enumerate(photos):
        draw_photo(photo, index)
    jobs = []
    for label, skill in BACKBONES.items():
        for task in tasks or all_tasks():
            jobs += [job(task, label, skill, seed) for seed in range(seeds)]
            folder = out / label / task / jobs[-1]['protocol'] / 'seed0'
            recorder = PredictionRecorder(str(folder / 'predictions.npz'))
            recorder.dataset_meta = {'classes': NAMES, 'palette': [[90, 90, 90], [220, 40, 40], [40, 90, 220]]}
            recorder.process(None, samples(kind_of(task), photos, skill))
            recorder.evaluate(len(photos))
        write_sweep(out / label / 'imagenet1k' / 'linear_standard' / 'seed0', skill)
        jobs.append(job('imagenet1k', label, skill, protocol='linear_standard'))
        write_feature_maps(folder, skill)
    write_results(out, jobs)
    return jobs


def write_sweep(folder: Path, skill: float) -> None:
    """Write the ``sweep.json`` of two inputs and six learning rates."""
    heads = [
        {
            'name': f'{blocks}_{rate}',
            'lr': rate,
            'blocks': blocks,
            'avgpool': blocks == 4,
            'value': 100 * skill - 3 * step,
        }
        for blocks in (1, 4)
        for step, rate in enumerate((0.1, 0.03, 0.01, 0.003, 0.001, 0.0003))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    sweep = {'key': 'accuracy/top1', 'rule': 'greater', 'chosen': '1_0.1', 'heads': heads}
    (folder / 'sweep.json').write_text(json.dumps(sweep))


def write_feature_maps(folder: Path, skill: float) -> None:
    """Write the ``feature_maps.npz`` of two photographs."""
    random = np.random.default_rng(0)
    norms = random.uniform(9, 11, (2, 14, 14)) + 0.0
    norms[:, 3, 5] *= 1 + 3 * skill
    image = random.integers(0, 255, (2, 8, 8, 3), dtype=np.uint8).repeat(14, 1).repeat(14, 2)
    features = random.normal(size=(2, 14, 14, 6)).cumsum(1).cumsum(2)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / 'feature_maps.npz', image=image, norms=norms, features=features)
