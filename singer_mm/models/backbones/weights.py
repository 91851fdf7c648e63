"""Load weights from a file into a timm model, and report every key."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from mmengine.logging import print_log
from timm.models import eva, vision_transformer
from torch import Tensor, nn

from singer_mm.errors import CheckpointError
from singer_mm.utils.weight_kinds import check_weights

from .weight_file import WeightFile
from .weight_names import plain_names

CLASSIFIER_PREFIXES = ('head.', 'head_dist.')
"""Keys that a weight file may have in addition to the backbone's: a backbone has no classifier."""


@dataclass(frozen=True)
class LoadReport:
    """Which keys of a weight file were loaded.

    Attributes:
        source: Where the weights come from.
        num_loaded: Number of tensors loaded.
        ignored: Keys of the source that the backbone does not need: the classifier, and everything outside it.
    """

    source: str
    num_loaded: int
    ignored: tuple[str, ...] = ()


def load_weights(vit: nn.Module, weight_file: WeightFile, name: str) -> LoadReport:
    """Load a weight file into a timm model; every key of the backbone must be there, in name and shape.

    timm's own filter converts known foreign layouts and resamples position and patch embeddings.

    Args:
        vit: timm ``VisionTransformer`` or ``Eva``.
        weight_file: From :func:`read_weight_file`.
        name: Name of the model in messages.

    Raises:
        CheckpointError: If keys are missing, unexpected (except the classifier) or of another shape, or if a tensor is
            not dense, finite and floating-point.
    """
    target = vit.state_dict()
    origin = plain_names(weight_file.path, weight_file.state_dict, target)
    plain = {name: weight_file.state_dict[old] for name, old in origin.items()}
    outside = sorted(set(weight_file.state_dict) - set(origin.values()))
    check_weights(weight_file.path, plain, target)
    timm_module = eva if isinstance(vit, eva.Eva) else vision_transformer
    try:
        source = timm_module.checkpoint_filter_fn(dict(plain), vit)
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # The filter resamples before architectures are compared, so other files make it fail.
        raise CheckpointError(f'{weight_file.path} does not fit {name}: {error}.') from error
    check_weights(weight_file.path, {key: source[key] for key in source if key not in plain}, target)

    ignored = tuple(key for key in source if key.startswith(CLASSIFIER_PREFIXES) and key not in target)
    source = {key: value for key, value in source.items() if key not in ignored}
    ignored = (*outside, *ignored)
    missing = [key for key in target if key not in source]
    unexpected = [key for key in source if key not in target]
    misshapen = [key for key in target if key in source and target[key].shape != source[key].shape]
    print_log(
        f'{name}: {len(target) - len(missing) - len(misshapen)} of {len(target)} tensors loaded from '
        f'{weight_file.path}; missing: {shorten(missing)}; unexpected: {shorten(unexpected)}; '
        f'left out: {shorten(ignored)}',
        logger='current',
    )
    if missing or unexpected or misshapen:
        shapes = [f'{key} {tuple(source[key].shape)} instead of {tuple(target[key].shape)}' for key in misshapen]
        raise CheckpointError(
            f'{weight_file.path} does not fit {name}: missing {shorten(missing)}; unexpected '
            f'{shorten(unexpected)}; other shape {shorten(shapes)}. {_remedy(plain, len(missing) == len(target))}'
        )
    vit.load_state_dict(source, strict=True)
    return LoadReport(weight_file.path, len(target), ignored)


def _remedy(names: dict[str, Tensor], nothing_known: bool) -> str:
    prefix = os.path.commonprefix(list(names)).rpartition('.')[0]
    if nothing_known and prefix:
        return (
            f'All its names begin with {prefix + "."!r}: save the backbone without it (a student of ours: '
            'tools/model_converters/export_student.py).'
        )
    return 'Give the model_name and arguments that the file was made with.'


def shorten(keys: Sequence[str]) -> str:
    """Return the first three keys and the number of further ones, for messages."""
    if not keys:
        return 'none'
    return ', '.join(keys[:3]) + (f' and {len(keys) - 3} more' if len(keys) > 3 else '')
