from .load_rgb_image import LoadRGBImage
from .pack_image import PackImage
from .torchvision_transform import TorchvisionTransform

__all__ = ['LoadRGBImage', 'PackImage', 'TorchvisionTransform']
