"""What a training checkpoint must hold, and what in it no Runner may follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from singer_mm.errors import CheckpointError

from .optimizer_schema import check_optimizer

EXECUTED = 'config'
"""Key of ``meta`` that MMEngine 0.10 parses as a Python config when it resumes: whatever stands there is run."""


PROTOCOL = 'protocol'
"""Key of a downstream config, and of ``meta``: by which protocol a head is trained and tested."""


def check_protocol(path: str, checkpoint: Mapping[str, Any], cfg: Mapping[str, Any]) -> None:
    """See that a checkpoint was trained by the protocol of a config, where both say so.

    Raises:
        CheckpointError: If not: its weights may fit all the same, and give numbers that mean nothing.
    """
    meta = checkpoint.get('meta')
    trained, wanted = meta.get(PROTOCOL) if isinstance(meta, dict) else None, cfg.get(PROTOCOL)
    if trained is not None and wanted is not None and trained != wanted:
        raise CheckpointError(
            f'{path} was trained by the protocol {trained}, and this config is {wanted}; take the config {trained}.py '
            f'of the task, or a checkpoint of {wanted}.'
        )


def check_weights_part(path: str, checkpoint: Mapping[str, Any]) -> None:
    """See that a checkpoint has weights that can be loaded.

    Raises:
        CheckpointError: If ``state_dict`` is missing or holds something else than tensors.
    """
    if 'state_dict' not in checkpoint:
        raise CheckpointError(f'{path} is no training checkpoint: it has no state_dict.')
    _expect(path, checkpoint, 'state_dict', dict)
    for name, value in checkpoint['state_dict'].items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f'{path} holds a {type(value).__name__} at state_dict.{name}; it must be a tensor.')
    if 'ema_state_dict' in checkpoint:
        _expect(path, checkpoint, 'ema_state_dict', dict)
        averaged = (str(name) for name in checkpoint['ema_state_dict'] if str(name).startswith('module.'))
        foreign = [name for name in averaged if name.removeprefix('module.') not in checkpoint['state_dict']]
        if foreign:
            raise CheckpointError(f'{path} holds ema_state_dict.{foreign[0]}, which its state_dict has not.')


def check_resumable(path: str, checkpoint: Mapping[str, Any], wrapper: Any, schedulers: Any) -> None:
    """See that a checkpoint has all that a training needs to go on, beside the weights.

    Args:
        path: File, for messages.
        checkpoint: Its content.
        wrapper: The optimizer wrapper of the run.
        schedulers: Those of the run, in MMEngine's words: a list, a dict of lists, or nothing.

    Raises:
        CheckpointError: If the optimizer, the schedulers or a field is missing or of a wrong type.
    """
    for key in ('optimizer', 'param_schedulers') if schedulers else ('optimizer',):
        if key not in checkpoint:
            raise CheckpointError(
                f'{path} has no {key}, so that no training can go on from it; resume from a checkpoint with it '
                '(save_optimizer=True, save_param_scheduler=True), or begin anew from its weights with load_from.'
            )
    for key in ('meta', 'message_hub', 'optimizer'):
        _expect(path, checkpoint, key, dict)
    meta, hub = checkpoint['meta'], checkpoint['message_hub']
    for key in ('epoch', 'iter'):
        if type(meta.get(key)) is not int or meta[key] < 0:
            raise CheckpointError(f'{path}: meta.{key} is {meta.get(key)!r}, but must be a whole number from 0 on.')
    if meta['epoch'] > meta['iter']:
        raise CheckpointError(
            f'{path}: meta.epoch is {meta["epoch"]} and meta.iter {meta["iter"]}, but every epoch has an iteration.'
        )
    if meta.get('seed') is not None and type(meta['seed']) is not int:
        raise CheckpointError(f'{path}: meta.seed is {meta["seed"]!r}, but must be a whole number.')
    for key in ('log_scalars', 'runtime_info', 'resumed_keys'):
        _expect(path, hub, key, dict, 'message_hub.')
    check_optimizer(path, checkpoint['optimizer'], wrapper)
    if schedulers:
        _check_schedulers(path, checkpoint['param_schedulers'], schedulers)


def _check_schedulers(path: str, saved: Any, schedulers: Any) -> None:
    pairs = [(saved, schedulers)]
    if isinstance(schedulers, dict):
        if not isinstance(saved, dict) or set(saved) != set(schedulers):
            raise CheckpointError(f'{path}: param_schedulers must be a dict with {", ".join(schedulers)}.')
        pairs = [(saved[name], schedulers[name]) for name in schedulers]
    for of_file, of_run in pairs:
        if not isinstance(of_file, list) or not all(isinstance(state, dict) for state in of_file):
            raise CheckpointError(f'{path}: param_schedulers is no list of dicts.')
        if len(of_file) != len(of_run):
            raise CheckpointError(
                f'{path} has {len(of_file)} param_schedulers, but this config has {len(of_run)}; resume with the '
                'config that lies in the work directory.'
            )
        for index, state in enumerate(of_file):
            for key in ('last_step', '_global_step'):
                if type(state.get(key)) is not int:
                    raise CheckpointError(
                        f'{path}: param_schedulers.{index}.{key} is {state.get(key)!r}, but must be a whole number.'
                    )


def drop_what_would_be_followed(checkpoint: dict[str, Any], folders: Collection[Path]) -> list[str]:
    """Take out of a checkpoint what MMEngine would execute, or open and remove as a file, in place.

    MMEngine's ``CheckpointHook`` removes the file that the message hub names as the best or an obsolete checkpoint,
    wherever it lies.

    Args:
        checkpoint: Its content.
        folders: Where the checkpoints of this run lie; paths of ``.pth`` files there stay.

    Returns:
        The keys that were dropped.
    """
    dropped = []
    meta, hub = checkpoint.get('meta'), checkpoint.get('message_hub')
    if isinstance(meta, dict) and EXECUTED in meta:
        del meta[EXECUTED]
        dropped.append(f'meta.{EXECUTED}')
    information = hub.get('runtime_info') if isinstance(hub, dict) else None
    resumed = hub.get('resumed_keys') if isinstance(hub, dict) else None
    if not isinstance(information, dict):
        return dropped
    own = {folder.resolve() for folder in folders}
    for key in [key for key in information if 'ckpt' in str(key) or 'checkpoint' in str(key)]:
        value = information[key]
        if isinstance(value, str):
            path = Path(value)
            sound = not value or (path.suffix == '.pth' and path.resolve().parent in own)
        else:
            items = value if isinstance(value, (list, tuple)) else [value]
            sound = all(item is None or isinstance(item, (int, float)) for item in items)
        if not sound:
            del information[key]
            if isinstance(resumed, dict):
                resumed.pop(key, None)
            dropped.append(f'message_hub.runtime_info.{key}')
    return dropped


def _expect(path: str, content: Mapping[str, Any], key: str, kind: type, within: str = '') -> None:
    if not isinstance(content.get(key), kind):
        raise CheckpointError(
            f'{path}: {within}{key} is a {type(content.get(key)).__name__}, but must be a {kind.__name__}.'
        )
