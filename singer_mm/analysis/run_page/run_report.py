"""One run as a self-contained HTML page."""

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
    """Render the page; images are embedded, so that the page can be mailed and read offline.

    Args:
        title: Heading of the page.
        summary: Nested dict of plain values. Values on the first level form one table, each dict another one; a dict of
            dicts becomes a table of rows and columns.
        pictures: Shown in this order.
        headlines: Numbers at the top.
        appendix: Title to long text, such as the config; closed sections at the end.
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
