"""A run as a zip, out and in.

Everything in a zip from elsewhere is data and may be hostile; a zip that breaks a rule is refused
whole.
"""

from cardloom.archive.arrival import Arrival, import_run
from cardloom.archive.pack import FORMAT, write_archive
from cardloom.archive.unpack import MOST_ARCHIVE, BadArchive, DamagedArchive

__all__ = [
    "FORMAT",
    "MOST_ARCHIVE",
    "Arrival",
    "BadArchive",
    "DamagedArchive",
    "import_run",
    "write_archive",
]
