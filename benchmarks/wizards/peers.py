"""Who is measured: how each server is started, and where its page keeps its fields.

The selectors stand here and nowhere else.
"""

import dataclasses
import subprocess
import sys
from pathlib import Path

WIZARDS = Path(__file__).resolve().parent
ROOT = WIZARDS.parent.parent
VENDOR = ROOT / "cardloom/web/static/vendor"
BENCH = ROOT / ".bench"
PEERS_VENV = BENCH / "peers-venv"
FOLDER = BENCH / "page"


@dataclasses.dataclass(frozen=True)
class Marks:
    """Where a page keeps its things. `{card}` in `submit` is name, quest or color.

    name, quest, color and verdict are paths of IN_PAGE; blue and submit are Playwright's.
    """

    name: str
    quest: str
    color: str
    verdict: str
    blue: str
    submit: str

    @property
    def fields(self) -> dict[str, str]:
        return {"name": self.name, "quest": self.quest, "color": self.color}


@dataclasses.dataclass(frozen=True, eq=False)
class Peer:
    name: str
    title: str
    port: int
    command: list[str]
    marks: Marks
    env: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where it keeps its files, from one start to the next."""
        return FOLDER / self.name

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def all_peers() -> list[Peer]:
    python = str(PEERS_VENV / "bin/python")
    fasthtml = Marks(
        name="input[name=name]:not([type=hidden])",
        quest="input[name=quest]:not([type=hidden])",
        color="input[type=radio]",
        verdict="#verdict",
        blue="input[value=blue]",
        submit="button",
    )
    nicegui = Marks(
        name="input[aria-label='What is your name?']",
        quest="input[aria-label='What is your quest?']",
        color="[role=radio]",
        verdict=".verdict",
        blue="[role=radio][aria-label=blue]",
        submit="button",
    )
    marimo = Marks(
        name="marimo-form >>> marimo-text[data-label*='your name'] >>> input",
        quest="marimo-form >>> marimo-text[data-label*='your quest'] >>> input",
        color="marimo-form >>> marimo-radio >>> [role=radio]",
        verdict="#verdict",
        blue="marimo-radio [role=radio][value*=blue]",
        submit="button[type=submit]",
    )
    gradio = Marks(
        name="#name :is(input, textarea)",
        quest="#quest :is(input, textarea)",
        color="#color input",
        verdict="#verdict p",
        blue="#color label:has-text('blue')",
        submit="button:has-text('Answer')",
    )
    streamlit = Marks(
        name="input[aria-label='What is your name?']",
        quest="input[aria-label='What is your quest?']",
        color="[data-testid=stRadio] label",
        verdict="[data-testid=stMarkdown] p",
        blue="[data-testid=stRadio] label:has-text('blue')",
        submit="[data-testid=stFormSubmitButton] button",
    )
    cardloom = Marks(
        name="#card-name input:not([type=hidden])",
        quest="#card-quest input:not([type=hidden])",
        color="#card-color input[type=radio]",
        verdict="#card-verdict[data-state=done]",
        blue="#card-color input[value=blue]",
        submit="#card-{card} button[type=submit]",
    )

    def script(name: str) -> list[str]:
        return [python, str(WIZARDS / f"{name}.py")]

    htmx = {"HTMX": str(htmx_file())}
    return [
        Peer(
            "cardloom",
            "Cardloom",
            5400,
            serve_cardloom(FOLDER / "cardloom", 5400),
            cardloom,
        ),
        Peer("fasthtml", "FastHTML, bare", 5401, script("bridge_fasthtml"), fasthtml, htmx),
        Peer(
            "fasthtml-session",
            "FastHTML, session cookie",
            5402,
            script("bridge_fasthtml_session"),
            fasthtml,
            htmx,
        ),
        Peer("nicegui", "NiceGUI", 5403, script("bridge_nicegui"), nicegui),
        Peer(
            "nicegui-storage",
            "NiceGUI, user storage",
            5404,
            script("bridge_nicegui_storage"),
            nicegui,
        ),
        Peer(
            "marimo",
            "marimo",
            5405,
            [
                *(python, "-m", "marimo", "-q", "-y", "run", str(WIZARDS / "bridge_marimo.py")),
                *("--headless", "--no-token", "--host", "127.0.0.1", "--port", "5405"),
            ],
            marimo,
            {"MARIMO_SKIP_UPDATE_CHECK": "1"},
        ),
        Peer(
            "gradio",
            "Gradio",
            5406,
            script("bridge_gradio"),
            gradio,
            {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"},
        ),
        Peer(
            "streamlit",
            "Streamlit",
            5407,
            [
                *(python, "-m", "streamlit", "run", str(WIZARDS / "bridge_streamlit.py")),
                *("--server.address", "127.0.0.1", "--server.port", "5407"),
                *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
            ],
            streamlit,
        ),
    ]


def serve_cardloom(workspace: Path, port: int) -> list[str]:
    where = ["--workspace", str(workspace), "--port", str(port), "--no-open"]
    return [sys.executable, "-m", "cardloom", "serve", *where]


def htmx_file() -> Path:
    """Cardloom's own copy of htmx: bare FastHTML is the same stack with nothing on top."""
    found = sorted(VENDOR.rglob("htmx*.js"))
    if not found:
        sys.exit(f"page: no htmx*.js below {VENDOR}; the FastHTML wizard is served with that copy.")
    return found[0]


def install_peers() -> None:
    """An environment of their own, made again when the pinned versions change."""
    wanted = (WIZARDS / "requirements.txt").read_text()
    stamp = PEERS_VENV / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"page: installing the peers into {PEERS_VENV} (about 1 GB)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS_VENV)], check=True)
    pip = [str(PEERS_VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--prefer-binary"]
    subprocess.run([*pip, "-r", str(WIZARDS / "requirements.txt")], check=True)
    stamp.write_text(wanted)


def versions() -> dict[str, str]:
    lines = (WIZARDS / "requirements.txt").read_text().splitlines()
    pins = [line.partition("==") for line in lines if "==" in line]
    return {name: version for name, _, version in pins}
