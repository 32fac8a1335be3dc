"""What is done to the cells of a column, as SQL: trimmed, or cleaned as `text.clean_text` does."""

from cardloom.tables.database import literal
from cardloom.tables.text import TEXT_LENGTH

# What Python calls white space; DuckDB's trim takes spaces only.
BLANKS = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_BARE = r"(?s)[!-~](.*[!-~])?"
_PLAIN = r"[!-~]+( [!-~]+)*"
_UNSHOWABLE = (
    r"[\x00-\x20\x7f-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}-\x{202f}\x{205f}\x{2066}-\x{2069}"
    r"\x{3000}\x{feff}]+"
)


def trimmed(column: str) -> str:
    """A column without the white space around its cells."""
    # Trimming so many signs costs ten times the look whether a cell needs it.
    bare = f"regexp_full_match({column}, {literal(_BARE)})"
    return f"(CASE WHEN {bare} THEN {column} ELSE trim({column}, {literal(BLANKS)}) END)"


def cleaned(column: str) -> str:
    """A column as clean text: one line, at most 300 characters."""
    line = f"regexp_replace(left({column}, {4 * TEXT_LENGTH}), {literal(_UNSHOWABLE)}, ' ', 'g')"
    plain = f"regexp_full_match({column}, {literal(_PLAIN)}) AND length({column}) <= {TEXT_LENGTH}"
    return f"(CASE WHEN {plain} THEN {column} ELSE trim(left(trim({line}), {TEXT_LENGTH})) END)"
