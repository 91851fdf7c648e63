"""Archives of data sets: of every compression, damaged, hostile, or none at all."""

import base64
import bz2
import functools
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from faults.fault_case import FaultCase

from singer_mm.preparation.archives import unpack

FILES = {
    'images/a.jpg': bytes(range(256)) * 40,
    'images/b/c.jpg': np.random.default_rng(0).bytes(5000),
    'images/empty.txt': b'',
    'other/d.jpg': b'not asked for',
}
WANTED = {name.removeprefix('images/'): content for name, content in FILES.items() if name.startswith('images/')}
DEFLATE64 = 9


def cases(shared: Path) -> Iterator[FaultCase]:
    """List the inputs."""
    yield from whole()
    yield from hostile()
    yield from unreadable()
    yield from truncated()
    yield from flipped()
    yield from none_at_all()


def case(name: str, file_name: str, content: bytes, whole: bool | None) -> FaultCase:
    """Return the case of an archive; ``whole`` tells whether it must be unpacked, must not be, or may be (None)."""

    def read(folder: Path) -> dict[str, bytes]:
        (folder / file_name).write_bytes(content)
        target = folder / 'data' / 'images'
        try:
            unpack(folder / file_name, 'images', target)
        finally:
            left = {path.name for path in folder.iterdir()}
            assert left <= {'data', file_name}, left  # nothing beside the folder
        files = [path for path in target.rglob('*') if path.is_file()]
        return {str(path.relative_to(target)): path.read_bytes() for path in files}

    right = None if whole is False else lambda found: found == WANTED
    return FaultCase(name, read, right, (file_name,), refusable=whole is not True)


def tar(
    mode: str = '', change: Callable[[tarfile.TarFile], None] | None = None, kind: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar archive of :data:`FILES`, and of what ``change`` adds."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f'w:{mode}', format=kind) as archive:
        for name, content in FILES.items():
            add(archive, name, content)
        if change is not None:
            change(archive)
    return file.getvalue()


def add(
    archive: tarfile.TarFile, name: str, content: bytes = b'x', kind: bytes = tarfile.REGTYPE, link: str = ''
) -> None:
    """Add a member of any kind."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, len(content) if kind == tarfile.REGTYPE else 0
    archive.addfile(member, io.BytesIO(content))


def zipped(method: int = zipfile.ZIP_DEFLATED, extra: dict[str, bytes] | None = None) -> bytes:
    """Return a zip archive of :data:`FILES` and more."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        for name, content in {**FILES, **(extra or {})}.items():
            archive.writestr(name, content)
    return file.getvalue()


def whole() -> Iterator[FaultCase]:
    """What must be unpacked."""
    for mode in ('', 'gz', 'bz2', 'xz'):
        yield case(f'tar {mode}'.strip(), f'a.tar.{mode}'.strip('.'), tar(mode), True)
    for name, kind in (('ustar', tarfile.USTAR_FORMAT), ('GNU', tarfile.GNU_FORMAT)):
        yield case(f'tar of {name}', 'a.tar', tar(kind=kind), True)
    for name, method in (
        ('stored', zipfile.ZIP_STORED),
        ('deflate', zipfile.ZIP_DEFLATED),
        ('bzip2', zipfile.ZIP_BZIP2),
        ('LZMA', zipfile.ZIP_LZMA),
    ):
        yield case(f'zip, {name}', 'a.zip', zipped(method), True)
    yield case('a zip called tar', 'a.tar', zipped(), True)
    yield case('a tar called zip', 'a.zip', tar(), True)
    yield case('a compressed tar without a suffix of it', 'a.tar', tar('gz'), True)
    companions = tar(change=lambda archive: add(archive, 'images/._a.jpg'))
    yield case("with macOS's companions", 'a.tar', companions, True)
    yield case("zip with macOS's companions", 'a.zip', zipped(extra={'__MACOSX/images/._a.jpg': b'x'}), True)
    folders = tar(change=lambda archive: add(archive, 'images/b', kind=tarfile.DIRTYPE))
    yield case('with its folders', 'a.tar', folders, True)
    prefixed = io.BytesIO()
    with tarfile.open(fileobj=prefixed, mode='w') as archive:
        for name, content in FILES.items():
            add(archive, f'./{name}', content)
    yield case('names that begin with ./', 'a.tar', prefixed.getvalue(), True)


def hostile() -> Iterator[FaultCase]:
    """Members that would leave the folder, or are no files."""
    for name in ('../evil.jpg', 'images/../../evil.jpg', '/tmp/evil.jpg', 'images/../../../etc/evil', '..'):
        yield case(f'tar: {name}', 'a.tar', tar(change=functools.partial(add, name=name)), False)
        yield case(f'zip: {name}', 'a.zip', zipped(extra={name: b'x'}), False)
    for name, kind in (
        ('a symbolic link', tarfile.SYMTYPE),
        ('a hard link', tarfile.LNKTYPE),
        ('a FIFO', tarfile.FIFOTYPE),
        ('a character device', tarfile.CHRTYPE),
        ('a block device', tarfile.BLKTYPE),
    ):
        change = functools.partial(add, name='images/x.jpg', kind=kind, link='../../../etc/passwd')
        yield case(f'tar: {name}', 'a.tar', tar(change=change), False)
    through = tar(change=lambda a: (add(a, 'images/out', kind=tarfile.SYMTYPE, link='/tmp'), add(a, 'images/out/evil')))
    yield case('tar: through a link', 'a.tar', through, False)
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        entry = zipfile.ZipInfo('images/link.jpg')
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, '/etc/passwd')
    yield case('zip: a symbolic link', 'a.zip', file.getvalue(), False)
    both = tar(change=lambda a: add(a, 'images/a.jpg/x.jpg'))
    yield case('a file and a folder of one name', 'a.tar', both, False)
    yield case('a name of 300 letters', 'a.tar', tar(change=functools.partial(add, name=f'images/{"x" * 300}')), False)
    twice = tar(change=functools.partial(add, name='images/a.jpg', content=bytes(256 * 40)))
    yield case('two files of one name', 'a.tar', twice, False)
    nul = zipped(extra={'images/e_f.jpg': b'x'}).replace(b'images/e_f.jpg', b'images/e\0f.jpg')
    yield case('zip: a NUL in a name', 'a.zip', nul, False)
    backslash = zipped(extra={'images\\..\\..\\evil.jpg': b'x'})
    yield case('zip: backslashes', 'a.zip', backslash, None)


def unreadable() -> Iterator[FaultCase]:
    """What Python cannot unpack."""
    encrypted = bytearray(zipped())
    for start in all_of(encrypted, b'PK\x03\x04'):
        encrypted[start + 6] |= 1
    for start in all_of(encrypted, b'PK\x01\x02'):
        encrypted[start + 8] |= 1
    yield case('zip, encrypted', 'a.zip', bytes(encrypted), False)
    for name, number in (('deflate64', DEFLATE64), ('PPMd', 98), ('AES', 99), ('a method of the future', 1234)):
        other = bytearray(zipped())
        for start in all_of(other, b'PK\x03\x04'):
            other[start + 8 : start + 10] = struct.pack('<H', number)
        for start in all_of(other, b'PK\x01\x02'):
            other[start + 10 : start + 12] = struct.pack('<H', number)
        yield case(f'zip, {name}', 'a.zip', bytes(other), False)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('images/a.jpg', FILES['images/a.jpg'])
    larger = bytearray(bomb.getvalue())
    start = larger.index(b'PK\x01\x02')
    larger[start + 24 : start + 28] = struct.pack('<I', 2**32 - 2)
    yield case('zip that declares 4 GiB', 'a.zip', bytes(larger), False)


def all_of(content: bytes | bytearray, what: bytes) -> list[int]:
    """Return where ``what`` begins in ``content``."""
    return [place for place in range(len(content)) if content[place : place + len(what)] == what]


def archives() -> dict[str, bytes]:
    """Return one archive of each kind, by file name."""
    return {
        'a.tar': tar(), 'a.tar.gz': tar('gz'), 'a.tar.bz2': tar('bz2'), 'a.tar.xz': tar('xz'), 'a.zip': zipped(),
    }  # fmt: skip


def truncated() -> Iterator[FaultCase]:
    """A download that stopped."""
    for name, content in archives().items():
        for share in (0.05, 0.3, 0.6, 0.9):
            yield case(f'{name}, the first {share:.0%}', name, content[: int(share * len(content))], None)
    for name, content in archives().items():
        if name != 'a.tar':  # that one ends in padding
            yield case(f'{name} without its last bytes', name, content[:-3], None)
        yield case(f'{name} followed by noise', name, content + b'noise' * 9, None)


def flipped() -> Iterator[FaultCase]:
    """One bit flipped where checksums find it: a plain tar has none for its content."""
    generator = np.random.default_rng(3)
    for name, content in archives().items():
        for _ in range(0 if name == 'a.tar' else 12):
            bit = int(generator.integers(8 * len(content)))
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            yield case(f'{name}, bit {bit} flipped', name, bytes(changed), None)


def none_at_all() -> Iterator[FaultCase]:
    """What is no archive, or holds something else."""
    noise = np.random.default_rng(4).bytes(3000)
    contents = {
        'nothing': b'',
        'noise': noise,
        'HTML': b'<html>Please log in</html>',
        'a RAR': b'Rar!\x1a\x07\x00' + noise,
        'a 7z': b'7z\xbc\xaf\x27\x1c' + noise,
        'gzip of noise': gzip.compress(noise),
        'bzip2 of noise': bz2.compress(noise),
        'xz of noise': lzma.compress(noise),
        'text in base64': base64.b64encode(noise),
        'zeros': bytes(20480),
    }
    for name, content in contents.items():
        yield case(name, 'a.tar', content, False)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode='w') as archive:
        add(archive, 'elsewhere/a.jpg')
    yield case('another content', 'a.tar', file.getvalue(), False)
