"""The headline table: columns, rows, formats, and the published rows."""
