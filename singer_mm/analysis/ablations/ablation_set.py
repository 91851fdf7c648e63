"""A set of variants, as a file of ``configs/ablations/`` lists them."""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config

from singer_mm.engine.config.config_file import load_config_file
from singer_mm.errors import ConfigError

from .labelled_images import LabelledImages

NETWORKS = ('teacher', 'student')


@dataclass(frozen=True)
class AblationSet:
    """Variants of a base config.

    Attributes:
        base: The config that all variants share.
        base_name: Its path, for people.
        variants: Title to what differs in ``model``, in the order of the table.
        pairs: Titles of two variants each, which a tool may compare seed by seed.
        baselines: Title to the config of a training without a teacher, which is only compared on labelled images.
        labelled: What the backbones are compared on with labels; None: nothing.
    """

    base: Config
    base_name: str
    variants: Mapping[str, Mapping[str, Any]]
    pairs: Sequence[tuple[str, str]] = ()
    baselines: Mapping[str, Config] = field(default_factory=dict)
    labelled: LabelledImages | None = None

    def config(self, title: str) -> Config:
        """Return the config of one variant.

        A variant changes ``model`` alone, so that networks, data, schedule and seeds are the same by construction; one
        that replaces it as a whole (``_delete_=True``) keeps teacher and student, too.
        """
        config = copy.deepcopy(self.base)
        networks = {name: config.model[name] for name in NETWORKS}
        config.merge_from_dict({'model': copy.deepcopy(dict(self.variants[title]))})
        for name, network in networks.items():
            config.model[name] = network
        return config


def read_ablation_set(path: Path, base: Path | None = None, only: Sequence[str] = ()) -> AblationSet:
    """Read a set.

    Args:
        path: File with ``base_config`` (a path relative to itself), ``variants`` (title to a delta of ``model``) and,
            if wanted, ``pairs`` (lists of two titles), ``baselines`` (title to a path relative to the file) and
            ``labelled`` (arguments of :class:`LabelledImages`).
        base: Another base config.
        only: Titles of the wanted variants; all by default.

    Raises:
        ConfigError: If a file is missing or is no such set, a title is unknown, or two become one folder.
    """
    if not path.is_file():
        raise ConfigError(f'{path} does not exist; the sets lie in configs/ablations.')
    listed = load_config_file(path)
    if not isinstance(listed.get('variants'), dict) or 'base_config' not in listed:
        raise ConfigError(f"{path} is no set of variants: it needs base_config='PATH' and variants=dict(...).")
    variants: dict[str, Any] = listed.to_dict()['variants']
    baselines: dict[str, str] = listed.get('baselines', {})
    folders: dict[str, str] = {}
    for title, delta in [*variants.items(), *dict.fromkeys(baselines, {}).items()]:
        other = folders.setdefault(folder_name(title), title)
        if other != title:
            raise ConfigError(f'{path}: the variants {other!r} and {title!r} have one folder; rename one of them.')
        if set(delta) & set(NETWORKS):
            raise ConfigError(f'{path}: variant {title!r} changes a network; put that into a base config (--config).')
    for title in only:
        if title not in variants | baselines:
            allowed = ', '.join(map(repr, [*variants, *baselines]))
            raise ConfigError(f'{path} has no variant {title!r}; allowed: {allowed}.')
    pairs = [tuple(pair) for pair in listed.get('pairs', [])]
    for pair in pairs:
        if len(pair) != 2 or not set(pair) <= set(variants):
            raise ConfigError(f'{path}: pairs lists {list(pair)}; allowed: two of {", ".join(map(repr, variants))}.')
    base = base or path.parent / listed.base_config
    if not base.is_file():
        raise ConfigError(f'the base config {base} does not exist.')
    wanted = only or [*variants, *baselines]
    chosen = {title: variants[title] for title in wanted if title in variants}
    return AblationSet(
        load_config_file(base),
        str(base),
        chosen,
        [pair for pair in pairs if set(pair) <= set(chosen)],
        {title: load_config_file(path.parent / baselines[title]) for title in wanted if title in baselines},
        _labelled_images(path, listed.get('labelled')),
    )


def _labelled_images(path: Path, arguments: Mapping[str, Any] | None) -> LabelledImages | None:
    if arguments is None:
        return None
    try:
        return LabelledImages(**arguments)
    except TypeError as error:
        raise ConfigError(f'{path}: labelled needs folder and size, and may have train ({error}).') from error


def folder_name(title: str) -> str:
    """Return ``no_outlier_loss`` for ``no outlier loss``: what can be a folder and a label.

    Raises:
        ConfigError: If nothing is left but dots, as of ``..``.
    """
    name = re.sub(r'[^\w.-]+', '_', title).strip('_')
    if not name.strip('.'):
        raise ConfigError(f'the title {title!r} of a variant cannot name a folder; give it letters or digits.')
    return name
