"""The files of a map, one by one: numbers as they are, lines of text packed, each with its size.

How they are named and what they mean is for `buffers` and docs/graph-format.md; here they are
only written, and counted into one hash.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {"f32": "<f4", "f64": "<f8", "u8": "<u1", "u16": "<u2", "u32": "<u4", "i32": "<i4"}

Entry = dict[str, Any]


class Writing:
    """The files written so far into one folder, readable by their owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.paths = folder, list[Path]()
        self._sum = hashlib.sha256()

    def numbers(self, name: str, kind: str, values: NDArray[Any], width: int = 1) -> Entry:
        """`values` as the file name.kind: what the manifest says of it."""
        content = np.ascontiguousarray(values, TYPES[kind]).tobytes()
        entry = {"file": self.write(f"{name}.{kind}", content), "type": kind}
        return entry | ({"width": width} if width > 1 else {}) | {"bytes": len(content)}

    def lines(self, name: str, lines: Sequence[str]) -> Entry:
        """One line a node, packed, and beside it where each begins; lines hold no line ends."""
        encoded = [line.encode() + b"\n" for line in lines]
        sizes = np.fromiter(map(len, encoded), np.int64, len(encoded))
        packer = zlib.compressobj(
            6, wbits=31
        )  # no name and no time: the same lines, the same bytes
        packed = packer.compress(b"".join(encoded)) + packer.flush()
        return {
            "file": self.write(f"{name}.txt.gz", packed),
            "bytes": len(packed),
            "size": int(sizes.sum()),
            "offsets": self.numbers(f"{name}-offsets", "u32", np.append(0, np.cumsum(sizes))),
        }

    def write(self, name: str, content: bytes) -> str:
        """A file of this folder; its name."""
        self._sum.update(f"{name}\0{len(content)}\0".encode())
        self._sum.update(content)
        path = self.folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        self.paths.append(path)
        return name

    @property
    def hash(self) -> str:
        """SHA-256 over the names, sizes and bytes of the files so far, in hex."""
        return self._sum.hexdigest()


def plain_name(name: str, taken: set[str]) -> str:
    """A column's name as part of a file's name: ASCII, short, and no other's."""
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:40] or "column"
    while plain in taken:
        plain += "-"
    taken.add(plain)
    return plain
