"""The version, in a file of its own: ``setup.py`` reads it without importing torch."""

__version__ = '0.1.0'
