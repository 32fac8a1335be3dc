"""Tables: SQLite for what is searched or joined, and can be made again from files.

What is kept here is never the truth: whoever deletes a table's file loses time and nothing else.
"""

from cardloom.tables.index import Index, Query, Row, Spoilt, flatten

__all__ = ["Index", "Query", "Row", "Spoilt", "flatten"]
