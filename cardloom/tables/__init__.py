"""The one reader of tabular files: CSV in any dress, a zip, a workbook, Parquet; by DuckDB.

    file ── contents ──▶ plain UTF-8 ── dialect ──▶ where rows begin ── table ──▶ rows in DuckDB

Every row is taken, or counted by the reason why not with its first line numbers. It imports
nothing at the door: DuckDB is loaded where a table is read.
"""
