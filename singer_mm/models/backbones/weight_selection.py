"""Start a student from a selection of its teacher's weights."""

from collections.abc import Iterable
from typing import Any

import torch
from timm.layers import DropPath, PatchEmbed, resample_abs_pos_embed, resample_patch_embed
from timm.models.vision_transformer import LayerScale, VisionTransformer
from torch import Tensor, nn

from singer_mm.errors import ConfigError

from .timm_vit import TimmViT
from .token_backbone import TokenBackbone

PREFIX_TOKENS = ('cls_token', 'dist_token', 'reg_token')
"""timm's names, in the order of the tokens; ``dist_token`` is that of DeiT's distilled models."""

STEM = ('patch_embed', 'norm_pre', 'norm', 'fc_norm')
"""The modules with weights outside the blocks, without classifier and attention pooling."""

PARTS: dict[str, tuple[str, ...]] = {
    '': ('Block', 'ResPostBlock'),
    'attn': ('Attention',),
    'mlp': ('Mlp',),
    **dict.fromkeys(['norm1', 'attn.qkv', 'attn.q_norm', 'attn.k_norm', 'attn.proj', 'norm2'], ()),
    **dict.fromkeys(['mlp.fc1', 'mlp.act', 'mlp.fc2'], ()),
}
"""What a block may consist of, beside LayerScale, and of which classes; none named: of any that both networks have."""

SETTING = {
    'attn.qkv.bias': 'qkv_bias=True',
    'attn.proj.bias': 'proj_bias=True',
    'mlp.fc1.bias': 'proj_bias=True',
    'mlp.fc2.bias': 'proj_bias=True',
    'attn.q_norm': 'qk_norm',
    'attn.k_norm': 'qk_norm',
    'mlp.act': 'act_layer',
    'norm_pre': 'pre_norm',
    'norm': 'fc_norm',
    'fc_norm': 'fc_norm',
}
"""The argument of the student's config that decides about a part."""


@torch.no_grad()
def select_weights(teacher: TimmViT, student: TimmViT) -> None:
    """Overwrite the student's weights with a selection of its teacher's.

    "Weight selection" (Xu et al., arXiv 2311.18823): along every dimension, evenly spaced elements are taken. Here the
    selected elements belong together: one set of channels for the whole network, because the residual stream connects
    all blocks; whole attention heads; the same hidden units before and after the activation. A block comes from the
    teacher's block of the nearest relative depth, the last from the last, as ``layer_map='depth'`` of a
    :class:`FeatureDistiller` pairs them; the authors take the first blocks, and elements of heads.

    Position and patch embeddings are resampled to the student's grid and patch size. LayerScale that only the teacher
    has is multiplied into the layer before it; where only the student has it, it starts at one. Biases and position
    embeddings of prefix tokens that only the student has start at zero. Classifier and attention pooling stay as they
    are. Nothing is drawn at random, so all processes get the same student, and a student of the teacher's size computes
    the teacher's tokens, for images with the teacher's statistics.

    Raises:
        ConfigError: See :func:`check_selection`.
    """
    check_selection(teacher, student)
    large, small = teacher.vit, student.vit
    channels = evenly_spaced(large.embed_dim, small.embed_dim)
    selected = _select_stem(large, small, channels)
    for index, (block, source) in enumerate(_paired_blocks(large, small)):
        of_block = _select_block(source, block, channels)
        selected.update({f'blocks.{index}.{name}': value for name, value in of_block.items()})
    small.load_state_dict({**small.state_dict(), **selected})


def check_selection(teacher: TokenBackbone, student: TokenBackbone) -> None:
    """Refuse networks between which no selection of weights is defined.

    Raises:
        ConfigError: If a network is no plain ViT of timm, the student has weights already, it is larger than the
            teacher in any dimension, its heads have another width, its modules or prefix tokens are others, or it lacks
            biases that the teacher has.
    """
    large, small = _plain_vit('teacher', teacher), _plain_vit('student', student)
    if student.weights_loaded:
        raise ConfigError(
            f'student_from_teacher=True would overwrite the loaded weights of the student {student.describe()}; remove '
            'pretrained or checkpoint of the student, or student_from_teacher.'
        )
    for argument, of_student, of_teacher in zip(
        ('embed_dim', 'depth', 'num_heads', 'mlp_ratio (in hidden units)'), _sizes(small), _sizes(large), strict=True
    ):
        if of_student > of_teacher:
            raise ConfigError(
                f'student_from_teacher=True selects from the teacher, but {argument} of the student is {of_student}; '
                f'allowed: at most the {of_teacher} of the teacher {teacher.describe()}.'
            )
    of_student, of_teacher = (vit.blocks[0].attn.head_dim for vit in (small, large))
    if of_student != of_teacher:
        raise ConfigError(
            f'student_from_teacher=True selects whole heads, but those of the student have {of_student} channels and '
            f'those of the teacher {teacher.describe()} {of_teacher}; set num_heads of the student so that embed_dim / '
            f'num_heads is {of_teacher}.'
        )
    _check_same_prefix(large, small)
    _check_same_parts(_stem_parts(large), _stem_parts(small))
    for block, source in _paired_blocks(large, small):
        _check_same_parts(_parts(source), _parts(block))
        _check_no_bias_is_lost(source, block)


def evenly_spaced(total: int, number: int) -> Tensor:
    """Return ``number`` evenly spaced indices below ``total``, ascending, the first 0."""
    return torch.arange(number) * total // number


def _plain_vit(key: str, network: TokenBackbone) -> Any:
    """Return the timm module of ``network``, if weights can be selected from or for it."""
    plain = "allowed: a TimmViT of timm's VisionTransformer with plain blocks"
    if not isinstance(network, TimmViT):
        raise ConfigError(f'student_from_teacher=True: the {key} is a {type(network).__name__}; {plain}.')
    vit = network.vit
    if not isinstance(vit, VisionTransformer) or not isinstance(vit.patch_embed, PatchEmbed):
        found = type(vit.patch_embed if isinstance(vit, VisionTransformer) else vit).__name__
        raise ConfigError(f"student_from_teacher=True: the {key} {network.describe()} has timm's {found}; {plain}.")
    for index, block in enumerate(vit.blocks):
        for part, name in _parts(block).items():
            if part not in PARTS or name not in (PARTS[part] or (name,)):
                raise ConfigError(
                    f'student_from_teacher=True: block {index} of the {key} {network.describe()} has '
                    f'{f"{part}, " if part else ""}a {name}; {plain} (Attention and Mlp).'
                )
    return vit


def _parts(module: nn.Module) -> dict[str, str]:
    """Return the names of the classes of a module and its parts, without those that every network can do without.

    Names, because timm and torch have a ``GELU`` and a ``LayerNorm`` each, which compute the same.
    """
    optional = (nn.Identity, nn.Dropout, DropPath, LayerScale)
    return {name: type(part).__name__ for name, part in module.named_modules() if not isinstance(part, optional)}


def _stem_parts(vit: Any) -> dict[str, str]:
    return {f'{name}.{part}'.rstrip('.'): found for name in STEM for part, found in _parts(getattr(vit, name)).items()}


def _sizes(vit: Any) -> tuple[int, int, int, int]:
    first = vit.blocks[0]
    return vit.embed_dim, len(vit.blocks), first.attn.num_heads, first.mlp.fc1.out_features


def _paired_blocks(large: Any, small: Any) -> Iterable[tuple[Any, Any]]:
    """Yield each block of the student with the teacher's block of the nearest relative depth."""
    ratio = len(large.blocks) / len(small.blocks)
    for index, block in enumerate(small.blocks):
        yield block, large.blocks[round((index + 1) * ratio) - 1]


def _prefix_tokens(vit: Any) -> dict[str, Tensor]:
    """Return the embeddings ``(1, n, C)`` of the prefix tokens, by name."""
    tokens = {name: getattr(vit, name, None) for name in PREFIX_TOKENS}
    return {name: value for name, value in tokens.items() if value is not None}


def _check_same_prefix(large: Any, small: Any) -> None:
    of_teacher, of_student = (
        ', '.join(f'{value.shape[1]} {name}' for name, value in _prefix_tokens(vit).items()) or 'none'
        for vit in (large, small)
    )
    if of_teacher != of_student:
        raise ConfigError(
            f'student_from_teacher=True needs the same prefix tokens in both networks, but the teacher has '
            f'{of_teacher} and the student {of_student}; set class_token and reg_tokens of the student.'
        )
    if (large.pos_embed is None) != (small.pos_embed is None):
        raise ConfigError(
            'student_from_teacher=True needs learnt position embeddings in both networks or in none; set pos_embed of '
            "the student to 'learn' or 'none' as in the teacher."
        )


def _check_same_parts(of_teacher: dict[str, str], of_student: dict[str, str]) -> None:
    for part in {**of_teacher, **of_student}:
        theirs, ours = of_teacher.get(part, 'missing'), of_student.get(part, 'missing')
        if theirs != ours:
            other_norm = 'norm' in part and 'missing' not in (theirs, ours)
            setting = 'norm_layer' if other_norm else SETTING.get(part, 'model_name')
            raise ConfigError(
                f'student_from_teacher=True needs the same modules in both networks, but {part or "a block"} is '
                f'{theirs} in the teacher and {ours} in the student; set {setting} of the student as in the teacher.'
            )


def _check_no_bias_is_lost(source: nn.Module, target: nn.Module) -> None:
    weights = target.state_dict()
    for name in source.state_dict():
        if name not in weights and not name.endswith('gamma'):
            raise ConfigError(
                f'student_from_teacher=True: the teacher has {name} and the student has none; set '
                f'{SETTING.get(name, "model_name")} in the config of the student.'
            )


def _select_stem(large: Any, small: Any, channels: Tensor) -> dict[str, Tensor]:
    """Return the student's weights outside the blocks, by name."""
    weights = large.state_dict() | _embeddings(large, small)
    kernel = 'patch_embed.proj.weight'
    weights[kernel] = resample_patch_embed(weights[kernel], list(small.patch_embed.patch_size))
    selected = {}
    for name in small.state_dict():
        if name in PREFIX_TOKENS or name == 'pos_embed':
            selected[name] = weights[name][..., channels]
        elif name.split('.')[0] in STEM:
            selected[name] = weights[name][channels]
    return selected


def _embeddings(large: Any, small: Any) -> dict[str, Tensor]:
    """Return the teacher's prefix tokens and position embeddings ``(1, n, C)`` for the student's grid, by name.

    With ``no_embed_class`` timm gives the prefix tokens no position embeddings. If only the student is such a network,
    they are added to the tokens, which is what the teacher does.
    """
    tokens = _prefix_tokens(large)
    if large.pos_embed is None:
        return tokens
    first_patch = large.pos_embed.shape[1] - large.patch_embed.num_patches
    prefix, patches = large.pos_embed[:, :first_patch], large.pos_embed[:, first_patch:]
    patches = resample_abs_pos_embed(
        patches, list(small.patch_embed.grid_size), list(large.patch_embed.grid_size), num_prefix_tokens=0
    )
    wanted = small.pos_embed.shape[1] - small.patch_embed.num_patches
    if prefix.shape[1] > wanted:
        parts = prefix.split([value.shape[1] for value in tokens.values()], dim=1)
        tokens = {name: value + part for (name, value), part in zip(tokens.items(), parts, strict=True)}
        prefix = prefix[:, :0]
    elif prefix.shape[1] < wanted:
        prefix = patches.new_zeros(1, wanted, patches.shape[2])
    return {**tokens, 'pos_embed': torch.cat([prefix, patches], dim=1)}


def _select_block(source: Any, target: Any, channels: Tensor) -> dict[str, Tensor]:
    """Return the weights of the student's block ``target``, by name, from the teacher's ``source``."""
    heads = evenly_spaced(source.attn.num_heads, target.attn.num_heads)
    head_width = source.attn.head_dim
    values = (heads[:, None] * head_width + torch.arange(head_width)).flatten()  # channels of the concatenated heads
    packed = torch.cat([values + part * source.attn.num_heads * head_width for part in range(3)])  # q, then k, then v
    hidden = evenly_spaced(source.mlp.fc1.out_features, target.mlp.fc1.out_features)
    one_head = torch.arange(head_width)
    rows = {'attn.qkv': packed, 'attn.q_norm': one_head, 'attn.k_norm': one_head, 'mlp.fc1': hidden}
    columns = {'attn.proj': values, 'mlp.fc2': hidden}

    weights, wanted = source.state_dict(), target.state_dict()
    for gamma, layer in (('ls1.gamma', 'attn.proj'), ('ls2.gamma', 'mlp.fc2')):
        if gamma in weights and gamma not in wanted:
            weight, bias, scale = f'{layer}.weight', f'{layer}.bias', weights[gamma]
            weights[weight] = scale[:, None] * weights[weight]
            if bias in weights:
                weights[bias] = scale * weights[bias]
    selected = {}
    for name, value in wanted.items():
        if name not in weights:  # LayerScale, or a bias
            selected[name] = torch.ones_like(value) if name.endswith('gamma') else torch.zeros_like(value)
            continue
        module = name.rpartition('.')[0]
        picked = weights[name][rows.get(module, channels)]
        selected[name] = picked[:, columns.get(module, channels)] if picked.ndim == 2 else picked
    return selected
