import pytest
from torch import distributed as dist


@pytest.fixture
def process_group(tmp_path):
    """A process group of one."""
    dist.init_process_group('gloo', init_method=f'file://{tmp_path}/store', rank=0, world_size=1)
    yield
    dist.destroy_process_group()
