"""Everything of ours that a config of ``default_scope = 'mmdet'`` may name; needs mmdet and mmpretrain."""

import singer_mm.engine.optim.layer_decay_constructor
import singer_mm.evaluation.metrics.coco_metric_with_zeros
import singer_mm.evaluation.metrics.prediction_recorder
import singer_mm.models.backbones.windowed_vit
import singer_mm.models.necks
import singer_mm.registry  # noqa: F401
