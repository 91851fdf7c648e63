"""What holds for whatever a file or a value may be, on examples that hypothesis chooses."""

import io
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import ROOT
from faults.kinds.images import encoded
from faults.kinds.students import KWARGS, exported
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from mmengine.config import Config
from PIL import Image

from singer_mm.datasets.image_reading import read_stored_rgb, read_upright_rgb
from singer_mm.engine.config import check_config, check_values
from singer_mm.engine.config.option_text import parse_option
from singer_mm.errors import CheckpointError, ConfigError, DataError
from singer_mm.models import TimmViT
from singer_mm.models.backbones.weight_file import read_weight_file
from singer_mm.utils.checkpoint_io import load_checkpoint, named_tensors

pytestmark = pytest.mark.slow

few = settings(deadline=None, derandomize=True, max_examples=40, database=None)
fewer = settings(few, max_examples=20)

SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24))
PIXELS = SIZES.flatmap(lambda size: npst.arrays(np.uint8, (*size, 3)))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('files')


@pytest.fixture(scope='module')
def student(folder: Path) -> dict[str, bytes]:
    path = exported(folder)
    return {path.suffix: path.read_bytes() for path in (path, path.with_suffix('.safetensors'))}


@few
@given(pixels=PIXELS, kind=st.sampled_from(['PNG', 'BMP', 'TIFF', 'WEBP']))
def test_an_image_without_loss_is_read_as_it_was_written(folder: Path, pixels: np.ndarray, kind: str) -> None:
    (folder / 'a.jpg').write_bytes(encoded(Image.fromarray(pixels), kind))  # the name does not count
    for read in (read_upright_rgb, read_stored_rgb):
        assert np.array_equal(np.asarray(read(folder / 'a.jpg')), pixels)


@few
@given(pixels=PIXELS, orientation=st.integers(1, 8))
def test_an_orientation_turns_an_image_and_back(folder: Path, pixels: np.ndarray, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    (folder / 'a.png').write_bytes(encoded(Image.fromarray(pixels), 'PNG', exif=exif))
    upright, stored = np.asarray(read_upright_rgb(folder / 'a.png')), np.asarray(read_stored_rgb(folder / 'a.png'))
    assert np.array_equal(stored, pixels)
    assert upright.shape == (pixels.shape[:2] if orientation < 5 else pixels.shape[1::-1]) + (3,)
    assert np.array_equal(np.sort(upright.reshape(-1, 3), axis=0), np.sort(pixels.reshape(-1, 3), axis=0))


@few
@given(pixels=PIXELS, data=st.data())
def test_a_changed_png_has_the_same_pixels_or_is_named(folder: Path, pixels: np.ndarray, data: st.DataObject) -> None:
    content = changed(encoded(Image.fromarray(pixels), 'PNG'), data)
    (folder / 'a.png').write_bytes(content)
    try:
        found = np.asarray(read_upright_rgb(folder / 'a.png'))
    except DataError as error:
        assert 'a.png' in str(error)
    else:
        assert np.array_equal(found, pixels)


@few
@given(
    content=st.binary(max_size=200), head=st.sampled_from([b'', b'\xff\xd8\xff\xe0', b'\x89PNG\r\n\x1a\n', b'GIF89a'])
)
def test_any_bytes_are_an_image_or_are_named(folder: Path, content: bytes, head: bytes) -> None:
    (folder / 'a.jpg').write_bytes(head + content)
    try:
        assert read_upright_rgb(folder / 'a.jpg').mode == 'RGB'
    except DataError as error:
        assert 'a.jpg' in str(error)


def changed(content: bytes, data: st.DataObject) -> bytes:
    """Overwrite, cut out or insert some bytes."""
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 8, len(content))))
    return content[:start] + data.draw(st.binary(max_size=8)) + content[end:]


TENSORS = st.dictionaries(
    st.text(min_size=1, max_size=8), npst.arrays(st.sampled_from([np.float32, np.int64, np.uint8]), SIZES), max_size=3
).map(lambda arrays: {name: torch.from_numpy(array) for name, array in arrays.items()})


@fewer
@given(state_dict=TENSORS, meta=st.dictionaries(st.text(max_size=5), PLAIN, max_size=3))
def test_a_checkpoint_of_plain_values_is_read_as_it_was_written(
    folder: Path, state_dict: dict[str, torch.Tensor], meta: dict[str, Any]
) -> None:
    torch.save(dict(state_dict=state_dict, meta=meta), folder / 'a.pth')
    found = load_checkpoint(folder / 'a.pth')
    assert repr(found['meta']) == repr(meta)
    assert found['state_dict'].keys() == state_dict.keys()
    assert all(same(value, state_dict[name]) for name, value in found['state_dict'].items())


def same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Tell whether two tensors have the same bytes: NaN equals itself."""
    return one.dtype == other.dtype and one.numpy().tobytes() == other.numpy().tobytes()


@few
@given(state_dict=TENSORS, data=st.data())
def test_a_changed_checkpoint_has_the_same_tensors_or_is_named(
    folder: Path, state_dict: dict[str, torch.Tensor], data: st.DataObject
) -> None:
    file = io.BytesIO()
    torch.save(dict(state_dict=state_dict), file)
    (folder / 'a.pth').write_bytes(changed(file.getvalue(), data))
    try:
        found = dict(named_tensors(load_checkpoint(folder / 'a.pth')))
    except CheckpointError as error:
        assert 'a.pth' in str(error)
    else:
        assert found.keys() == {f'state_dict/{name}' for name in state_dict}
        assert all(same(value, state_dict[name.removeprefix('state_dict/')]) for name, value in found.items())


@few
@given(suffix=st.sampled_from(['.pth', '.safetensors']), data=st.data())
def test_a_changed_student_file_has_the_same_student_or_is_named(
    folder: Path, student: dict[str, bytes], suffix: str, data: st.DataObject
) -> None:
    path = folder / f'changed{suffix}'
    path.write_bytes(student[suffix])
    whole = read_weight_file(str(path))
    path.write_bytes(changed(student[suffix], data))
    try:
        found = read_weight_file(str(path))
    except CheckpointError as error:
        assert path.name in str(error)
    else:
        # A safetensors file whose description is damaged may pass for one without: it then has the tensors alone.
        assert found.architecture in (whole.architecture, None)
        assert found.normalization in (whole.normalization, None)
        assert all(same(value, whole.state_dict[name]) for name, value in found.state_dict.items())


@fewer
@given(key=st.sampled_from(['model_name', 'timm_kwargs', 'normalization', 'embed_dim', 'img_size']), value=PLAIN)
def test_whatever_a_student_file_says_is_right_or_named(
    folder: Path, student: dict[str, bytes], key: str, value: Any
) -> None:
    content = torch.load(io.BytesIO(student['.pth']), weights_only=True)
    architecture = content['architecture']
    target = content if key == 'normalization' else architecture['timm_kwargs'] if key in KWARGS else architecture
    (architecture if key == 'model_name' else target)[key] = value
    torch.save(content, folder / 'said.pth')
    try:
        found = TimmViT(checkpoint=str(folder / 'said.pth'))
    except CheckpointError as error:
        assert 'said.pth' in str(error)
    else:
        assert all(torch.equal(found.vit.state_dict()[name], tensor) for name, tensor in content['state_dict'].items())


WHOLE = Config.fromfile(ROOT / 'configs/singer/vitl_vitt.py').to_dict()
KEYS = [
    'total_batch_size', 'max_batch_per_gpu', 'train_cfg.max_epochs', 'train_dataloader.num_workers',
    'optim_wrapper.optimizer.lr', 'optim_wrapper.optimizer.betas', 'param_scheduler.0.end', 'randomness.seed',
    'model.refiner.rank', 'model.loss_outlier.quantile', 'model.loss_kd.loss_weight', 'model.teacher_layers',
    'default_hooks.checkpoint.interval', 'custom_hooks.1.max_share', 'train_dataloader.dataset.crops_per_image',
]  # fmt: skip


@few
@given(key=st.sampled_from(KEYS), value=PLAIN)
def test_any_value_of_a_config_is_possible_or_named(key: str, value: Any) -> None:
    cfg = Config(WHOLE)
    owner: Any = cfg
    *parents, last = key.split('.')
    for part in parents:
        owner = owner[int(part)] if part.isdecimal() else owner[part]
    before = owner[last] if last in owner else None
    owner[last] = value
    try:
        check_values(cfg)
        check_config(cfg)
    except ConfigError as error:
        assert last in str(error) and '\n' not in str(error)
    else:
        assert value is None or is_possible(value)
    finally:
        owner[last] = before


def is_possible(value: Any) -> bool:
    """Whether a value is a finite number that is no flag, or a list of some."""
    if isinstance(value, list):
        return len(value) > 0 and all(map(is_possible, value))
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > -2


@few
@given(
    text=st.text(max_size=20),
    present=st.none() | st.text(max_size=3) | st.integers() | st.lists(st.integers(), max_size=2),
)
def test_any_text_of_an_option_is_a_value_or_a_sentence(text: str, present: Any) -> None:
    try:
        value = parse_option(text, present)
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(value, (str, int, float, bool, list, tuple, type(None)))


@few
@given(
    value=st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none() | st.lists(st.integers(), min_size=1)
)
def test_an_option_is_read_as_it_is_printed(value: Any) -> None:
    assert parse_option(repr(value), None) == value
