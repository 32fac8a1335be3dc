"""JIS X 0208 as browsers have it: Microsoft's, which Python knows in Shift_JIS alone."""

from __future__ import annotations


def pair_of(data: bytes, start: int) -> tuple[str, int]:
    """The character of EUC-JP at `start` that Python's codec does not know, and where it ends."""
    lead, *trail = data[start : start + 2]
    if lead == 0x8F and trail and trail[0] >= 0xA1:
        third = data[start + 2 : start + 3]
        return "\ufffd", start + (3 if third and third[0] >= 0x80 else 2)
    if not trail or trail[0] < 0x80 or not (0xA1 <= lead <= 0xFE or lead in (0x8E, 0x8F)):
        return "\ufffd", start + 1
    if lead < 0xA1 or not 0xA1 <= trail[0] <= 0xFE:
        return "\ufffd", start + 2
    return _character(lead - 0xA0, trail[0] - 0xA0), start + 2


def _character(row: int, cell: int) -> str:
    # Two rows share a lead byte of Shift_JIS, and its trail bytes leave out 0x7F.
    lead = (row + 1) // 2 + (0x80 if row < 63 else 0xC0)
    trail = cell + 0x9E if row % 2 == 0 else cell + (0x3F if cell < 64 else 0x40)
    character = bytes((lead, trail)).decode("cp932", "replace")
    return character if len(character) == 1 else "\ufffd"
