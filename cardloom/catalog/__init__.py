"""The catalog: finds and loads workflow files, shipped and yours.

A file that will not load is an entry with file, line and sentence; nothing here raises for it.
"""

from cardloom.catalog.catalog import NAME, Catalog, Entry
from cardloom.catalog.composed import composed, find_parts
from cardloom.catalog.load import (
    line_in,
    load_file,
    load_module,
    looks_like_app,
    looks_like_workflow,
)
from cardloom.catalog.modules import share_modules

__all__ = [
    "NAME",
    "Catalog",
    "Entry",
    "composed",
    "find_parts",
    "line_in",
    "load_file",
    "load_module",
    "looks_like_app",
    "looks_like_workflow",
    "share_modules",
]
