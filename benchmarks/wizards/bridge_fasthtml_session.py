"""The Bridge in FastHTML with its session: the answers live in a signed cookie of the browser."""

import os

import uvicorn
from fasthtml.common import (
    Button,
    FastHTML,
    FileResponse,
    Form,
    Input,
    Label,
    P,
    Script,
    Titled,
)

app = FastHTML(default_hdrs=False, hdrs=[Script(src="/htmx.js")])


def card(answers):
    """The first unanswered question, or the verdict."""
    if "name" not in answers:
        fields = [Label("What is your name?", Input(name="name"))]
    elif "quest" not in answers:
        fields = [Label("What is your quest?", Input(name="quest"))]
    elif "color" not in answers:
        fields = [P("What is your favourite colour?")] + [
            Label(Input(type="radio", name="color", value=color), color)
            for color in ("red", "blue", "green")
        ]
    elif answers["color"] == "blue":
        return P(f"Right, {answers['name']}. Off you go.", id="verdict")
    else:
        return P(
            f"{answers['color'].title()}? {answers['name']} is cast into the gorge.", id="verdict"
        )
    return Form(*fields, Button("Answer"), hx_post=answer, hx_swap="outerHTML")


@app.get("/htmx.js")
def htmx_script():
    return FileResponse(os.environ["HTMX"])


@app.get("/")
def home(session):
    return Titled("The Bridge of Death", card(session))


@app.post("/answer")
def answer(session, name: str = "", quest: str = "", color: str = ""):
    for key, value in {"name": name, "quest": quest, "color": color}.items():
        if value:
            session[key] = value
    return card(session)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
