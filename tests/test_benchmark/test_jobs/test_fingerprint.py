import pytest
import torch

from singer_mm.benchmark.jobs.backbone_facts import describe_backbone
from singer_mm.benchmark.jobs.fingerprint import fingerprint
from singer_mm.benchmark.table.mixed_fingerprints import differing
from singer_mm.models import TimmViT
from singer_mm.models.backbones.student_export import export_student


def marks(job, is_mini=True, **changes):
    cfg = job.config()
    cfg.merge_from_dict(changes)
    return fingerprint(job, cfg, describe_backbone(job.label, job.reference, cfg), is_mini)


def test_all_that_decides_what_a_number_means(job):
    found = marks(job())
    assert found['protocol'] == 'imagenet1k/linear_paper'
    assert found['data'] == 'mini (procedural miniature)'
    assert 'ResizeEdge(' in found['test images'] and 'CenterCrop(crop_size=224)' in found['test images']
    assert 'interpolation=bilinear' in found['test images'] and 'backend=pillow' in found['test images']
    assert found['test set'] == 'singer_mm.WnidImageNet(data_root=imagenet, data_prefix=val)'
    assert found['train set'] == 'singer_mm.WnidImageNet(data_root=imagenet, data_prefix=train)'
    assert found['metrics'] == 'Accuracy(topk=(1, 5)), singer_mm.MeanPerClassAccuracy()'
    assert found['features'] == 'cls_token of blocks [-1] (-1 is the last), before the final norm'
    assert found['backbone normalisation'].startswith('mean 127.5/127.5/127.5, std ')
    assert found['augmentation'] == 'off (feature cache)'
    assert found['training'] == '150 epochs of total batch 64'
    assert found['optimizer'] == 'SGD(lr=0.5, weight_decay=1e-06)'
    assert found['precision'] == 'float32'
    assert len(found['backbone checkpoint']) == 16
    for name in ('torch', 'timm', 'singer_mm', 'mmpretrain'):
        assert name in found['versions']
    assert all(isinstance(value, str) for value in found.values())


def test_dense_tasks_name_crop_and_interpolation_that_are_defaults(job):
    found = marks(job('nyud'))
    assert 'crop_type=nyu_crop' in found['metrics']
    assert 'scale=(224, 224)' in found['test images'] and 'interpolation=bilinear' in found['test images']
    assert 'mmsegmentation' in found['versions']
    assert "'mode': 'whole'" in found['inference']


@pytest.mark.slow
@pytest.mark.parametrize('task', ['imagenet1k', 'ade20k'])
def test_backbones_differ_in_keys_of_the_backbone_only(job, tmp_path, task):
    torch.manual_seed(1)
    other = TimmViT(
        model_name='deit3_small_patch16_224', img_size=32, patch_size=16, embed_dim=48, depth=6, num_heads=3
    )
    assert other.normalization != TimmViT(model_name='vit_tiny_patch16_224', depth=1).normalization
    export_student(other, tmp_path / 'deit.pth', provenance={})
    one, two = marks(job(task)), marks(job(task, label='deit', reference=str(tmp_path / 'deit.pth')))
    different = {key for key in one.keys() | two.keys() if one.get(key) != two.get(key)}
    assert different == {'backbone checkpoint', 'backbone architecture', 'backbone normalisation'}
    assert not differing(one, two)


def test_place_label_and_seed_do_not_matter(job, small, tmp_path):
    (tmp_path / 'data').symlink_to(small.data)
    one = marks(job())
    assert marks(job(label='x', seed=2, data=str(tmp_path / 'data'), out=tmp_path, num_workers=9)) == one


@pytest.mark.slow
@pytest.mark.parametrize(
    ('changes', 'key'),
    [
        ({'test_dataloader.dataset.pipeline.1.scale': 232}, 'test images'),
        ({'test_dataloader.dataset.pipeline.1.interpolation': 'bicubic'}, 'test images'),
        ({'test_dataloader.dataset.pipeline.1.backend': 'cv2'}, 'test images'),
        ({'test_dataloader.dataset.pipeline.2.crop_size': 192}, 'test images'),
        ({'test_dataloader.dataset.data_prefix': 'train'}, 'test set'),
        ({'test_evaluator.0.topk': (1,)}, 'metrics'),
        ({'model.backbone.final_norm': True}, 'features'),
        ({'model.backbone.out_indices': [-2]}, 'features'),
        ({'train_cfg.max_epochs': 100}, 'training'),
        ({'optim_wrapper.optimizer.lr': 0.1}, 'optimizer'),
        ({'cache_pipeline.1.scale': 232}, 'train images'),
    ],
)
def test_differs_where_the_measurement_does(job, changes, key):
    one, two = marks(job()), marks(job(), **changes)
    assert {name for name in one if one[name] != two[name]} == {key}
    assert differing(one, two).startswith(f'{key}: ')


@pytest.mark.slow
def test_differs_with_the_settings(job):
    one = marks(job())
    uncached = marks(job(cache=None))
    assert uncached['augmentation'] == 'as in train images' and 'RandomResizedCrop' in uncached['train images']
    assert marks(job(amp=True))['precision'] == 'bfloat16 backbone, float32 head'
    assert marks(job(), is_mini=False)['data'] == 'real'
    assert marks(job(protocol='finetune'))['backbone weights'] == 'fine-tuned'
    assert differing(one, uncached)


def test_neighbours_are_named(job):
    found = marks(job(protocol='knn'))
    assert found['training'] == 'none: singer_mm.KNNTestLoop(ks=(10, 20, 100, 200), temperature=0.07)'
    assert found['train set'].endswith('data_prefix=train)') and 'CenterCrop' in found['train images']


def test_a_test_of_a_head_carries_the_training_of_that_head(job, finish):
    shifted = job('imagenet_r')
    training = marks(shifted.head_job)
    finish(shifted.head_job, fingerprint=training)
    found = marks(shifted)
    assert found['test set'] == 'singer_mm.ImageNetR(data_root=imagenet-r)'
    for key in ('train set', 'train images', 'augmentation', 'training', 'optimizer'):
        assert found[key] == training[key]


def test_blocks_of_backbones_of_other_depth_read_alike(job):
    changes = {'model.backbone.out_indices': [0, 1, 2, 3]}
    assert 'blocks [0.25 of the depth, 0.50 of the depth, 0.75' in marks(job(), **changes)['features']
