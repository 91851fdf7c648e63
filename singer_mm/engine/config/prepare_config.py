"""Everything that must happen to a config before a Runner is built from it."""

import copy
from typing import Any

from mmengine.config import Config

from .backbone_reference import resolve_backbone
from .cached_text_config import CachedTextConfig
from .config_check import check_config
from .data_folder import use_data
from .value_check import check_values


def prepare_config(cfg: Config | dict[str, Any]) -> Config:
    """Return a checked copy with resolved data folder and backbone; those that are already resolved stay as they are.

    Raises:
        SingerError: If the backbone, the data or a key does not exist, or a value is not allowed.
    """
    cfg = copy.deepcopy(cfg) if isinstance(cfg, Config) else Config(copy.deepcopy(dict(cfg)))
    check_values(cfg)
    use_data(cfg)
    resolve_backbone(cfg)
    check_config(cfg)
    return CachedTextConfig.of(cfg)
