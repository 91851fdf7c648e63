from .load_rgb_image import LoadRGBImage
from .load_stored_image import LoadStoredImage
from .load_upright_image import LoadUprightImage
from .pack_image import PackImage
from .torchvision_transform import TorchvisionTransform

__all__ = ['LoadRGBImage', 'LoadStoredImage', 'LoadUprightImage', 'PackImage', 'TorchvisionTransform']
