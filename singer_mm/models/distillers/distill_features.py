"""The tokens of one batch inside teacher, refiner and student."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class DistillFeatures:
    """The tokens of one batch, by teacher layer in ascending order; prefix tokens come first.

    Attributes:
        teacher: The teacher's unrefined tokens ``F_l``, ``(B, P+N, C)``.
        refined: The refined tokens, ``(B, P+N, C)``; the same objects as ``teacher`` without a refiner.
        student: The projected student tokens, ``(B, P'+N, C)``; ``P'`` prefix tokens are common to both networks.
        num_patches: ``N``: the last ``N`` tokens of each are patches.
        num_common_prefix_tokens: ``P'``.
        teacher_next: ``F_{l+1}`` for every layer except the last, if the method needs it.
        refined_next: Output of block ``l+1`` on the refined tokens, for the same layers.
    """

    teacher: dict[int, Tensor]
    refined: dict[int, Tensor]
    student: dict[int, Tensor]
    num_patches: int
    num_common_prefix_tokens: int
    teacher_next: dict[int, Tensor] = field(default_factory=dict)
    refined_next: dict[int, Tensor] = field(default_factory=dict)

    def patches(self, tokens: dict[int, Tensor]) -> dict[int, Tensor]:
        """Return only the patch tokens, ``(B, N, C)``, of one of the dicts above."""
        return {layer: value[:, -self.num_patches :] for layer, value in tokens.items()}

    def targets(self) -> dict[int, Tensor]:
        """Return the student's target: the refined tokens with the common prefix only, ``(B, P'+N, C)``.

        Prefix tokens that only the teacher has (registers) have no counterpart; the CLS token stays first.
        """
        return {
            layer: common_tokens(value, self.num_patches, self.num_common_prefix_tokens)
            for layer, value in self.refined.items()
        }


def common_tokens(tokens: Tensor, num_patches: int, num_common_prefix_tokens: int) -> Tensor:
    """Drop the prefix tokens ``(B, P+N, C)`` beyond the common ones: ``(B, P'+N, C)``."""
    if tokens.shape[1] == num_common_prefix_tokens + num_patches:
        return tokens
    # The dropped prefix tokens lie between the CLS token and the patches.
    return tokens[:, [*range(num_common_prefix_tokens), *range(tokens.shape[1] - num_patches, tokens.shape[1])]]
