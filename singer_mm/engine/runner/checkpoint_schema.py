"""What a training checkpoint must hold, and what a Runner may not execute or open."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from singer_mm.engine.config.allowed import NONE, instance, list_of, whole
from singer_mm.errors import CheckpointError

from .optimizer_schema import check_optimizer

EXECUTED = 'config'
"""Key of ``meta`` that MMEngine 0.10 runs as a Python config when it resumes."""

PROTOCOL = 'protocol'
"""Key of a downstream config, and of ``meta``: the protocol that trains and tests a head."""

DICT = instance(dict)


def check_protocol(path: str, checkpoint: Mapping[str, Any], cfg: Mapping[str, Any]) -> None:
    """Compare the protocol of a checkpoint with that of a config, if both state one.

    Raises:
        CheckpointError: If they differ: the weights may fit nevertheless, and give wrong numbers.
    """
    trained, wanted = dict_in(checkpoint, 'meta').get(PROTOCOL), cfg.get(PROTOCOL)
    if trained is not None and wanted is not None and trained != wanted:
        raise CheckpointError(
            f'{path} was trained by the protocol {trained}, and this config is {wanted}; take the config {trained}.py '
            f'of the task, or a checkpoint of {wanted}.'
        )


def check_weights_part(path: str, checkpoint: Mapping[str, Any]) -> None:
    """Check that a checkpoint has weights.

    Raises:
        CheckpointError: If ``state_dict`` is missing or holds something else than tensors.
    """
    if 'state_dict' not in checkpoint:
        raise CheckpointError(f'{path} is no training checkpoint: it has no state_dict.')
    DICT.check(f'{path}: state_dict', checkpoint['state_dict'], CheckpointError)
    for name, value in checkpoint['state_dict'].items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f'{path} holds a {type(value).__name__} at state_dict.{name}; it must be a tensor.')
    if 'ema_state_dict' in checkpoint:
        DICT.check(f'{path}: ema_state_dict', checkpoint['ema_state_dict'], CheckpointError)
        averaged = (str(name) for name in checkpoint['ema_state_dict'] if str(name).startswith('module.'))
        foreign = [name for name in averaged if name.removeprefix('module.') not in checkpoint['state_dict']]
        if foreign:
            raise CheckpointError(f'{path} holds ema_state_dict.{foreign[0]}, which is not in its state_dict.')


def check_resumable(path: str, checkpoint: Mapping[str, Any], wrapper: Any, schedulers: Any) -> None:
    """Check that a checkpoint has all that a training needs to resume, beside the weights.

    Args:
        path: Path of the checkpoint, for messages.
        checkpoint: Its content.
        wrapper: The optimizer wrapper of the run.
        schedulers: The schedulers of the run: a list, a dict of lists, or None.

    Raises:
        CheckpointError: If the optimizer, the schedulers or a field is missing or of a wrong type.
    """
    for key in ('optimizer', 'param_schedulers') if schedulers else ('optimizer',):
        if key not in checkpoint:
            raise CheckpointError(
                f'{path} has no {key}, so that no training can go on from it; give a checkpoint with it '
                '(save_optimizer=True, save_param_scheduler=True), or start from its weights with load_from.'
            )
    for key in ('meta', 'message_hub', 'optimizer'):
        DICT.check(f'{path}: {key}', checkpoint.get(key), CheckpointError)
    meta, hub = checkpoint['meta'], checkpoint['message_hub']
    for key in ('epoch', 'iter'):
        whole(0).check(f'{path}: meta.{key}', meta.get(key), CheckpointError)
    if meta['epoch'] > meta['iter']:
        raise CheckpointError(
            f'{path}: meta.epoch is {meta["epoch"]} and meta.iter {meta["iter"]}, but every epoch has an iteration.'
        )
    (whole() | NONE).check(f'{path}: meta.seed', meta.get('seed'), CheckpointError)
    for key in ('log_scalars', 'runtime_info', 'resumed_keys'):
        DICT.check(f'{path}: message_hub.{key}', hub.get(key), CheckpointError)
    check_optimizer(path, checkpoint['optimizer'], wrapper)
    if schedulers:
        _check_schedulers(path, checkpoint['param_schedulers'], schedulers)


def _check_schedulers(path: str, saved: Any, schedulers: Any) -> None:
    if isinstance(schedulers, dict):
        if not isinstance(saved, dict) or set(saved) != set(schedulers):
            raise CheckpointError(f'{path}: param_schedulers must be a dict with {", ".join(schedulers)}.')
        for name in schedulers:
            _check_schedulers(path, saved[name], schedulers[name])
        return
    list_of(DICT, empty=True).check(f'{path}: param_schedulers', saved, CheckpointError)
    if len(saved) != len(schedulers):
        raise CheckpointError(
            f'{path} has {len(saved)} param_schedulers, but this config has {len(schedulers)}; resume with the config '
            'in the work directory.'
        )
    for index, state in enumerate(saved):
        for key in ('last_step', '_global_step'):
            whole().check(f'{path}: param_schedulers.{index}.{key}', state.get(key), CheckpointError)


def drop_what_would_be_followed(checkpoint: dict[str, Any], folders: Collection[Path]) -> list[str]:
    """Remove, in place, what MMEngine would execute or use as a path, and return the removed keys.

    MMEngine's ``CheckpointHook`` deletes the file that the message hub names as the best or an obsolete checkpoint, in
    any folder. Paths of ``.pth`` files in ``folders``, where this run writes its checkpoints, stay.
    """
    dropped = []
    meta = dict_in(checkpoint, 'meta')
    if EXECUTED in meta:
        del meta[EXECUTED]
        dropped.append(f'meta.{EXECUTED}')
    information = dict_in(checkpoint, 'message_hub', 'runtime_info')
    own = {folder.resolve() for folder in folders}
    for key in [key for key in information if 'ckpt' in str(key) or 'checkpoint' in str(key)]:
        value = information[key]
        if isinstance(value, str):
            path = Path(value)
            is_safe = not value or (path.suffix == '.pth' and path.resolve().parent in own)
        else:
            items = value if isinstance(value, (list, tuple)) else [value]
            is_safe = all(item is None or isinstance(item, (int, float)) for item in items)
        if not is_safe:
            del information[key]
            dict_in(checkpoint, 'message_hub', 'resumed_keys').pop(key, None)
            dropped.append(f'message_hub.runtime_info.{key}')
    return dropped


def dict_in(content: Any, *keys: str) -> dict[str, Any]:
    """Return the dict at a path of keys; an empty dict if any part of the path is missing or no dict."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}
