import pytest
import torch

from singer_mm.errors import CheckpointError
from singer_mm.models.backbones.weight_file import read_weight_file


def test_a_file_without_a_tensor_holds_no_weights(tmp_path):
    path = tmp_path / 'w.pth'
    for content in ({}, {'model': {}}, {'state_dict': {'a': 1}}, {1: torch.ones(2)}):
        torch.save(content, path)
        with pytest.raises(CheckpointError, match=r'w\.pth'):
            read_weight_file(str(path))
