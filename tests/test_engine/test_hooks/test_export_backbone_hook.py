import pytest
import torch
from conftest import STUDENT
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import RUNNERS

from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.registry import MODELS
from singer_mm.utils.checkpoint_io import load_checkpoint


@MODELS.register_module(force=True)
class PatchMean(BaseModel):
    """A task that needs no labels."""

    def __init__(self, backbone):
        super().__init__(dict(type='ImgDataPreprocessor'))
        self.backbone = MODELS.build(backbone)

    def forward(self, inputs, data_samples=None, mode='loss'):
        return {'loss': self.backbone(inputs.float())[0].square().mean()}


def train(run_cfg, backbone, request):
    cfg = dict(
        run_cfg,
        model=dict(type='PatchMean', backbone=backbone),
        custom_hooks=[dict(type='ExportBackboneHook')],
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-6)),
        experiment_name=request.node.name,
    )
    runner = RUNNERS.build(Config(cfg))
    runner.train()
    return runner


def test_the_backbone_is_exported_as_of_the_last_checkpoint(run_cfg, request):
    runner = train(run_cfg, STUDENT, request)
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert file['provenance']['teacher'] == 'none'
    assert (file['provenance']['method'], file['provenance']['iterations']) == ('PatchMean', 8)
    images = torch.randn(2, 3, 32, 32)
    exported = TimmViT(checkpoint=f'{runner.work_dir}/student.pth').eval()
    torch.testing.assert_close(exported(images)[0], runner.model.backbone.eval()(images)[0])


def test_refuses_a_model_whose_backbone_is_no_timm_vit(run_cfg, request):
    with pytest.raises(ConfigError, match='is a LinearProjector; allowed: TimmViT'):
        train(run_cfg, dict(type='LinearProjector', student_dims=3, teacher_dims=3), request)
