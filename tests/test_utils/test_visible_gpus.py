import pytest

from singer_mm.utils.visible_gpus import gpu_mask


@pytest.mark.parametrize(
    ('visible', 'expected'),
    [(None, ['0', '1']), ('', ['0', '1']), ('5,7,9', ['5', '7']), ('GPU-ab, MIG-cd', ['GPU-ab', 'MIG-cd'])],
)
def test_the_place_counts_within_the_mask_of_the_scheduler(monkeypatch, visible, expected):
    monkeypatch.delenv('CUDA_VISIBLE_DEVICES', raising=False)
    if visible is not None:
        monkeypatch.setenv('CUDA_VISIBLE_DEVICES', visible)
    assert [gpu_mask(place) for place in (0, 1)] == [{'CUDA_VISIBLE_DEVICES': name} for name in expected]
