import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from mmengine.config import Config
from mmengine.hooks import Hook

from singer_mm.errors import NonFiniteWeightsError
from singer_mm.registry import RUNNERS
from singer_mm.utils.checkpoint_io import load_checkpoint

pytestmark = pytest.mark.slow

NAN, INFINITY = float('nan'), float('inf')
WEIGHT = 'student.vit.blocks.0.mlp.fc1.weight'

BREAKER = """
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from singer_mm.registry import HOOKS


@HOOKS.register_module()
class Break(Hook):
    priority = 'VERY_HIGH'

    def __init__(self, what):
        self.what = what

    def before_train(self, runner):
        if get_rank() == 1:
            runner.optim_wrapper.optimizer.register_step_post_hook(lambda *_: self.spoil(runner))

    def spoil(self, runner):
        if runner.iter != 3:
            return
        weight = getattr(runner.model, 'module', runner.model).student.vit.blocks[0].norm1.weight
        if self.what == 'weight':
            weight.data.fill_(float('nan'))
        else:
            runner.optim_wrapper.optimizer.state[weight]['exp_avg_sq'].fill_(float('inf'))
"""


def build(run_cfg, request, *hooks, exporting=True, **changes):
    custom_hooks = run_cfg['custom_hooks'] if exporting else []
    cfg = Config(dict(run_cfg, custom_hooks=custom_hooks, experiment_name=request.node.name, **changes))
    runner = RUNNERS.build(cfg)
    for hook in hooks:
        runner.register_hook(hook)
    return runner


class ScaleGradient(Hook):
    """A gradient of another size beside losses that are finite."""

    def __init__(self, factor):
        self.factor = factor

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 5:
            weight = dict(runner.model.named_parameters())[WEIGHT]
            weight.register_hook(lambda gradient: gradient.sign() * self.factor)


class SpoilBeforeSaving(Hook):
    """Something that happens between step and checkpoint."""

    priority = 'LOW'

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter == 5:
            dict(runner.model.named_parameters())[WEIGHT].data[0, 0] = NAN


@pytest.mark.parametrize(
    ('hook', 'named', 'exporting'),
    [
        (ScaleGradient(NAN), WEIGHT, True),
        (ScaleGradient(NAN), WEIGHT, False),
        # Adam squares it: the second moment is infinite, all weights are finite, and this one would rest for ever.
        (ScaleGradient(1e25), f'exp_avg_sq of {WEIGHT} in the optimizer', True),
        (SpoilBeforeSaving(), WEIGHT, False),
    ],
    ids=['nan gradient, student', 'nan gradient', 'huge gradient, student', 'after the step'],
)
def test_what_breaks_leaves_checkpoints_and_student_as_they_were(run_cfg, request, hook, named, exporting):
    runner = build(run_cfg, request, hook, exporting=exporting)
    with pytest.raises(NonFiniteWeightsError, match='iteration 6') as raised:
        runner.train()
    assert named in str(raised.value)
    folder = Path(runner.work_dir)
    assert sorted(path.name for path in folder.glob('iter_*.pth')) == [f'iter_{index}.pth' for index in range(1, 6)]
    assert (folder / 'student.pth').exists() == exporting
    if exporting:
        student = load_checkpoint(folder / 'student.pth')
        assert student['provenance']['iterations'] == 5
        assert all(value.isfinite().all() for value in student['state_dict'].values())


def test_moments_whose_squares_overflow_are_finite(run_cfg, request):
    runner = build(run_cfg, request, ScaleGradient(1e15), exporting=False)  # second moments of 1e27
    runner.train()
    assert runner.iter == 8


def test_an_average_that_breaks_is_not_written(run_cfg, request):
    class SpoilAverage(Hook):
        priority = 'LOW'

        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            ema = next(hook.ema_model for hook in runner.hooks if hasattr(hook, 'ema_model'))
            if runner.iter == 5:
                dict(ema.module.named_parameters())[WEIGHT].data[0, 0] = INFINITY

    runner = build(run_cfg, request, SpoilAverage(), exporting=False)
    runner.register_hook(dict(type='EMAHook'))
    with pytest.raises(NonFiniteWeightsError, match=rf'iteration 6, .*{WEIGHT}'):
        runner.train()
    assert not (Path(runner.work_dir) / 'iter_6.pth').exists()


@pytest.mark.parametrize(('what', 'exporting'), [('weight', True), ('optimizer', False)])
def test_two_processes_stop_together_when_the_state_of_one_breaks(run_cfg, tmp_path, what, exporting):
    (tmp_path / 'breaker.py').write_text(BREAKER)
    cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
    cfg.custom_imports = dict(imports=['breaker'], allow_failed_imports=False)
    cfg.custom_hooks = [*(cfg.custom_hooks if exporting else []), dict(type='Break', what=what)]
    cfg.model_wrapper_cfg = dict(type='singer_mm.DistillerDDP')
    cfg.dump(tmp_path / 'config.py')
    result = subprocess.run(
        ['bash', ROOT / 'tools/dist_train.sh', tmp_path / 'config.py', '2', '--work-dir', tmp_path / 'run'],
        capture_output=True,
        text=True,
        timeout=200,
        env=dict(
            os.environ,
            PYTHON=sys.executable,
            OMP_NUM_THREADS='1',
            PYTHONPATH=os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get('PYTHONPATH')])]),
        ),
    )
    sentences = [line for line in result.stderr.splitlines() if re.search(r'NaN.* iteration 4\b.* 1 process', line)]
    assert result.returncode != 0
    assert sentences, result.stderr
    assert 'Traceback' not in result.stderr
    # Each process takes two of the eight images: two iterations an epoch, of which the fourth was not written.
    assert sorted(path.name for path in (tmp_path / 'run').glob('iter_*.pth')) == [f'iter_{i}.pth' for i in (1, 2, 3)]
    for path in (tmp_path / 'run').glob('iter_*.pth'):
        checkpoint = load_checkpoint(path)
        states = [value for state in checkpoint['optimizer']['state'].values() for value in state.values()]
        assert all(torch.as_tensor(v).isfinite().all() for v in [*checkpoint['state_dict'].values(), *states])
