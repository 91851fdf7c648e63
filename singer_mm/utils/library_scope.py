"""The registry scope in which the parts of another library's model are named."""

from singer_mm.registry import MODELS

LIBRARIES = ('mmpretrain', 'mmseg', 'mmdet')


def find_model_class(name: str, scope: str | None = None) -> type | None:
    """Import the library of a model's ``type`` and return its class; None if no registry has it.

    Args:
        name: E.g. ``mmseg.EncoderDecoder``, or a bare name in ``scope``.
        scope: Default scope; None is the current one.
    """
    prefix = name.partition('.')[0] if '.' in name else scope
    with MODELS.switch_scope_and_registry(prefix) as registry:
        return registry.get(name)


def library_scope(model: type) -> str | None:
    """Return the first of :data:`LIBRARIES` from which a class inherits, e.g. ``mmseg`` for a subclass of ours."""
    packages = [base.__module__.partition('.')[0] for base in model.__mro__]
    return next((package for package in packages if package in LIBRARIES), None)
