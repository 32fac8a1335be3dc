"""Put on PYTHONPATH, this counts a process's changes to the disk below PROOF_ROOT, and at the one
numbered PROOF_AT does what PROOF_DO says: `kill` it (before the call, or after it), or let the call
fail with an errno (`once`, or from then on `ever`), or write a part. The product knows nothing of it.
"""

import errno
import os
import signal
import sys

ROOT = os.environ.get("PROOF_ROOT", "")
AT = int(os.environ.get("PROOF_AT", "0"))
DO = os.environ.get("PROOF_DO", "count").split()  # kill before | kill after | EIO once | short once
COUNT = os.environ.get("PROOF_COUNT", "")  # a file that gets a line for each call
ONLY = os.environ.get("PROOF_ONLY", "")  # only paths that hold this
WHILE = os.environ.get("PROOF_WHILE", "")  # a file: the disk is mended when it is gone
_say = os.open(COUNT, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) if COUNT else -1
_real = {
    name: getattr(os, name)
    for name in ("open write fsync fdatasync ftruncate rename replace mkdir unlink".split())
}
_read = os.readlink
_seen = 0


def _broken() -> bool:
    return not WHILE or os.path.exists(WHILE)  # noqa: PTH110 - the calls of pathlib are wrapped here


def _path(target: object) -> str:
    if isinstance(target, int):
        try:
            return _read(f"/proc/self/fd/{target}")
        except OSError:
            return ""
    return os.path.abspath(os.fsdecode(target))  # noqa: PTH100 - a link stays what it is


def _wrapped(name: str):
    real = _real[name]

    def call(target, *rest, **named):
        global _seen
        counts = not (name == "open" and not (rest and rest[0] & (os.O_CREAT | os.O_WRONLY)))
        path = _path(target) if counts else ""
        if not path.startswith(ROOT) or ONLY not in path or path.endswith(".lock"):
            return real(target, *rest, **named)
        _seen += 1
        if COUNT:
            _real["write"](_say, f"{_seen} {name} {path}\n".encode())
        if _seen < AT or (_seen > AT and DO[-1] != "ever") or not AT or not _broken():
            return real(target, *rest, **named)
        if DO[0] == "kill":
            try:
                if DO[1] == "after":
                    real(target, *rest, **named)
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        if DO[0] == "short":
            if name == "write":
                return real(target, rest[0][: max(1, len(rest[0]) // 2)])
            return real(target, *rest, **named)
        if DO[0] == "ENOSPC" and name == "write":  # a full disk takes a part first
            real(target, rest[0][: len(rest[0]) // 2])
        code = getattr(errno, DO[0])
        raise OSError(code, os.strerror(code), path)

    return call


if ROOT and sys.platform == "linux":
    for _name in _real:
        setattr(os, _name, _wrapped(_name))
