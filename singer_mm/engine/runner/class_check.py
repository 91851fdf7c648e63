"""See that the classes of a dataset are those of its annotations, and not more than the heads of the model have."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

from mmengine.config import Config

from singer_mm.errors import ConfigError, DataError

HEAD = re.compile(r'model\.(task_model\.)?(?!rpn_head)\w*head\b')
NO_SAMPLE = 'need at least one array to concatenate'
"""What MMEngine's dataset ends with when it has no sample, the one of mmdet before anybody can look at it."""


def check_classes(cfg: Config, dataset: Any, data: str = 'training data') -> None:
    """Compare the classes of a dataset with annotations and heads.

    A head may have more classes than the data: a part of a dataset trains the head of the whole.

    Args:
        cfg: The config, whose ``model`` has the heads.
        dataset: The dataset.
        data: What it is, for the message.

    Raises:
        ConfigError: If a head has fewer classes than the dataset.
        DataError: If annotations in COCO's form lack one of the classes, which would shift the labels of others.
    """
    classes = classes_of(dataset)
    if not classes:
        return
    inner = dataset
    while not hasattr(inner, 'cat_ids') and hasattr(inner, 'dataset'):
        inner = inner.dataset
    categories = getattr(inner, 'cat_ids', None)
    if categories is not None and len(categories) < len(classes):
        raise DataError(_missing_classes(classes, inner.ann_file))
    for key, count in _heads(cfg.to_dict().get('model'), 'model'):
        if len(classes) > count:
            raise ConfigError(
                f'{key} is {count}, but the {data} have {len(classes)} classes ({_shown(classes)}); set {key} to '
                f'{len(classes)}.'
            )


def check_trained_classes(path: str, checkpoint: dict[str, Any], dataset: Any, data: str) -> None:
    """Compare the classes of a dataset with those that the head of a checkpoint was trained on, name by name.

    The data may have fewer: a part of a dataset is tested with the head of the whole. Where the checkpoint or the
    dataset tells no names, nothing is compared.

    Args:
        path: The checkpoint.
        checkpoint: Its content.
        dataset: The dataset.
        data: What it is, for the message.

    Raises:
        DataError: If a label stands for another class.
    """
    meta = checkpoint.get('meta')
    trained_on = meta.get('dataset_meta') if isinstance(meta, dict) else None
    trained = trained_on.get('classes') if isinstance(trained_on, dict) else None
    if not isinstance(trained, list | tuple) or not trained:
        return
    for label, name in enumerate(classes_of(dataset)):
        meant = str(trained[label]) if label < len(trained) else 'no class'
        if str(name) != meant:
            raise DataError(
                f'label {label} is {str(name)!r} in the {data}, but {meant!r} in {path}, which was trained on '
                f'{len(trained)} classes; use data with these classes in this order (metainfo.classes), or another '
                'checkpoint.'
            )


def classes_of(dataset: Any) -> list[str] | tuple[str, ...]:
    """Return the names of a dataset's classes, by label; none where it has none."""
    while not hasattr(dataset, 'metainfo') and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return dict(getattr(dataset, 'metainfo', None) or {}).get('classes') or ()


def say_why_empty(dataset: Any) -> DataError:
    """Return the error for the config of a dataset that has turned out to have no sample."""
    while isinstance(dataset, dict) and isinstance(dataset.get('dataset'), dict):
        dataset = dataset['dataset']
    classes = (dataset.get('metainfo') or {}).get('classes')
    annotations = os.path.join(dataset.get('data_root') or '', dataset.get('ann_file') or '')
    if classes and annotations.endswith('.json') and os.path.isfile(annotations):
        return DataError(_missing_classes(classes, annotations))
    where = annotations or dataset.get('data_prefix') or 'its folder'
    name = getattr(dataset.get('type'), '__name__', dataset.get('type'))
    return DataError(f'the dataset {name} has no sample in {where}; check data_root, ann_file and filters.')


def _missing_classes(classes: Any, annotations: str) -> str:
    with open(annotations, encoding='utf-8') as file:
        known = [category['name'] for category in json.load(file)['categories']]
    missing = [name for name in classes if name not in known]
    if not missing:
        return f'{annotations} has no sample of the classes {_shown(classes)} that passes the filters.'
    return (
        f'{len(missing)} of the {len(classes)} classes ({_shown(missing)}) are not in {annotations}, which has '
        f'{_shown(known)}; set metainfo.classes to names that it has.'
    )


def _shown(names: Any, limit: int = 10) -> str:
    names = [str(name) for name in names]
    return ', '.join(names[:limit]) + (f' and {len(names) - limit} more' if len(names) > limit else '')


def _heads(value: Any, path: str) -> Iterator[tuple[str, int]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        if key == 'num_classes' and isinstance(child, int) and HEAD.match(path) and 'augments' not in path:
            yield f'{path}.{key}', child
        yield from _heads(child, f'{path}.{key}')
