import importlib.util
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / 'tools'


@pytest.fixture(scope='session')
def load_tool():
    """Import a tool by its path below ``tools/``; they are scripts, no package."""

    def load(path):
        name = f'tool_{Path(path).stem}'
        spec = importlib.util.spec_from_file_location(name, TOOLS / path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        return module

    return load
