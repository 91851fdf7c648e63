from .safe_runner import SafeRunner

__all__ = ['SafeRunner']
