"""Turn the authors' UNIC checkpoints into plain timm weights.

UNIC (https://arxiv.org/abs/2408.05088, code: naver/unic) distils several teachers into one ViT. Its encoder is that of
DINOv2 without LayerScale and registers: the authors build ``dinov2/models/vision_transformer.py`` without
``init_values`` and with all blocks in one chunk, so keys are such as ``blocks.0.11.norm1.weight``. The checkpoints
(``unic_l.pth`` for UNIC-L/14, ``unic.pth`` for UNIC-B/16; see the table in the README of naver/unic) are training
checkpoints: the encoder, the ladder of projectors (``lp``), arguments and statistics. This tool keeps the encoder::

    python tools/model_converters/unic_to_timm.py unic_l.pth --out checkpoints/unic_l.safetensors

and prints the config of a network for it. Position embeddings keep the resolution of the file. For other input sizes,
timm resamples them with antialiasing, the authors' code without.
"""

import argparse
import math
import re
from pathlib import Path
from typing import Any, cast

from singer_mm.utils.tool_start import start_tool

start_tool()

import timm
import torch
from safetensors.torch import save
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones.weight_file import WeightFile
from singer_mm.models.backbones.weights import load_weights
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.checkpoint_io import load_checkpoint
from singer_mm.utils.command_line import errors_as_sentences

TIMM_NAME = 'vit_large_patch14_dinov2'
HEAD_WIDTH = 64  # in all sizes of the authors' code
ENCODER = 'encoder.'
LADDER = 'lp.'
UNUSED = ('mask_token',)  # a remainder of DINOv2's code


def read_encoder(path: Path) -> dict[str, Tensor]:
    """Read a checkpoint and return the encoder's tensors by the authors' names.

    Raises:
        CheckpointError: If the file cannot be read or is not a checkpoint of UNIC.
    """
    with torch.serialization.safe_globals([argparse.Namespace]):  # arguments of the training
        content = load_checkpoint(path)
    model = content.get('model', content)
    keys = [str(key) for key in model] if isinstance(model, dict) else []
    names = {key: key.removeprefix('module.') for key in keys}
    if not any(name.startswith(ENCODER) for name in names.values()):
        raise CheckpointError(
            f'{path} is not a checkpoint of UNIC: none of its keys ({", ".join(keys[:3]) or "none"}, ...) begins with '
            f'{ENCODER}; use unic_l.pth or unic.pth of naver/unic.'
        )
    foreign = [name for name in names.values() if not name.startswith((ENCODER, LADDER))]
    if foreign:
        raise CheckpointError(
            f'{path} has the key {foreign[0]}, which belongs neither to the encoder nor to its projectors: it is not a '
            'checkpoint that naver/unic published.'
        )
    encoder = {name.removeprefix(ENCODER): model[key] for key, name in names.items() if name.startswith(ENCODER)}
    log(f'{len(keys)} tensors: {len(encoder)} of the encoder, {len(keys) - len(encoder)} of the projectors omitted')
    return encoder


def to_timm(encoder: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the encoder's tensors: remove the chunk number of blocks, and drop unused tensors."""
    return {
        re.sub(r'^blocks\.\d+\.(\d+)\.', r'blocks.\1.', name): value.contiguous()
        for name, value in encoder.items()
        if name not in UNUSED
    }


def architecture(tensors: dict[str, Tensor], path: Path) -> dict[str, Any]:
    """Return the arguments of the timm network that fits the tensors.

    Raises:
        CheckpointError: If the needed tensors are missing or have shapes that no ViT has.
    """
    needed = ('cls_token', 'pos_embed', 'patch_embed.proj.weight')
    missing = [name for name in needed if name not in tensors]
    if missing:
        raise CheckpointError(f'{path} has no {ENCODER}{missing[0]}: it is not a checkpoint of UNIC.')
    width, patch_size = tensors['cls_token'].shape[-1], tensors['patch_embed.proj.weight'].shape[-1]
    num_patches = tensors['pos_embed'].shape[1] - 1
    side = math.isqrt(num_patches)
    if side**2 != num_patches or width % HEAD_WIDTH:
        raise CheckpointError(
            f'{path} has {num_patches} positions and width {width}; allowed for UNIC: a square number of positions '
            f'and a width that is a multiple of {HEAD_WIDTH}.'
        )
    return dict(
        img_size=side * patch_size,
        patch_size=patch_size,
        embed_dim=width,
        depth=len({name.split('.')[1] for name in tensors if name.startswith('blocks.')}),
        num_heads=width // HEAD_WIDTH,
        init_values=0.0,
    )


def convert(path: Path, out: Path) -> None:
    """Read a checkpoint, convert it, check every key against timm's network, and write it."""
    log(f'reading {path}')
    tensors = to_timm(read_encoder(path))
    arguments = architecture(tensors, path)
    vit = cast(VisionTransformer, timm.create_model(TIMM_NAME, num_classes=0, **arguments))
    load_weights(vit, WeightFile(str(path), tensors), f"UNIC's encoder ({TIMM_NAME} without LayerScale)")
    log(f'all {len(tensors)} tensors fit; writing {out}')
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(out) as temporary:
        # `save_file` of safetensors makes files that only their owner can read.
        temporary.write_bytes(save(tensors, metadata={'format': 'pt', 'timm_name': TIMM_NAME, 'source': path.name}))
    shown = ', '.join(f'{key}={value!r}' for key, value in arguments.items())
    log(f"teacher = dict(type='TimmViT', model_name='{TIMM_NAME}', checkpoint='{out}', {shown}, dynamic_img_size=True)")


def log(message: str) -> None:
    """Print one progress line without buffering."""
    print(f'[unic_to_timm] {message}', flush=True)


def main() -> None:
    """Parse the command line and convert."""
    parser = argparse.ArgumentParser(description='Convert a checkpoint of UNIC to timm keys.')
    parser.add_argument('checkpoint', type=Path, help="the authors' file, such as unic_l.pth")
    parser.add_argument('--out', type=Path, required=True, help='the .safetensors file to write')
    args = parser.parse_args()
    with errors_as_sentences():
        convert(args.checkpoint, args.out)


if __name__ == '__main__':
    main()
