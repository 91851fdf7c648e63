"""The interface of a Vision Transformer that is a teacher, a student or a downstream backbone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.models.argument_checks import check_choice

from .jacobian import jacobian_map
from .token_formats import CLS_TYPES, OUT_TYPES, format_tokens


class TokenBackbone(BaseModule, ABC):
    """A stack of ``num_layers`` blocks over ``P`` prefix tokens (CLS, then registers) and ``N`` patch tokens.

    A subclass sets the attributes below, implements :meth:`forward_tokens`, :meth:`forward_block`,
    :meth:`linear_map`, :meth:`final_normalize` and :meth:`parameters_beyond`, and ends its constructor with
    :meth:`apply_role`. Layers are counted from 0.

    A backbone trains exactly the parameters that its outputs use, given ``out_indices`` and ``final_norm``; the others
    are frozen. A distiller reads other layers and calls :meth:`train_up_to`.

    Attributes:
        embed_dims: Width ``C`` of a token.
        num_layers: Number of blocks.
        num_prefix_tokens: ``P``; the first prefix token is the CLS token. 0 if there is none (SigLIP).
        patch_size: Side of a patch in pixels.
        normalization: Per-channel ``(mean, std)`` of the input, for images in [0, 1].
        normalization_file: The file that contains ``normalization``; None if it follows from the architecture.
        weights_loaded: False if the weights are randomly initialised.

    Args:
        frozen: Keep the backbone in eval mode, without gradients.
        out_type: What :meth:`forward` returns for each of ``out_indices``: ``cls_token`` (B, C),
            ``avg_patch`` (B, C), ``cls_and_avg`` (B, 2, C), ``feat_map`` (B, C, h, w), ``tokens`` (B, P+N, C), or
            ``cls_and_map`` (B, 2C, h, w): the map with the CLS token concatenated to every patch.
        out_indices: Blocks that :meth:`forward` reads; negative ones count from the end.
        final_norm: Apply the network's final norm to the outputs of :meth:`forward`.
        autocast: ``bfloat16`` runs :meth:`forward` under autocast and returns float32; some operators in mmdet's heads
            do not support bfloat16 on the CPU.
    """

    embed_dims: int
    num_layers: int
    num_prefix_tokens: int
    patch_size: int
    normalization: tuple[tuple[float, ...], tuple[float, ...]]
    normalization_file: str | None = None
    weights_loaded: bool

    def __init__(
        self,
        frozen: bool = False,
        out_type: str = 'feat_map',
        out_indices: Sequence[int] = (-1,),
        final_norm: bool = False,
        autocast: str | None = None,
    ) -> None:
        super().__init__()
        check_choice('autocast', autocast, (None, 'bfloat16'))
        check_choice('out_type', out_type, OUT_TYPES)
        self.frozen = frozen
        self.out_type = out_type
        self.out_indices = tuple(out_indices)
        self.final_norm = final_norm
        self.autocast = autocast
        self._unread: dict[str, nn.Parameter] = {}
        self._told_unread = False
        self._taps: dict[int, Tensor] | None = None
        self._tapped_layers: set[int] = set()

    @abstractmethod
    def forward_tokens(self, images: Tensor, layers: Sequence[int]) -> dict[int, Tensor]:
        """Return the outputs of the blocks ``layers`` before the final norm, running no block beyond the last.

        Args:
            images: ``(B, 3, H, W)``, normalised.
            layers: Blocks to read, 0-based, in any order.

        Returns:
            Layer to tokens ``(B, P+N, C)``, in ascending order of layers.
        """

    @abstractmethod
    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        """Run one block on ``tokens`` ``(B, P+N, C)`` whose patches form ``grid`` (rows, columns)."""

    @abstractmethod
    def linear_map(self, layer: int) -> Tensor:
        """Return the linearised MLP of a block, ``(C, C)``, in row-vector convention (``tokens @ map``).

        ``(fc2.weight @ fc1.weight).T`` without norm, activation, LayerScale or residual, as in the released code; for
        gated MLPs (SwiGLU) ``fc1`` is the value path.
        """

    def linearize(
        self,
        layer: int,
        linearization: str = 'mlp',
        tokens: Tensor | None = None,
        grid: tuple[int, int] | None = None,
        samples: int = 8,
    ) -> Tensor:
        """Return a linear map that approximates a block, ``(C, C)``, in row-vector convention.

        Args:
            layer: Block, 0-based.
            linearization: ``mlp``: :meth:`linear_map`, the surrogate of SiNGER; ``jacobian``: the derivative of the
                whole block at some of ``tokens`` (:func:`jacobian_map`).
            tokens: Input of the block, ``(B, P+N, C)``; for ``jacobian``.
            grid: Rows and columns of the patches; for ``jacobian``.
            samples: Number of patches of ``tokens`` to use.

        Raises:
            ConfigError: If the linearisation is unknown, or ``tokens`` or ``grid`` is missing.
        """
        if linearization == 'mlp':
            return self.linear_map(layer)
        if linearization != 'jacobian':
            raise ConfigError(f'linearization is {linearization!r}; allowed: mlp, jacobian.')
        if tokens is None or grid is None:
            raise ConfigError("linearization='jacobian' depends on data; give tokens and their grid.")
        layer = self.check_layer(layer)
        return jacobian_map(lambda values: self.forward_block(layer, values, grid), tokens, grid[0] * grid[1], samples)

    @abstractmethod
    def final_normalize(self, tokens: Tensor) -> Tensor:
        """Apply the network's final norm to ``tokens`` ``(B, P+N, C)``."""

    @abstractmethod
    def parameters_beyond(self, layer: int) -> dict[str, nn.Parameter]:
        """Return the parameters, by name, that do not influence the output of block ``layer``."""

    def final_norm_parameters(self) -> dict[str, nn.Parameter]:
        """Return the parameters, by name, of :meth:`final_normalize`; by default all after the blocks."""
        return self.parameters_beyond(self.num_layers - 1)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return one tensor for each of ``out_indices``, of the shape that ``out_type`` names."""
        self.check_out_type()
        layers = self.read_layers()
        grid = self.grid(images)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen), self.precision(images):
            tokens = self.forward_tokens(images, sorted({*layers, *self._tapped_layers}))
            if self._taps is not None:
                self._taps.update({layer: tokens[layer] for layer in self._tapped_layers})
            if self.final_norm:
                tokens = {layer: self.final_normalize(tokens[layer]) for layer in layers}
            outputs = tuple(
                format_tokens(tokens[layer], self.out_type, self.num_prefix_tokens, grid) for layer in layers
            )
        return outputs if self.autocast is None else tuple(output.float() for output in outputs)

    def read_layers(self) -> list[int]:
        """Return the blocks that :meth:`forward` reads, one for each of ``out_indices``, 0-based."""
        return [self.check_layer(index if index >= 0 else self.num_layers + index) for index in self.out_indices]

    @contextmanager
    def tapped(self, layers: Sequence[int]) -> Iterator[dict[int, Tensor]]:
        """Inside the context, :meth:`forward` also stores the tokens of ``layers``, for a task and a distiller.

        Yields:
            A dict that each call of :meth:`forward` fills: layer to tokens ``(B, P+N, C)``, before the final norm.
        """
        self._taps, self._tapped_layers = {}, {self.check_layer(layer) for layer in layers}
        try:
            yield self._taps
        finally:
            self._taps, self._tapped_layers = None, set()

    def precision(self, images: Tensor) -> AbstractContextManager[Any]:
        """Return the context of :meth:`forward`: ``autocast`` on the device of ``images``."""
        if self.autocast is None:
            return nullcontext()
        return torch.autocast(images.device.type, dtype=getattr(torch, self.autocast))

    @property
    def out_channels(self) -> int:
        """Width of each tensor that :meth:`forward` returns."""
        return 2 * self.embed_dims if self.out_type == 'cls_and_map' else self.embed_dims

    def grid(self, images: Tensor) -> tuple[int, int]:
        """Return (rows, columns) of the patch grid of ``images`` ``(B, 3, H, W)``.

        Raises:
            ConfigError: If a side is not divisible by the patch size.
        """
        height, width = images.shape[-2:]
        if height % self.patch_size or width % self.patch_size:
            raise ConfigError(
                f'input size {height}x{width} is not divisible by the patch size {self.patch_size} of '
                f'{self.describe()}; choose multiples of {self.patch_size}.'
            )
        return height // self.patch_size, width // self.patch_size

    def normalize_images(self, images: Tensor) -> Tensor:
        """Return ``images`` ``(B, 3, H, W)`` in [0, 1], normalised by :attr:`normalization`."""
        mean, std = (torch.tensor(values, device=images.device).view(3, 1, 1) for values in self.normalization)
        return (images - mean) / std

    def use_normalization(self, mean: Sequence[float], std: Sequence[float]) -> None:
        """Set :attr:`normalization` to these statistics per channel, for images in [0, 1].

        Raises:
            ConfigError: If the file of the weights contains other statistics.
        """
        given = (tuple(map(float, mean)), tuple(map(float, std)))
        if self.normalization_file is not None and not _differ_by_rounding(given, self.normalization):
            raise ConfigError(
                f'{self.normalization_file} says that its network was trained on images with mean '
                f'{_shown(self.normalization[0])} and std {_shown(self.normalization[1])}, but the config gives it '
                f'mean {_shown(given[0])} and std {_shown(given[1])}; remove mean and std (normalization, '
                'data_preprocessor), or set those of the file.'
            )
        self.normalization = given

    def check_layer(self, layer: int) -> int:
        """Return ``layer`` if the network has it.

        Raises:
            ConfigError: If it does not.
        """
        if not 0 <= layer < self.num_layers:
            raise ConfigError(
                f'layer {layer} does not exist in {self.describe()}; allowed: 0 to {self.num_layers - 1} (0-based).'
            )
        return layer

    def check_out_type(self) -> None:
        """Refuse an ``out_type`` that reads the CLS token of a network without one.

        Raises:
            ConfigError: If so. Otherwise the first patch would silently replace it.
        """
        if self.num_prefix_tokens == 0 and self.out_type in CLS_TYPES:
            allowed = ', '.join(name for name in OUT_TYPES if name not in CLS_TYPES)
            raise ConfigError(
                f'out_type is {self.out_type!r}, but {self.describe()} has no CLS token; allowed: {allowed}.'
            )

    def describe(self) -> str:
        """Return a name for messages."""
        return type(self).__name__

    def architecture(self) -> dict[str, Any]:
        """Return what a weight file contains about the network beyond the constructor's arguments, as plain values."""
        return {}

    def init_weights(self) -> None:
        """Keep the weights: they were loaded or initialised at construction.

        Otherwise MMEngine would call ``init_weights`` of the wrapped network. timm's reinitialises all weights, even
        loaded ones.
        """

    def freeze(self) -> TokenBackbone:
        """Switch to eval mode without gradients, permanently."""
        self.frozen = True
        self.requires_grad_(False)
        return self.eval()

    def apply_role(self) -> None:
        """Freeze the backbone if ``frozen``, else the unused parameters; called at the end of a constructor."""
        if self.frozen:
            self.freeze()
        else:
            self.train_up_to(max(self.read_layers()), self.final_norm)

    def train_up_to(self, layer: int, final_norm: bool) -> None:
        """Train the parameters that influence block ``layer``, and the final norm if it is applied; freeze the rest.

        Every trainable parameter then gets a gradient, as data-parallel training requires. A later call replaces an
        earlier one. Parameters that other code has frozen stay frozen.
        """
        self.train_all()
        read = self.final_norm_parameters() if final_norm else {}
        beyond = self.parameters_beyond(layer)
        self._unread = {name: value for name, value in beyond.items() if name not in read and value.requires_grad}
        for parameter in self._unread.values():
            parameter.requires_grad_(False)

    def train_all(self) -> None:
        """Unfreeze the parameters that :meth:`train_up_to` has frozen."""
        for parameter in self._unread.values():
            parameter.requires_grad_(True)
        self._unread = {}

    def train(self, mode: bool = True) -> TokenBackbone:
        """Set training mode, unless the backbone is frozen.

        The first time, the log lists the parameters that no output depends on.
        """
        if mode and self._unread and not self._told_unread and not self.frozen:
            self._told_unread = True
            parts = dict.fromkeys('.'.join(name.split('.')[: 3 if '.blocks.' in name else 2]) for name in self._unread)
            print_log(f'{self.describe()}: nothing trains {", ".join(parts)}, since no output depends on it', 'current')
        return super().train(mode and not self.frozen)


def _differ_by_rounding(one: Sequence[Sequence[float]], other: Sequence[Sequence[float]]) -> bool:
    return all(len(a) == len(b) and np.allclose(a, b, rtol=0, atol=1e-5) for a, b in zip(one, other, strict=True))


def _shown(values: Sequence[float]) -> str:
    return ', '.join(f'{value:.6g}' for value in values)
