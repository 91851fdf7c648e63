"""Compare predictions at the size of the network's input."""

from typing import Any

from singer_mm.registry import TRANSFORMS


@TRANSFORMS.register_module()
class AdoptSize:
    """Set the original size, to which mmseg resizes predictions, to the current size of the image.

    For protocols that also resize the ground truth of test images, like the released evaluation of SiNGER.
    """

    def __call__(self, results: dict[str, Any]) -> dict[str, Any]:
        results['ori_shape'] = results['img'].shape[:2]
        return results
