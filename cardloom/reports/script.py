"""A run as a Python script that repeats it: the same workflow by its name, the same answers.

The script never changes a run that is there already: where its key is taken, it says so and wants
another. Questions that the run has not answered stay open, and the script says which are wanting.
"""

import json
import keyword
import textwrap
from pathlib import Path

from cardloom.engine.status import CardStatus
from cardloom.reports.literal import IMPORTS, Spelling
from cardloom.reports.report import Entry, Report
from cardloom.types import Json

SCRIPT = '''"""{about}"""

{imports}


{files}{types}def repeat(flow, key):
    """The run with this key: every answer as it was given."""
    return flow.run(
        key,
{answers}
    )


def main():
    workspace = find_workspace()
    flow = Catalog(workspace.root).workflow({workflow!r})
{prepare}    key = sys.argv[1] if len(sys.argv) > 1 else {key!r}
    if RunStore(workspace, Catalog(workspace.root)).place(flow, key).exists:
        sys.exit(
            f"There is a run of this workflow called {{key!r}} already, and it is left as it is. "
            "Give another key: python THIS_FILE KEY"
        )
    result = repeat(flow, key)
    print(result.run)
    print(result.value)


if __name__ == "__main__":
    main()
'''


def write_script(report: Report, files: Path) -> str:
    """The source. `files` is the run's folder of files, for values that were too large for a line."""

    def read(stored: Json) -> Json:
        path = (files / str(stored["file"]["path"])).resolve()
        if not path.is_relative_to(files.resolve()):
            raise ValueError("The journal names a file outside its run.")
        return json.loads(path.read_text(encoding="utf-8"))

    spelling = Spelling(read)
    answers = [
        _argument(card.name, spelling.spell(given(card)))
        for card in report.cards
        if is_answer(card)
    ]
    names = spelling.names | ({"Path"} if spelling.files else set())
    imports = sorted({IMPORTS[name] for name in names})
    lines = [
        "import sys",
        *imports,
        "",
        "from cardloom.catalog import Catalog",
        "from cardloom.workspace import RunStore, find_workspace",
    ]
    place = f"find_workspace().root / {('runs/' + report.run + '/files')!r}"
    return SCRIPT.format(
        about=_about(report),
        imports="\n".join(lines),
        files=f"# Where the files lie that the run was given.\nFILES = {place}\n\n\n"
        if spelling.files
        else "",
        types="types = {}  # the workflow's dataclasses, by name\n\n\n" if spelling.types else "",
        prepare="    types.update(flow.types)\n" if spelling.types else "",
        answers=textwrap.indent("\n".join(answers), " " * 8),
        workflow=report.workflow,
        key=report.key,
    )


def _argument(name: str, value: str) -> str:
    plain = name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
    return f"{name}={value}," if plain else f"**{{{name!r}: {value}}},"


def is_answer(card: Entry) -> bool:
    """Whether the run was given this card's value, rather than having worked it out."""
    return card.asks and card.settled and card.status != CardStatus.SKIPPED


def given(card: Entry) -> Json:
    """What was given for the card: the workflow's `parse` makes the value of it again."""
    return card.typed if card.typed is not None else card.value


def _about(report: Report) -> str:
    effects = [card.name for card in report.cards if card.once]
    lines = [
        f"Repeats the run {report.run}: {report.title}.",
        "",
        f"Exported from Cardloom at event {report.n}, seal {report.sum}.",
        "Run it where the workflow is, or set CARDLOOM_WORKSPACE to that folder:",
        "",
        "    python THIS_FILE [KEY]",
    ]
    if effects:
        lines += ["", f"Careful: these cards have an effect, and have it again: {effects}."]
    if wanting := [c.name for c in report.cards if c.asks and not c.settled]:
        lines += ["", f"Not answered in the run, so wanting here: {wanting}."]
    # Between triple quotes: whatever a title holds stays text.
    text = "\n".join(lines).encode("ascii", "backslashreplace").decode()
    return text.replace("\\", "\\\\").replace('"', "'") + "\n"
