"""The derivative of a whole block: attention, MLP, norms, LayerScale and residual."""

from collections.abc import Callable

import torch
from torch import Tensor

Block = Callable[[Tensor], Tensor]
"""One block in eval mode: tokens ``(B, P+N, C)`` to tokens."""


def token_jacobian(block: Block, tokens: Tensor, index: int) -> Tensor:
    """Return the derivative of one token's output of a block by its input, ``(C, C)`` in row-vector convention.

    Entry ``(i, j)`` is the derivative of output channel ``j`` by input channel ``i``; all other ``tokens``
    ``(1, P+N, C)`` are constant.
    """
    with torch.enable_grad():
        own = tokens[:, index : index + 1].detach().clone().requires_grad_()
        others = tokens.detach()
        output = block(torch.cat([others[:, :index], own, others[:, index + 1 :]], dim=1))
        columns = [torch.autograd.grad(value, own, retain_graph=True)[0][0, 0] for value in output[0, index]]
    return torch.stack(columns, dim=1)


def jacobian_map(block: Block, tokens: Tensor, num_patches: int, samples: int = 8) -> Tensor:
    """Return the map ``M`` ``(C, C)``, float64, that averages the squared effect of Jacobians on any direction.

    ``|d @ M|^2`` is the mean of ``|d @ J|^2`` over the Jacobians ``J`` of some patches. Its left singular vectors are
    the directions that change the output most and least. If all ``J`` are equal, these vectors and the singular values
    are those of ``J``. The mean of ``J`` would be zero for directions with opposite effects on different patches.

    It costs ``C`` backward passes of the block for each sample.

    Args:
        block: The block.
        tokens: Its input, ``(B, P+N, C)``.
        num_patches: ``N``, the patches of an image.
        samples: Number of patches, spread evenly over all images.
    """
    places = torch.linspace(0, len(tokens) * num_patches - 1, min(samples, len(tokens) * num_patches)).long()
    total = torch.zeros(tokens.shape[-1], tokens.shape[-1], dtype=torch.float64, device=tokens.device)
    for place in places.tolist():
        image, patch = divmod(place, num_patches)
        index = tokens.shape[1] - num_patches + patch
        jacobian = token_jacobian(block, tokens[image : image + 1], index).double()
        total += jacobian @ jacobian.T / len(places)
    values, vectors = torch.linalg.eigh(total)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T
