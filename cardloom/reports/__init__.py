"""Words and pictures about a run: page, Markdown, script, diagram, provenance.

The only room where a run's history becomes prose. Nothing here writes to a journal.
"""

from cardloom.reports.exports import KINDS, Kind, file_name, kind_of, kinds_of, read_report

__all__ = ["KINDS", "Kind", "file_name", "kind_of", "kinds_of", "read_report"]
