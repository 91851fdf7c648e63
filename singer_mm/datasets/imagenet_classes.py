"""The canonical order of ImageNet's classes, by WordNet id, as timm ships it."""

from functools import cache
from importlib import resources


def _lines(name: str) -> list[str]:
    return (resources.files('timm.data') / '_info' / name).read_text().split()


@cache
def imagenet_wnids() -> tuple[str, ...]:
    """Return the 1,000 WordNet ids of ImageNet-1K; the position of an id is its label."""
    return tuple(_lines('imagenet_synsets.txt'))


@cache
def imagenet_r_indices() -> tuple[int, ...]:
    """Return the ImageNet-1K labels of the 200 classes of ImageNet-R, ascending."""
    return tuple(sorted(int(line) for line in _lines('imagenet_r_indices.txt')))
