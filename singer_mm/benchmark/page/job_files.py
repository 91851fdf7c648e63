"""What the jobs of a benchmark left in their folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from singer_mm.datasets.image_reading import opened_image, read_upright_rgb
from singer_mm.errors import DataError

GREY = 200  # stands for a photograph that is no longer there
MISSING_SIDE = 480
HEAD_KEYS = ('name', 'lr', 'blocks', 'avgpool', 'value')


def read_sweep(path: Path) -> dict[str, Any]:
    """Read a ``sweep.json`` of ``SweepHook``; what a head does not state is None.

    Raises:
        DataError: If it is damaged.
    """
    try:
        sweep = json.loads(path.read_text())
        heads = [{key: head.get(key) for key in HEAD_KEYS} for head in sweep['heads']]
        return {'key': sweep['key'], 'chosen': sweep['chosen'], 'heads': heads}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f'{path} is no complete sweep ({error!r}); delete it and train again.') from error


def load_photo(
    path: str, size: tuple[int, ...] | None = None, largest_side: int | None = None, as_stored: bool = False
) -> NDArray[Any]:
    """Return a photograph as ``(H, W, 3)`` uint8, grey where its file is gone or broken.

    Args:
        path: Image file.
        size: ``(H, W)`` to resize to.
        largest_side: Or the length in pixels that its longer side is reduced to. With neither it stays as it is.
        as_stored: Whether the EXIF orientation is left aside, as where masks, depth or boxes are drawn over it.
    """
    try:
        if as_stored:
            with opened_image(path) as image:
                photo = image.convert('RGB')
        else:
            photo = read_upright_rgb(path)
    except DataError:
        height, width = size or (largest_side or MISSING_SIDE,) * 2
        return np.full((height, width, 3), GREY, np.uint8)
    if size is not None:
        photo = photo.resize((size[1], size[0]), Image.Resampling.BICUBIC)
    elif largest_side:
        photo.thumbnail((largest_side, largest_side))
    return np.asarray(photo)
