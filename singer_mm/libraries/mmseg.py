"""Everything of ours that a config of ``default_scope = 'mmseg'`` may name; needs mmseg and mmpretrain."""

import singer_mm.datasets.dense
import singer_mm.datasets.hold_out
import singer_mm.datasets.transforms.adopt_size
import singer_mm.datasets.transforms.area_crop
import singer_mm.datasets.transforms.check_depth_map
import singer_mm.datasets.transforms.check_label_map
import singer_mm.datasets.transforms.fixed_crop
import singer_mm.datasets.transforms.load_depth_map
import singer_mm.datasets.transforms.load_label_map
import singer_mm.datasets.transforms.square_depth_crop
import singer_mm.engine.hooks.sweep_hook
import singer_mm.engine.optim.group_clip_optim_wrapper
import singer_mm.engine.optim.layer_decay_constructor
import singer_mm.engine.optim.sweep_optim_wrapper_constructor
import singer_mm.evaluation.metrics.depth_metric_per_image
import singer_mm.evaluation.metrics.pooled_depth_metric
import singer_mm.evaluation.metrics.prediction_recorder
import singer_mm.models.data_preprocessors.patch_seg_preprocessor
import singer_mm.models.heads.binned_depth_head
import singer_mm.models.heads.linear_decode_head
import singer_mm.models.heads.linear_depth_head
import singer_mm.models.heads.pyramid_depth_head
import singer_mm.models.heads.sweep_decode_head
import singer_mm.models.losses.sig_loss
import singer_mm.models.segmentors.patch_depth_estimator
import singer_mm.models.segmentors.patch_encoder_decoder
import singer_mm.registry  # noqa: F401
