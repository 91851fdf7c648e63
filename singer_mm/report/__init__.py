"""Results as pages and tables for people."""

from .run_report import Headline, Picture, render_run_report

__all__ = ['Headline', 'Picture', 'render_run_report']
