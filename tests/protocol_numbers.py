"""What each protocol gives for the real DINOv2-S on the miniatures.

``python tests/protocol_numbers.py`` prints the numbers of the code as it is, which ``tests/data/protocol_numbers.json``
holds. Take new ones over only with a reason that you can state in the commit.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from conftest import ROOT
from dinov2_small import dinov2_small
from few_images import Few
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, MODELS, RUNNERS, init_default_scope
from torch.utils._pytree import tree_leaves

from singer_mm.downstream.feature_cache import FeatureCache, use_feature_cache
from singer_mm.engine.config import resolve_backbone, use_data
from singer_mm.mini.suite import make_suite
from singer_mm.mini.writers.ade20k_writer import ADE20KWriter
from singer_mm.mini.writers.imagenet_writer import ImageNetWriter
from singer_mm.mini.writers.nyu_writer import NYUWriter

METRICS = {'imagenet1k': 'accuracy/top1', 'ade20k': 'mIoU', 'nyud': 'rmse'}
CASES = [
    *(f'imagenet1k/{name}' for name in ('knn', 'linear_paper', 'linear_released', 'linear_standard')),
    *(f'ade20k/{name}' for name in ('linear_paper', 'linear_released', 'linear_standard')),
    *(f'nyud/linear_{name}' for name in ('paper', 'released', 'standard_dinov2', 'standard_dinov3')),
]
WRITERS = (
    Few(ImageNetWriter(), slice(None, None, 5)),  # 120 and 39 images of 24 classes
    Few(ADE20KWriter(), slice(None, None, 4)),  # 30 and 10
    Few(NYUWriter(), slice(None, None, 3)),  # 20 and 8
)
NUM_SEEN = 4
# Epochs: the images of ImageNet take longest, and two epochs of these of NYUd are warm-up.
SHORT = {'imagenet1k_linear_released': 1, 'nyud_linear_standard_dinov2': 3, 'nyud_linear_standard_dinov3': 3}


def load(case, data, teacher, work_dir):
    cfg = Config.fromfile(ROOT / f'configs/mini/{case}.py')
    use_data(cfg, str(data))
    resolve_backbone(cfg, teacher)
    if cfg.get('test_cfg') and 'ks' in cfg.test_cfg:
        cfg.test_cfg.update(ks=(1, 5), k=5)  # 5 training images of a class
    cfg.work_dir, cfg.log_level, cfg.experiment_name = str(work_dir), 'WARNING', case.replace('/', '_')
    return cfg


def what_is_seen(cfg):
    """Return numbers that stand for what the network is given in training, augmented, and the head in testing."""
    init_default_scope(cfg.default_scope)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.model.get('data_preprocessor') or cfg.data_preprocessor))
    seen = {}
    for name in ('train_dataloader', 'test_dataloader'):
        if cfg.get(name) is None:
            continue
        dataset = DATASETS.build(cfg[name].dataset)
        # One by one: images of a batch may differ in size.
        batches = [pseudo_collate([dataset[index]]) for index in range(NUM_SEEN)]
        inputs = [model.data_preprocessor(batch, name == 'train_dataloader')['inputs'] for batch in batches]
        pixels = torch.cat([image.flatten() for image in inputs])
        seen[f'{name} inputs'] = [float(pixels.mean()), float(pixels.std()), *map(float, inputs[0].shape[2:])]
    features = torch.stack([channels_of(features_of(model.eval(), image)) for image in inputs])
    directions = torch.randn(features.shape[1], 6, generator=torch.Generator().manual_seed(0))
    seen['features'] = (features @ directions / features.shape[1] ** 0.5).mean(dim=0).tolist()
    return seen


@torch.no_grad()
def features_of(model, image):
    """Return what the backbone gives a head; a dense model pads the image to whole patches itself."""
    found = []
    hook = model.backbone.register_forward_hook(lambda module, arguments, output: found.append(output))
    if hasattr(model, 'encode_decode'):
        if hasattr(model.decode_head, 'choose'):
            model.decode_head.choose(next(iter(model.decode_head.heads)))  # whichever: it is not what is asked for
        model.encode_decode(image, [dict(img_shape=image.shape[-2:])])
    else:
        model.extract_feat(image)
    hook.remove()
    return found


def channels_of(outputs):
    """Return mean and deviation over places of every channel of an image's maps; of vectors, themselves."""
    parts = []
    for output in tree_leaves(outputs):
        flat = output.flatten(2) if output.ndim > 2 else output[..., None]  # (1, C, N)
        parts += [flat.mean(dim=-1)[0]] + ([flat.std(dim=-1)[0]] if flat.shape[-1] > 1 else [])
    return torch.cat(parts)


def measured(cfg, cache):
    """Return the metric of a whole run on cached features, or of a short one where a protocol has no cache."""
    torch.manual_seed(0)
    if cfg.get('cache_pipeline'):
        use_feature_cache(cfg, cache, batch_size=8, num_workers=0)
    else:
        cfg.train_cfg.max_epochs = SHORT.get(cfg.experiment_name, 2)
    runner = RUNNERS.build(cfg)
    if runner._train_loop is not None:
        runner.train()
    return float(runner.test()[METRICS[cfg.experiment_name.split('_')[0]]])


def main():
    """Print the numbers of every case as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_suite(root / 'data', workers=1, writers=WRITERS)
        teacher = dinov2_small(SimpleNamespace(mkdir=lambda name: root))
        cache = FeatureCache(root / 'features', limit_gib=4)
        found = {}
        for case in CASES:
            start = time.time()
            work_dir = root / case
            found[case] = what_is_seen(load(case, root / 'data', teacher, work_dir))
            found[case][METRICS[case.split('/')[0]]] = measured(load(case, root / 'data', teacher, work_dir), cache)
            print(case, f'{time.time() - start:.0f} s', file=sys.stderr)
        rows = (
            ',\n'.join(f'  {json.dumps(name)}: {rounded(values)}' for name, values in row.items())
            for row in found.values()
        )
    cases = ',\n'.join(f' {json.dumps(case)}: {{\n{row}\n }}' for case, row in zip(found, rows, strict=True))
    print(f'{{\n{cases}\n}}')


def rounded(values):
    """Return a JSON list of numbers with five digits."""
    return json.dumps([float(f'{value:.5g}') for value in np.atleast_1d(values)])


if __name__ == '__main__':
    main()
