from .info_loss import InfoLoss
from .kd_loss import KDLoss
from .logits_loss import LogitsLoss
from .outlier_loss import OutlierLoss
from .token_mse_loss import TokenMSELoss

__all__ = ['InfoLoss', 'KDLoss', 'LogitsLoss', 'OutlierLoss', 'TokenMSELoss']
