import torch
from torch import nn

from singer_mm.engine.optim.group_clip_optim_wrapper import GroupClipOptimWrapper


def test_each_group_is_clipped_by_its_own_norm():
    small, large, broken = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    optimizer = torch.optim.SGD([dict(params=[value]) for value in (small, large, broken)], lr=1.0)
    wrapper = GroupClipOptimWrapper(max_norm=5.0, optimizer=optimizer)
    wrapper.update_params(0.3 * small.sum() + 30 * large[0] + 40 * large[1] + float('inf') * broken.sum())
    torch.testing.assert_close(small.data, torch.tensor([-0.3, -0.3]))
    torch.testing.assert_close(large.data, torch.tensor([-3.0, -4.0]))
    assert not torch.isfinite(broken).all()
