"""A plain ViT for large images."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from singer_mm.errors import ConfigError
from singer_mm.registry import MODELS

from .timm_vit import TimmViT


@MODELS.register_module()
class WindowedViT(TimmViT):
    """:class:`TimmViT` whose blocks attend within windows, except a few evenly spaced ones.

    ViTDet (https://arxiv.org/abs/2203.16527, section 3) fine-tunes a pre-trained ViT on images of 1024 pixels in this
    way: non-overlapping windows of the size that the network was trained on, and 4 blocks of global attention, the
    last one of each quarter. Weights and their names stay those of the ViT. Two things differ from the released code:

    - ViTDet drops prefix tokens (CLS, registers). Here they join every window, and their outputs are averaged over the
      windows of an image.
    - Cells that pad the grid to whole windows are masked in the attention; a window never exceeds the grid.

    A window as large as the grid therefore gives exactly the plain network.

    Args:
        *args, **kwargs: Those of :class:`TimmViT`.
        window_size: Side of a window in patches.
        num_global_blocks: Number of blocks that attend to the whole image.

    Raises:
        ConfigError: If there are fewer blocks than ``num_global_blocks``, or a block has no separate attention.
    """

    def __init__(self, *args: Any, window_size: int = 14, num_global_blocks: int = 4, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not 0 <= num_global_blocks <= self.num_layers:
            raise ConfigError(
                f'num_global_blocks is {num_global_blocks}; allowed for {self.describe()}: 0 to {self.num_layers}.'
            )
        self.window_size = window_size
        self.global_blocks = {
            round((index + 1) * self.num_layers / num_global_blocks) - 1 for index in range(num_global_blocks)
        }
        self._grid = (0, 0)
        # Every pass through the network begins here, also that of the logits.
        self.vit.patch_embed.register_forward_pre_hook(self._see_grid)
        for layer, block in enumerate(self.vit.blocks):
            if layer in self.global_blocks:
                continue
            if not isinstance(getattr(block, 'attn', None), nn.Module):
                raise ConfigError(
                    f'block {layer} of {self.describe()} has no separate attention for windows; use TimmViT.'
                )
            # Hooks, because a module around the attention would rename its weights.
            block.attn.register_forward_pre_hook(self._partition, with_kwargs=True)
            block.attn.register_forward_hook(self._merge)

    def forward_block(self, layer: int, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        self._grid = grid
        return super().forward_block(layer, tokens, grid)

    def _see_grid(self, patch_embed: nn.Module, args: tuple[Tensor]) -> None:
        self._grid = self.grid(args[0])

    @property
    def _window(self) -> tuple[int, int]:
        height, width = self._grid
        return min(self.window_size, height), min(self.window_size, width)

    def _partition(
        self, attention: nn.Module, args: tuple[Tensor], kwargs: dict[str, Any]
    ) -> tuple[tuple[Tensor], dict[str, Any]]:
        """Turn the attention's input ``(B, P+N, C)`` into ``(B * windows, P+n, C)``."""
        height, width = self._grid
        prefix, patches = args[0][:, : self.num_prefix_tokens], args[0][:, self.num_prefix_tokens :]
        windows = to_windows(patches.unflatten(1, self._grid), self._window)
        num_windows = windows.shape[1]
        prefix = prefix.unsqueeze(1).expand(-1, num_windows, -1, -1)

        if windows.shape[1:3].numel() > height * width:
            real = to_windows(patches.new_ones(1, height, width, 1), self._window)[0, :, :, 0] > 0
            mask = F.pad(real, (self.num_prefix_tokens, 0), value=True)
            # The keys to attend to in each window, the same for all heads and queries: (B * windows, 1, 1, P+n).
            kwargs = {**kwargs, 'attn_mask': mask[:, None, None].repeat(len(patches), 1, 1, 1)}
        if kwargs.get('rope') is not None:
            # Rotary attention depends only on distances, so all windows use the first window's embedding.
            window_height, window_width = self._window
            rope = kwargs['rope'].unflatten(-2, self._grid)[..., :window_height, :window_width, :]
            kwargs = {**kwargs, 'rope': rope.flatten(-3, -2)}
        return (torch.cat([prefix, windows], dim=2).flatten(0, 1),), kwargs

    def _merge(self, attention: nn.Module, args: tuple[Tensor], output: Tensor) -> Tensor:
        """Turn the attention's output back into ``(B, P+N, C)``."""
        height, width = self._grid
        window_height, window_width = self._window
        num_windows = -(-height // window_height) * -(-width // window_width)
        windows = output.unflatten(0, (-1, num_windows))
        prefix = windows[:, :, : self.num_prefix_tokens].mean(dim=1)
        maps = from_windows(windows[:, :, self.num_prefix_tokens :], self._window, self._grid)
        return torch.cat([prefix, maps.flatten(1, 2)], dim=1)


def to_windows(maps: Tensor, window: tuple[int, int]) -> Tensor:
    """Cut ``(B, h, w, C)`` into ``(B, windows, n, C)``; cells beyond the edge are zero."""
    height, width = window
    bottom, right = -maps.shape[1] % height, -maps.shape[2] % width
    maps = F.pad(maps, (0, 0, 0, right, 0, bottom))
    rows = maps.unflatten(2, (-1, width)).unflatten(1, (-1, height))
    return rows.transpose(2, 3).flatten(3, 4).flatten(1, 2)


def from_windows(windows: Tensor, window: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """Merge ``(B, windows, n, C)`` into ``(B, h, w, C)``: the inverse of :func:`to_windows`."""
    columns = -(-grid[1] // window[1])
    rows = windows.unflatten(2, window).unflatten(1, (-1, columns)).transpose(2, 3)
    return rows.flatten(3, 4).flatten(1, 2)[:, : grid[0], : grid[1]]
