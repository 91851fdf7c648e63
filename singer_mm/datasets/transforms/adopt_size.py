"""Compare predictions at the size that the network saw."""

from __future__ import annotations

from typing import Any

from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class AdoptSize:
    """Let the size that an image has now be its original one, to which mmseg enlarges predictions.

    For protocols that resize the truth of test images, too, as the released evaluation of SiNGER does.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        """Set ``ori_shape``."""
        results['ori_shape'] = results['img'].shape[:2]
        return results
