"""Runs from elsewhere: a zip that an export wrote, or that pretends to be one, becomes a run here.

Everything in it is data and may be hostile; what is not as it should be is refused whole.
"""

from cardloom.runs.imports.archive import MOST_ARCHIVE, BadArchive
from cardloom.runs.imports.arrival import Arrival, import_run

__all__ = ["MOST_ARCHIVE", "Arrival", "BadArchive", "import_run"]
