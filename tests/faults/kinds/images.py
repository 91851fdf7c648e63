"""Image files: every format and mode that people have, what only looks like an image, and damaged ones."""

import functools
import io
import os
import socket
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from faults.fault_case import FaultCase
from numpy.typing import NDArray
from PIL import Image

from singer_mm.datasets.image_reading import read_stored_rgb, read_upright_rgb
from singer_mm.errors import SingerError
from singer_mm.preparation.files import check_image

Pixels = NDArray[Any]
SIZE = (56, 40)
EXTENSIONS = {'JPEG': 'jpg', 'PNG': 'png', 'BMP': 'bmp', 'WEBP': 'webp', 'TIFF': 'tif', 'GIF': 'gif'}
LOSSY = 2
"""Two decoders of JPEG may differ by so many grey levels."""


@functools.cache
def picture() -> Image.Image:
    """A picture with a gradient, edges and noise; no two of its turns are alike."""
    generator = np.random.default_rng(0)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    pixels = np.stack([4 * x, 6 * y, 255 * (x > y)], axis=-1) + generator.integers(-9, 10, (*x.shape, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the bytes of a file of a kind, without loss where it can be."""
    lossless: dict[str, Any] = dict(lossless=True) if kind == 'WEBP' else dict(quality=95) if kind == 'JPEG' else {}
    file = io.BytesIO()
    image.save(file, kind, **lossless | options)
    return file.getvalue()


READERS: dict[str, Callable[[Path], Pixels]] = {
    'distillation, classification': lambda path: np.asarray(read_upright_rgb(path)),
    'segmentation, depth, detection': lambda path: np.asarray(read_stored_rgb(path)),
    'checkers': lambda path: np.asarray(check_image(path)),
}
Found = dict[str, Pixels | SingerError]


def read_all(path: Path) -> Found:
    """Return the pixels in RGB that each reader finds, or why it refuses; raise that if all do."""
    found: Found = {}
    for name, reader in READERS.items():
        try:
            found[name] = reader(path)
        except SingerError as error:
            found[name] = error
    errors = [value for value in found.values() if isinstance(value, SingerError)]
    if len(errors) == len(found):
        raise errors[0]
    return found


def file_case(
    name: str, file_name: str, content: bytes, right: Callable[[Found], bool] | None, refusable: bool = True
) -> FaultCase:
    """Return the case of a file with this content."""

    def read(folder: Path) -> Found:
        (folder / file_name).write_bytes(content)
        found = read_all(folder / file_name)
        errors = [value for value in found.values() if isinstance(value, SingerError)]
        if errors and not refusable:
            raise errors[0]
        return found

    return FaultCase(name, read, right, (file_name,), refusable)


def equal_to(upright: Image.Image, stored: Image.Image | None = None, tolerance: int = 0) -> Callable[[Found], bool]:
    """Return what compares pixels with those of an image in RGB; ``stored`` where they lie otherwise in the file."""
    expected = [np.asarray(image.convert('RGB')).astype(int) for image in (upright, stored or upright)]

    def right(found: Found) -> bool:
        return all(
            isinstance(pixels, SingerError)
            or (pixels.shape == one.shape and int(np.abs(pixels.astype(int) - one).max()) <= tolerance)
            for pixels, one in zip(list(found.values())[:2], expected, strict=True)
        )

    return right


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    yield from formats()
    yield from modes()
    yield from orientations()
    yield from other_things()
    yield from special_files()
    yield from bombs()
    yield from truncated()
    yield from flipped()


def original(kind: str) -> tuple[bytes, Image.Image]:
    """Return a file of a kind and what is in it."""
    content = encoded(picture(), kind)
    return content, Image.open(io.BytesIO(content)).convert('RGB')


def formats() -> Iterator[FaultCase]:
    """Every format, under its own suffix and under that of another one."""
    suffixes = list(EXTENSIONS.values())
    for number, (kind, suffix) in enumerate(EXTENSIONS.items()):
        content, image = original(kind)
        for shown in (suffix, suffixes[(number + 1) % len(suffixes)], suffix.upper()):
            yield file_case(f'{kind} as .{shown}', f'x.{shown}', content, equal_to(image, tolerance=LOSSY), False)


def modes() -> Iterator[FaultCase]:
    """Colour modes, depths of a channel, transparency, several frames."""
    rgb = picture()
    grey = rgb.convert('L')
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    alpha = Image.fromarray(np.dstack([np.asarray(rgb), np.asarray(grey)]))
    white = Image.alpha_composite(Image.new('RGBA', rgb.size, 'white'), alpha)
    palette = rgb.quantize(16)
    frames = dict(save_all=True, append_images=[Image.new('RGB', SIZE), Image.new('RGB', SIZE, 'red')])
    for name, content, image in (
        ('grey PNG', encoded(grey, 'PNG'), grey),
        ('grey TIFF', encoded(grey, 'TIFF'), grey),
        ('one bit', encoded(grey.convert('1'), 'PNG'), grey.convert('1').convert('L')),
        ('palette PNG', encoded(palette, 'PNG'), palette),
        ('palette BMP', encoded(palette, 'BMP'), palette),
        ('16-bit PNG', encoded(deep, 'PNG'), grey),
        ('16-bit TIFF', encoded(deep, 'TIFF'), grey),
        ('alpha PNG', encoded(alpha, 'PNG'), white),
        ('alpha WebP', encoded(alpha, 'WEBP', exact=True), white),
        ('alpha TIFF', encoded(alpha, 'TIFF'), white),
        ('grey and alpha', encoded(alpha.convert('LA'), 'PNG'), white_behind(alpha.convert('LA'))),
        ('transparent colour', encoded(palette, 'PNG', transparency=3), white_behind(palette, 3)),
        ('animated PNG', encoded(rgb, 'PNG', **frames), rgb),
        ('animated WebP', encoded(rgb, 'WEBP', **frames), rgb),
        ('animated GIF', encoded(palette.convert('RGB').quantize(16), 'GIF', **frames), palette),
        ('TIFF of several pages', encoded(rgb, 'TIFF', **frames), rgb),
        ('compressed TIFF', encoded(rgb, 'TIFF', compression='tiff_deflate'), rgb),
        ('one pixel', encoded(rgb.crop((9, 9, 10, 10)), 'PNG'), rgb.crop((9, 9, 10, 10))),
        ('a line', encoded(rgb.resize((3000, 1)), 'PNG'), rgb.resize((3000, 1))),
    ):
        yield file_case(name, 'x.png', content, equal_to(image), False)
    for name, image, options in (
        ('grey JPEG', grey, {}),
        ('progressive JPEG', rgb, dict(progressive=True)),
        ('CMYK JPEG', rgb.convert('CMYK'), {}),
        ('JPEG with a colour profile', rgb, dict(icc_profile=bytes(3000))),
        ('JPEG with a long comment', rgb, dict(comment=b'x' * 60000)),
        ('JPEG in full colour', rgb, dict(subsampling=0)),
    ):
        content = encoded(image, 'JPEG', **options)
        decoded = Image.open(io.BytesIO(content)).convert('RGB')
        yield file_case(name, 'x.jpg', content, equal_to(decoded, tolerance=LOSSY), False)
    for name in (
        'with space.png',
        'naïve 图.png',
        'a\nb.png',
        '$x$ [1] {a}.png',
        '-x.png',
        '%s%d.png',
        'x' * 200 + '.png',
    ):
        yield file_case(f'the name {name[:20]!r}', name, encoded(rgb, 'PNG'), equal_to(rgb), False)
    for name, image in (
        ('floating point', Image.fromarray(np.asarray(grey).astype(np.float32) / 255)),
        ('32 bits beyond 16', Image.fromarray(np.asarray(grey).astype(np.int32) * 1000)),
        ('negative', Image.fromarray(np.asarray(grey).astype(np.int32) - 1000)),
    ):
        yield file_case(name, 'x.tif', encoded(image, 'TIFF'), None)


def white_behind(image: Image.Image, transparent: int | None = None) -> Image.Image:
    """Return an image over white; ``transparent`` is an index of its palette."""
    if transparent is not None:
        image = image.copy()
        image.info['transparency'] = transparent
    return Image.alpha_composite(Image.new('RGBA', image.size, 'white'), image.convert('RGBA'))


TURNED: dict[Any, list[Image.Transpose]] = {
    1: [],
    2: [Image.Transpose.FLIP_LEFT_RIGHT],
    3: [Image.Transpose.ROTATE_180],
    4: [Image.Transpose.FLIP_TOP_BOTTOM],
    5: [Image.Transpose.ROTATE_270, Image.Transpose.FLIP_LEFT_RIGHT],
    6: [Image.Transpose.ROTATE_270],
    7: [Image.Transpose.ROTATE_270, Image.Transpose.FLIP_TOP_BOTTOM],
    8: [Image.Transpose.ROTATE_90],
    0: [],
    9: [],
    65535: [],
}


def orientations() -> Iterator[FaultCase]:
    """The EXIF orientation: upright where labels are of the whole image, as stored where they lie on pixels."""
    for kind in ('JPEG', 'PNG', 'WEBP'):
        for value, turns in TURNED.items():
            exif = Image.Exif()
            exif[0x0112] = value
            content = encoded(picture(), kind, exif=exif)
            stored = Image.open(io.BytesIO(content)).convert('RGB')
            upright = functools.reduce(lambda image, turn: image.transpose(turn), turns, stored)
            right = equal_to(upright, stored, LOSSY)
            yield file_case(f'{kind}, orientation {value}', 'x.jpg', content, right, False)
    content, image = original('JPEG')
    for name, block in (('cut off', b'Exif\0\0MM\0*\0\0'), ('of noise', b'Exif\0\0' + bytes(range(256)))):
        marked = content[:2] + b'\xff\xe1' + struct.pack('>H', len(block) + 2) + block + content[2:]
        yield file_case(f'EXIF {name}', 'x.jpg', marked, equal_to(image, tolerance=LOSSY), False)


POSTSCRIPT = b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n0 0 9 9 rectfill\nshowpage\n%%EOF\n'


def other_things() -> Iterator[FaultCase]:
    """What is no image, or of a format that is not opened, under the name of one."""
    generator = np.random.default_rng(1)
    noise = generator.bytes(3000)
    rgb = picture()
    contents = {
        'nothing': b'',
        'one byte': b'\xff',
        'text': b'Not found\n',
        'HTML': b'<!DOCTYPE html><html><body>404</body></html>',
        'SVG': b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        'PDF': b'%PDF-1.4\n%\xe2\xe3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF',
        'EPS': POSTSCRIPT,
        'EPS with a preview': b'\xc5\xd0\xd3\xc6' + struct.pack('<7L', 30, len(POSTSCRIPT), 0, 0, 0, 0, 0) + POSTSCRIPT,
        'PPM': encoded(rgb, 'PPM'),
        'TGA': encoded(rgb, 'TGA'),
        'ICO': encoded(rgb.resize((16, 16)), 'ICO'),
        'PCX': encoded(rgb, 'PCX'),
        'SGI': encoded(rgb, 'SGI'),
        'DDS': encoded(rgb, 'DDS'),
        'zip': b'PK\x03\x04' + noise,
        'pickle': b'\x80\x04cos\nsystem\n\x8c\x04true\x85R.',
        'zeros': bytes(3000),
        'noise': noise,
        "macOS's companion": b'\x00\x05\x16\x07' + bytes(78),
        'a pointer of Git LFS': b'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n',
    }
    for name, content in contents.items():
        yield file_case(name, 'x.jpg', content, None)
    for kind in EXTENSIONS:
        head = original(kind)[0][:24]
        yield file_case(f'{kind} of noise', 'x.png', head + noise, None)


def special_files() -> Iterator[FaultCase]:
    """What is no regular file, or not there at all."""

    def at(name: str, make: Callable[[Path], Any]) -> FaultCase:
        def read(folder: Path) -> Any:
            make(folder / 'x.jpg')
            return read_all(folder / 'x.jpg')

        return FaultCase(name, read, None, ('x.jpg',))

    def listen(path: Path) -> None:
        before = os.getcwd()
        os.chdir(path.parent)  # the name of a socket has at most 107 bytes
        try:
            socket.socket(socket.AF_UNIX).bind(path.name)
        finally:
            os.chdir(before)

    yield at('FIFO', os.mkfifo)
    yield at('link to /dev/zero', lambda path: path.symlink_to('/dev/zero'))
    yield at('link to /dev/null', lambda path: path.symlink_to('/dev/null'))
    yield at('link to /dev/stdin', lambda path: path.symlink_to('/dev/stdin'))
    yield at('socket', listen)
    yield at('folder', lambda path: path.mkdir())
    yield at('missing', lambda path: None)
    yield at('link that leads nowhere', lambda path: path.symlink_to('nowhere.jpg'))
    yield at('link to itself', lambda path: path.symlink_to('x.jpg'))
    yield FaultCase('below a file', below_a_file, None, ('x.jpg',))
    yield FaultCase('a name of 300 letters', lambda folder: read_all(folder / ('x' * 300)), None, ('x' * 300,))
    yield FaultCase('a name with a NUL', lambda folder: read_all(folder / 'a\0b'), None, ('b',))


def below_a_file(folder: Path) -> Found:
    """Ask for an image in a folder that is a file."""
    (folder / 'archive.zip').write_bytes(b'PK')
    return read_all(folder / 'archive.zip' / 'x.jpg')


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))


def png(width: int, height: int, pixels: bytes) -> bytes:
    """Return a PNG that declares a size, whatever its pixels are."""
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(pixels)) + chunk(b'IEND', b'')


def bombs() -> Iterator[FaultCase]:
    """Files of kilobytes that declare gigabytes."""
    yield file_case('PNG of 60,000 x 60,000', 'x.png', png(60000, 60000, bytes(100000)), None)
    yield file_case('PNG of 2**31 x 1', 'x.png', png(2**31 - 1, 1, bytes(1000)), None)
    yield file_case('PNG of 0 x 0', 'x.png', png(0, 0, b''), None)
    yield file_case('PNG of 400 x 400 without pixels', 'x.png', png(400, 400, b''), None)
    comment = chunk(b'zTXt', b'note\0\0' + zlib.compress(bytes(200 << 20)))
    content = original('PNG')[0]
    yield file_case('PNG with a text of 200 MiB', 'x.png', content[:33] + comment + content[33:], equal_to(picture()))
    bmp = bytearray(original('BMP')[0])
    bmp[18:26] = struct.pack('<ii', 65000, 65000)
    yield file_case('BMP of 65,000 x 65,000', 'x.bmp', bytes(bmp), None)
    gif = bytearray(original('GIF')[0])
    gif[6:10] = struct.pack('<HH', 65000, 65000)
    yield file_case('GIF of 65,000 x 65,000', 'x.gif', bytes(gif), None)
    jpeg = bytearray(original('JPEG')[0])
    start = jpeg.index(b'\xff\xc0') + 5
    jpeg[start : start + 4] = struct.pack('>HH', 65000, 65000)
    yield file_case('JPEG of 65,000 x 65,000', 'x.jpg', bytes(jpeg), None)


def truncated() -> Iterator[FaultCase]:
    """The first part of a file: a copy that was interrupted. What is missing at the very end may be no pixel."""
    for kind, suffix in EXTENSIONS.items():
        content, image = original(kind)
        for share in (0.02, 0.1, 0.3, 0.5, 0.8, 0.95):
            part = content[: int(share * len(content))]
            yield file_case(f'{kind}, the first {share:.0%}', f'x.{suffix}', part, None)
        yield file_case(f'{kind} without its last byte', f'x.{suffix}', content[:-1], equal_to(image, tolerance=LOSSY))


def flipped() -> Iterator[FaultCase]:
    """One bit flipped. A PNG has checksums; of the other formats nobody can tell, so any picture will do."""
    generator = np.random.default_rng(2)
    for kind, number in (('PNG', 40), ('JPEG', 25), ('WEBP', 10), ('TIFF', 10), ('BMP', 10), ('GIF', 10)):
        content, image = original(kind)
        right = equal_to(image) if kind == 'PNG' else lambda found: True
        for _ in range(number):
            bit = int(generator.integers(8 * len(content)))
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            yield file_case(f'{kind}, bit {bit} flipped', f'x.{EXTENSIONS[kind]}', bytes(changed), right)
