"""A sheet of a workbook (xlsx, xls, ods) as lines of CSV: one row one line, so lines are rows."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from cardloom.tables.errors import TableError
from cardloom.tables.unpacking import members

_MOST = 1_000_000_000  # bytes that a workbook may unpack to: it is read whole
_MARKS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}


def is_workbook(path: Path) -> bool:
    """Whether a zip is an Excel or OpenDocument workbook."""
    return bool(_MARKS & {each.filename for each in members(path)})


def sheet_lines(path: Path) -> Iterator[bytes]:
    """The rows of the first sheet that has some, as UTF-8 CSV. Raises TableError."""
    # Only who has a workbook pays for its library.
    from python_calamine import CalamineError, CalamineWorkbook

    _bound(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
            sheet = next((each for each in sheets if each.height > 0), None)
            if sheet is None:
                raise TableError(f"{path.name} is empty: no sheet has a row.")
            rows = iter(sheet.to_python(skip_empty_area=False))
            while some := list(islice(rows, 1000)):
                yield _lines(some)
    except CalamineError as error:
        raise TableError(
            f"{path.name} is a workbook that can't be read ({str(error)[:100]}). Save it as CSV."
        ) from None


def _bound(path: Path) -> None:
    packed = zipfile.is_zipfile(path)
    size = sum(each.file_size for each in members(path)) if packed else path.stat().st_size
    if size > _MOST:
        raise TableError(f"{path.name} is a workbook of more than 1 GB. Save the sheet as CSV.")


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(cell: object) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).split("\n")) if cell is not None else ""
