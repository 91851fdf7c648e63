"""Everything of ours that a config of ``default_scope = 'mmpretrain'`` may name; needs mmpretrain."""

import singer_mm.datasets.classification
import singer_mm.datasets.hold_out
import singer_mm.models.heads.sweep_cls_head
import singer_mm.registry  # noqa: F401
