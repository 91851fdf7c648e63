"""Labelled images on which the students of an experiment are compared."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from singer_mm.analysis.networks import device_of
from singer_mm.datasets.labelled_folder import LabelledFolder, read_labelled_folder
from singer_mm.datasets.photographs import load_photographs, spread
from singer_mm.errors import ConfigError, DataError
from singer_mm.evaluation.feature_probes import PROBES
from singer_mm.models import TokenBackbone
from singer_mm.utils.atomic_path import write_json
from singer_mm.utils.weights_digest import weights_digest

BATCH = 250


@dataclass(frozen=True)
class LabelledImages:
    """A folder of classes and how its images are read.

    Attributes:
        folder: With ``train/CLASS/`` and ``test/CLASS/``, see :func:`read_labelled_folder`.
        size: Side of the square images in pixels.
        train: Number of training images, spread evenly over the classes' files; None: all. All test images are used.

    Raises:
        ConfigError: If a number is below 1.
    """

    folder: str
    size: int
    train: int | None = None

    def __post_init__(self) -> None:
        for name, value in (('size', self.size), ('train', self.train)):
            if value is not None and value < 1:
                raise ConfigError(f'labelled: {name} is {value}; it must be at least 1.')

    def accuracies(self, backbone: TokenBackbone, file: Path) -> dict[str, float]:
        """Return the test accuracy in percent of each probe on the CLS token and on the mean of the patch tokens.

        The tokens are those of the last block after the final norm. Nothing is trained but the probe.

        Args:
            backbone: Frozen.
            file: The result is written here, and read from here if it is that of the same weights and settings.

        Raises:
            DataError: If the folder does not hold labelled images, or an image or ``file`` cannot be read.
        """
        data = read_labelled_folder(self.folder)
        facts = dict(
            weights=weights_digest(backbone.state_dict()),
            normalization=[list(values) for values in backbone.normalization],
            images=dict(asdict(self), digest=_digest(data)),
            probes=list(PROBES),
        )
        if file.exists():
            try:
                found = json.loads(file.read_text())
                if found['facts'] == facts:
                    return dict(found['accuracies'])
            except (ValueError, TypeError, KeyError) as error:
                raise DataError(f'{file} is damaged; remove it, and the accuracies are measured again.') from error
        accuracies = self._measure(backbone, data)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, dict(facts=facts, accuracies=accuracies))
        return accuracies

    @torch.no_grad()
    def _measure(self, backbone: TokenBackbone, data: LabelledFolder) -> dict[str, float]:
        chosen = spread(len(data.train.paths), self.train or len(data.train.paths))
        labels, answers = torch.tensor(data.train.labels)[chosen], torch.tensor(data.test.labels)
        known = self._features(backbone, [data.train.paths[index] for index in chosen])
        new = self._features(backbone, data.test.paths)
        accuracies = {}
        for tokens in known:
            for name, predict in PROBES.items():
                right = predict(known[tokens], labels, new[tokens], len(data.classes)) == answers
                accuracies[f'{name}, {tokens}'] = 100 * float(right.double().mean())
        return accuracies

    def _features(self, backbone: TokenBackbone, paths: Sequence[str]) -> dict[str, Tensor]:
        last, prefix = backbone.num_layers - 1, backbone.num_prefix_tokens
        pooled: dict[str, list[Tensor]] = {'CLS': [], 'patch mean': []}
        for images in self._batches(paths):
            inputs = backbone.normalize_images(images.to(device_of(backbone)))
            tokens = backbone.final_normalize(backbone.forward_tokens(inputs, [last])[last]).float().cpu()
            pooled['CLS'].append(tokens[:, 0])
            pooled['patch mean'].append(tokens[:, prefix:].mean(dim=1))
        if not prefix:
            del pooled['CLS']  # the first token is a patch
        return {name: torch.cat(parts) for name, parts in pooled.items()}

    def _batches(self, paths: Sequence[str]) -> Iterator[Tensor]:
        for start in range(0, len(paths), BATCH):
            yield load_photographs(paths[start : start + BATCH], self.size).batch


def _digest(data: LabelledFolder) -> str:
    """Return a digest of the names and sizes of all files."""
    files = [(path, os.path.getsize(path)) for path in data.train.paths + data.test.paths]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()
