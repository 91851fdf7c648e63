import pytest
import torch
from conftest import STUDENT
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import RUNNERS

from singer_mm.errors import ConfigError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student
from singer_mm.registry import MODELS
from singer_mm.utils.checkpoint_io import load_checkpoint


@MODELS.register_module(force=True)
class PatchMean(BaseModel):
    """A task that needs no labels."""

    def __init__(self, backbone, data_preprocessor=None):
        super().__init__(data_preprocessor or dict(type='ImgDataPreprocessor'))
        self.backbone = MODELS.build(backbone)

    def forward(self, inputs, data_samples=None, mode='loss'):
        return {'loss': self.backbone(inputs.float())[0].square().mean()}


def train(run_cfg, backbone, request, **model):
    cfg = dict(
        run_cfg,
        model=dict(type='PatchMean', backbone=backbone, **model),
        custom_hooks=[dict(type='ExportBackboneHook')],
        optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=1e-6)),
        experiment_name=request.node.name,
    )
    runner = RUNNERS.build(Config(cfg))
    runner.train()
    return runner


@pytest.mark.slow
def test_the_backbone_is_exported_as_of_the_last_checkpoint(run_cfg, request):
    runner = train(run_cfg, STUDENT, request)
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert file['provenance']['teacher'] == 'none'
    assert (file['provenance']['method'], file['provenance']['iterations']) == ('PatchMean', 8)
    images = torch.randn(2, 3, 32, 32)
    exported = TimmViT(checkpoint=f'{runner.work_dir}/student.pth').eval()
    torch.testing.assert_close(exported(images)[0], runner.model.backbone.eval()(images)[0])


def test_refuses_a_model_whose_backbone_is_no_timm_vit(run_cfg, request):
    with pytest.raises(ConfigError, match='LinearProjector.*TimmViT'):
        train(run_cfg, dict(type='LinearProjector', student_dims=3, teacher_dims=3), request)


@pytest.mark.slow
def test_the_file_tells_the_statistics_of_the_tasks_images(run_cfg, request):
    preprocessor = dict(type='ImgDataPreprocessor', mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
    runner = train(run_cfg, STUDENT, request, data_preprocessor=preprocessor)
    file = load_checkpoint(f'{runner.work_dir}/student.pth')
    assert file['normalization'] == [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]


def test_refuses_to_go_on_from_a_file_with_other_statistics(run_cfg, request, tmp_path):
    export_student(MODELS.build(STUDENT), tmp_path / 'half.pth', {})
    backbone = dict(type='TimmViT', checkpoint=str(tmp_path / 'half.pth'))
    with pytest.raises(ConfigError, match=r'half\.pth .*0\.5, 0\.5, 0\.5 .*0, 0, 0'):
        train(run_cfg, backbone, request)
