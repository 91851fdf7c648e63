"""mmpretrain's own ViT, BEiT-v2 and DeiT as :class:`TokenBackbone`.

Not imported with the rest of the package, since it needs mmpretrain: a config names the class by its whole path
(``type='singer_mm.models.backbones.mmpretrain_vit.MMPretrainViT'``), or this module in ``custom_imports``.
"""

from collections.abc import Sequence
from typing import Any

import torch
from mmcv.cnn.bricks.transformer import FFN
from mmpretrain.models.backbones import BEiTViT, DistilledVisionTransformer, VisionTransformer
from mmpretrain.models.utils import SwiGLUFFN
from mmpretrain.registry import MODELS as MMPRETRAIN_MODELS
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

from .mmpretrain_weights import load_mmpretrain_weights
from .token_backbone import TokenBackbone
from .weight_file import read_weight_file
from .weights import LoadReport

FAMILIES = (VisionTransformer, BEiTViT, DistilledVisionTransformer)


@MODELS.register_module()
class MMPretrainViT(TokenBackbone):
    """mmpretrain's ``VisionTransformer``, ``BEiTViT`` (BEiT, BEiT-v2) or ``DistilledVisionTransformer`` (DeiT).

    The module of mmpretrain is :attr:`vit`; :attr:`load_report` lists the loaded weights. The prefix tokens are CLS,
    and for ``DistilledVisionTransformer`` the distillation token after it. :meth:`final_normalize` is the backbone's
    ``ln1``; it does nothing in a backbone that normalises only the mean of its patches (``ln2``: fine-tuned BEiT).
    BEiT's relative positions allow only inputs of ``img_size``, the others any multiple of the patch size.

    Args:
        backbone: Config of the backbone, as in mmpretrain: ``dict(type='mmpretrain.BEiTViT', arch='base', ...)``.
        checkpoint: Local ``.pth`` or ``.safetensors`` file: a checkpoint of mmpretrain or the backbone's state dict.
        normalization: Per-channel mean and standard deviation that the weights were trained with, for images in
            [0, 1].
        frozen, out_type, out_indices, final_norm, autocast: See :class:`TokenBackbone`.

    Raises:
        ConfigError: If mmpretrain cannot build the backbone, or it is of another family.
        CheckpointError: If ``checkpoint`` cannot be read or does not fit.
    """

    vit: Any  # mmpretrain's classes share no typed interface

    def __init__(
        self,
        backbone: dict[str, Any],
        checkpoint: str | None = None,
        normalization: Sequence[Sequence[float]] = (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD),
        frozen: bool = False,
        out_type: str = 'feat_map',
        out_indices: Sequence[int] = (-1,),
        final_norm: bool = False,
        autocast: str | None = None,
    ) -> None:
        super().__init__(frozen, out_type, out_indices, final_norm, autocast)
        self.vit = _build(backbone)
        self.embed_dims = self.vit.embed_dims
        self.num_layers = len(self.vit.layers)
        self.num_prefix_tokens = self.vit.num_extra_tokens
        self.patch_size = self.vit.patch_embed.projection.stride[0]
        self.check_out_type()
        self.use_normalization(*normalization)

        self.load_report: LoadReport | None = None
        if checkpoint is not None:
            self.load_report = load_mmpretrain_weights(self.vit, read_weight_file(checkpoint), self.describe())
        self.weights_loaded = self.load_report is not None
        self.apply_role()

    def init_weights(self) -> None:
        """Initialise the weights as mmpretrain does, unless they were loaded; its constructors do not do it."""
        if not self.weights_loaded:
            self.vit.init_weights()

    def describe(self) -> str:
        """Return the name of mmpretrain's class."""
        return f"mmpretrain's {type(self.vit).__name__}"

    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`.

        Raises:
            ConfigError: If the input size does not fit the network, or it has no such layer.
        """
        wanted = {self.check_layer(layer) for layer in layers}
        grid = self.grid(images)
        tokens = self._embed(images)
        outputs = {}
        for layer in range(max(wanted) + 1):
            tokens = self.forward_block(layer, tokens, grid)
            if layer in wanted:
                outputs[layer] = tokens
        return outputs

    def _embed(self, images: Tensor) -> Tensor:
        """Return the input of the first block, ``(B, P+N, C)``."""
        vit = self.vit
        patches, grid = vit.patch_embed(images)
        prefix = [getattr(vit, name, None) for name in ('cls_token', 'dist_token')]
        tokens = torch.cat([token.expand(len(images), -1, -1) for token in prefix if token is not None] + [patches], 1)
        if vit.pos_embed is not None:
            tokens = tokens + vit.resize_pos_embed(
                vit.pos_embed, vit.patch_resolution, grid, vit.interpolate_mode, self.num_prefix_tokens
            )
        tokens = vit.drop_after_pos(tokens)
        return vit.pre_norm(tokens) if hasattr(vit, 'pre_norm') else tokens

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """See :meth:`TokenBackbone.forward_block`.

        Raises:
            ConfigError: If there is no such layer, or BEiT's relative positions are those of another grid.
        """
        block = self.vit.layers[self.check_layer(layer)]
        if not isinstance(self.vit, BEiTViT):
            return block(tokens)
        shared = self.vit.rel_pos_bias
        expected = tuple(self.vit.patch_resolution)
        if (self.vit.use_rel_pos_bias or shared is not None) and tuple(grid) != expected:
            height, width = (side * self.patch_size for side in grid)
            raise ConfigError(
                f'a grid of {grid[0]}x{grid[1]} patches does not fit the relative positions of {self.describe()}, '
                f'which are those of {expected[0]}x{expected[1]}; set img_size=({height}, {width}) in its backbone.'
            )
        return block(tokens, rel_pos_bias=None if shared is None else shared())

    def linear_map(self, layer: int) -> Tensor:
        """See :meth:`TokenBackbone.linear_map`.

        Raises:
            ConfigError: If the block has no MLP of a known form.
        """
        ffn = self.vit.layers[self.check_layer(layer)].ffn
        if isinstance(ffn, SwiGLUFFN):
            value = ffn.w12.weight.chunk(2)[1]  # the first half passes the SiLU: it is the gate
            return (ffn.w3.weight @ value).T
        if isinstance(ffn, FFN) and ffn.num_fcs == 2:
            return (ffn.layers[1].weight @ ffn.layers[0][0].weight).T
        raise ConfigError(
            f'block {layer} of {self.describe()} has no MLP that can be linearised (found {type(ffn).__name__}; known: '
            'FFN of two layers, SwiGLUFFN).'
        )

    def final_normalize(self, tokens: Tensor) -> Tensor:
        return self.vit.ln1(tokens) if self.vit.final_norm else tokens

    def final_norm_parameters(self) -> dict[str, nn.Parameter]:
        named = self.vit.ln1.named_parameters() if self.vit.final_norm else ()
        return {f'vit.ln1.{name}': value for name, value in named}

    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        self.check_layer(layer)

        def is_beyond(name: str) -> bool:
            top, *rest = name.split('.')
            return top in ('ln1', 'ln2') or (top == 'layers' and int(rest[0]) > layer)

        return {f'vit.{name}': value for name, value in self.vit.named_parameters() if is_beyond(name)}

    def get_layer_depth(self, name: str, prefix: str = 'backbone.') -> tuple[int, int]:
        """See :meth:`TimmViT.get_layer_depth`."""
        return self.vit.get_layer_depth(name, prefix=f'{prefix}vit.')


def _build(config: dict[str, Any]) -> nn.Module:
    """Build a backbone of mmpretrain that is one of ``FAMILIES`` itself: subclasses have blocks of another form."""
    name = config.get('type')
    if not isinstance(name, str) or MMPRETRAIN_MODELS.get(name) not in FAMILIES:
        allowed = ', '.join(f'mmpretrain.{family.__name__}' for family in FAMILIES)
        raise ConfigError(
            f'backbone.type is {name!r}; MMPretrainViT takes {allowed}. '
            'For others write a TokenBackbone (docs/add_a_backbone.md).'
        )
    if 'Pretrained' in str(config.get('init_cfg')):
        raise ConfigError("backbone.init_cfg asks for pretrained weights; give MMPretrainViT's checkpoint instead.")
    try:
        return MMPRETRAIN_MODELS.build(dict(config))
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f'mmpretrain cannot build the backbone {name}: {error}.') from error
