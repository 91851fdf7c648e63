"""Compare the classes of a dataset with its annotations, with the heads of the model and with a checkpoint."""

import json
import os
import re
from typing import Any

from mmengine.config import Config

from singer_mm.engine.config.nested_values import nested_values
from singer_mm.errors import ConfigError, DataError

from .checkpoint_schema import dict_in

NUM_CLASSES = re.compile(r'model\.(task_model\.)?(?!rpn_head)\w*head\b.*\.num_classes')
NO_SAMPLE = 'need at least one array to concatenate'
"""The error of MMEngine's datasets without samples; mmdet's dataset raises it while it is built."""


def check_classes(cfg: Config, dataset: Any, data: str = 'training data') -> None:
    """Compare the classes of a dataset with its annotations and the heads of a config; ``data`` names it in errors.

    A head may have more classes than the data: a part of a dataset can train the head of the whole dataset.

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
    for key, count in nested_values(cfg.to_dict().get('model'), 'model', skip=('augments',)):
        if NUM_CLASSES.fullmatch(key) and isinstance(count, int) and len(classes) > count:
            raise ConfigError(
                f'{key} is {count}, but the {data} have {len(classes)} classes ({_shown(classes)}); set {key} to '
                f'{len(classes)}.'
            )


def check_trained_classes(path: str, checkpoint: dict[str, Any], dataset: Any, data: str) -> None:
    """Compare the names of a dataset's classes with those of a checkpoint; ``path`` and ``data`` name them in errors.

    The data may have fewer classes: a part of a dataset can be tested with the head of the whole dataset. If the
    checkpoint or the dataset has no names, nothing is compared.

    Raises:
        DataError: If a label stands for another class.
    """
    trained = dict_in(checkpoint, 'meta', 'dataset_meta').get('classes')
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
    """Return the names of a dataset's classes by label; an empty list if it has no names."""
    while not hasattr(dataset, 'metainfo') and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return dict(getattr(dataset, 'metainfo', None) or {}).get('classes') or ()


def say_why_empty(dataset: Any) -> DataError:
    """Return the error for the config of a dataset without samples."""
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
        f'{_shown(known) or "no categories"}; set metainfo.classes to names that it has.'
    )


def _shown(names: Any, limit: int = 10) -> str:
    names = [str(name) for name in names]
    return ', '.join(names[:limit]) + (f' and {len(names) - limit} more' if len(names) > limit else '')
