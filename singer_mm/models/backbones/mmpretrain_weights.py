"""Load weights from a file into a backbone of mmpretrain, and report every key."""

from typing import Any

from mmengine.logging import print_log
from timm.layers.pos_embed_rel import resize_rel_pos_bias_table
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.utils.weight_kinds import check_weights

from .weight_file import WeightFile
from .weight_names import plain_names
from .weights import CLASSIFIER_PREFIXES, LoadReport, shorten

DISPENSABLE = (*CLASSIFIER_PREFIXES, 'mask_token')
"""Keys that a file may have in addition to the backbone: classifier, and mask token of pretraining."""

_REMEDY = "Give the backbone's config that the file was made with."

TABLE, INDEX = 'relative_position_bias_table', 'relative_position_index'
"""BEiT's relative positions: what is learnt, and a buffer that follows from ``img_size``."""


def load_mmpretrain_weights(vit: Any, weight_file: WeightFile, name: str) -> LoadReport:
    """Load a checkpoint of mmpretrain, or the state dict of a backbone alone; every key of the backbone must be there.

    Position embeddings (by mmpretrain's own hooks) and relative positions (by timm, since mmpretrain needs an
    interpolation that SciPy has removed) are resampled to ``img_size``.

    Args:
        vit: Backbone of mmpretrain.
        weight_file: From :func:`~singer_mm.models.backbones.weight_file.read_weight_file`. If keys have the prefix
            ``backbone.``, all others (head, neck, target generator) are ignored.
        name: Name of the backbone in messages.

    Raises:
        CheckpointError: If keys are missing, unexpected or of another shape.
    """
    target = vit.state_dict()
    origin = plain_names(weight_file.path, weight_file.state_dict, target)
    plain = {name: weight_file.state_dict[old] for name, old in origin.items()}
    check_weights(weight_file.path, plain, target)
    source = {key: value for key, value in plain.items() if key in target or not key.startswith(DISPENSABLE)}
    used = {origin[key] for key in source}
    ignored = [key for key in weight_file.state_dict if key not in used]
    try:
        _resample_relative_positions(source, target, vit.patch_resolution)
        outcome = vit.load_state_dict(source, strict=False)
    except (AttributeError, KeyError, RuntimeError, ValueError) as error:
        # torch prints a heading before the first tensor that does not fit; other files make the resampling fail.
        reason = [line.strip() for line in str(error).splitlines()][:2][-1].rstrip('.')
        raise CheckpointError(f'{weight_file.path} does not fit {name}: {reason}. {_REMEDY}') from error
    missing = [key for key in outcome.missing_keys if not key.endswith(INDEX)]
    if missing or outcome.unexpected_keys:
        raise CheckpointError(
            f'{weight_file.path} does not fit {name}: missing {shorten(missing)}; unexpected '
            f'{shorten(outcome.unexpected_keys)}. {_REMEDY}'
        )
    num_loaded = sum(not key.endswith(INDEX) for key in target)
    print_log(
        f'{name}: all {num_loaded} tensors loaded from {weight_file.path}; left out: {shorten(ignored)}',
        logger='current',
    )
    return LoadReport(weight_file.path, num_loaded, tuple(ignored))


def _resample_relative_positions(source: dict[str, Tensor], target: dict[str, Tensor], window: tuple[int, int]) -> None:
    """Resample BEiT's tables in ``source`` to the patch grid ``window``, and remove the buffers that follow from it."""
    shape = next((value.shape for key, value in target.items() if key.endswith(TABLE)), None)
    for key in [key for key in source if key.endswith(TABLE)]:
        if shape is not None:
            source[key] = resize_rel_pos_bias_table(source[key], new_window_size=window, new_bias_shape=shape)
        index = key.removesuffix(TABLE) + INDEX
        if index in target:
            source.pop(index, None)
