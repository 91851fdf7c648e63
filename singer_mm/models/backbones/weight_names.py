"""Remove the prefixes that common trainers add to the names of weights."""

import re
from collections.abc import Collection, Iterable, Mapping

from singer_mm.errors import CheckpointError

WRAPPERS = ('module', '_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module')
"""Parts that DDP, ``torch.compile``, FSDP and checkpointing add to names; no ViT has a module with such a name."""

PREFIXES = ('teacher.backbone.', 'model.', 'backbone.')
"""Prefixes of DINO and DINOv2, Lightning, and OpenMMLab; the first match is used."""

_CHUNKED_BLOCK = re.compile(r'^blocks\.\d+\.(\d+)\.')
"""DINOv2 trains its blocks in chunks, numbered consecutively: ``blocks.<chunk>.<block>.``."""


def plain_names(path: str, names: Iterable[str], wanted: Collection[str]) -> dict[str, str]:
    """Remove what trainers have added to the names of a backbone.

    Args:
        path: File, for messages.
        names: Those in the file.
        wanted: Those in the backbone.

    Returns:
        Plain name to the name in the file, without tensors outside the backbone.

    Raises:
        CheckpointError: If two tensors get the same name.
    """
    unwrapped = {name: '.'.join(part for part in name.split('.') if part not in WRAPPERS) for name in names}
    origin = _unique(path, unwrapped)
    while (prefix := _prefix(origin, wanted)) is not None:
        origin = {name.removeprefix(prefix): origin[name] for name in origin if name.startswith(prefix)}
    blocks = [name for name in origin if name.startswith('blocks.')]
    if blocks and all(_CHUNKED_BLOCK.match(name) for name in blocks):
        origin = _unique(path, {old: _CHUNKED_BLOCK.sub(r'blocks.\1.', name) for name, old in origin.items()})
    return origin


def _unique(path: str, renamed: Mapping[str, str]) -> dict[str, str]:
    """Invert a mapping of old to new names."""
    origin: dict[str, str] = {}
    for old, new in renamed.items():
        if new in origin:
            raise CheckpointError(f'{path} holds {origin[new]} and {old}, both for {new} of the backbone; remove one.')
        origin[new] = old
    return origin


def _prefix(names: Collection[str], wanted: Collection[str]) -> str | None:
    """Return the prefix that hides most names of the backbone; the first one if none is visible."""
    hits = {
        prefix: sum(name.startswith(prefix) and name.removeprefix(prefix) in wanted for name in names)
        for prefix in PREFIXES
        if any(name.startswith(prefix) for name in names)
    }
    seen = sum(name in wanted for name in names)
    if not hits or (seen > 0 and max(hits.values()) <= seen):
        return None
    return max(hits, key=lambda prefix: hits[prefix])
