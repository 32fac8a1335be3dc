"""Stored values and sizes in a few words: for one line on a terminal or on a folded card."""

from cardloom.types import Json


def brief(stored: Json) -> str:
    """One short line for a stored value."""
    match stored:
        case None:
            return "nothing"
        case bool():
            return "yes" if stored else "no"
        case float():
            return f"{stored:.12g}"
        case {"$": "file", "path": str(path), "size": int(size)}:
            return f"{path.rsplit('/', 1)[-1]} ({file_size(size)})"
        case {"$": "stored" | "table", "file": {"size": int(size)}}:
            return f"{'a table' if stored['$'] == 'table' else 'a large value'} ({file_size(size)})"
        case {"$": "tuple" | "set" | "frozenset", "v": list(items)} | list(items):
            if len(items) <= 4 and all(not isinstance(i, (dict, list)) for i in items):
                return shorten(", ".join(brief(item) for item in items)) or "nothing"
            return f"{len(items):,} items"
        case {"$": "dataclass", "v": dict(inner)}:
            return brief(inner)
        case {"$": "dict", "v": list(pairs)}:
            return f"{len(pairs):,} entries"
        case {"$": str(), "v": inner}:
            return shorten(str(inner))
        case dict():
            pairs = [f"{k}: {brief(v)}" for k, v in list(stored.items())[:4]]
            return shorten(" · ".join(pairs) + (" …" if len(stored) > 4 else ""))
    return shorten(str(stored))


def shorten(text: str) -> str:
    """`text` on one line, cut to what a line can bear."""
    line = " ".join(text.split())
    return line if len(line) <= 110 else line[:109] + "…"


def file_size(size: int) -> str:
    """Bytes for people, in powers of 1000."""
    number = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000 or unit == "GB":
            return (
                f"{number:,.0f} {unit}"
                if unit == "bytes" or number >= 10
                else f"{number:.1f} {unit}"
            )
        number /= 1000
    raise AssertionError("unreachable")
