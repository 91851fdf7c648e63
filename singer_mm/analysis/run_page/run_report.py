"""One distillation run as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from singer_mm.pages.headline import Headline
from singer_mm.pages.page import page_environment
from singer_mm.pages.picture import Picture
from singer_mm.pages.table import summary_tables


def render_run_report(
    title: str,
    summary: Mapping[str, Any],
    pictures: Sequence[Picture],
    headlines: Sequence[Headline] = (),
    appendix: Mapping[str, str] | None = None,
) -> str:
    """Render the page; images are embedded, so that it can be mailed and read offline.

    Args:
        title: Name of the run.
        summary: Nested dict of plain values. Values on the first level form one table, each dict a further one; a
            dict of dicts becomes a table of rows and columns.
        pictures: Shown in this order.
        headlines: Numbers above everything else.
        appendix: Title -> long text, such as the config, folded away at the end.
    """
    return (
        page_environment()
        .get_template('run_report.html.j2')
        .render(
            title=title,
            headlines=headlines,
            pictures=pictures,
            tables=summary_tables(summary),
            appendix=appendix or {},
        )
    )
