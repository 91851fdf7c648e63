"""timm's ``VisionTransformer`` and ``Eva`` families as :class:`TokenBackbone`."""

import inspect
import logging
import re
from collections.abc import Sequence
from typing import Any

import timm
import torch
from mmengine.logging import print_log
from timm.data import resolve_model_data_config
from timm.layers import GluMlp, Mlp, SwiGLU
from timm.models.deit import VisionTransformerDistilled
from timm.models.eva import Eva
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.registry import MODELS

from .token_backbone import TokenBackbone
from .weight_file import read_weight_file
from .weights import LoadReport, load_weights

FAMILIES = (VisionTransformer, Eva)


@MODELS.register_module()
class TimmViT(TokenBackbone):
    """Any timm ViT (plain, DeiT-III, DINOv2, CLIP, SigLIP, ...) or Eva (EVA-02, DINOv3) model by its name.

    The timm module is :attr:`vit`; :attr:`load_report` lists the loaded weights.

    Args:
        model_name: timm name, such as ``vit_large_patch16_224.augreg_in21k_ft_in1k``. Not needed if
            ``checkpoint`` is a student exported by us: the file contains its architecture.
        pretrained: Load the weights from timm's hub.
        checkpoint: Local ``.pth`` or ``.safetensors`` file: a timm state dict, a checkpoint of the original authors
            that timm can convert, or a student exported by us. Position embeddings are resampled to ``img_size``.
        frozen, out_type, out_indices, final_norm, autocast: See :class:`TokenBackbone`.
        normalization: Mean and standard deviation of each channel, for images in [0, 1]; default: those of the file or,
            if it contains none, timm's for ``model_name``.
        **timm_kwargs: Arguments of ``timm.create_model`` (``img_size``, ``patch_size``, ``dynamic_img_size``,
            ``drop_path_rate``, ...). There is no classifier unless ``num_classes`` is given.

    Raises:
        ConfigError: If the name or an argument is unknown to timm, the model is of another family, or
            ``normalization`` is not that of the file.
        CheckpointError: If ``checkpoint`` cannot be read or does not fit, or pretrained weights cannot be fetched.
    """

    vit: Any  # timm's classes share no typed interface

    def __init__(
        self,
        model_name: str | None = None,
        pretrained: bool = False,
        checkpoint: str | None = None,
        frozen: bool = False,
        out_type: str = 'feat_map',
        out_indices: Sequence[int] = (-1,),
        final_norm: bool = False,
        autocast: str | None = None,
        normalization: Sequence[Sequence[float]] | None = None,
        **timm_kwargs: Any,
    ) -> None:
        super().__init__(frozen, out_type, out_indices, final_norm, autocast)
        if pretrained and checkpoint is not None:
            raise ConfigError(
                f'pretrained=True and checkpoint={checkpoint!r} exclude each other; remove one of the two.'
            )
        weight_file = None if checkpoint is None else read_weight_file(checkpoint)
        if weight_file is not None and weight_file.architecture is not None:
            model_name = model_name or weight_file.architecture['model_name']
            timm_kwargs = {**weight_file.architecture['timm_kwargs'], **timm_kwargs}
        if model_name is None:
            addition = f', and {checkpoint} names none' if checkpoint else ''
            raise ConfigError(f'model_name is missing{addition}; only a student exported by singer_mm carries its own.')

        self.model_name = model_name
        self.timm_kwargs = {'num_classes': 0, **timm_kwargs}
        self.vit = self._create(pretrained)
        self.embed_dims = self.vit.embed_dim
        self.num_layers = len(self.vit.blocks)
        self.num_prefix_tokens = self.vit.num_prefix_tokens
        self.patch_size = self.vit.patch_embed.patch_size[0]
        self.check_out_type()

        data_config = resolve_model_data_config(self.vit)
        self.normalization = (tuple(data_config['mean']), tuple(data_config['std']))
        if weight_file is not None and weight_file.normalization is not None:
            self.normalization, self.normalization_file = weight_file.normalization, checkpoint
        if normalization is not None:
            self.use_normalization(*normalization)

        self.load_report: LoadReport | None = None
        if weight_file is not None:
            self.load_report = load_weights(self.vit, weight_file, self.describe())
        elif pretrained:
            self.load_report = LoadReport(f"timm's hub ({model_name})", len(self.vit.state_dict()))
        self.weights_loaded = self.load_report is not None
        self._warn_of_another_activation()
        self.apply_role()

    def _create(self, pretrained: bool) -> Any:
        families = ' and '.join(family.__name__ for family in FAMILIES)
        allowed = ', '.join(inspect.signature(VisionTransformer).parameters)
        known = {name for taker in (*FAMILIES, timm.create_model) for name in inspect.signature(taker).parameters}
        for name, value in self.timm_kwargs.items():
            if value is None and name not in known:  # timm drops these before it looks at their names
                raise ConfigError(f'{name}=None is unknown to timm; allowed: {allowed}.')
        try:
            vit = timm.create_model(self.model_name, pretrained=pretrained, **self.timm_kwargs)
        except TypeError as error:
            raise ConfigError(
                f'timm refuses {self.timm_kwargs} for {self.model_name}: {error}; TimmViT takes the families '
                f'{families}, allowed: {allowed}.'
            ) from error
        except RuntimeError as error:
            raise ConfigError(f'timm cannot create {self.model_name!r}: {error}.') from error
        except Exception as error:
            if not pretrained:
                raise
            # The types of errors differ between versions of the hub clients.
            reason = ' '.join(str(error).split())[:200]
            raise CheckpointError(
                f"the weights of {self.model_name} cannot be fetched from timm's hub ({reason}); give a local file as "
                f'{self.model_name}=FILE, or as checkpoint in a config.'
            ) from error
        if not isinstance(vit, FAMILIES):
            raise ConfigError(
                f'{self.model_name} is a {type(vit).__name__}; TimmViT takes the families {families}, which have the '
                'same patch tokens in all blocks. For others write a TokenBackbone (docs/add_a_backbone.md).'
            )
        return vit

    def _warn_of_another_activation(self) -> None:
        """Warn if the weights were trained with QuickGELU but ``model_name`` computes GELU; timm has both names."""
        twin = self.model_name.replace('_clip_', '_clip_quickgelu_')
        if self.weights_loaded and twin != self.model_name and '.' in twin and timm.models.is_model_pretrained(twin):
            print_log(
                f'{self.model_name} computes GELU, but its weights were trained with QuickGELU: take {twin}',
                logger='current',
                level=logging.WARNING,
            )

    def describe(self) -> str:
        """Return the timm name."""
        return self.model_name

    def architecture(self) -> dict[str, Any]:
        """Return ``model_name`` and ``timm_kwargs``, including those from the file of a student."""
        return dict(model_name=self.model_name, timm_kwargs=self.timm_kwargs)

    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """See :meth:`TokenBackbone.forward_tokens`.

        Raises:
            ConfigError: If the input size does not fit the network, or it has no such layer.
        """
        wanted = sorted({self.check_layer(layer) for layer in layers})
        self._check_input_size(images)
        outputs = self.vit.forward_intermediates(
            images,
            indices=wanted,
            return_prefix_tokens=self.num_prefix_tokens > 0,
            stop_early=True,
            output_fmt='NLC',
            intermediates_only=True,
        )
        if self.num_prefix_tokens > 0:
            outputs = [torch.cat([prefix, patches], dim=1) for patches, prefix in outputs]
        return dict(zip(wanted, outputs, strict=True))

    def _check_input_size(self, images: Tensor) -> None:
        self.grid(images)
        patch_embed = self.vit.patch_embed
        if not self.vit.dynamic_img_size and tuple(images.shape[-2:]) != tuple(patch_embed.img_size):
            height, width = images.shape[-2:]
            raise ConfigError(
                f'input size {height}x{width} differs from the {patch_embed.img_size[0]}x{patch_embed.img_size[1]} '
                f'of {self.model_name}; set img_size=({height}, {width}) or dynamic_img_size=True in its config.'
            )

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        block = self.vit.blocks[self.check_layer(layer)]
        rope = getattr(self.vit, 'rope', None)
        if rope is None:
            return block(tokens)
        embedding = rope.get_embed(shape=list(grid))
        # Mixed RoPE learns its frequencies per block: one embedding for each.
        return block(tokens, rope=embedding[layer] if getattr(self.vit, 'rope_mixed', False) else embedding)

    def forward_logits(self, images: Tensor) -> dict[str, Tensor]:
        """Return the logits ``(B, classes)`` of each classifier, by its token, for normalised images ``(B, 3, H, W)``.

        ``cls`` is the usual classifier, for any pooling; ``distillation`` is that of DeiT's distilled models.
        """
        self._check_input_size(images)
        tokens = self.vit.forward_features(images)
        if not isinstance(self.vit, VisionTransformerDistilled):
            return {'cls': self.vit.forward_head(tokens)}
        cls_token, distillation_token = self.vit.head_drop(tokens[:, 0]), self.vit.head_drop(tokens[:, 1])
        return {'cls': self.vit.head(cls_token), 'distillation': self.vit.head_dist(distillation_token)}

    def linear_map(self, layer: int) -> Tensor:
        """See :meth:`TokenBackbone.linear_map`.

        Raises:
            ConfigError: If the block has no MLP of a known form.
        """
        mlp = getattr(self.vit.blocks[self.check_layer(layer)], 'mlp', None)
        if isinstance(mlp, SwiGLU):
            value = mlp.fc1_x.weight
        elif isinstance(mlp, GluMlp):
            # `gate_last` says which half of the packed projection is the gate; the other half is the value.
            first_half, second_half = mlp.fc1.weight.chunk(2, dim=0)
            value = first_half if mlp.gate_last else second_half
        elif isinstance(mlp, Mlp):
            value = mlp.fc1.weight
        else:
            raise ConfigError(
                f'block {layer} of {self.model_name} has no MLP that can be linearised '
                f'(found {type(mlp).__name__}; known: Mlp, GluMlp, SwiGLU).'
            )
        return (mlp.fc2.weight @ value).T

    def final_normalize(self, tokens: Tensor) -> Tensor:
        return self.vit.norm(tokens)

    def final_norm_parameters(self) -> dict[str, nn.Parameter]:
        return {f'vit.norm.{name}': value for name, value in self.vit.norm.named_parameters()}

    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        self.check_layer(layer)
        after_blocks = ('norm', 'fc_norm', 'attn_pool', 'head', 'head_dist')

        def is_beyond(name: str) -> bool:
            top, *rest = name.split('.')
            return top in after_blocks or (top == 'blocks' and int(rest[0]) > layer)

        return {f'vit.{name}': value for name, value in self.vit.named_parameters() if is_beyond(name)}

    def get_layer_depth(self, name: str, prefix: str = 'backbone.') -> tuple[int, int]:
        """Return (depth, number of depths) of a parameter, for layer-wise learning-rate decay.

        Embeddings have depth 0, block ``l`` has ``l + 1``, the final norm and everything outside the backbone have the
        last depth, as in BEiT and mmpretrain. mmpretrain's ``LearningRateDecayOptimWrapperConstructor`` calls this.

        Args:
            name: Name of the parameter in the model.
            prefix: Name of the backbone in the model, with a dot.
        """
        last = self.num_layers + 1
        name = name.removeprefix(prefix) if name.startswith(prefix) else ''
        if name in self.parameters_beyond(self.num_layers - 1) or not name:
            return last, last + 1
        block = re.match(r'vit\.blocks\.(\d+)\.', name)
        return (int(block[1]) + 1 if block else 0), last + 1
