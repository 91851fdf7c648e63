"""What README and docs show is run, or at least parsed and looked up."""

import ast
import re
import shlex

import pytest
import torch
from conftest import ROOT, STUDENT
from mmengine.config import Config

from singer_mm.registry import MODELS

PAGES = [ROOT / 'README.md', ROOT / 'CONTRIBUTING.md', *sorted((ROOT / 'docs').glob('*.md'))]


def blocks(page, language):
    return re.findall(rf'^```{language}\n(.*?)^```', page.read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_python_blocks_parse(page):
    for block in blocks(page, 'python'):
        ast.parse(block)


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_commands_name_files_and_options_that_exist(page):
    for block in blocks(page, 'bash'):
        for line in block.replace('\\\n', ' ').splitlines():
            words = shlex.split(line, comments=True)
            scripts = [word for word in words if word.startswith(('tools/', 'configs/', 'tests/'))]
            for script in scripts:
                assert (ROOT / script).exists(), f'{page.name}: {line}'
            tool = next((script for script in scripts if script.startswith('tools/')), None)
            if tool:
                sources = (ROOT / tool).read_text() + ''.join(path.read_text() for path in options_elsewhere(tool))
                for option in (word.split('=')[0] for word in words if word.startswith('--')):
                    assert option in sources, f'{page.name}: {tool} has no {option}'


def options_elsewhere(tool):
    """The shell tools hand their options on to Python, and tools of one kind share options in the package."""
    if tool.endswith(('_train.sh', '_test.sh')):
        tool = 'tools/train.py' if 'train' in tool else 'tools/test.py'
    modules = re.findall(r'^from (singer_mm[\w.]+) import', (ROOT / tool).read_text(), flags=re.MULTILINE)
    paths = [ROOT / f'{module.replace(".", "/")}.py' for module in modules]
    return [ROOT / tool, *(path for path in paths if path.is_file() and 'add_argument' in path.read_text())]


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    prose = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r'\]\(([^)#]+)[^)]*\)', prose):
        if '://' not in target:
            assert (page.parent / target).exists(), f'{page.name}: {target}'


@pytest.mark.slow
def test_the_new_teacher_of_the_docs_is_a_config(tmp_path):
    block = next(block for block in blocks(ROOT / 'docs/add_a_backbone.md', 'python') if 'dinov2b_vits' in block)
    path = tmp_path / 'dinov2b_vits.py'
    path.write_text(block.replace("'./", f"'{ROOT}/configs/singer/"))
    cfg = Config.fromfile(path)
    cfg.model.teacher.pretrained = False
    distiller = MODELS.build(cfg.model)
    assert distiller.teacher.embed_dims == 768
    assert distiller.student_layers == [8, 11]


@pytest.fixture(scope='module')
def torchvision_vit():
    """Run the class of the docs; the registry knows it from then on."""
    block = next(
        block for block in blocks(ROOT / 'docs/add_a_backbone.md', 'python') if 'class TorchvisionViT' in block
    )
    exec(compile(block, 'add_a_backbone.md', 'exec'), {'__name__': 'add_a_backbone'})
    return dict(
        type='TorchvisionViT', image_size=32, patch_size=8, num_layers=4, num_heads=3, hidden_dim=48, mlp_dim=96
    )


def test_the_backbone_of_the_docs_keeps_the_contract(torchvision_vit, images):
    backbone = MODELS.build(torchvision_vit).eval()
    # torchvision starts its head at zero and its layers near zero; make every block count.
    torch.nn.init.normal_(backbone.vit.class_token)
    with torch.no_grad():
        tokens = backbone.forward_tokens(images, [0, 1, 3])
        assert torch.equal(backbone.forward_block(1, tokens[0], (4, 4)), tokens[1])
        expected = backbone.vit.heads(backbone.final_normalize(tokens[3])[:, 0])
        torch.testing.assert_close(backbone.vit(images), expected)
    backbone.forward_tokens(images, [1])[1].sum().backward()
    untouched = {name for name, parameter in backbone.named_parameters() if parameter.grad is None}
    assert untouched == set(backbone.parameters_beyond(1))
    assert backbone(images)[0].shape == (3, 48, 4, 4)


def test_the_backbone_of_the_docs_distils(torchvision_vit, images):
    distiller = MODELS.build(
        dict(
            type='SiNGERDistiller',
            teacher=torchvision_vit,
            student=STUDENT,
            teacher_layers=[2, 3],
            refiner=dict(type='NullspaceAdapter', rank=4),
        )
    )
    distiller.init_weights()
    losses = distiller(images)
    sum(losses.values()).backward()
    assert all(value.isfinite() for value in losses.values())
