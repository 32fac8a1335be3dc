"""The tutorial runs as it is printed: its files are written, its commands run, its outputs compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

from documents import DOCS, Block, blocks

# Where the tutorial leaves something open it writes …, and it means any text, also none.
OPEN = "…"


def test_the_tutorial_runs_from_top_to_bottom(tmp_path: Path) -> None:
    tutorial = blocks(DOCS / "tutorial.md")
    commands = 0
    for block in tutorial:
        if block.language == "python":
            _write(block, tmp_path)
        elif block.language == "console":
            for command, expected in _commands(block):
                _compare(command, expected, _run(command, tmp_path), block)
                commands += 1
    assert commands >= 15


def test_the_tutorial_shows_what_it_promises() -> None:
    text = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    for shown in (
        "parse=",
        "@poem.ask",
        "Skip(",
        "run.progress(",
        "run.once(",
        "--plan",
        "poem.run(",
    ):
        assert shown in text


def _write(block: Block, folder: Path) -> None:
    name = re.match(r"# ([\w.]+)\n", block.text)
    assert name, f"line {block.line}: a python block begins with its file's name, like # poem.py"
    (folder / name[1]).write_text(block.text, encoding="utf-8")


def _commands(block: Block) -> list[tuple[str, str]]:
    found = re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.text, re.M)
    assert found, f"line {block.line}: a console block has commands after $"
    return [(command, output.rstrip("\n")) for command, output in found]


def _run(command: str, folder: Path) -> str:
    tools = Path(sys.executable).parent
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CARDLOOM_")}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**kept, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()).rstrip("\n")


def _compare(command: str, expected: str, got: str, block: Block) -> None:
    pattern = ".*".join(re.escape(part) for part in expected.split(OPEN))
    assert re.fullmatch(pattern, got, re.S), (
        f"tutorial.md, line {block.line}: $ {command}\n--- printed\n{expected}\n--- got\n{got}"
    )
