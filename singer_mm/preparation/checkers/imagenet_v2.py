"""ImageNet-v2: ``imagenetv2-matched-frequency-format-val/{0..999}/*.jpeg``; the folder's name is the label."""

from singer_mm.datasets.image_listing import list_folders
from singer_mm.preparation.class_lists import check_class_lists
from singer_mm.preparation.dataset_facts import DatasetFacts
from singer_mm.preparation.prepared_folder import PreparedFolder

NUM_CLASSES = 1000
PER_CLASS = 10


def check_imagenet_v2(folder: PreparedFolder) -> DatasetFacts:
    """Check ImageNet-v2, see :func:`check_dataset`."""
    labels = {str(label): label for label in range(NUM_CLASSES)}
    names = list_folders(folder.path)
    if str(NUM_CLASSES) in names and '0' not in names:
        raise folder.error(
            f'{folder.path} numbers its folders 1 to 1000; the official ones are 0 to 999 and a label is the number '
            'itself: rename each to one less'
        )
    what = 'the folders 0 to 999 of the format-val archive (numbers without leading zeros, no wnids)'
    images = folder.class_folders(folder.path, labels, what)
    check_class_lists(folder.path, labels, 'the label is the number in the name of the folder')
    paths = [folder.path / name / image for name in images for image in images[name]]
    facts = folder.facts({'val': paths}, len(images))
    uneven = [name for name in images if len(images[name]) != PER_CLASS]
    if uneven and not folder.is_mini:
        raise folder.error(
            f'{folder.path / uneven[0]} holds {len(images[uneven[0]])} images, but every class has {PER_CLASS}; copy '
            'the folder again'
        )
    folder.check_samples(paths)
    return facts
