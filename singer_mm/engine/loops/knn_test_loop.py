"""Testing by nearest neighbours, without training and without a head."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dist import all_gather, get_rank
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner, TestLoop
from torch import Tensor
from torch.nn.functional import normalize
from torch.utils.data import DataLoader

from singer_mm.engine.bare_model import bare_model
from singer_mm.errors import ConfigError
from singer_mm.evaluation.knn_vote import check_ks, knn_vote
from singer_mm.registry import LOOPS


@LOOPS.register_module()
class KNNTestLoop(TestLoop):
    """Classify the test set by the nearest training images, as DINO and DINOv2 do.

    The features are the backbone's first output (CLS token after the final norm), L2-normalised. The loop reports
    ``knn/top1_k{k}`` in percent for every ``k``; the evaluator's metrics see the votes of ``k`` neighbours.

    Args:
        runner, dataloader, evaluator: Those of MMEngine's ``TestLoop``.
        train_dataloader: Loader of the labelled images, in order and with the transforms of testing.
        ks: Numbers of neighbours.
        temperature: See :func:`knn_vote`.
        k: The one of ``ks`` whose votes ``evaluator`` sees. It is fixed in advance, since the best one could only be
            chosen on the test set. 20 is DINO's.

    Raises:
        ConfigError: If ``k`` is not in ``ks``, or one of these exceeds the number of training images.
    """

    def __init__(
        self,
        runner: Runner,
        dataloader: DataLoader[Any] | dict[str, Any],
        evaluator: Evaluator | dict[str, Any] | list[Any],
        train_dataloader: DataLoader[Any] | dict[str, Any],
        ks: Sequence[int] = (10, 20, 100, 200),
        temperature: float = 0.07,
        k: int = 20,
    ) -> None:
        super().__init__(runner, dataloader, evaluator)
        if k not in ks:
            raise ConfigError(f'KNNTestLoop: k is {k}; allowed: its ks {tuple(ks)}.')
        self.train_dataloader: Any = train_dataloader
        if isinstance(train_dataloader, dict):
            self.train_dataloader = runner.build_dataloader(train_dataloader, seed=runner.seed)
        check_ks(ks, len(self.train_dataloader.dataset))
        self.ks = tuple(ks)
        self.temperature = temperature
        self.k = k

    @torch.no_grad()
    def run(self) -> dict[str, float]:
        """Collect the training features, then test; return the metrics."""
        self.runner.call_hook('before_test')
        self.runner.call_hook('before_test_epoch')
        self.runner.model.eval()
        bank, labels = self._collect_bank()
        num_classes = len(self.dataloader.dataset.metainfo.get('classes', ())) or int(labels.max()) + 1
        hits: list[Tensor] = []
        for index, batch in enumerate(self.dataloader):
            self.runner.call_hook('before_test_iter', batch_idx=index, data_batch=batch)
            features, samples = self._features(batch)
            votes = knn_vote(features, bank, labels, num_classes, self.ks, self.temperature)
            targets = _labels(samples).to(features.device)
            hits.append(torch.stack([votes[k].argmax(dim=1) == targets for k in self.ks], dim=1))
            for sample, score in zip(samples, votes[self.k], strict=True):
                sample.set_pred_score(score).set_pred_label(score.argmax())
            self.evaluator.process(data_samples=samples, data_batch=batch)
            self.runner.call_hook('after_test_iter', batch_idx=index, data_batch=batch, outputs=samples)
        size = len(self.dataloader.dataset)
        metrics: dict[str, float] = self.evaluator.evaluate(size)
        shares = 100 * _gather(torch.cat(hits), size).double().mean(dim=0)
        metrics.update({f'knn/top1_k{k}': float(share) for k, share in zip(self.ks, shares, strict=True)})
        self.runner.call_hook('after_test_epoch', metrics=metrics)
        self.runner.call_hook('after_test')
        return metrics

    def _collect_bank(self) -> tuple[Tensor, Tensor]:
        """Return normalised features ``(N, C)`` and labels ``(N,)`` of all training images, in every process."""
        size = len(self.train_dataloader.dataset)
        self.runner.logger.info(f'kNN: features of {size} training images')
        features, labels = [], []
        for index, batch in enumerate(self.train_dataloader):
            batch_features, samples = self._features(batch)
            features.append(normalize(batch_features, dim=1))
            labels.append(_labels(samples).to(batch_features.device))
            if get_rank() == 0 and (index + 1) % 100 == 0:
                self.runner.logger.info(f'kNN: {index + 1} of {len(self.train_dataloader)} batches')
        return _gather(torch.cat(features), size), _gather(torch.cat(labels), size)

    def _features(self, batch: Any) -> tuple[Tensor, list[Any]]:
        model = bare_model(self.runner.model)
        data = model.data_preprocessor(batch, False)
        return model.backbone(data['inputs'])[0].float(), data['data_samples']


def _labels(samples: Sequence[Any]) -> Tensor:
    return torch.cat([sample.gt_label for sample in samples])


def _gather(values: Tensor, size: int) -> Tensor:
    """Return the values of all processes in the order of the dataset.

    ``DefaultSampler`` gives the samples to the processes in turn, and repeats some so that all get equally many.
    """
    return torch.stack(all_gather(values), dim=1).flatten(0, 1)[:size]
