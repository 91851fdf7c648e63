from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def write_images(tmp_path):
    """Write one small image for each path below the test's folder; return that folder."""

    def write(*paths: str) -> Path:
        for path in paths:
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.zeros((8, 10, 3), dtype=np.uint8)).save(target, format='JPEG')
        return tmp_path

    return write
