"""Following journals that others write."""

import asyncio
import subprocess
import sys

from cardloom.journal import Journal, follow

APPEND = """
import sys
from pathlib import Path
from cardloom.journal import Journal
Journal(Path(sys.argv[1])).append([{"type": "noted"}])
"""


async def test_a_line_by_another_process_is_told_with_its_run(tmp_path):
    stop = asyncio.Event()
    journal = Journal(tmp_path / "bridge" / "ada")
    journal.append([{"type": "noted"}])
    told = asyncio.Queue()

    async def listen():
        async for folders in follow(tmp_path, stop):
            await told.put(folders)

    listening = asyncio.create_task(listen())
    folders = set()
    while not folders:  # the watcher begins when it begins: write until it hears
        command = [sys.executable, "-c", APPEND, str(journal.folder)]
        await asyncio.to_thread(subprocess.run, command, check=True)
        (journal.folder / "draft.json").write_text("{}")
        try:
            folders = await asyncio.wait_for(told.get(), 2)
        except TimeoutError:
            continue
    assert folders == {journal.folder}
    stop.set()
    await asyncio.wait_for(listening, 30)
