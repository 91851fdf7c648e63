"""Tiny students whose every tensor counts."""

import pytest
import torch
from conftest import STUDENT

from singer_mm.export.student_source import StudentSource
from singer_mm.models import TimmViT

TINY = {key: value for key, value in STUDENT.items() if key not in ('type', 'model_name')}


@pytest.fixture
def make_student():
    """Build a student of two blocks; its weights are large, so that attention is peaked and no tensor is idle."""

    def make(model_name='vit_tiny_patch16_224', std=0.3, **changes):
        backbone = TimmViT(model_name, **{**TINY, 'depth': 2, **changes}).eval()
        with torch.no_grad():
            for parameter in backbone.parameters():
                parameter.normal_(std=std)
        backbone.normalization = ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
        return StudentSource(backbone, dict(config='tiny.py', seed=7))

    return make
