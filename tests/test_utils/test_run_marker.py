import torch

from singer_mm.utils.run_marker import note_run, read_run_id, start_run


def test_a_run_is_noted_without_drawing_random_numbers(tmp_path):
    assert read_run_id(tmp_path) is None
    state = torch.get_rng_state()
    first = start_run(tmp_path / 'new')
    assert torch.equal(torch.get_rng_state(), state)
    assert read_run_id(tmp_path / 'new') == first != start_run(tmp_path / 'new')
    note_run(tmp_path / 'new', first)
    assert read_run_id(tmp_path / 'new') == first


def test_a_marker_that_says_nothing_is_none(tmp_path):
    (tmp_path / 'run_id.txt').write_bytes(b'\n')
    assert read_run_id(tmp_path) is None
