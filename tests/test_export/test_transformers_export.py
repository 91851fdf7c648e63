"""Hugging Face's networks compute what timm's do, and the way back is exact."""

import json

import pytest
import torch
import transformers
from PIL import Image

from singer_mm.errors import CheckpointError, ConfigError
from singer_mm.export import transformers_names
from singer_mm.export.transformers_export import export_transformers
from singer_mm.export.transformers_import import import_transformers

REGISTERS = dict(reg_tokens=2, no_embed_class=True)
CLASSES = [
    (dict(), 'ViTModel'),
    (dict(init_values=0.1), 'Dinov2Model'),
    (dict(init_values=0.1, **REGISTERS), 'Dinov2WithRegistersModel'),
    (REGISTERS, 'Dinov2WithRegistersModel'),
    (dict(no_embed_class=True, init_values=0.1), 'Dinov2Model'),
    (dict(qkv_bias=False, mlp_ratio=2.5, act_layer='gelu_tanh'), 'ViTModel'),
]


@pytest.mark.parametrize(('changes', 'class_name'), CLASSES)
def test_outputs_and_the_way_back(make_student, tmp_path, changes, class_name):
    student = make_student(**changes)
    report = export_transformers(student, tmp_path / 'hf')
    assert report.class_name == class_name
    assert report.difference < 1e-4
    model = transformers.AutoModel.from_pretrained(tmp_path / 'hf').eval()
    assert type(model).__name__ == class_name
    images = torch.randn(3, 3, 32, 32)
    with torch.no_grad():
        expected, outputs = student.backbone.vit.forward_features(images), model(images)
    torch.testing.assert_close(outputs.last_hidden_state, expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(outputs.pooler_output, expected[:, 0], atol=1e-4, rtol=0)

    back = import_transformers(tmp_path / 'hf')
    state, original = back.backbone.vit.state_dict(), student.backbone.vit.state_dict()
    assert state.keys() == original.keys()
    assert all(torch.equal(value, original[name]) for name, value in state.items())
    assert back.backbone.normalization == student.backbone.normalization
    assert back.backbone.timm_kwargs == student.backbone.timm_kwargs
    assert (back.provenance['seed'], back.provenance['source']) == (7, 'hf')


@pytest.mark.parametrize(
    ('config_class', 'model_class', 'own'),
    [
        ('ViTConfig', 'ViTModel', dict(intermediate_size=96)),
        ('Dinov2Config', 'Dinov2Model', dict()),
        ('Dinov2WithRegistersConfig', 'Dinov2WithRegistersModel', dict(num_register_tokens=2)),
    ],
)
def test_a_folder_of_somebody_else_maps_back(tmp_path, config_class, model_class, own):
    config = getattr(transformers, config_class)(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=3, image_size=32, patch_size=8, **own
    )
    model = getattr(transformers, model_class)(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
        model.save_pretrained(tmp_path / 'hf')
        backbone = import_transformers(tmp_path / 'hf').backbone
        images = torch.randn(2, 3, 32, 32)
        expected = model(images).last_hidden_state
        torch.testing.assert_close(backbone.vit.forward_features(images), expected, atol=1e-4, rtol=0)


def test_images_are_prepared_as_timm_does(make_student, tmp_path):
    export_transformers(make_student(), tmp_path / 'hf')
    processor = transformers.AutoImageProcessor.from_pretrained(tmp_path / 'hf')
    pixels = processor(Image.new('RGB', (90, 60), (255, 0, 51)), return_tensors='pt').pixel_values
    assert pixels.shape == (1, 3, 32, 32)
    # (1 - 0.1) / 0.4, (0 - 0.2) / 0.5, (0.2 - 0.3) / 0.6
    torch.testing.assert_close(pixels[0, :, 16, 16], torch.tensor([2.25, -0.4, -1 / 6]), atol=1e-5, rtol=0)


def test_other_files_of_the_folder_stay(make_student, tmp_path):
    (tmp_path / 'hf').mkdir()
    (tmp_path / 'hf/README.md').write_text('mine')
    for _ in range(2):
        export_transformers(make_student(), tmp_path / 'hf')
    names = {path.name for path in (tmp_path / 'hf').iterdir()}
    assert names == {'README.md', 'config.json', 'model.safetensors', 'preprocessor_config.json'}
    assert [path.name for path in tmp_path.iterdir()] == ['hf']
    with pytest.raises(CheckpointError, match=r'README\.md'):
        export_transformers(make_student(), tmp_path / 'hf/README.md')


def test_swapped_names_are_noticed_and_leave_nothing(make_student, tmp_path, monkeypatch):
    monkeypatch.setattr(transformers_names, 'QKV', ('key', 'query', 'value'))
    with pytest.raises(CheckpointError, match='hf.*tokens'):
        export_transformers(make_student(), tmp_path / 'hf')
    assert not list(tmp_path.iterdir())


def test_mlps_between_two_multiples_are_refused(make_student, tmp_path):
    with pytest.raises(ConfigError, match=r'60.*Dinov2Model'):
        export_transformers(make_student(init_values=0.1, mlp_ratio=2.5), tmp_path / 'hf')


def test_folders_that_do_not_map_back(make_student, tmp_path):
    with pytest.raises(CheckpointError, match=r'config\.json'):
        import_transformers(tmp_path)
    export_transformers(make_student(init_values=0.1), tmp_path / 'hf')
    path = tmp_path / 'hf/config.json'
    config = json.loads(path.read_text())

    def rewrite(**changes):
        path.write_text(json.dumps({**config, 'singer_mm': {}, **changes}))

    rewrite(model_type='swin')
    with pytest.raises(ConfigError, match=r'swin.*vit, dinov2, dinov2_with_registers'):
        import_transformers(tmp_path / 'hf')
    rewrite(hidden_act='relu')
    with pytest.raises(ConfigError, match=r'relu.*gelu or gelu_pytorch_tanh'):
        import_transformers(tmp_path / 'hf')
    rewrite(hidden_size=48)
    with pytest.raises(CheckpointError, match=r'config\.json \(cls_token'):
        import_transformers(tmp_path / 'hf')
    path.write_text('{')
    with pytest.raises(CheckpointError, match=r'config\.json.*JSON'):
        import_transformers(tmp_path / 'hf')


@pytest.mark.parametrize(('text', 'words'), [('[' * 100000, 'JSON'), ('[1]', 'list')])
def test_a_json_of_another_form(tmp_path, text, words):
    (tmp_path / 'config.json').write_text(text)
    (tmp_path / 'preprocessor_config.json').write_text('{}')
    with pytest.raises(CheckpointError, match=rf'config\.json.*{words}'):
        import_transformers(tmp_path)
