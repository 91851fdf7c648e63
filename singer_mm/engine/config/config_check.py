"""Find misspelt keys and names before a training starts."""

import inspect
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from mmengine import registry as mmengine_registry
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from singer_mm.errors import ConfigError
from singer_mm.registry import SCOPE
from singer_mm.utils.library_scope import find_model_class, library_scope

from .nested_values import nested_values
from .value_check import check_arguments
from .value_ranges import KEYS

ROOTS = [value for value in vars(mmengine_registry).values() if isinstance(value, Registry)]

# Keys that MMEngine's builders remove from a config before they call the class.
BUILDER_KEYS = {'type', '_scope_', 'convert_to_iter_based', 'epoch_length', 'optimizer', 'paramwise_cfg', 'constructor'}
DATALOADER_KEYS = {'num_batch_per_epoch', *inspect.signature(DataLoader).parameters}
# The libraries build these with functions or with registries of their own (augments: mmpretrain's BATCH_AUGMENTS).
FOREIGN_KEYS = ('augments', 'norm_cfg', 'act_cfg', 'conv_cfg', 'upsample_cfg', 'init_cfg', 'roi_layer', 'nms')


def check_config(cfg: Config) -> None:
    """Check every key and value for a class of MMEngine or ours, and the top level for misspelt Runner keys.

    Top-level names that resemble no Runner argument pass: configs may define variables of their own.

    Raises:
        ConfigError: At the first unknown key or type, or wrong value, with the allowed ones.
    """
    scope = cfg.get('default_scope') or SCOPE
    scopes = {SCOPE, *(child for root in ROOTS for child in root.children), *(root.scope for root in ROOTS)}
    if scope not in scopes and find_spec(scope.partition('.')[0]) is None:
        raise ConfigError(f'default_scope is {scope!r}, and no package of this name is installed.')
    runner_keys = [*inspect.signature(Runner).parameters, *(key for key in KEYS if key.replace('_', '').isalpha())]
    for key in cfg:
        match = get_close_matches(key, runner_keys, n=1, cutoff=0.85)
        if key not in runner_keys and match:
            raise ConfigError(f'config key {key!r} is unknown; did you mean {match[0]!r}?')
    inner_scopes = _inner_scopes(cfg.get('model', {}), scope)
    for path, value in nested_values(cfg.to_dict(), skip=FOREIGN_KEYS):
        if not isinstance(value, dict):
            continue
        if path.endswith('_dataloader'):
            _check_keys(path, value, DATALOADER_KEYS)
        elif isinstance(value.get('type'), str):
            inner = (name for prefix, name in inner_scopes.items() if path.startswith(prefix))
            _check_typed(path, value, next(inner, scope))


def _inner_scopes(model: dict[str, Any], scope: str) -> dict[str, str]:
    """Return the scopes that ``TaskDistiller`` uses instead of the default one, by the start of a path."""
    if 'task_model' not in model:
        return {}
    task = find_model_class(model['task_model'].get('type', ''), scope)
    # The keys of the _base_ files of teacher and student stay in such a config, beside the model.
    ours = dict.fromkeys(('model.distiller', 'teacher', 'student'), SCOPE)
    return {'model.task_model.': (task and library_scope(task)) or scope, **ours}


def _check_typed(path: str, value: dict[str, Any], scope: str) -> None:
    classes = find_classes(value['type'], scope)
    if not classes:
        known = {name for root in ROOTS for node in (root, *root.children.values()) for name in node.module_dict}
        close = get_close_matches(value['type'], known, n=3) or ['see the registries of singer_mm']
        raise ConfigError(f'{path}.type is {value["type"]!r}, which no registry knows; similar: {", ".join(close)}.')
    check_arguments(path, value, classes)
    allowed = [accepted_arguments(cls) for cls in classes]
    if None not in allowed:
        _check_keys(path, value, BUILDER_KEYS.union(*(names for names in allowed if names)))


def find_classes(name: str, scope: str) -> list[type]:
    """Return the classes that ``name`` can mean in a config with the ``default_scope`` ``scope``, of all registries."""
    scope, _, bare = name.rpartition('.') if '.' in name else (scope, '', name)
    known = [root for root in ROOTS if _knows(root, scope, bare)]
    found = [root.get(f'{scope}.{bare}') or root.get(bare) for root in known or ROOTS]
    return [cls for cls in found if cls is not None]


def _knows(root: Registry, scope: str, bare: str) -> bool:
    """Return whether ``Registry.get`` finds a name without a search.

    A registry that lacks a name searches the disk for a module. 22 of MMEngine's 23 registries lack a usual name: half
    a second for a config. Only a scope that is not imported yet needs that search, which imports it.
    """
    nodes = [root, *(child for name, child in root.children.items() if name == scope)]
    for node in nodes:
        node.import_from_location()
    is_imported = scope == root.scope or len(nodes) == 2
    return is_imported and any(bare in node.module_dict for node in nodes)


def _check_keys(path: str, value: dict[str, Any], allowed: set[str]) -> None:
    unknown = sorted(set(value) - allowed)
    if unknown:
        # The distiller or the Runner sets these.
        shown = sorted(allowed - BUILDER_KEYS - {'self', 'runner', 'dataloader'})
        raise ConfigError(f'{path}.{unknown[0]} is unknown; allowed: {", ".join(shown)}.')


def accepted_arguments(cls: type) -> set[str] | None:
    """Return the names of the arguments of ``cls(...)``, or None if it accepts any.

    ``**kwargs`` goes to the base class. With another name (``**timm_kwargs``) it goes elsewhere and is checked there.
    """
    names: set[str] = set()
    for base in inspect.getmro(cls) if inspect.isclass(cls) else (cls,):
        if inspect.isclass(base) and '__init__' not in vars(base):
            continue
        parameters = inspect.signature(base.__init__ if inspect.isclass(base) else base).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        open_ended = [p.name for p in parameters if p.kind is p.VAR_KEYWORD]
        if not open_ended:
            return names
        if open_ended != ['kwargs']:
            return None
    return None
