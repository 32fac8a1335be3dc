"""The Bridge in bare FastHTML: each answer swaps in the next form, which carries the earlier ones.

htmx is a local copy (HTMX names the file), since nothing here may leave the machine.
"""

import os

import uvicorn
from fasthtml.common import (
    Button,
    FastHTML,
    FileResponse,
    Form,
    Hidden,
    Input,
    Label,
    P,
    Script,
    Titled,
)

app = FastHTML(default_hdrs=False, hdrs=[Script(src="/htmx.js")])


def step(post, *fields, **answers):
    carried = [Hidden(value, name=name) for name, value in answers.items()]
    return Form(*carried, *fields, Button("Answer"), hx_post=post, hx_swap="outerHTML")


@app.get("/htmx.js")
def htmx_script():
    return FileResponse(os.environ["HTMX"])


@app.get("/")
def home():
    return Titled(
        "The Bridge of Death", step(name, Label("What is your name?", Input(name="name")))
    )


@app.post("/name")
def name(name: str):
    return step(quest, Label("What is your quest?", Input(name="quest")), name=name)


@app.post("/quest")
def quest(name: str, quest: str):
    choices = [
        Label(Input(type="radio", name="color", value=color), color)
        for color in ("red", "blue", "green")
    ]
    return step(color, P("What is your favourite colour?"), *choices, name=name, quest=quest)


@app.post("/color")
def color(name: str, quest: str, color: str):
    if color == "blue":
        return P(f"Right, {name}. Off you go.", id="verdict")
    return P(f"{color.title()}? {name} is cast into the gorge.", id="verdict")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
