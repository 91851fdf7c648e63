#!/usr/bin/env python
"""Measure time and peak memory of a distillation step, beside its lower limit and a naive step.

Six variants take turns, one step each per round. Each variant has its own process, so that its peak memory is its own:
(a) our step in float32; (b) our step under bfloat16 autocast with the teacher's matrices stored in bfloat16;
(c) a naive step like the released code: teacher to the end, next block run again on both features, float32, unfrozen;
(d) the teacher's forward alone and (e) the student's forward and backward alone, both as in (b); (f) the statistics
that SiNGERHook computes at its interval. (d) + (e) is the lower limit of (b).
"""

import argparse
import multiprocessing
import platform
import resource
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext
from multiprocessing.connection import Connection

from singer_mm.utils.tool_start import start_tool

start_tool()

import torch
from mmengine.logging import MMLogger
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional as F

from singer_mm.analysis.command_line import add_device_option
from singer_mm.analysis.networks import pick_device
from singer_mm.engine.config.config_file import load_config_file
from singer_mm.errors import ConfigError
from singer_mm.models import FeatureDistiller
from singer_mm.models.distillers.diagnostics import layer_statistics
from singer_mm.models.losses.info_loss import patch_cosine_gram
from singer_mm.registry import MODELS
from singer_mm.utils.command_line import errors_as_sentences
from singer_mm.utils.number_option import whole_from

Step = Callable[[], object]

VARIANTS = {
    'a': 'our step, float32',
    'b': 'our step, bfloat16',
    'c': 'naive step, float32',
    'd': 'teacher forward, bfloat16',
    'e': 'student forward + backward, bfloat16',
    'f': 'statistics of SiNGERHook',
}


def build_distiller(config: str, teacher_dtype: str | None, device: torch.device) -> FeatureDistiller:
    """Build the distiller of a config with random weights: a step costs the same with any."""
    cfg = load_config_file(config).model
    cfg.teacher.update(pretrained=False, checkpoint=None)
    distiller: FeatureDistiller = MODELS.build(dict(cfg, teacher_dtype=teacher_dtype)).to(device)
    distiller.init_weights()
    return distiller.train()


def optimizer_of(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the recipe's optimizer."""
    return torch.optim.AdamW(parameters, lr=1e-3, weight_decay=1e-4)


def our_step(distiller: FeatureDistiller, inputs: Tensor, autocast: bool) -> Step:
    """Return a full training step of the distiller."""
    optimizer = optimizer_of([parameter for parameter in distiller.parameters() if parameter.requires_grad])

    def step() -> None:
        with torch.autocast(inputs.device.type, dtype=torch.bfloat16) if autocast else nullcontext():
            losses = distiller(inputs)
        sum(losses.values()).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def naive_step(distiller: FeatureDistiller, inputs: Tensor) -> Step:
    """Return a step like that of the released code, on the same networks."""
    teacher, student = distiller.teacher.vit.requires_grad_(True), distiller.student.vit
    layers, student_layers = distiller.teacher_layers, distiller.student_layers
    num_prefix = distiller.teacher.num_prefix_tokens
    optimizer = optimizer_of([parameter for parameter in distiller.parameters() if parameter.requires_grad])

    def all_features(vit: nn.Module) -> list[Tensor]:
        tokens = vit.norm_pre(vit.patch_drop(vit._pos_embed(vit.patch_embed(inputs))))
        features = []
        for block in vit.blocks:
            tokens = block(tokens)
            features.append(tokens)
        vit.forward_head(vit.norm(tokens))
        return features

    def step() -> None:
        with torch.no_grad():
            features = all_features(teacher)
        outputs = all_features(student)
        losses, refined_patches = [], []
        for layer, student_layer in zip(layers, student_layers, strict=True):
            prefix, patches = features[layer][:, :num_prefix], features[layer][:, num_prefix:]
            refined = distiller.refiners[str(layer)](patches)
            refined_patches.append(refined)
            tokens = torch.cat([prefix, refined], dim=1)
            losses.append(F.mse_loss(distiller.projectors[str(layer)](outputs[student_layer]), tokens))
            norms = refined.norm(dim=-1)
            limits = norms.detach().quantile(0.97, dim=1, keepdim=True)
            losses.append(0.01 * F.mse_loss(norms[norms > limits], limits.expand_as(norms)[norms > limits]))
            if layer != layers[-1]:
                block = teacher.blocks[layer + 1]
                losses.append(F.mse_loss(block(tokens), block(features[layer])))
        losses.append(F.mse_loss(patch_cosine_gram(refined_patches[-1]), patch_cosine_gram(refined_patches[-2])))
        sum(losses).backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def teacher_forward(distiller: FeatureDistiller, inputs: Tensor) -> Step:
    """Return the teacher's forward to the last distilled layer, which every step needs."""

    def step() -> None:
        with torch.no_grad(), distiller.teacher_precision():
            distiller.teacher.forward_tokens(inputs, distiller.teacher_layers)

    return step


def student_forward_backward(distiller: FeatureDistiller, inputs: Tensor) -> Step:
    """Return the student's forward and backward."""

    def step() -> None:
        with torch.autocast(inputs.device.type, dtype=torch.bfloat16):
            tokens = distiller.student.forward_tokens(inputs, distiller.student_layers)
        sum(value.float().square().mean() for value in tokens.values()).backward()
        distiller.zero_grad()

    return step


def make_step(variant: str, config: str, size: int, batch_size: int, device: torch.device) -> Step:
    """Return the step of a variant on random images."""
    distiller = build_distiller(config, 'bfloat16' if variant in 'bdef' else None, device)
    inputs = torch.randn(batch_size, 3, size, size, device=device)
    if variant in 'ab':
        return our_step(distiller, inputs, autocast=variant == 'b')
    if variant == 'c':
        return naive_step(distiller, inputs)
    if variant == 'f':
        return lambda: layer_statistics(distiller, inputs, quantile=0.97)
    return (teacher_forward if variant == 'd' else student_forward_backward)(distiller, inputs)


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has finished its work."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


def serve(connection: Connection, variant: str, config: str, size: int, batch_size: int, device: torch.device) -> None:
    """Take one step for every request and send its seconds; at the end send the peak memory in GiB."""
    MMLogger.get_instance('benchmark', log_level='ERROR')
    step = make_step(variant, config, size, batch_size, device)
    while connection.recv():
        start = time.perf_counter()
        step()
        wait_for(device)
        connection.send(time.perf_counter() - start)
    on_gpu = device.type == 'cuda'
    peak = torch.cuda.max_memory_allocated(device) if on_gpu else 1024 * resource.getrusage(0).ru_maxrss
    connection.send(peak / 2**30)


def measure(
    config: str, size: int, batch_size: int, rounds: int, device: torch.device
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return seconds per round and peak memory in GiB, by variant."""
    context = multiprocessing.get_context('spawn')
    connections, processes = {}, []
    for variant in VARIANTS:
        connections[variant], theirs = context.Pipe()
        arguments = (theirs, variant, config, size, batch_size, device)
        processes.append(context.Process(target=serve, args=arguments, daemon=True))
        processes[-1].start()

    def one_step(variant: str) -> float:
        connections[variant].send(True)
        return connections[variant].recv()

    for variant in VARIANTS:
        one_step(variant)  # allocation and first calls
    seconds: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for _ in track(range(rounds), description=f'batch {batch_size}, {rounds} rounds'):
        for variant in VARIANTS:
            seconds[variant].append(one_step(variant))
    peaks = {}
    for variant, connection in connections.items():
        connection.send(False)
        peaks[variant] = connection.recv()
    for process in processes:
        process.join()
    return seconds, peaks


def print_results(batch_size: int, seconds: dict[str, list[float]], peaks: dict[str, float]) -> None:
    """Print medians over rounds; ratios are computed in each round, because the machine's speed drifts."""
    table = Table(title=f'batch {batch_size}')
    for column in ('variant', 'seconds per step', 'images/s', 'peak GiB'):
        table.add_column(column, justify='left' if column == 'variant' else 'right')
    for variant, name in VARIANTS.items():
        median = statistics.median(seconds[variant])
        table.add_row(f'({variant}) {name}', f'{median:.4g}', f'{batch_size / median:.1f}', f'{peaks[variant]:.2f}')
    console = Console()
    console.print(table)
    limit = [teacher + student for teacher, student in zip(seconds['d'], seconds['e'], strict=True)]
    for name, numerator, denominator in (
        ('(c) / (a)', seconds['c'], seconds['a']),
        ('(c) / (b)', seconds['c'], seconds['b']),
        ('(b) / limit', seconds['b'], limit),
        ('(f) / (b)', seconds['f'], seconds['b']),
    ):
        ratios = [n / d for n, d in zip(numerator, denominator, strict=True)]
        console.print(f'{name}: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})')


def matmul_ratio(device: torch.device) -> float:
    """Return how much faster the machine multiplies matrices of a ViT-L in bfloat16 than in float32.

    This is the largest possible gain of a step by bfloat16.
    """
    times: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    for _ in range(20):
        for dtype, seconds in times.items():
            tokens = torch.randn(788, 1024, dtype=dtype, device=device)
            weight = torch.randn(4096, 1024, dtype=dtype, device=device)
            start = time.perf_counter()
            F.linear(tokens, weight)
            wait_for(device)
            seconds.append(time.perf_counter() - start)
    return statistics.median(times[torch.float32]) / statistics.median(times[torch.bfloat16])


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', default='configs/singer/vitl_vitt.py', help='SiNGER config (default: %(default)s)')
    parser.add_argument('--size', type=whole_from(1), default=224, help='input side in pixels (default: %(default)s)')
    parser.add_argument('--batch-sizes', type=whole_from(1), nargs='+', help='default: 4 8 on a CPU, 64 128 on a GPU')
    parser.add_argument('--rounds', type=whole_from(1), default=7, help='steps of each variant (default: %(default)s)')
    add_device_option(parser)
    args = parser.parse_args()
    with errors_as_sentences():
        run(args)


def run(args: argparse.Namespace) -> None:
    """Measure and print."""
    model = load_config_file(args.config).get('model', {})
    if not {'teacher', 'student', 'refiner'} <= set(model):
        raise ConfigError(f'{args.config} is no SiNGER distillation: its model needs teacher, student and refiner.')
    device = pick_device(args.device)
    on_gpu = device.type == 'cuda'
    machine = torch.cuda.get_device_name(device) if on_gpu else platform.processor() or platform.machine()
    print(f'{args.config} at {args.size} px on {machine}, {torch.get_num_threads()} threads, torch {torch.__version__}')
    print(f'matrix products in bfloat16 are {matmul_ratio(device):.2f} times as fast as in float32')
    for batch_size in args.batch_sizes or ([64, 128] if on_gpu else [4, 8]):
        print_results(batch_size, *measure(args.config, args.size, batch_size, args.rounds, device))


if __name__ == '__main__':
    main()
