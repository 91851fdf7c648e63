"""In which scope the parts of another library's model are named."""

from __future__ import annotations

from singer_mm.registry import MODELS

LIBRARIES = ('mmpretrain', 'mmseg', 'mmdet')


def find_model_class(name: str, scope: str | None = None) -> type | None:
    """Return the class of a model's ``type``, importing its library; None if no registry knows it.

    Args:
        name: Such as ``mmseg.EncoderDecoder``, or a bare name in ``scope``.
        scope: Default scope; the current one if left out.
    """
    prefix = name.partition('.')[0] if '.' in name else scope
    with MODELS.switch_scope_and_registry(prefix) as registry:
        found: type | None = registry.get(name)
        return found


def library_scope(model: type) -> str | None:
    """Return the scope of the first of the three libraries that a model's class inherits from.

    ``mmseg`` for ``mmseg.EncoderDecoder``, and for our own subclass of it.
    """
    packages = [base.__module__.partition('.')[0] for base in model.__mro__]
    return next((package for package in packages if package in LIBRARIES), None)
