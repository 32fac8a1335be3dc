"""Files of a run that are on the disk when the call returns. Their names need `sync_folder`."""

import os
import sys
from pathlib import Path


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file for its owner alone (600); FileExistsError where there is one."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Make a file that somebody wrote durable. Windows syncs only what is open for writing."""
    with path.open("r+b" if sys.platform == "win32" else "rb") as file:
        os.fsync(file.fileno())
