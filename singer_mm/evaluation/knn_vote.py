"""Classification by the nearest labelled features."""

from collections.abc import Sequence

import torch
from torch import Tensor

from singer_mm.errors import ConfigError


@torch.no_grad()
def knn_vote(
    queries: Tensor,
    bank: Tensor,
    labels: Tensor,
    num_classes: int,
    ks: Sequence[int] = (10, 20, 100, 200),
    temperature: float = 0.07,
    chunk_size: int = 65536,
) -> dict[int, Tensor]:
    """Return, for each ``k``, scores ``(Q, num_classes)`` that sum to 1 for every query.

    The ``k`` nearest features by cosine similarity vote for their labels with weights
    ``softmax(similarity / temperature)``, as in DINO (Caron et al., 2021, appendix) and Wu et al. (2018).

    Args:
        queries: ``(Q, C)``, of any norm; ``Q`` times ``chunk_size`` similarities are in memory at once.
        bank: ``(N, C)``, L2-normalised.
        labels: ``(N,)``, of the bank.
        num_classes: Number of classes.
        ks: Numbers of neighbours.
        temperature: Divides the similarities.
        chunk_size: Features of the bank that are compared at once.

    Raises:
        ConfigError: If a ``k`` exceeds the number of features, or is less than 1.
    """
    check_ks(ks, len(bank))
    queries = torch.nn.functional.normalize(queries, dim=1)
    similarities = queries.new_empty(len(queries), 0)
    neighbours = labels.new_empty(len(queries), 0)
    for chunk, chunk_labels in zip(bank.split(chunk_size), labels.split(chunk_size), strict=True):
        candidates = torch.cat([similarities, queries @ chunk.T], dim=1)
        candidate_labels = torch.cat([neighbours, chunk_labels.expand(len(queries), -1)], dim=1)
        similarities, places = candidates.topk(min(max(ks), candidates.shape[1]), dim=1)
        neighbours = candidate_labels.gather(1, places)
    scores = {}
    for k in ks:
        weights = (similarities[:, :k] / temperature).softmax(dim=1)
        scores[k] = queries.new_zeros(len(queries), num_classes).scatter_add_(1, neighbours[:, :k], weights)
    return scores


def check_ks(ks: Sequence[int], num_features: int) -> None:
    """Check that there are enough features for every ``k``.

    Raises:
        ConfigError: If not.
    """
    wrong = [k for k in ks if not 1 <= k <= num_features]
    if wrong or not ks:
        raise ConfigError(
            f'k = {", ".join(map(str, wrong)) or "()"} neighbours do not exist among {num_features} training images; '
            f'allowed ks: 1 to {num_features}.'
        )
