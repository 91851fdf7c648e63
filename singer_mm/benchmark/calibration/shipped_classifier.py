"""What the classifier scores that timm's weights bring along: the sanity row of a calibration."""

from pathlib import Path

import timm
import torch
from mmengine.device import get_device
from timm.data import create_transform, resolve_data_config
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from singer_mm.datasets.classification import WnidImageNet
from singer_mm.datasets.image_reading import read_upright_rgb
from singer_mm.errors import ConfigError


class _Labelled(Dataset[tuple[Tensor, int]]):
    def __init__(self, images: WnidImageNet, transform: nn.Module) -> None:
        self.images, self.transform = images, transform

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        info = self.images.get_data_info(index)
        return self.transform(read_upright_rgb(info['img_path'])), int(info['gt_label'])


@torch.inference_mode()
def shipped_accuracy(model: nn.Module, data: Path, batch_size: int = 64, num_workers: int = 2) -> float:
    """Return top-1 in percent on ImageNet-1K's validation images, prepared as the model card has it.

    Args:
        model: A timm classifier of ImageNet-1K.
        data: Folder of the datasets.
        batch_size: Images in one pass.
        num_workers: Processes that read images.
    """
    transform = create_transform(**resolve_data_config({}, model=model), is_training=False)
    images = WnidImageNet(data_root=str(data / 'imagenet'), data_prefix='val', test_mode=True, pipeline=[])
    device = get_device()
    model = model.eval().to(device)
    right = 0
    for pixels, labels in DataLoader(_Labelled(images, transform), batch_size, num_workers=num_workers):
        right += int((model(pixels.to(device)).argmax(dim=1).cpu() == labels).sum())
    return 100 * right / len(images)


def load_classifier(name: str) -> nn.Module:
    """Return a timm model with its pretrained classifier.

    Raises:
        ConfigError: If it has no classifier of ImageNet-1K.
    """
    model: nn.Module = timm.create_model(name, pretrained=True)
    if model.num_classes != 1000:
        raise ConfigError(f'{name} has a classifier of {model.num_classes} classes; it must be one of ImageNet-1K.')
    return model
