"""L_info: the next block's output must not change when its input is refined."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.models.argument_checks import check_choice
from singer_mm.registry import MODELS
from singer_mm.utils.precision import at_least_float32

INTERMEDIATE = ('gram', 'feature')
FINAL_REFERENCES = ('teacher', 'previous_refined')


def patch_cosine_gram(patches: Tensor) -> Tensor:
    """Return the cosine between every two patches, ``(B, N, N)``, of patch tokens ``(B, N, C)``."""
    directions = F.normalize(at_least_float32(patches), dim=-1)
    return directions @ directions.transpose(-1, -2)


@MODELS.register_module()
class InfoLoss(nn.Module):
    """Information preservation, averaged over the distilled layers (SiNGER, L_info).

    For every layer except the last listed one, the loss compares the next block's output on the refined tokens with
    its output on the original tokens. For the last layer, it compares the refined features themselves.

    Args:
        intermediate: ``gram``: patch-cosine matrices (the paper's text); ``feature``: all tokens, by their MSE (the
            released code).
        final_reference: What the patch-cosine matrix of the last refined layer is compared with: ``teacher``, the
            unrefined last layer (the paper's text), or ``previous_refined``, the refined previous listed layer (the
            released code).
        loss_weight: Factor of the result.

    Raises:
        ConfigError: If a choice is unknown.
    """

    def __init__(self, intermediate: str = 'gram', final_reference: str = 'teacher', loss_weight: float = 1.0) -> None:
        super().__init__()
        check_choice('InfoLoss: intermediate', intermediate, INTERMEDIATE)
        check_choice('InfoLoss: final_reference', final_reference, FINAL_REFERENCES)
        self.intermediate = intermediate
        self.final_reference = final_reference
        self.loss_weight = loss_weight

    def forward(
        self,
        refined: Mapping[int, Tensor],
        teacher: Mapping[int, Tensor],
        refined_next: Mapping[int, Tensor],
        teacher_next: Mapping[int, Tensor],
        num_patches: int,
    ) -> Tensor:
        """Return the weighted scalar loss.

        Args:
            refined: Layer to refined tokens, ``(B, P+N, C)``, in ascending order.
            teacher: Layer to the unrefined tokens, in the same shape and order.
            refined_next: Every layer except the last to the next block's output on the refined tokens.
            teacher_next: Every layer except the last to the next block's output on the unrefined tokens.
            num_patches: ``N``; prefix tokens come first.
        """
        *intermediate_layers, last = refined
        terms = []
        for layer in intermediate_layers:
            if self.intermediate == 'gram':
                terms.append(self._gram_error(refined_next[layer], teacher_next[layer], num_patches))
            else:
                terms.append(F.mse_loss(at_least_float32(refined_next[layer]), at_least_float32(teacher_next[layer])))

        reference = teacher[last] if self.final_reference == 'teacher' else refined[intermediate_layers[-1]]
        terms.append(self._gram_error(refined[last], reference, num_patches))
        return self.loss_weight * torch.stack(terms).mean()

    @staticmethod
    def _gram_error(tokens: Tensor, reference: Tensor, num_patches: int) -> Tensor:
        gram = patch_cosine_gram(tokens[:, -num_patches:])
        return F.mse_loss(gram, patch_cosine_gram(reference[:, -num_patches:]))
