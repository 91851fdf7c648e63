"""Child registries of MMEngine's registries, with the scope ``singer_mm``.

A config with ``default_scope = 'singer_mm'`` finds our classes by their bare names; a config of another scope
(``mmseg``, ``mmpretrain``, ``mmdet``) writes ``singer_mm.TimmViT``. ``locations`` are imported on first use.
"""

from typing import Any

from mmengine import registry as mmengine_registry
from mmengine.registry import DefaultScope, Registry

SCOPE = 'singer_mm'


def _child(root: Registry, *locations: str) -> Registry:
    return Registry(root.name, parent=root, scope=SCOPE, locations=list(locations or (SCOPE,)))


MODELS = _child(mmengine_registry.MODELS, 'singer_mm.models', 'singer_mm.analysis.planted.planted_artifacts')
MODEL_WRAPPERS = _child(mmengine_registry.MODEL_WRAPPERS, 'singer_mm.models.wrappers')
DATASETS = _child(mmengine_registry.DATASETS, 'singer_mm.datasets')
FUNCTIONS = _child(mmengine_registry.FUNCTIONS, 'singer_mm.datasets')
DATA_SAMPLERS = _child(mmengine_registry.DATA_SAMPLERS, 'singer_mm.datasets.samplers')
TRANSFORMS = _child(mmengine_registry.TRANSFORMS, 'singer_mm.datasets.transforms')
HOOKS = _child(mmengine_registry.HOOKS, 'singer_mm.engine.hooks')
LOOPS = _child(mmengine_registry.LOOPS, 'singer_mm.engine.loops')
RUNNERS = _child(mmengine_registry.RUNNERS, 'singer_mm.engine.runner')
OPTIM_WRAPPERS = _child(mmengine_registry.OPTIM_WRAPPERS, 'singer_mm.engine.optim')
OPTIM_WRAPPER_CONSTRUCTORS = _child(mmengine_registry.OPTIM_WRAPPER_CONSTRUCTORS, 'singer_mm.engine.optim')
PARAM_SCHEDULERS = _child(mmengine_registry.PARAM_SCHEDULERS, 'singer_mm.engine.optim')
METRICS = _child(mmengine_registry.METRICS, 'singer_mm.evaluation')

# Empty. Without a child of our scope, MMEngine warns that it looks in the root registry.
OPTIMIZERS = _child(mmengine_registry.OPTIMIZERS)
EVALUATOR = _child(mmengine_registry.EVALUATOR)
LOG_PROCESSORS = _child(mmengine_registry.LOG_PROCESSORS)
VISUALIZERS = _child(mmengine_registry.VISUALIZERS)
VISBACKENDS = _child(mmengine_registry.VISBACKENDS)


def build_model(cfg: dict[str, Any]) -> Any:
    """Build a module of ours by its bare name in any default scope, e.g. that of mmseg when mmseg runs the task."""
    with DefaultScope.overwrite_default_scope(SCOPE):
        return MODELS.build(cfg)
