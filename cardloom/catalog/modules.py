"""Workflow files as modules of the processes that a card starts, as pickle looks for them.

A workflow's module has a name of its own and lies on no path. `share_modules` tells later processes
through the environment which files these are; importing this module there lets them be imported.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

PREFIX = "cardloom_workflow_"
_VARIABLE = "CARDLOOM_WORKFLOW_MODULES"


def share_modules() -> None:
    """Let processes started from now on import the workflow files that are loaded here."""
    files = {
        name: file
        for name, module in list(sys.modules.items())
        if name.startswith(PREFIX) and (file := getattr(module, "__file__", None))
    }
    os.environ[_VARIABLE] = json.dumps(files)


class _Loader(SourceFileLoader):
    """Always from the source: bytecode is keyed by whole seconds, and a file may be saved twice in one."""

    def get_code(self, fullname: str) -> CodeType:
        return compile(Path(self.path).read_bytes(), self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(PREFIX):
            return None
        file = json.loads(os.environ.get(_VARIABLE, "{}")).get(fullname)
        loader = _Loader(fullname, file) if file else None
        return spec_from_file_location(fullname, file, loader=loader) if loader else None


sys.meta_path.append(_Finder())
