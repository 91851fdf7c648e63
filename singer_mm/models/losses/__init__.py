from .info_loss import InfoLoss
from .kd_loss import KDLoss
from .outlier_loss import OutlierLoss

__all__ = ['InfoLoss', 'KDLoss', 'OutlierLoss']
