"""How templates become pages."""

from jinja2 import Environment, PackageLoader, StrictUndefined


def page_environment() -> Environment:
    """Return the environment of all pages: texts are escaped, a name that a template misspells is an error."""
    return Environment(
        loader=PackageLoader('singer_mm.pages'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
