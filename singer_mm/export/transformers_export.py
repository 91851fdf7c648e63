"""A student as a folder of Hugging Face transformers."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from timm.data import resolve_data_config

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.backbones import TimmViT
from singer_mm.utils.optional_package import import_optional

from .output_check import largest_difference, normed_tokens, random_images
from .plain_vit import PlainViT, plain_vit
from .student_source import StudentSource
from .transformers_names import to_hugging_face

CLASSES = {
    'vit': ('ViTConfig', 'ViTModel'),
    'dinov2': ('Dinov2Config', 'Dinov2Model'),
    'dinov2_with_registers': ('Dinov2WithRegistersConfig', 'Dinov2WithRegistersModel'),
}
"""Model type to the classes of its configuration and of its network."""

KNOWN = (
    'what maps is a ViT with CLS token, learned positions and GELU: plain (ViTModel), with LayerScale (Dinov2Model), '
    'with registers (Dinov2WithRegistersModel)'
)
OURS = 'singer_mm'
"""Key of ``config.json`` for the architecture and provenance of the student."""

RESAMPLE = {'nearest': 0, 'bilinear': 2, 'bicubic': 3}
"""timm's name of an interpolation to PIL's number."""


@dataclass(frozen=True)
class TransformersReport:
    """The class that loads the written folder, and the largest absolute difference of its outputs."""

    class_name: str
    difference: float


def export_transformers(student: StudentSource, folder: str | Path) -> TransformersReport:
    """Write ``config.json``, ``model.safetensors`` and ``preprocessor_config.json``, load them, and compare outputs.

    A plain ViT becomes a ``ViTModel`` whose pooler returns the CLS token, one with LayerScale a ``Dinov2Model``, one
    with registers a ``Dinov2WithRegistersModel``; a classifier is left out. Files of the same names are replaced.

    Raises:
        ConfigError: If transformers is not installed, or has no such architecture.
        CheckpointError: If the folder cannot be written, or gives other outputs.
    """
    backbone, folder = student.backbone, Path(folder)
    facts = plain_vit(backbone, 'Hugging Face transformers', KNOWN)
    if facts.img_size[0] != facts.img_size[1]:
        raise ConfigError(
            f'{backbone.describe()} takes images of {facts.img_size[0]}x{facts.img_size[1]} pixels, and Hugging Face '
            'transformers resamples positions of square ones alone; give a student of a square img_size.'
        )
    import_optional('transformers', 'export')
    model_type = 'dinov2_with_registers' if facts.num_registers else 'dinov2' if facts.layer_scale else 'vit'
    with _whole_folder(folder) as unfinished, _quiet():
        _config(student, facts, model_type).save_pretrained(unfinished)
        _processor(backbone).save_pretrained(unfinished)
        tensors = to_hugging_face(backbone.vit.state_dict(), model_type, facts)
        if model_type == 'vit':
            tensors['pooler.dense.weight'] = torch.eye(facts.embed_dims)
            tensors['pooler.dense.bias'] = torch.zeros(facts.embed_dims)
        # As bytes: `save_file` of safetensors makes files that only their owner can read.
        (unfinished / 'model.safetensors').write_bytes(safetensors.torch.save(tensors, {'format': 'pt'}))
        difference = compare_with_folder(backbone, unfinished, folder)
    return TransformersReport(CLASSES[model_type][1], difference)


def _config(student: StudentSource, facts: PlainViT, model_type: str) -> Any:
    transformers = import_optional('transformers', 'export')
    backbone = student.backbone
    config_class, model_class = CLASSES[model_type]
    own: dict[str, Any]
    if model_type == 'vit':
        # An identity, so that `pooler_output` is the CLS token, as it is in DINOv2.
        own = dict(intermediate_size=facts.mlp_dims, pooler_act='linear', pooler_output_size=facts.embed_dims)
    else:
        ratio, rest = divmod(facts.mlp_dims, facts.embed_dims)
        if rest:
            raise ConfigError(
                f'{backbone.describe()} has MLPs of width {facts.mlp_dims}, and {model_class} only has multiples of '
                f'the width of a token ({facts.embed_dims}).'
            )
        own = dict(mlp_ratio=ratio)
        if facts.num_registers:
            own['num_register_tokens'] = facts.num_registers
    return getattr(transformers, config_class)(
        architectures=[model_class],
        dtype='float32',
        hidden_size=facts.embed_dims,
        num_hidden_layers=facts.num_layers,
        num_attention_heads=facts.num_heads,
        patch_size=facts.patch_size,
        image_size=facts.img_size[0],
        qkv_bias=facts.qkv_bias,
        layer_norm_eps=facts.norm_eps,
        hidden_act=facts.activation,
        **own,
        **{OURS: dict(architecture=backbone.architecture(), provenance=student.provenance)},
    )


def _processor(backbone: TimmViT) -> Any:
    """Return the image processor of timm's evaluation: resize the shorter side, crop, normalise."""
    transformers = import_optional('transformers', 'export')
    mean, std = backbone.normalization
    side = backbone.vit.patch_embed.img_size[0]
    data = resolve_data_config(model=backbone.vit)
    return transformers.BitImageProcessor(
        size=dict(shortest_edge=int(side / data['crop_pct'])),
        crop_size=dict(height=side, width=side),
        resample=RESAMPLE[data['interpolation']],
        image_mean=list(mean),
        image_std=list(std),
    )


def compare_with_folder(backbone: TimmViT, folder: Path, name: Path) -> float:
    """Load a folder with transformers and return the largest difference of its tokens from those of ``backbone``.

    Messages call the folder ``name``.

    Raises:
        CheckpointError: If the folder lacks tensors or has others, or the outputs differ.
    """
    transformers = import_optional('transformers', 'export')
    with _quiet():
        model, loading = transformers.AutoModel.from_pretrained(
            folder, local_files_only=True, output_loading_info=True, dtype=torch.float32
        )
    astray = [str(key) for kind in ('missing_keys', 'unexpected_keys', 'mismatched_keys') for key in loading[kind]]
    astray = [key for key in astray if 'pooler' not in key]
    if astray:
        raise CheckpointError(
            f'{name} does not fit {type(model).__name__} of transformers {transformers.__version__} '
            f'({", ".join(astray[:3])}); take the version that this repository pins.'
        )
    images = random_images(2, *backbone.vit.patch_embed.img_size)
    with torch.no_grad():
        there = model.eval()(images).last_hidden_state
    return largest_difference(str(name), there, normed_tokens(backbone, images))


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide progress bars inside the block."""
    logging = import_optional('transformers', 'export').utils.logging
    enabled = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if enabled:
            logging.enable_progress_bar()


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files move to ``folder`` when the block succeeds; other files there stay."""
    if folder.exists() and not folder.is_dir():
        raise CheckpointError(f'{folder} is a file; give a folder.')
    unfinished = folder.with_name(f'.{folder.name}.{os.getpid()}.tmp')
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        folder.mkdir(exist_ok=True)
        for file in unfinished.iterdir():
            os.replace(file, folder / file.name)
    except OSError as error:
        raise CheckpointError(
            f'{folder} could not be written ({error}); give another folder, or free disk space.'
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
