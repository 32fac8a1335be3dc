"""A real server on a workspace of small workflows, and a real Chromium that looks at it."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # WebGL without a GPU, which the map needs
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LIMITED = """
import os, resource, sys
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
os.execv(sys.argv[2], sys.argv[2:])
"""
PATIENCE = 30.0  # seconds until something that should happen is given up

# A card that does what a file tells it, line by line: a test decides when it writes and ends.
PUPPET = '''
"""A card on strings."""
import time
from pathlib import Path
from cardloom import Text, Workflow

puppet = Workflow("Puppet")
puppet.ask(string=Text("Which string?"))


def obey(string, run):
    told = Path(__file__).parent / "strings" / string
    obeyed = 0
    try:
        while True:
            lines = told.read_text().split("\\n")[:-1] if told.exists() else []
            for line in lines[obeyed:]:
                word, _, rest = line.partition(" ")
                if word == "write":
                    run.write(rest + "\\n")
                elif word == "note":
                    run.note(rest)
                elif word == "progress":
                    done, _, total = rest.partition("/")
                    run.progress(int(done), int(total) if total else None, "pages")
                elif word == "fail":
                    raise ValueError(rest)
                elif word == "end":
                    return rest
            obeyed = len(lines)
            time.sleep(0.01)
    finally:
        told.with_suffix(".left").write_text("left")


@puppet.do
def dance(string, *, run):
    """Dance"""
    return obey(string, run)


@puppet.do
def bow(dance):
    """Bow"""
    return f"The end of {dance}."
'''

WORKFLOWS = {
    "puppet.py": PUPPET,
    "marionette.py": PUPPET.replace("puppet", "marionette")
    .replace("Puppet", "Marionette")
    .replace("@marionette.do\ndef dance", "@marionette.do(process=True)\ndef dance"),
    "kinds.py": '''
"""One card of each kind of question."""
from cardloom import Choice, Confirm, Form, Number, Text, Upload, Workflow
from cardloom.engine import Option

kinds = Workflow("Kinds")


def whole_words(text):
    if len(text.split()) < 2:
        raise ValueError("Two words at least, please.")
    return text.title()


kinds.ask(
    words=Text("Some words", parse=whole_words, help="Two or more."),
    lines=Text("Some lines", lines=4),
    count=Number("How many?", whole=True, min=1, max=9, unit="pieces"),
    one=Choice(
        "Which one?",
        [("a", "Ay", "the first"), Option("b", "Bee", disabled="sold out"), ("c", "See")],
    ),
    long=Choice("Which of many?", [str(n) for n in range(40)]),
    some=Choice("Which ones?", {1: "One", 2: "Two", 3: "Three"}, multiple=True),
    sure=Confirm("Go on?", yes="Yes, go on", no="No, stay"),
    paper=Upload("Your paper", accept=[".csv", ".txt"]),
    form=Form(
        "All together",
        name=Text("Name"),
        age=Number("Age", whole=True, min=0),
        pets=Choice("Pets", ["cat", "dog"], multiple=True, optional=True),
        tall=Confirm("Tall?"),
        scan=Upload("Scan", optional=True),
    ),
)


@kinds.do
def told(words, lines, count, one, long, some, sure, paper, form):
    """Told"""
    return {"count": count, "some": some, "sure": sure, "paper": paper.read_text(), "form": form}
''',
    "chain.py": '''
"""Two branches that meet."""
from cardloom import Choice, Text, Workflow

chain = Workflow("Chain")
chain.ask(left=Text("Left?"), right=Text("Right?"))


@chain.do
def of_left(left):
    return f"L {left}"


@chain.do
def of_right(right):
    if right == "bad":
        raise ValueError("The right one is bad")
    return f"R {right}"


@chain.ask
def pick(left):
    """Pick one"""
    return Choice("Pick one", [left, "the other"])


@chain.do
def both(of_left, of_right, pick):
    return f"{of_left} and {of_right} and {pick}"
''',
    "written.py": '''
"""Writes files."""
from cardloom import Files, Text, Workflow

written = Workflow("Written")
written.ask(text=Text("What stands in it?"))


@written.do(show=lambda paths: Files(paths))
def papers(text, *, run):
    made = []
    for name in ("page.html", "data.csv", "note.txt", "picture.svg", "odd name #1?.txt"):
        path = run.file(name)
        path.write_text(text)
        made.append(path)
    return made
''',
    "hostile.py": '''
"""<script>alert('about')</script>"""
from cardloom import Choice, Form, Markdown, Table, Text, Workflow

X = "<img src=x onerror=alert(1)><script>alert(2)</script>\\"'>"
hostile = Workflow(f"T {X}", example=X)
hostile.ask(
    text=Text(f"L {X}", help=f"H {X}", placeholder=f"P {X}"),
    pick=Choice(f"C {X}", [(f"v {X}", f"o {X}", f"n {X}"), ("plain", "plain")]),
    form=Form(f"F {X}", a=Text(f"A {X}")),
)


def shown(value):
    return [Table([f"col {X}"], [[f"cell {X}"]], f"title {X}"), Markdown(f"md {X} [l](javascript:alert(3))")]


@hostile.do(show=shown)
def work(text, pick, form, *, run):
    run.note(f"note {X}")
    run.write(f"wrote {X}\\n")
    run.file(f"f {X}.txt").write_text("x")
    return {"text": text, X: [X, {X: X}]}


@hostile.do
def fall(work):
    raise ValueError(f"error {X}")
''',
    "wrong_name.py": """
from cardloom import Text, Workflow

wrong = Workflow("Wrong")
wrong.ask(colour=Text("Colour?"))


@wrong.do
def verdict(color):
    return color
""",
    "wrong_syntax.py": "from cardloom import Workflow\nflow = Workflow('x'\n",
    "wrong_import.py": "from cardloom import Workflow\nimport no_such_module_here\n",
}


@dataclass
class Answer:
    """What the server said to one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        return next((v for k, v in self.headers if k.lower() == name), "")


def until(look: Callable[[], Any], what: str = "it") -> Any:
    """Wait until `look()` is true, and give what it gave."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not happen within {PATIENCE:g} s")


class Served:
    """`cardloom serve` in a process of its own, and what stands on its disk."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.first_line = ""

    def start(self, *arguments: str, most_bytes: int = 0) -> "Served":
        command = [sys.executable, "-m", "cardloom", "serve", "--no-open"]
        command += ["--workspace", str(self.workspace), "--port", str(self.port), *arguments]
        if most_bytes:  # no file of the server may grow beyond it
            command = [sys.executable, "-c", LIMITED, str(most_bytes), *command]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        about = json.loads((self.workspace / ".cardloom" / "server.json").read_text())
        self.address, self.token = about["address"], about["token"]
        self.port = int(self.address.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        """As a power cut would: no shutdown, nothing flushed by the app."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> str:
        """Stop it as Ctrl+C does; what it wrote to standard error."""
        if self.process is None or self.process.poll() is not None:
            return ""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.communicate(timeout=10)[1]
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def cli(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cardloom", *words, "--workspace", str(self.workspace)],
            capture_output=True,
            text=True,
            timeout=60,
            env={k: v for k, v in os.environ.items() if k != "CARDLOOM_WORKSPACE"},
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        form: Any = None,
        headers: dict[str, str] | None = None,
        trusted: bool = True,
    ) -> Answer:
        """One request as it stands; `trusted` adds the token that only this user can read."""
        told = {"X-Cardloom-Token": self.token} if trusted else {}
        body = None
        if form is not None:
            told["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form, doseq=True)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body=body, headers={**told, **(headers or {})})
            reply = connection.getresponse()
            return Answer(reply.status, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, **form: Any) -> Answer:
        return self.request("POST", path, form=form)

    def begin(self, workflow: str, key: str) -> str:
        """Open the run of this key; the path of its page."""
        answer = self.post("/runs", workflow=workflow, key=key)
        assert answer.status == 303, answer.text
        return answer.header("location")

    def journal_path(self, run: str) -> Path:
        return self.workspace / "runs" / run.removeprefix("/runs/") / "journal.jsonl"

    def journal(self, run: str) -> list[dict[str, Any]]:
        lines = self.journal_path(run).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def events(self, run: str, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.journal(run) if event["type"] == kind]

    def journals(self) -> dict[str, bytes]:
        """Every journal of the workspace, byte for byte."""
        root = self.workspace / "runs"
        return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("journal*.jsonl")}

    def pull(self, string: str, *commands: str) -> None:
        """Tell a puppet's card what to do next."""
        folder = self.workspace / "strings"
        folder.mkdir(exist_ok=True)
        with (folder / string).open("a") as file:
            file.write("".join(f"{line}\n" for line in commands))

    def left(self, string: str) -> bool:
        """Whether the puppet's function has ended."""
        return (self.workspace / "strings" / string).with_suffix(".left").exists()


def write_workflows(workspace: Path) -> Path:
    workspace.mkdir(parents=True, exist_ok=True)
    for name, text in WORKFLOWS.items():
        (workspace / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return workspace


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Any]:
    return until


@pytest.fixture(name="fill_for_module", scope="module")
def fill_for_module_fixture() -> Callable[[Path], Path]:
    return write_workflows


@pytest.fixture(name="fill")
def fill_fixture() -> Callable[[Path], Path]:
    return write_workflows


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """`serve(workspace, …)`: a server begun in a way of the test's own."""
    yield from _servers()


@pytest.fixture(scope="module")
def serve_for_module() -> Iterator[Callable[..., Served]]:
    """The same, for a server that all tests of a module use."""
    yield from _servers()


def _servers() -> Iterator[Callable[..., Served]]:
    begun: list[Served] = []

    def start(workspace: Path, **options: Any) -> Served:
        begun.append(Served(workspace).start(**options))
        return begun[-1]

    yield start
    for served in begun:
        served.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for a module, on the workflows above."""
    served = Served(write_workflows(tmp_path_factory.mktemp("workspace")))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Served]:
    """A server that the test may kill."""
    served = Served(write_workflows(tmp_path / "workspace"))
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on an empty folder, as a newcomer has it."""
    served = Served(tmp_path_factory.mktemp("bare"))
    served.start()
    yield served
    served.stop()


# Module by module, since a running Playwright keeps asyncio's loop from the other tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


@dataclass
class Window:
    """A browser context whose pages' faults are collected: exceptions, and broken policy."""

    context: BrowserContext
    faults: list[str]

    def tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        page.on("dialog", self._asked)
        return page

    def _heard(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "violates" in message.text:
            self.faults.append(message.text)

    def _asked(self, dialog: Any) -> None:
        self.faults.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """A fresh browser window; the test fails where a script of the page did."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    made = Window(context, [])
    yield made
    context.close()
    assert not made.faults


@pytest.fixture
def page(window: Window) -> Page:
    return window.tab()
