import torch
from torch import nn

from singer_mm.engine.optim import BFloat16OptimWrapper


def test_forward_runs_in_bfloat16_and_training_stays_in_float32():
    model = nn.Linear(4, 4)
    wrapper = BFloat16OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = model.weight.clone()
    with wrapper.optim_context(model):
        output = model(torch.randn(2, 4))
    assert output.dtype == torch.bfloat16
    wrapper.update_params(output.float().square().mean())
    assert model.weight.dtype == torch.float32
    assert not torch.equal(model.weight, before)
    assert model(torch.randn(2, 4)).dtype == torch.float32
