"""ImageNet-R: ``imagenet-r/n01443537/*.jpg``, 200 of ImageNet's classes, a README.txt beside them."""

from singer_mm.datasets.imagenet_classes import imagenet_r_indices, imagenet_wnids
from singer_mm.preparation.class_lists import check_class_lists
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.prepared_folder import PreparedFolder

from .imagenet import RULE, wnid_folders


def check_imagenet_r(folder: PreparedFolder) -> DatasetFacts:
    """Check ImageNet-R, see :func:`check_dataset`."""
    labels = {imagenet_wnids()[index]: index for index in imagenet_r_indices()}
    images = wnid_folders(folder, folder.path, labels, 'the 200 classes of ImageNet-R')
    check_class_lists(folder.path, labels, RULE)
    paths = [folder.path / wnid / name for wnid, names in images.items() for name in names]
    facts = folder.facts({'test': paths}, len(images))
    folder.check_samples(paths)
    return facts
