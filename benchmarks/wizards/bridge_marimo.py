"""The Bridge in marimo: a cell a question, each stopped until the form before it was sent."""

# ruff: noqa: B018 - a cell shows its last expression

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    return (mo,)


@app.cell
def _(mo):
    name = mo.ui.text(label="What is your name?").form(submit_button_label="Answer")
    name
    return (name,)


@app.cell
def _(mo, name):
    mo.stop(name.value is None)
    quest = mo.ui.text(label="What is your quest?").form(submit_button_label="Answer")
    quest
    return (quest,)


@app.cell
def _(mo, quest):
    mo.stop(quest.value is None)
    color = mo.ui.radio(["red", "blue", "green"], label="What is your favourite colour?").form(
        submit_button_label="Answer"
    )
    color
    return (color,)


@app.cell
def _(color, mo, name):
    mo.stop(color.value is None)
    if color.value == "blue":
        outcome = f"Right, {name.value}. Off you go."
    else:
        outcome = f"{color.value.title()}? {name.value} is cast into the gorge."
    mo.md(f"<p id='verdict'>{outcome}</p>")
    return


if __name__ == "__main__":
    app.run()
