"""Which head of a sweep was chosen, and how far the others were."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .chart_style import line_styles


def draw_sweep_curves(sweeps: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Draw one panel for each backbone: the held-out result of every head over its learning rate.

    Args:
        sweeps: Backbone -> a sweep as ``SweepHook`` writes it: ``key``, ``chosen`` and ``heads``, each a dict with
            ``name``, ``lr``, ``value`` and, where they were swept, ``blocks`` and ``avgpool``.
    """
    figure = Figure(figsize=(max(4.6, 3.4 * len(sweeps)), 3.3), layout='constrained')
    axes = figure.subplots(1, len(sweeps), squeeze=False, sharey=True)[0]
    labelled: dict[str, Any] = {}  # each label once, though every panel has it
    for axis, (backbone, sweep) in zip(axes, sweeps.items(), strict=True):
        draw_panel(axis, sweep)
        axis.set_title(backbone, fontsize=10)
        handles, labels = axis.get_legend_handles_labels()
        labelled |= zip(labels, handles, strict=True)
    axes[0].set_ylabel(f'{next(iter(sweeps.values()))["key"]}, held-out part', fontsize=9)
    figure.legend(
        labelled.values(), labelled.keys(), loc='outside lower center', ncols=len(labelled), frameon=False, fontsize=8
    )
    return figure


def draw_panel(axis: Axes, sweep: Mapping[str, Any]) -> None:
    """Draw the heads of one sweep, one line for each kind of input, and a ring around the chosen one."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for head in sweep['heads']:
        kinds.setdefault(describe_input(head), []).append(head)
    for (kind, heads), style in zip(kinds.items(), line_styles(len(kinds), 0.75), strict=True):
        axis.plot(*points(heads), markersize=3.5, linewidth=1.2, label=kind, **style)
    chosen = [head for head in sweep['heads'] if head['name'] == sweep['chosen']]
    axis.plot(*points(chosen), 'o', markersize=11, markerfacecolor='none', markeredgecolor='black', label='chosen')
    axis.set_xscale('log')
    axis.set_xlabel('learning rate', fontsize=9)
    axis.tick_params(labelsize=8)
    axis.grid(alpha=0.25)


def describe_input(head: Mapping[str, Any]) -> str:
    """Return what a head reads, such as ``last 4 blocks, CLS + mean``."""
    if head.get('blocks') is None:
        return 'head'
    blocks = 'last block' if head['blocks'] == 1 else f'last {head["blocks"]} blocks'
    return f'{blocks}, {"CLS + mean" if head.get("avgpool") else "CLS"}'


def points(heads: Sequence[Mapping[str, Any]]) -> tuple[list[float], list[float]]:
    """Return learning rates, ascending, and the results; a result that is missing is nan."""
    ordered = sorted(heads, key=lambda head: head['lr'])
    values = [float('nan') if head['value'] is None else float(head['value']) for head in ordered]
    return [float(head['lr']) for head in ordered], values
