import os
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

BREAKER = '''
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from singer_mm.registry import HOOKS


@HOOKS.register_module()
class BreakWeights(Hook):
    """Spoil the weights of one process in the fourth iteration."""

    priority = 'VERY_HIGH'

    def before_train(self, runner):
        model = getattr(runner.model, 'module', runner.model)
        if get_rank() == RANK:
            weight = model.student.vit.blocks[0].norm1.weight
            runner.optim_wrapper.optimizer.register_step_post_hook(
                lambda *_: weight.data.fill_(float('nan') if runner.iter == 3 else 1.0)
            )
'''


class BreakGradient(Hook):
    """A gradient that is not finite beside losses that are."""

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == 5:
            weight = runner.model.student.vit.blocks[0].mlp.fc1.weight
            weight.register_hook(lambda gradient: gradient * float('nan'))


def test_weights_that_break_leave_checkpoints_and_student_as_they_were(run_cfg, request):
    runner = RUNNERS.build(Config(dict(run_cfg, experiment_name=request.node.name)))
    runner.register_hook(BreakGradient())
    with pytest.raises(NonFiniteWeightsError, match=r'iteration 6 .*student\.vit\.blocks\.0\.mlp\.fc1\.weight'):
        runner.train()
    folder = Path(runner.work_dir)
    assert sorted(path.name for path in folder.glob('iter_*.pth')) == [f'iter_{index}.pth' for index in range(1, 6)]
    student = load_checkpoint(folder / 'student.pth')
    assert student['provenance']['iterations'] == 5
    assert all(value.isfinite().all() for value in student['state_dict'].values())


def test_the_average_is_exported_and_said_so(run_cfg, request):
    hooks = [*run_cfg['custom_hooks'], dict(type='EMAHook', momentum=0.3)]
    runner = RUNNERS.build(Config(dict(run_cfg, custom_hooks=hooks, experiment_name=request.node.name)))
    runner.train()
    file, checkpoint = (load_checkpoint(f'{runner.work_dir}/{name}.pth') for name in ('student', 'iter_8'))
    average = {f'student.vit.{key}': value for key, value in file['state_dict'].items()}
    assert all(torch.equal(value, checkpoint['state_dict'][key]) for key, value in average.items())
    assert file['provenance']['weights'] == 'average over steps (ExponentialMovingAverage)'
    last = runner.model.student.vit.state_dict()
    assert max((value - file['state_dict'][key]).abs().max() for key, value in last.items()) > 1e-5


@pytest.mark.slow
def test_two_processes_stop_together_when_the_weights_of_one_break(run_cfg, tmp_path):
    (tmp_path / 'breaker.py').write_text(BREAKER.replace('RANK', '1', 1))
    cfg = Config({key: value for key, value in run_cfg.items() if key != 'work_dir'})
    cfg.custom_imports = dict(imports=['breaker'], allow_failed_imports=False)
    cfg.custom_hooks.append(dict(type='BreakWeights'))
    cfg.dump(tmp_path / 'config.py')
    result = subprocess.run(
        ['bash', ROOT / 'tools/dist_train.sh', tmp_path / 'config.py', '2', '--work-dir', tmp_path / 'run'],
        capture_output=True,
        text=True,
        timeout=200,
        env=dict(os.environ, PYTHON=sys.executable, OMP_NUM_THREADS='1', PYTHONPATH=str(tmp_path)),
    )
    sentences = [line for line in result.stderr.splitlines() if 'weights hold NaN or infinity after iteration' in line]
    assert result.returncode != 0
    assert sentences, result.stderr
    assert 'Traceback' not in result.stderr
    student = load_checkpoint(tmp_path / 'run/student.pth')
    assert all(value.isfinite().all() for value in student['state_dict'].values())
