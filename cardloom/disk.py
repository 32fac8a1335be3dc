"""Files as the disk should have them: written whole or not at all, private, and synced."""

import os
import sys
import tempfile
from pathlib import Path


def write_private(path: Path, text: str, *, sync: bool = True) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone (600); FileExistsError where there is one.

    Its bytes are on the disk when the call returns; its name needs `journal.sync_folder`.
    """
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Sync a file that is written already. Windows syncs only what is open for writing."""
    with path.open("r+b" if sys.platform == "win32" else "rb") as file:
        os.fsync(file.fileno())
