"""Write the pictures of IDX files (MNIST, Fashion-MNIST, KMNIST and others) as a folder of PNG files for each class.

Debian and Ubuntu ship Fashion-MNIST::

    apt-get install dataset-fashion-mnist
    python tools/dataset_converters/idx.py --source /usr/share/datasets/fashion-mnist --out data/fashion_mnist
"""

import argparse
from pathlib import Path

from singer_mm.utils.tool_start import start_tool

start_tool()

from rich.progress import Progress

from singer_mm.preparation.idx_images import read_splits, write_class_folders
from singer_mm.utils.command_line import errors_as_sentences


def main() -> None:
    """Parse the command line and write the folders."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--source', type=Path, required=True, help='folder of the four IDX files, compressed or not')
    parser.add_argument('--out', type=Path, required=True, help='folder to write: train/LABEL/*.png, test/LABEL/*.png')
    args = parser.parse_args()
    with errors_as_sentences(), Progress(transient=True) as bar:
        splits = read_splits(args.source)
        total = sum(len(labels) for _, labels in splits.values())
        task = bar.add_task('images', total=total)
        write_class_folders(splits, args.out, lambda: bar.advance(task))
    print(f'{total:,} images in {args.out}')


if __name__ == '__main__':
    main()
