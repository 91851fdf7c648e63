"""A folder of Hugging Face transformers as a :class:`TimmViT`, the inverse of the export."""

import json
from pathlib import Path
from typing import Any

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.models.backbones import TimmViT
from singer_mm.models.backbones.weight_file import read_weight_file
from singer_mm.utils.optional_package import import_optional

from .plain_vit import ACTIVATIONS
from .student_source import StudentSource
from .transformers_export import CLASSES, OURS, compare_with_folder
from .transformers_names import to_timm

GENERIC = 'vit_base_patch16_224'
"""timm name for folders of others; every size is overridden."""

TIMM_ACTIVATIONS = {'gelu': 'gelu', 'gelu_pytorch_tanh': 'gelu_tanh'}
"""Hugging Face's name of an activation to timm's."""


def import_transformers(folder: str | Path) -> StudentSource:
    """Read a folder, ours or a published one, into timm's ViT, and compare outputs.

    Args:
        folder: Folder with ``config.json``, ``model.safetensors`` and optionally ``preprocessor_config.json``.

    Raises:
        ConfigError: If transformers is not installed, or the architecture does not map to timm's.
        CheckpointError: If a file is missing, does not fit or gives other outputs.
    """
    folder = Path(folder)
    config = _read_json(folder / 'config.json')
    model_type = config.get('model_type')
    if model_type not in CLASSES:
        raise ConfigError(f'{folder} holds a {model_type}; what maps back: {", ".join(CLASSES)}.')
    import_optional('transformers', 'export')
    ours = config.get(OURS, {})
    if ours:
        architecture = dict(ours['architecture']['timm_kwargs'], num_classes=0)
        name = ours['architecture']['model_name']
    else:
        name, architecture = GENERIC, _architecture(config, folder)
    if model_type == 'dinov2_with_registers':
        architecture['no_embed_class'] = True  # Hugging Face's registers have no position
    backbone = TimmViT(name, **architecture)
    tensors = read_weight_file(str(folder / 'model.safetensors')).state_dict
    target = backbone.vit.state_dict()
    state = to_timm(tensors, model_type, backbone.num_layers, target)
    wrong = [key for key in target if key not in state or state[key].shape != target[key].shape]
    if wrong or len(state) > len(target):
        raise CheckpointError(f'{folder}/model.safetensors does not fit its config.json ({", ".join(wrong[:3])}).')
    backbone.vit.load_state_dict(state, strict=True)
    backbone.weights_loaded = True
    if (folder / 'preprocessor_config.json').is_file():
        processor = _read_json(folder / 'preprocessor_config.json')
        backbone.normalization = (tuple(processor['image_mean']), tuple(processor['image_std']))
    compare_with_folder(backbone.eval(), folder, folder)
    return StudentSource(backbone, dict(ours.get('provenance', {}), source=folder.name))


def _architecture(config: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the arguments of timm's ``VisionTransformer`` for a ``config.json``."""
    # A published config.json may leave out default values.
    transformers = import_optional('transformers', 'export')
    full = getattr(transformers, CLASSES[config['model_type']][0])(**config)
    if full.hidden_act not in ACTIVATIONS.values() or getattr(full, 'use_swiglu_ffn', False):
        raise ConfigError(
            f'{folder} has {"a gated MLP" if full.hidden_act in ACTIVATIONS.values() else full.hidden_act}; what maps '
            f'back are MLPs with {" or ".join(ACTIVATIONS.values())}.'
        )
    is_vit = config['model_type'] == 'vit'
    return dict(
        img_size=full.image_size,
        patch_size=full.patch_size,
        embed_dim=full.hidden_size,
        depth=full.num_hidden_layers,
        num_heads=full.num_attention_heads,
        mlp_ratio=full.intermediate_size / full.hidden_size if is_vit else full.mlp_ratio,
        qkv_bias=full.qkv_bias,
        init_values=None if is_vit else 1.0,
        reg_tokens=getattr(full, 'num_register_tokens', 0),
        act_layer=TIMM_ACTIVATIONS[full.hidden_act],
        num_classes=0,
    )


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointError(f'{path} does not exist; give a folder that save_pretrained of transformers wrote.')
    try:
        content = json.loads(path.read_text())
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f'{path} is no JSON ({error}); fetch it again.') from error
    if not isinstance(content, dict):
        raise CheckpointError(f'{path} holds a {type(content).__name__} where an object is expected; fetch it again.')
    return content
