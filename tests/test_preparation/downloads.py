"""Archives as they are downloaded, real but tiny."""

import io
import tarfile
import zipfile


def pack(archive, folder, entries):
    """Write a real tar or zip; ``entries`` are (path in ``folder``, name in the archive)."""
    if archive.suffix == '.zip':
        with zipfile.ZipFile(archive, 'w') as file:
            for path, name in entries:
                for member in sorted((folder / path).rglob('*')):
                    file.write(member, f'{name}/{member.relative_to(folder / path)}')
        return
    with tarfile.open(archive, 'w:gz' if archive.name.endswith('gz') else 'w') as file:
        for path, name in entries:
            file.add(folder / path, name)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}


def add(file, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    file.addfile(info, io.BytesIO(content))


def tar_bytes(contents):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w') as file:
        for name, content in contents.items():
            add(file, name, content)
    return buffer.getvalue()
